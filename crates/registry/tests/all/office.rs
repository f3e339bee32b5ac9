//! An office with a sheet of elders, for tests.

use std::path::PathBuf;

use kernel::{Acting, Actor, Clock as _, Home, Principal, Region, ResidentId, Result, Role, Scope};
use registry::elders::{
    import::{Changing, Importer, Request, Tally, Watcher, import},
    queries, search,
    sheet::{At, Fault, Mapping, Program, Row},
};
use store::{Db, keys::Keys, testing::TestDb};
use uuid::Uuid;

/// A database, a key store, and sheets made on the fly.
pub struct Office {
    pub test: TestDb,
    pub keys: Keys,
}

/// A line of a sheet; the defaults are a sound row.
#[derive(Clone, Debug)]
pub struct Line {
    pub name: String,
    pub cert: String,
    pub mobile: String,
    pub place: String,
    pub address: String,
    pub tags: String,
}

/// The n-th person.
pub fn line(name: &str, n: u16) -> Line {
    let birth = chrono::NaiveDate::from_ymd_opt(1940, 1, 1).unwrap() + chrono::Days::new(u64::from(n));
    Line {
        name: name.into(),
        cert: ResidentId::synthetic(411_002, birth, n % 1000).reveal().to_owned(),
        mobile: format!("138{:08}", n),
        place: "411002".into(),
        address: format!("榆园 {n} 号楼"),
        tags: String::new(),
    }
}

/// What an import told.
#[derive(Debug, Default)]
pub struct Told {
    pub bad: Vec<(u32, Vec<String>)>,
    pub notes: Vec<(u32, Vec<String>)>,
    pub changes: Vec<(String, Vec<String>)>,
    pub asked: Vec<(String, String)>,
    pub stop_after: Option<i64>,
}

impl Watcher for Told {
    fn bad(&mut self, at: At, _row: &Row, faults: &[Fault]) -> Result<()> {
        self.bad.push((at.number(), told(faults)));
        Ok(())
    }

    fn noted(&mut self, at: At, notes: &[Fault]) -> Result<()> {
        self.notes.push((at.number(), told(notes)));
        Ok(())
    }

    fn changing(&mut self, changing: Changing) -> Result<()> {
        match changing.why {
            Some(why) => self.asked.push((changing.name, why.word().to_owned())),
            None => self.changes.push((changing.name, changing.what.iter().map(ToString::to_string).collect())),
        }
        Ok(())
    }

    async fn progress(&mut self, tally: &Tally) -> Result<()> {
        match self.stop_after {
            Some(limit) if tally.rows >= limit => Err(kernel::Failure::internal("killed")),
            _ => Ok(()),
        }
    }
}

fn told(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(|f| format!("{} {}：{}", f.place(), f.value, f.reason)).collect()
}

/// A clerk of a place.
pub fn clerk(place: &str) -> Actor {
    let acting = Acting { place: Some(place.parse().unwrap()), ..Acting::of(Role::CountyClerk) };
    Actor { principal: Principal::Account(Uuid::from_u128(77)), name: "周敏".into(), acting }
}

impl Office {
    pub async fn open(test: TestDb) -> Self {
        let keys = test.keys().await;
        Self { test, keys }
    }

    pub fn db(&self) -> &Db {
        &self.test.db
    }

    /// Writes a CSV sheet.
    pub fn sheet(&self, lines: &[Line]) -> PathBuf {
        let mut text = String::from("姓名,证件类型,证件号码,手机,居住地区划代码,居住地址,人员类别,备忘\n");
        for l in lines {
            text.push_str(&format!(
                "{},居民身份证,{},{},{},{},{},x\n",
                l.name, l.cert, l.mobile, l.place, l.address, l.tags
            ));
        }
        let path = self.test.folder().join("老人档案.csv");
        std::fs::write(&path, text).unwrap();
        path
    }

    pub fn importer(&self, actor: &Actor) -> Importer {
        let program = Program::at("/nonexistent");
        Importer { db: self.db().clone(), keys: self.keys.clone(), actor: actor.clone(), program }
    }

    pub async fn try_import(&self, actor: &Actor, lines: &[Line], dry_run: bool, told: &mut Told) -> Result<Tally> {
        let request = request(self.sheet(lines), dry_run);
        import(&self.importer(actor), &request, told).await
    }

    /// Imports a text as it is, with a place for all of it.
    pub async fn import_text(&self, text: &str, place: Option<&str>, dry_run: bool) -> Result<(Tally, Told)> {
        let path = self.test.folder().join("原样.csv");
        std::fs::write(&path, text).unwrap();
        let request = Request { place: place.map(|place| place.parse().unwrap()), ..request(path, dry_run) };
        let mut told = Told::default();
        let tally = import(&self.importer(&clerk("411002")), &request, &mut told).await?;
        Ok((tally, told))
    }

    pub async fn import(&self, lines: &[Line]) -> (Tally, Told) {
        let mut told = Told::default();
        let tally = self.try_import(&clerk("411002"), lines, false, &mut told).await.unwrap();
        (tally, told)
    }

    /// Names found by a text, in their order.
    pub async fn search(&self, scope: Scope, typed: &str) -> Vec<String> {
        let blinder = self.keys.blinder().await.unwrap();
        let today = self.test.clock.today();
        let desk = search::Desk { db: self.db(), keys: &self.keys, blinder: &blinder, scope, today };
        let found = search::search(desk, typed, 20).await.unwrap();
        found.elders.into_iter().map(|elder| elder.name).collect()
    }

    pub async fn everybody(&self) -> Vec<registry::elders::Elder> {
        everybody(self.db()).await
    }
}

/// A sheet without a place for all of it, and without headings of its own.
pub fn request(path: PathBuf, dry_run: bool) -> Request {
    Request { path, file_name: "老人档案.csv".into(), dry_run, place: None, mapping: Mapping::new() }
}

/// All elders of a database.
pub async fn everybody(db: &Db) -> Vec<registry::elders::Elder> {
    queries::list(db, &Scope::whole(), &queries::Filter::default(), None, 10_000).await.unwrap()
}

pub fn county(text: &str) -> Scope {
    Scope::of(text.parse::<Region>().unwrap())
}

pub fn home(number: i32) -> Home {
    Home::new(number).unwrap()
}
