//! A small town for the tests: three elders, two providers, their workers, the staff.

use care::{
    catalogue,
    orders::{
        Channel, Crew, Order, Score,
        actions::{self, Assignment, Placing, Rating},
    },
    visits::{Arrival, Departure, Door, Told},
};
use chrono::TimeDelta;
use kernel::{Acting, Actor, Home, Instant, Key, Principal, Region, Result, Role};
use registry::elders::{Elder, model};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, EntityTrait,
    sea_query::{Query, Value},
};
use store::{Lane, homes, keys::Keys, sea_orm, testing::TestDb};
use uuid::Uuid;
use web::{
    accounts::Kind,
    testing::{TestWeb, grant},
};

pub const VILLAGE: &str = "411002001001";
pub const NEXT_COUNTY: &str = "411003001001";
pub const GOOD_CARE: Uuid = Uuid::from_u128(0x100);
pub const RIVAL: Uuid = Uuid::from_u128(0x200);
pub const SUN: Uuid = Uuid::from_u128(0x101);
pub const LI: Uuid = Uuid::from_u128(0x102);
pub const STRANGER: Uuid = Uuid::from_u128(0x201);

/// The town with its database and keys.
pub struct Town {
    pub test: TestDb,
    pub keys: Keys,
}

/// An elder of the town: 1 and 2 live in the village, 3 in the next county; 2 is on minimum allowance.
pub fn elder(n: u128) -> Key<Elder> {
    Key::new(region(if n == 3 { NEXT_COUNTY } else { VILLAGE }).home().unwrap(), Uuid::from_u128(n))
}

pub fn region(text: &str) -> Region {
    text.parse().unwrap()
}

fn account(n: u128, name: &str, acting: Acting) -> Actor {
    Actor { principal: Principal::Account(Uuid::from_u128(n)), name: name.into(), acting }
}

pub fn agent() -> Actor {
    account(0x901, "坐席", Acting { place: Some(region("411002")), ..Acting::of(Role::CallAgent) })
}

pub fn agent_next_door() -> Actor {
    account(0x902, "邻县坐席", Acting { place: Some(region("411003")), ..Acting::of(Role::CallAgent) })
}

pub fn dispatcher(organisation: Uuid) -> Actor {
    account(0x903, "派单员", Acting { organisation: Some(organisation), ..Acting::of(Role::Dispatcher) })
}

pub fn caregiver(worker: Uuid) -> Actor {
    account(0x904, "护理员", Acting { worker: Some(worker), ..Acting::of(Role::Caregiver) })
}

pub const FAMILY: u128 = 0x905;

pub fn family() -> Actor {
    account(FAMILY, "女儿", Acting::of(Role::Family))
}

pub fn at(text: &str) -> Instant {
    format!("{text}:00+08:00").parse::<chrono::DateTime<chrono::FixedOffset>>().unwrap().into()
}

async fn insert(db: &impl ConnectionTrait, table: &'static str, row: Vec<(&'static str, Value)>) {
    let (columns, values): (Vec<_>, Vec<_>) = row.into_iter().unzip();
    let insert = Query::insert()
        .into_table(table)
        .columns(columns)
        .values(values.into_iter().map(Into::into))
        .unwrap()
        .to_owned();
    db.execute(&insert).await.unwrap();
}

async fn organisation(db: &impl ConnectionTrait, id: Uuid, name: &str, code: &str) {
    let row = vec![
        ("id", id.into()),
        ("place", region(VILLAGE).code().into()),
        ("name", name.into()),
        ("kind", "provider".into()),
        ("credit_code", code.into()),
        ("phone", "".into()),
        ("status", "active".into()),
        ("version", 1.into()),
    ];
    insert(db, "organisations", row).await;
}

async fn worker(db: &impl ConnectionTrait, id: Uuid, organisation: Uuid, name: &str, sex: i16) {
    let row = vec![
        ("id", id.into()),
        ("place", region(VILLAGE).code().into()),
        ("name", name.into()),
        ("sex", sex.into()),
        ("phone", "".into()),
        ("cert_level", 4_i16.into()),
        ("skills", 0b1111_1110_i64.into()),
        ("longitude", 113.851.into()),
        ("latitude", 34.031.into()),
        ("status", "active".into()),
        ("version", 1.into()),
    ];
    insert(db, "workers", row).await;
    let since = chrono::NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
    let row = vec![("worker", id.into()), ("organisation", organisation.into()), ("since", since.into())];
    insert(db, "employments", row).await;
}

