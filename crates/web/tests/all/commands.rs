//! Commands of phones that were offline, over a bench whose cases are counters.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use axum::{body::Body, http::Method};
use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Actor, Common, Failure, Home, Key, Region, Result, Role, Scope};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, Query},
};
use serde_json::{Value, json};
use store::{Tx, blobs::Blobs, both, counters, testing::TestDb};
use uuid::Uuid;
use web::{
    accounts::{Kind, NewGrant},
    commands::{Bench, Case, Command, Current, Effect, Settlement, Trouble, sweep, troubles},
    module::Module,
    state::{AppState, Config},
    testing::{Answer, Browser, TestWeb, grant},
};

const HOME: i32 = 411_002;
const PERSON: Uuid = Uuid::from_u128(0x77);
const GOOD_CARE: Uuid = Uuid::from_u128(0x100);

/// Counts: the verb `count.up` adds one. Cases of another home are invisible.
#[derive(Debug, Default)]
struct Counting {
    /// The next effect dies after its write.
    dies: AtomicBool,
}

struct Up {
    name: String,
    dies: bool,
    is_odd: bool,
}

kernel::refusals! {
    enum Odd {
        Disliked => (Conflict, "count.disliked", "照片在路上损坏了，请重新上传"),
    }
}

async fn counted(db: &impl ConnectionTrait, name: &str) -> i64 {
    let select = Query::select()
        .column("value")
        .from("counters")
        .and_where(Expr::col("home").eq(HOME))
        .and_where(Expr::col("name").eq(name))
        .to_owned();
    db.query_one(&select).await.unwrap().map_or(0, |row| row.try_get("", "value").unwrap())
}

fn home() -> Home {
    Home::new(HOME).unwrap()
}

#[async_trait]
impl Bench for Counting {
    fn verbs(&self) -> &'static [&'static str] {
        &["count.up", "count.refused"]
    }

    async fn case(&self, _: &AppState, _: &Actor, key: &str) -> Result<Case> {
        let key: Key<Self> = key.parse().map_err(|_| Common::NotFound)?;
        if key.home != home() {
            return Err(Common::NotFound.into());
        }
        let place: Region = "411002001001".parse()?;
        Ok(Case { home: key.home, id: key.id, place, person: PERSON })
    }

    async fn prepare(&self, _: &AppState, _: &Actor, command: &Command) -> Result<Box<dyn Effect>> {
        let dies = self.dies.swap(false, Ordering::SeqCst);
        Ok(Box::new(Up { name: command.key.clone(), dies, is_odd: command.verb == "count.refused" }))
    }
}

#[async_trait]
impl Effect for Up {
    async fn current(&self, tx: &Tx) -> Result<Current> {
        let version = i32::try_from(counted(tx, &self.name).await)?;
        Ok(Current { version, shown: json!({ "count": version }) })
    }

    async fn run(&self, tx: &Tx) -> Result<i32> {
        let version = counters::take(tx, home(), &self.name, 1).await?;
        if self.dies {
            return Err(Failure::internal("killed between effect and answer"));
        }
        if self.is_odd {
            return Err(Odd::Disliked.into());
        }
        Ok(i32::try_from(version)?)
    }
}

/// A house with the bench, one caregiver, one phone.
struct Desk {
    web: TestWeb,
    bench: Arc<Counting>,
    browser: Browser,
    device: Uuid,
}

impl Desk {
    async fn open(test: TestDb) -> Self {
        let bench = Arc::new(Counting::default());
        let blobs = Blobs::in_folder(&test.folder().join("files"), test.keys().await, 20 << 20).unwrap();
        let benches: Vec<Arc<dyn Bench>> = vec![bench.clone()];
        let room = Module { benches, ..Module::new("count") };
        let web = TestWeb::with(test, vec![room], Config::default(), |state| state.with(blobs)).await;
        let sun = NewGrant { organisation: Some(GOOD_CARE), ..grant(Role::Caregiver, "411002") };
        web.account("sun", Kind::Worker, sun).await;
        web.account("li", Kind::Worker, grant(Role::Caregiver, "411002")).await;
        let mut browser = web.as_("sun").await;
        let device = register(&mut browser).await;
        Self { web, bench, browser, device }
    }