async fn person(tx: &store::Tx, n: u128, name: &str, tags: i64, status: i16) {
    let key = elder(n);
    let place = region(if n == 3 { NEXT_COUNTY } else { VILLAGE });
    homes::settle(tx, place).await.unwrap();
    homes::move_in(tx, key.id, key.home).await.unwrap();
    let row = Elder {
        home: key.home.number(),
        id: key.id,
        place: place.code(),
        number: format!("{}-{n:07}", key.home),
        name: name.into(),
        name_key: name.into(),
        pinyin: "x".into(),
        sex: 2,
        birth_on: chrono::NaiveDate::from_ymd_opt(1942, 3, 5),
        cert_kind: 1,
        cert_sealed: None,
        cert_mask: String::new(),
        mobile_sealed: None,
        mobile_mask: String::new(),
        landline_sealed: None,
        landline_mask: String::new(),
        details_sealed: None,
        living: 1,
        tags,
        status,
        moved_to: None,
        version: 1,
        registered_at: tx.now(),
        updated_at: tx.now(),
    };
    model::Entity::insert(model::ActiveModel::from(row).reset_all()).exec_without_returning(tx).await.unwrap();
}

impl Town {
    pub async fn open(test: TestDb) -> Self {
        test.db
            .write(Lane::Interactive, &test.operator(), async |tx| {
                organisation(&tx, GOOD_CARE, "安颐居家", "A").await;
                organisation(&tx, RIVAL, "康宁护理", "B").await;
                worker(&tx, SUN, GOOD_CARE, "孙丽萍", 2).await;
                worker(&tx, LI, GOOD_CARE, "李建国", 1).await;
                worker(&tx, STRANGER, RIVAL, "外人", 1).await;
                person(&tx, 1, "陈秀云", 0, 1).await;
                person(&tx, 2, "王桂兰", 1 << 2, 1).await;
                person(&tx, 3, "邻县老人", 0, 1).await;
                person(&tx, 4, "去世老人", 0, 3).await;
                let day = chrono::NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
                catalogue::enact(&tx, None, day, &catalogue::national()).await
            })
            .await
            .unwrap();
        let keys = test.keys().await;
        Self { test, keys }
    }

    pub async fn write<T, F: AsyncFnOnce(store::Tx) -> Result<T>>(&self, by: &Actor, change: F) -> Result<T> {
        self.test.db.write(Lane::Interactive, by, change).await
    }

    pub async fn door(&self, n: u128) -> Door {
        let key = self.keys.data_key(elder(n).home, elder(n).id).await.unwrap();
        Door { key, point: Some((113.85, 34.03)) }
    }

    /// An order of a bath tomorrow from 14 to 16 by the good provider, waiting to be assigned.
    pub async fn placed(&self) -> Order {
        self.place(&bath(1)).await.unwrap()
    }

    pub async fn place(&self, placing: &Placing) -> Result<Order> {
        self.write(&agent(), async |tx| actions::place(&tx, placing).await).await
    }

    /// Offered to Sun.
    pub async fn offered(&self) -> Order {
        let key = self.placed().await.key().unwrap();
        self.assign(GOOD_CARE, key, SUN).await.unwrap()
    }

    pub async fn assign(&self, organisation: Uuid, key: Key<Order>, worker: Uuid) -> Result<Order> {
        let assignment = Assignment { crew: Crew { lead: worker, second: None }, why: None };
        self.write(&dispatcher(organisation), async |tx| actions::assign(&tx, key, &assignment).await).await
    }

    /// Taken by Sun.
    pub async fn taken(&self) -> Order {
        let key = self.offered().await.key().unwrap();
        self.write(&caregiver(SUN), async |tx| actions::take(&tx, key).await).await.unwrap()
    }

    /// Checked in by Sun at 14:05 the next day, near the door with a photo.
    pub async fn serving(&self) -> Order {
        let key = self.taken().await.key().unwrap();
        self.test.clock.set(at("2026-11-22T14:05"));
        self.keeps_photo("aa").await;
        self.check_in(key, None, vec![here(), photo("aa")]).await.unwrap()
    }

    /// A photo of elder 1 that came and is kept.
    pub async fn keeps_photo(&self, digest: &str) {
        let sum: store::blobs::Sm3 = digest.repeat(32).parse().unwrap();
        let file = vec![
            ("home", elder(1).home.number().into()),
            ("id", self.test.db.ids().uuid(self.test.db.clock().now()).into()),
            ("place", region(VILLAGE).code().into()),
            ("subject", elder(1).id.into()),
            ("sm3", sum.0.to_vec().into()),
            ("bytes", 9_i64.into()),
            ("media", "image/jpeg".into()),
            ("state", "referenced".into()),
            ("made_by", "test".into()),
            ("made_at", self.test.db.clock().now().into()),
        ];
        let operator = self.test.operator();
        let kept = self.write(&operator, async |tx| {
            insert(&tx, "files", file).await;
            Ok(())
        });
        kept.await.unwrap();
    }

    pub async fn check_in(&self, key: Key<Order>, made_at: Option<Instant>, proofs: Vec<Told>) -> Result<Order> {
        let arrival = Arrival { made_at, proofs, door: self.door(1).await };
        self.write(&caregiver(SUN), async |tx| actions::check_in(&tx, key, &arrival).await).await
    }

    pub async fn check_out(&self, key: Key<Order>, made_at: Option<Instant>) -> Result<Order> {
        let departure = Departure { lasted_secs: None, made_at, proofs: vec![photo("bb")], door: self.door(1).await };
        self.write(&caregiver(SUN), async |tx| actions::check_out(&tx, key, &departure).await).await
    }

    /// Checked out after an hour.
    pub async fn served(&self) -> Order {
        let key = self.serving().await.key().unwrap();
        self.keeps_photo("bb").await;
        self.test.clock.advance(TimeDelta::minutes(60));
        self.check_out(key, None).await.unwrap()
    }

    pub async fn confirmed(&self) -> Order {
        let key = self.served().await.key().unwrap();
        self.write(&agent(), async |tx| actions::confirm(&tx, key).await).await.unwrap()
    }

    pub async fn rate(&self, key: Key<Order>, score: i16) -> Result<Order> {
        let rating = Rating { score: Score::new(score)?, reasons: vec![], words: None };
        self.write(&agent(), async |tx| actions::rate(&tx, key, &rating).await).await
    }

    /// Kinds of the entries about an order, oldest first.
    pub async fn told(&self, order: &Order) -> Vec<String> {
        let home = Home::new(order.home).unwrap();
        let entries = store::journal::history(&self.test.db, home, order.id).await.unwrap();
        entries.into_iter().map(|entry| entry.kind.trim_start_matches("order.").to_owned()).collect()
    }
}

pub fn bath(n: u128) -> Placing {
    Placing {
        elder: elder(n),
        item: "bath".into(),
        window: (at("2026-11-22T14:00"), at("2026-11-22T16:00")),
        channel: Channel::Phone,
        provider: Some(GOOD_CARE),
        note: None,
    }
}

pub fn here() -> Told {
    Told {
        kind: care::visits::Kind::Position,
        at: None,
        point: Some((113.8505, 34.0302)),
        accuracy_m: Some(25),
        mocked: false,
        digest: None,
    }
}

pub fn photo(digest: &str) -> Told {
    let photo = care::visits::Kind::Photo;
    Told { digest: Some(digest.repeat(32).parse().unwrap()), ..Told::of(photo) }
}

/// The office of the county: its administrator `admin`, its clerk `clerk`, and `next`, who administers the next county.
pub async fn office(town: Town) -> TestWeb {
    let web = TestWeb::open(town.test, vec![registry::module(), care::module()]).await;
    web.account("admin", Kind::Staff, grant(Role::CountyAdmin, "411002")).await;
    web.account("next", Kind::Staff, grant(Role::CountyAdmin, "411003")).await;
    web.account("clerk", Kind::Staff, grant(Role::CountyClerk, "411002")).await;
    web
}