    fn now(&self) -> DateTime<Utc> {
        self.web.test.db.clock().now()
    }

    fn key(n: u128) -> String {
        Key::<Counting>::new(home(), Uuid::from_u128(n)).to_string()
    }

    /// The `seq`th command about case 1, made now.
    fn up(&self, id: u128, seq: i64) -> Value {
        json!({
            "command_id": Uuid::from_u128(id), "device": self.device, "seq": seq, "made_at": self.now(),
            "offset_ms": 0, "key": Self::key(1), "verb": "count.up", "body": {}, "files": [],
        })
    }

    async fn post(&mut self, commands: &[Value]) -> Answer {
        let batch = json!({ "device": self.device, "pending": 0, "commands": commands });
        post(&mut self.browser, &batch).await
    }

    /// `result` of each, with what it was before in brackets.
    async fn results(&mut self, commands: &[Value]) -> Vec<String> {
        results(&self.post(commands).await)
    }

    /// Verb and kind of what the organisation must look after.
    async fn troubles(&self, organisation: Uuid) -> Vec<(String, troubles::Kind)> {
        let found = troubles::list(&self.web.test.db, &Scope::Grantee(organisation), None, 9).await.unwrap();
        found.iter().map(|trouble| (trouble.verb.clone(), trouble.kind())).collect()
    }

    async fn trouble(&self) -> Trouble {
        troubles::list(&self.web.test.db, &Scope::Grantee(GOOD_CARE), None, 1).await.unwrap().remove(0)
    }

    async fn settle(&self, trouble: &Trouble, how: Settlement<'_>) -> Result<()> {
        let by = self.web.test.operator();
        self.web
            .test
            .db
            .write(store::Lane::Interactive, &by, async |tx| troubles::settle(&tx, trouble, how).await)
            .await
    }

    /// Kinds of the entries about commands, oldest first.
    async fn told(&self, id: u128) -> Vec<String> {
        let entries = store::journal::history(&self.web.test.db, home(), Uuid::from_u128(id)).await.unwrap();
        entries.into_iter().map(|entry| entry.kind).collect()
    }

    async fn count(&self) -> i64 {
        counted(&self.web.test.db, &Self::key(1)).await
    }

    async fn row(&self, id: u128) -> (DateTime<Utc>, DateTime<Utc>, DateTime<Utc>) {
        let select = Query::select()
            .columns(["made_at", "true_at", "received_at"])
            .from("commands")
            .and_where(Expr::col("id").eq(Uuid::from_u128(id)))
            .to_owned();
        let row = self.web.test.db.query_one(&select).await.unwrap().unwrap();
        let at = |name| row.try_get::<DateTime<Utc>>("", name).unwrap();
        (at("made_at"), at("true_at"), at("received_at"))
    }

    async fn piece(&mut self, content: &[u8], sum: &str, offset: usize, total: usize) -> Answer {
        let address = format!("/api/v1/files/{sum}?key={}&offset={offset}&total={total}", Self::key(1));
        let csrf = self.browser.csrf.clone().unwrap();
        let request = self.browser.request(Method::POST, &address).header("x-csrf-token", csrf);
        self.browser.send(request.body(Body::from(content.to_vec()))).await
    }
}

async fn post(browser: &mut Browser, batch: &Value) -> Answer {
    browser.post_json("/api/v1/commands", batch).await
}

async fn register(browser: &mut Browser) -> Uuid {
    let answer = browser.post_json("/api/v1/devices", &json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    serde_json::from_value(answer.json()["device"].clone()).unwrap()
}

fn results(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let told = answer.json();
    let one = |answer: &Value| {
        let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        match (text("was"), text("code")) {
            (was, code) if was.is_empty() && code.is_empty() => text("result"),
            (was, code) if code.is_empty() => format!("{} ({was})", text("result")),
            (_, code) => format!("{} {code}", text("result")),
        }
    };
    told["answers"].as_array().unwrap().iter().map(one).collect()
}

/// A photo of noise, so that it does not shrink.
fn photo() -> Vec<u8> {
    let mut state = 1_u32;
    let noise = image::RgbImage::from_fn(400, 300, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        image::Rgb([(state >> 24) as u8, (state >> 16) as u8, (state >> 8) as u8])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::ImageRgb8(noise).write_to(&mut bytes, image::ImageFormat::Jpeg).unwrap();
    bytes.into_inner()
}

fn sum(content: &[u8]) -> String {
    store::blobs::Sm3::of(content).to_string()
}

both! {
    async fn a_command_sent_twice_takes_effect_once(test: TestDb) {
        let mut desk = Desk::open(test).await;
        let up = desk.up(1, 1);
        assert_eq!(desk.results(std::slice::from_ref(&up)).await, ["done"]);
        assert_eq!(desk.results(&[up.clone(), up]).await, ["already (done)", "already (done)"]);
        assert_eq!(desk.count().await, 1);
    }

    async fn sent_eight_times_at_once_it_takes_effect_once(test: TestDb) {
        let desk = Desk::open(test).await;
        let batch = json!({ "device": desk.device, "commands": [desk.up(1, 1)] });
        let sending = (0..8).map(|n| {
            let (mut browser, batch) = (desk.browser.clone(), batch.clone());
            tokio::spawn(async move {
                // Keys of their own, so that the commands' ids alone hold them apart.
                results(&browser.post_json_again("/api/v1/commands", &batch, &format!("at-once-{n}")).await)
            })
        });
        let mut told = Vec::new();
        for sent in sending.collect::<Vec<_>>() {
            told.extend(sent.await.unwrap());
        }
        told.sort();
        assert_eq!(told[..7], vec!["already (done)"; 7]);
        assert_eq!((told[7].as_str(), desk.count().await), ("done", 1));
    }

    async fn a_successor_waits_for_its_predecessor_and_then_runs(test: TestDb) {
        let mut desk = Desk::open(test).await;
        let (first, second, third) = (desk.up(1, 1), desk.up(2, 2), desk.up(3, 3));
        assert_eq!(desk.results(&[third.clone(), second.clone()]).await, ["parked", "parked"]);
        assert_eq!(desk.count().await, 0);
        assert_eq!(desk.results(&[first]).await, ["done"]);
        assert_eq!(desk.count().await, 3, "both that waited ran");
        assert_eq!(desk.results(&[second, third]).await, ["already (done)", "already (done)"]);
    }

    async fn what_waits_is_unreadable_in_the_database(test: TestDb) {
        let mut desk = Desk::open(test).await;
        let mut second = desk.up(2, 2);
        second["body"] = json!({ "words": "plain words about a person" });
        assert_eq!(desk.results(&[second]).await, ["parked"]);
        let select = Query::select().columns(["envelope_sealed", "answer"]).from("commands").to_owned();
        let row = desk.web.test.db.query_one(&select).await.unwrap().unwrap();
        let sealed: Vec<u8> = row.try_get("", "envelope_sealed").unwrap();
        assert!(store::planted::search_bytes(&sealed, &["plain words about a person"]).is_empty());
        assert_eq!(row.try_get::<Option<String>>("", "answer").unwrap(), None);
    }

    async fn after_72_hours_of_waiting_it_is_trouble_and_still_runs_when_the_first_one_comes(test: TestDb) {
        let mut desk = Desk::open(test).await;
        let (first, second) = (desk.up(1, 1), desk.up(2, 2));
        assert_eq!(desk.results(&[second]).await, ["parked"]);
        desk.web.test.clock.advance(TimeDelta::hours(71));
        assert!(desk.troubles(GOOD_CARE).await.is_empty());
        assert_eq!(troubles::round(&desk.web.test.db).await.unwrap(), 0);
        desk.web.test.clock.advance(TimeDelta::hours(1));
        assert_eq!(desk.troubles(GOOD_CARE).await, [("count.up".to_owned(), troubles::Kind::Parked)]);
        assert!(desk.troubles(Uuid::from_u128(0x200)).await.is_empty(), "another organisation has no part in it");
        assert_eq!(troubles::round(&desk.web.test.db).await.unwrap(), 1);
        assert_eq!(troubles::round(&desk.web.test.db).await.unwrap(), 0, "screens are told once");
        assert_eq!(desk.told(2).await, ["command.troubled"]);
        let mut browser = desk.web.as_("sun").await;
        let late = post(&mut browser, &json!({ "device": desk.device, "commands": [first] })).await;
        assert_eq!((results(&late), desk.count().await), (vec!["done".to_owned()], 2));
        assert!(desk.troubles(GOOD_CARE).await.is_empty());
    }

    async fn what_is_refused_or_in_conflict_is_trouble_with_its_reason_and_what_the_phone_told(test: TestDb) {
        let mut desk = Desk::open(test).await;
        let (mut refused, mut behind) = (desk.up(1, 1), desk.up(2, 2));
        (refused["verb"], refused["body"]) = (json!("count.refused"), json!({ "words": "told" }));
        behind["base_version"] = json!(9);
        assert_eq!(desk.results(&[refused, behind]).await, ["refused count.disliked", "conflict"]);
        let kinds = [("count.refused".to_owned(), troubles::Kind::Refused), ("count.up".to_owned(), troubles::Kind::Conflict)];
        assert_eq!(desk.troubles(GOOD_CARE).await, kinds);
        assert_eq!(troubles::count(&desk.web.test.db, &Scope::Grantee(GOOD_CARE), 9).await.unwrap(), 2);
        let trouble = desk.trouble().await;
        assert_eq!(trouble.why().unwrap().unwrap().code, "count.disliked");
        let key = desk.web.state.keys.find_key(PERSON).await.unwrap();
        assert!(key.is_none(), "a person without data has no key, so nothing of the command was kept");
        assert_eq!((desk.told(1).await, desk.told(2).await), (vec!["command.troubled".to_owned()], vec!["command.troubled".to_owned()]));
    }

    async fn with_the_persons_key_what_the_phone_told_is_kept_sealed_until_it_is_settled(test: TestDb) {
        let mut desk = Desk::open(test).await;
        let key = desk.web.state.keys.data_key(home(), PERSON).await.unwrap();
        let mut refused = desk.up(1, 1);
        (refused["verb"], refused["body"]) = (json!("count.refused"), json!({ "words": "told" }));
        assert_eq!(desk.results(std::slice::from_ref(&refused)).await, ["refused count.disliked"]);
        let trouble = desk.trouble().await;
        assert_eq!(trouble.envelope(&key).unwrap().unwrap().body["words"], "told");
        desk.settle(&trouble, Settlement::Dismissed("duplicate")).await.unwrap();
        assert!(desk.troubles(GOOD_CARE).await.is_empty());
        assert_eq!(desk.settle(&trouble, Settlement::Entered).await.unwrap_err().code(), Some("raced"), "once");
        assert_eq!(desk.told(1).await, ["command.troubled", "command.settled"]);
        assert_eq!(desk.results(&[refused]).await, ["already count.disliked"], "the phone is told what it was told");
    }

    async fn what_was_dismissed_while_it_waited_never_runs(test: TestDb) {
        let mut desk = Desk::open(test).await;
        let (first, second) = (desk.up(1, 1), desk.up(2, 2));
        assert_eq!(desk.results(std::slice::from_ref(&second)).await, ["parked"]);
        desk.web.test.clock.advance(TimeDelta::hours(72));
        desk.settle(&desk.trouble().await, Settlement::Dismissed("done")).await.unwrap();
        desk.browser = desk.web.as_("sun").await;
        assert_eq!(desk.results(&[first, second]).await, ["done", "already command.settled"]);
        assert_eq!((desk.count().await, troubles::round(&desk.web.test.db).await.unwrap()), (1, 0));
    }

    async fn a_case_that_is_none_troubles_nobody(test: TestDb) {
        let mut desk = Desk::open(test).await;
        let mut nowhere = desk.up(1, 1);
        nowhere["key"] = json!(Key::<Counting>::new(Home::new(411_003).unwrap(), Uuid::from_u128(1)).to_string());
        assert_eq!(desk.results(&[nowhere]).await, ["refused not_found"]);
        assert!(desk.troubles(GOOD_CARE).await.is_empty() && store::journal::heads(&desk.web.test.db).await.unwrap().iter().all(|head| head.home == home()));
    }

    async fn a_kill_between_effect_and_answer_leaves_neither(test: TestDb) {
        let mut desk = Desk::open(test).await;
        let up = desk.up(1, 1);
        desk.bench.dies.store(true, Ordering::SeqCst);
        assert_eq!(desk.post(std::slice::from_ref(&up)).await.status, 500);
        assert_eq!(desk.count().await, 0);
        assert_eq!(desk.results(&[up]).await, ["done"]);
        assert_eq!(desk.count().await, 1);
    }

    async fn what_cannot_be_judged_stays_with_the_phone_and_holds_up_its_own_case_only(test: TestDb) {
        let mut desk = Desk::open(test).await;
        let (first, second, mut other) = (desk.up(1, 1), desk.up(2, 2), desk.up(3, 1));
        other["key"] = json!(Desk::key(2));
        desk.bench.dies.store(true, Ordering::SeqCst);
        let answer = desk.post(&[first, second, other]).await;
        assert_eq!(answer.json()["answers"].as_array().unwrap().len(), 1);
        assert_eq!(answer.json()["answers"][0]["command_id"], json!(Uuid::from_u128(3)));
    }

    async fn a_refused_command_is_refused_for_good_and_leaves_nothing_and_lets_the_next_one_pass(test: TestDb) {
        let mut desk = Desk::open(test).await;
        let (mut first, second) = (desk.up(1, 1), desk.up(2, 2));
        first["verb"] = json!("count.refused");
        assert_eq!(desk.results(&[first.clone(), second]).await, ["refused count.disliked", "done"]);
        assert_eq!(desk.results(&[first]).await, ["already count.disliked"]);
        assert_eq!(desk.count().await, 1);
    }

    async fn somebody_elses_change_is_a_conflict_and_the_phones_own_is_none(test: TestDb) {
        let mut desk = Desk::open(test).await;
        let based = |mut command: Value, version: i32| { command["base_version"] = json!(version); command };
        let (first, second, third) = (based(desk.up(1, 1), 0), based(desk.up(2, 2), 0), based(desk.up(3, 3), 0));
        assert_eq!(desk.results(&[first, second]).await, ["done", "done"], "made offline on one pack");
        let operator = desk.web.test.operator();
        let foreign = desk.web.test.db.write(store::Lane::Interactive, &operator, async |tx| {
            counters::take(&tx, home(), &Desk::key(1), 1).await
        });
        foreign.await.unwrap();
        let answer = desk.post(&[third]).await;
        assert_eq!(results(&answer), ["conflict"]);
        assert_eq!(answer.json()["answers"][0]["current"], json!({ "count": 3 }));
        assert_eq!(desk.count().await, 3);
    }

    async fn nonsense_is_refused_with_its_reason(test: TestDb) {
        let mut desk = Desk::open(test).await;
        let (mut verb, mut foreign, mut garbled) = (desk.up(1, 1), desk.up(2, 1), desk.up(3, 1));
        verb["verb"] = json!("count.down");
        foreign["key"] = json!(Key::<Counting>::new(Home::new(411_003).unwrap(), Uuid::from_u128(1)).to_string());
        garbled["key"] = json!("x");
        assert_eq!(
            desk.results(&[verb, foreign, garbled]).await,
            ["refused command.unknown_verb", "refused not_found", "refused not_found"]
        );
    }

    async fn two_commands_with_one_number_are_not_both_done(test: TestDb) {
        let mut desk = Desk::open(test).await;
        let (first, again) = (desk.up(1, 1), desk.up(2, 1));
        assert_eq!(desk.results(&[first, again]).await, ["done", "refused command.number_taken"]);
        assert_eq!(desk.count().await, 1);
    }

    async fn another_ones_phone_and_a_revoked_one_do_nothing(test: TestDb) {
        let mut desk = Desk::open(test).await;
        let batch = json!({ "device": desk.device, "commands": [desk.up(1, 1)] });
        let mut li = desk.web.as_("li").await;
        let foreign = post(&mut li, &batch).await;
        assert_eq!(results(&foreign), ["refused command.foreign_device"]);
        assert_eq!(foreign.json()["device"], "foreign");
        let revoked = desk.browser.post_json("/api/v1/devices/revocations", &json!({ "device": desk.device })).await;
        assert_eq!(revoked.status, 200);
        let answer = desk.post(&[desk.up(1, 1)]).await;
        assert_eq!((results(&answer), answer.json()["device"].clone()), (vec!["refused command.revoked_device".to_owned()], json!("revoked")));
        assert_eq!(desk.count().await, 0);
    }

    async fn another_account_never_reads_an_answer(test: TestDb) {
        let mut desk = Desk::open(test).await;
        let mut up = desk.up(1, 1);
        assert_eq!(desk.results(std::slice::from_ref(&up)).await, ["done"]);
        let mut li = desk.web.as_("li").await;
        let device = register(&mut li).await;
        up["device"] = json!(device);
        let answer = post(&mut li, &json!({ "device": device, "commands": [up] })).await;
        assert_eq!(results(&answer), ["already not_found"]);
    }

    async fn a_wrong_phone_clock_is_corrected_and_both_times_are_kept(test: TestDb) {
        let mut desk = Desk::open(test).await;
        desk.web.test.clock.advance(TimeDelta::minutes(30));
        let happened = desk.now();
        let mut up = desk.up(1, 1);
        up["made_at"] = json!(happened + TimeDelta::minutes(7));
        up["offset_ms"] = json!(-7 * 60_000);
        desk.web.test.clock.advance(TimeDelta::hours(3));
        assert_eq!(desk.results(&[up]).await, ["done"]);
        let received = desk.now();
        assert_eq!(desk.row(1).await, (happened + TimeDelta::minutes(7), happened, received));
    }

    async fn nothing_happens_before_the_last_contact_or_after_now(test: TestDb) {
        let mut desk = Desk::open(test).await;
        desk.web.test.clock.advance(TimeDelta::hours(1));
        assert_eq!(desk.post(&[]).await.status, 200);
        let contact = desk.now();
        desk.web.test.clock.advance(TimeDelta::hours(1));
        let (mut early, mut late) = (desk.up(1, 1), desk.up(2, 2));
        early["made_at"] = json!(contact - TimeDelta::minutes(30));
        late["made_at"] = json!(desk.now() + TimeDelta::hours(9));
        assert_eq!(desk.results(&[early, late]).await, ["done", "done"]);
        assert_eq!((desk.row(1).await.1, desk.row(2).await.1), (contact, desk.now()));
    }

    async fn work_after_the_offline_time_is_refused_until_the_phone_registers_again(test: TestDb) {
        let desk = Desk::open(test).await;
        desk.web.test.clock.advance(TimeDelta::hours(25));
        let mut browser = desk.web.as_("sun").await;
        let batch = json!({ "device": desk.device, "commands": [desk.up(1, 1)] });
        let answer = post(&mut browser, &batch).await;
        assert_eq!(results(&answer), ["refused command.grant_over"]);
        assert_eq!(answer.json()["device"], "over");
        let again = browser.post_json("/api/v1/devices", &json!({ "device": desk.device })).await;
        assert_eq!(again.json()["device"], json!(desk.device));
        let batch = json!({ "device": desk.device, "commands": [desk.up(2, 2)] });
        assert_eq!(results(&post(&mut browser, &batch).await), ["done"]);
    }

    async fn an_answer_is_forgotten_after_90_days(test: TestDb) {
        let mut desk = Desk::open(test).await;
        assert_eq!(desk.results(&[desk.up(1, 1)]).await, ["done"]);
        desk.web.test.clock.advance(TimeDelta::days(90));
        assert_eq!(sweep(&desk.web.test.db).await.unwrap(), 0);
        desk.web.test.clock.advance(TimeDelta::minutes(1));
        assert_eq!(sweep(&desk.web.test.db).await.unwrap(), 1);
    }

    async fn a_photo_comes_in_pieces_and_stays_when_a_command_speaks_of_it(test: TestDb) {
        let mut desk = Desk::open(test).await;
        let (content, total) = (photo(), photo().len());
        let name = sum(&content);
        let half = total / 2;
        let first = desk.piece(&content[..half], &name, 0, total).await;
        assert_eq!(first.json(), json!({ "received": half, "complete": false }));
        let gap = desk.piece(&content[half + 9..], &name, half + 9, total).await;
        assert_eq!((gap.status, gap.json()["code"].clone()), (409, json!("file.gap")));
        assert_eq!(desk.piece(&content[..half], &name, 0, total).await.json()["received"], half);
        let last = desk.piece(&content[half - 5..], &name, half - 5, total).await;
        assert_eq!(last.json(), json!({ "received": total, "complete": true }));
        let blobs = desk.web.state.room::<Blobs>().unwrap();
        let file = blobs.find(&desk.web.test.db, home(), PERSON, name.parse().unwrap()).await.unwrap().unwrap();
        assert!(!file.is_referenced && blobs.open(&file).await.unwrap() == content);
        let mut up = desk.up(1, 1);
        up["files"] = json!([name]);
        assert_eq!(desk.results(&[up]).await, ["done"]);
        let file = blobs.find(&desk.web.test.db, home(), PERSON, name.parse().unwrap()).await.unwrap().unwrap();
        assert!(file.is_referenced);
    }

    async fn a_photo_may_come_after_its_command(test: TestDb) {
        let mut desk = Desk::open(test).await;
        let content = photo();
        let mut up = desk.up(1, 1);
        up["files"] = json!([sum(&content)]);
        assert_eq!(desk.results(&[up]).await, ["done"]);
        assert_eq!(desk.piece(&content, &sum(&content), 0, content.len()).await.json()["complete"], true);
        assert_eq!(desk.piece(&content, &sum(&content), 0, content.len()).await.json()["complete"], true);
        let blobs = desk.web.state.room::<Blobs>().unwrap();
        let file = blobs.find(&desk.web.test.db, home(), PERSON, sum(&content).parse().unwrap()).await.unwrap().unwrap();
        assert!(file.is_referenced);
    }

    async fn the_photo_of_a_command_that_waits_outlives_the_sweep_and_a_loose_one_does_not(test: TestDb) {
        let mut desk = Desk::open(test).await;
        let content = photo();
        let loose = [&content[..content.len() - 2], &[0, 0xff, 0xd9]].concat();
        let mut waits = desk.up(2, 2);
        waits["files"] = json!([sum(&content)]);
        for photo in [&content, &loose] {
            assert_eq!(desk.piece(photo, &sum(photo), 0, photo.len()).await.json()["complete"], true);
        }
        assert_eq!(desk.results(&[waits]).await, ["parked"]);
        desk.web.test.clock.advance(TimeDelta::days(8));
        web::housekeeping::once(&desk.web.state, true).await.unwrap();
        let blobs = desk.web.state.room::<Blobs>().unwrap();
        let found = async |photo: &[u8]| {
            blobs.find(&desk.web.test.db, home(), PERSON, sum(photo).parse().unwrap()).await.unwrap().is_some()
        };
        assert_eq!((found(&content).await, found(&loose).await), (true, false));
    }

    async fn a_photo_too_large_cut_short_damaged_or_none_at_all_is_refused_and_leaves_nothing(test: TestDb) {
        let mut desk = Desk::open(test).await;
        let content = photo();
        let large = vec![0xff; 20_000_000];
        assert_eq!(desk.piece(&large, &sum(&large), 0, large.len()).await.status, 413);
        assert_eq!(desk.piece(&content, &sum(&content), 0, 20_000_000).await.status, 413);
        let code = |answer: Answer| (answer.status, answer.json()["code"].as_str().unwrap_or_default().to_owned());
        let cut = &content[..content.len() - 100];
        let answer = desk.piece(cut, &sum(cut), 0, cut.len()).await;
        assert_eq!(code(answer), (422, "file.not_a_photo".to_owned()));
        let answer = desk.piece(&content, &sum(cut), 0, content.len()).await;
        assert_eq!(code(answer), (422, "file.wrong_sum".to_owned()));
        let answer = desk.piece(b"MZ not a photo", &sum(b"MZ not a photo"), 0, 14).await;
        assert_eq!(code(answer), (422, "file.not_a_photo".to_owned()));
        let answer = desk.piece(&content, "zz", 0, content.len()).await;
        assert_eq!(code(answer), (422, "file.wrong_address".to_owned()));
        let blobs = desk.web.state.room::<Blobs>().unwrap();
        let found = blobs.find(&desk.web.test.db, home(), PERSON, sum(cut).parse().unwrap()).await.unwrap();
        assert!(found.is_none());
        assert_eq!(desk.piece(&content, &sum(&content), 0, content.len()).await.json()["complete"], true, "nothing in its way");
    }
}
