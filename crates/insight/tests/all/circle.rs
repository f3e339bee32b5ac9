//! The fifteen-minute circle: from elders and organisations over streets to figures, map, siting and sheets.

use std::io::Cursor;

use calamine::{Reader, Xlsx};
use insight::circle::{
    Circle,
    count::{self, Changes},
    figures,
    kinds::{Group, metres},
    sitings::{self, worker::SitingWorker},
};
use kernel::{Clock, CreditCode, Region, Role, Scope};
use reach::{
    Position, Streets,
    city::{CitySpec, city},
};
use registry::{
    elders::{
        file::{Details, File},
        import, points,
    },
    organisations::{self, Kind as OrganisationKind, Turn},
    streets,
};
use serde_json::{Value, json};
use store::{
    Lane, both, consumers,
    sea_orm::{ConnectionTrait as _, Statement},
};
use web::{
    accounts::Kind,
    testing::{Browser, TestWeb, grant},
};

use super::{plans::plan, register::place};

const NEAR: &str = "411002001001";
const FAR: &str = "411002001002";
const MIDDLE: Position = Position::new(113.82, 34.03);

/// A town of four superblocks on streets; who lives in the west is near the station, who lives in the east is not.
struct Town {
    web: TestWeb,
    circle: Circle,
    station: uuid::Uuid,
    canteen: uuid::Uuid,
    /// Where people of the village with the station live.
    west: Position,
    /// Where people of the other village live.
    east: Position,
}

fn elder(number: usize, at: &str, point: Option<Position>, living: i16) -> File {
    File {
        name: "陈秀云".into(),
        sex: 2,
        birth_on: if number.is_multiple_of(2) { "1942-03-05" } else { "1962-03-05" }.parse().unwrap(),
        cert_kind: 2,
        cert_number: format!("E{number:07}"),
        mobile: None,
        landline: None,
        place: at.parse().unwrap(),
        living,
        tags: 0,
        details: Details {
            address: "榆园 3 号楼".into(),
            point: point.map(|point| (point.lon, point.lat)),
            ..Details::default()
        },
    }
}

async fn organisation(web: &TestWeb, kind: OrganisationKind, code: &str, at: Position) -> uuid::Uuid {
    let new = organisations::New {
        place: NEAR.parse().unwrap(),
        name: kind.word().into(),
        kind,
        credit_code: CreditCode::parse(code).unwrap(),
        phone: "0374-2331234".into(),
        parent: None,
    };
    let operator = web.test.operator();
    let made = web.test.db.write(Lane::Bulk, &operator, async |tx| {
        let made = organisations::found(&tx, new).await?;
        organisations::locate(&tx, made.id, (at.lon, at.lat)).await
    });
    made.await.unwrap().id
}

impl Town {
    async fn open(test: store::testing::TestDb) -> Self {
        let circle = Circle::new(test.folder());
        let hung = circle.clone();
        let rooms = vec![registry::module(), insight::module()];
        let web = TestWeb::with(test, rooms, web::state::Config::default(), |state| state.with(hung)).await;
        for (login, role, at) in [
            ("linlan", Role::CityOfficer, "4110"),
            ("zhoumin", Role::CountyClerk, "411002"),
            ("sunjie", Role::CountyClerk, "411003"),
            ("wangwei", Role::VillageClerk, FAR),
            ("shenjing", Role::CountyAdmin, "411002"),
        ] {
            web.account(login, Kind::Staff, grant(role, at)).await;
        }
        let made = city(CitySpec { seed: 3, blocks: 8, centre: MIDDLE }).unwrap();
        streets::keep(web.test.folder(), "4110".parse().unwrap(), &Streets::of_draft(&made.draft).unwrap()).unwrap();
        let corner = |east: bool| {
            let is_there = |door: &&Position| (door.lon > 113.834) == east && (door.lon < 113.806) != east;
            let doors: Vec<_> = made.doors.iter().filter(is_there).filter(|door| door.lat < 34.02).collect();
            *doors[doors.len() / 2]
        };
        let (west, east) = (corner(false), corner(true));
        let living = |number: usize| if number.is_multiple_of(3) { 1 } else { 2 };
        let people = (0..12).map(|number| elder(number, NEAR, Some(west), living(number)));
        let people = people.chain((12..24).map(|number| elder(number, FAR, Some(east), living(number))));
        let people = people.chain([elder(24, FAR, None, 2), elder(25, FAR, Some(Position::new(114.9, 34.03)), 2)]);
        let operator = web.test.operator();
        import::enrol(&web.test.db, &web.state.keys, &operator, people.collect::<Vec<_>>()).await.unwrap();
        let station = organisation(&web, OrganisationKind::CommunityStation, "52411002MJ0000A11D", west).await;
        let canteen = organisation(&web, OrganisationKind::Canteen, "91411002MA9RUAT03D", west).await;
        Self { web, circle, station, canteen, west, east }
    }

    async fn counted(test: store::testing::TestDb) -> Self {
        let town = Self::open(test).await;
        town.count().await;
        town
    }

    async fn count(&self) {
        let state = &self.web.state;
        count::run(&self.circle, (&state.db, &state.keys), place("4110"), None).await.unwrap();
    }

    /// Does the jobs that wait.
    async fn work(&self) {
        let worker = SitingWorker { circle: self.circle.clone(), keys: self.web.state.keys.clone() };
        store::jobs::round(&self.web.test.db, &[std::sync::Arc::new(worker)]).await.unwrap();
    }

    /// Asks for a siting of the county and has it answered.
    async fn sited(&self, officer: &mut Browser, wanted: &Value) -> Value {
        let asked = officer.post_json("/api/v1/circle/411002/sitings", wanted).await;
        assert_eq!((asked.status, asked.json()["state"].clone()), (202, json!("running")));
        self.work().await;
        let key = asked.json()["key"].as_str().unwrap().to_owned();
        officer.get(&format!("/api/v1/circle/411002/sitings/{key}")).await.json()
    }

    async fn officer(&self) -> Browser {
        self.web.as_("linlan").await
    }

    async fn reached(&self, at: &str, group: Group) -> figures::Counted {
        let (db, place) = (&self.web.test.db, place(at));
        let today = self.web.test.clock.today();
        let counts = figures::of_places(db, &Scope::whole(), &[place], today).await.unwrap();
        counts.get(&place).map(|reached| reached.of(group).clone()).unwrap_or_default()
    }

    /// The map of a place, as the browser gets it.
    async fn map(&self, at: &str) -> Value {
        self.officer().await.get(&format!("/circle/{at}/map?kind=community&minutes=15&group=all")).await.json()
    }
}

both! {
    async fn elders_are_counted_by_the_streets_they_walk(test: TestDb) {
        let town = Town::counted(test).await;
        let all = town.reached("411002", Group::All).await;
        assert_eq!((all.elders, all.unlocated, all.far, all.unconnected), (26, 1, 1, 0));
        assert_eq!((all.located(), all.reached(0, 15), all.reached(0, 5)), (25, 12, 12));
        assert_eq!(town.reached("4110", Group::All).await, all, "a city is the sum of its counties");
        assert_eq!(town.reached(NEAR, Group::All).await.share(0, 15).percent(), Some(100.0));
        assert_eq!(town.reached(FAR, Group::All).await.reached(0, 15), 0);
        assert_eq!(town.reached(NEAR, Group::Aged).await.elders, 6);
        assert_eq!(town.reached(NEAR, Group::Alone).await.reached(0, 15), 4);
        assert_eq!(town.reached(NEAR, Group::All).await.reached(1, 15), 0, "there is no town centre");
    }

    async fn the_page_tells_the_share_the_places_inside_and_the_gap_list(test: TestDb) {
        let town = Town::counted(test).await;
        let page = town.officer().await.get("/circle/411002001").await;
        assert_eq!(page.status, 200);
        let text = page.text();
        for words in ["48.0%", "虚构的城市", "一个人也走不到的社区（村）", "data-place=\"411002001\"", "步行 810 米"] {
            assert!(text.contains(words), "{words}: {text}");
        }
        let gaps = text.rsplit("gaps-head").next().unwrap();
        assert!(gaps.contains(&format!("/circle/{FAR}?")) && !gaps.contains(&format!("/circle/{NEAR}?")));
        let english = town.officer().await;
        let request = english.request(axum::http::Method::GET, "/circle/411002001").header("accept-language", "en");
        let mut english = english.clone();
        let english = english.send(request.body(axum::body::Body::empty())).await.text();
        assert!(english.contains("Fifteen-minute circle") || english.contains("十五分钟"), "either language");
    }

    async fn what_is_not_visible_is_not_there(test: TestDb) {
        let town = Town::counted(test).await;
        let mut clerk = town.web.as_("sunjie").await;
        for path in ["", "/export", "/print", "/map", "/streets/0/0", "/ground?w=0&s=0&e=1&n=1", "/try?x=0&y=0"] {
            for at in ["411002", NEAR, "4110", "411099", "x"] {
                assert_eq!(clerk.get(&format!("/circle/{at}{path}")).await.status, 404, "{at}{path}");
            }
        }
        assert_eq!(clerk.get("/api/v1/circle/411002").await.status, 404);
        assert_eq!(clerk.post_json("/api/v1/circle/411002/siting", &json!({ "count": 1 })).await.status, 404);
        assert_eq!(clerk.post("/circle/411002/count", &[]).await.status, 404);
        let mut village = town.web.as_("wangwei").await;
        assert_eq!(village.get(&format!("/circle/{FAR}/map")).await.status, 200);
        assert_eq!(village.get(&format!("/circle/{NEAR}/map")).await.status, 404);
        assert_eq!(village.post(&format!("/circle/{FAR}/count"), &[]).await.status, 403, "looks, does not plan");
    }

    async fn the_map_tells_crowds_and_never_a_point_of_somebody(test: TestDb) {
        let town = Town::counted(test).await;
        let map = town.map("411002").await;
        let missed = &map["missed"];
        assert_eq!((missed["all"].as_u64(), missed["hidden"].as_u64()), (Some(12), Some(0)), "{missed}");
        assert!(missed["cells"].as_array().unwrap().iter().all(|cell| cell[2].as_u64().unwrap() >= 5));
        assert_eq!((map["located"].as_i64(), map["reached"].as_i64()), (Some(25), Some(12)));
        assert_eq!(map["facilities"].as_array().unwrap().len(), 2);
        assert!(map["attribution"].as_str().unwrap().contains("虚构"));
        assert_eq!(map["runs"].as_array().unwrap().len() % 4, 0);
        let names: Vec<_> = map["areas"].as_array().unwrap().iter().map(|area| area["share"].clone()).collect();
        assert!(names.contains(&json!(100.0)) && names.contains(&json!(0.0)), "{names:?}");
        // The one in the fields lives where nobody else does: no hexagon, no square of that place's own.
        let lines = town.officer().await.get("/circle/411002/streets/0/0").await.json();
        assert!(!lines.as_array().unwrap().is_empty());
    }

    async fn what_if_one_stood_there_is_answered_for_the_place_alone(test: TestDb) {
        let town = Town::counted(test).await;
        let model = town.circle.model((&town.web.state.db, &town.web.state.keys), place("4110")).await.unwrap();
        let [x, y] = model.plane().flat(town.east);
        for (at, gained) in [("411002", 12), (FAR, 12), (NEAR, 0)] {
            let answer = town.officer().await.get(&format!("/circle/{at}/try?x={x}&y={y}&minutes=15")).await.json();
            assert_eq!(answer["gained"], json!(gained), "{at}");
            assert!(!answer["rings"].as_array().unwrap().is_empty());
        }
        let again = town.officer().await.get(&format!("/circle/411002/try?x={x}&y={y}")).await.json();
        assert_eq!(again["gained"], 12, "nothing stays behind from the question before");
        let off = town.officer().await.get("/circle/411002/try?x=900000&y=0").await;
        assert_eq!(off.status, 422, "no street there");
        let ground = town.officer().await.get("/circle/411002/ground?w=-3000&s=-3000&e=3000&n=3000").await.json();
        assert!(!ground["rings"].as_array().unwrap().is_empty());
    }

    async fn siting_finds_the_other_village_and_proves_that_nothing_is_better(test: TestDb) {
        let town = Town::counted(test).await;
        let mut officer = town.officer().await;
        let sited = town.sited(&mut officer, &json!({ "count": 1, "kind": "community" })).await;
        assert_eq!((sited["state"].clone(), sited["percent"].clone()), (json!("done"), json!(100)), "{sited}");
        let answer = &sited["answer"];
        assert_eq!((answer["gained"].clone(), answer["bound"].clone(), answer["better_percent"].clone()), (json!(12), json!(12), json!(0.0)));
        assert_eq!((answer["reached"].clone(), answer["located"].clone()), (json!(12), json!(25)));
        let far = json!({ "count": 1, "candidates": format!("原小学,{},{}\n", town.east.lon, town.east.lat) });
        let listed = town.sited(&mut officer, &far).await["answer"].clone();
        assert_eq!((listed["picks"][0]["name"].clone(), listed["candidates"].clone()), (json!("原小学"), json!(1)));
        let nowhere = town.sited(&mut officer, &json!({ "count": 1, "candidates": "a,100.0,20.0" })).await;
        assert_eq!((nowhere["state"].clone(), nowhere["answer"].clone()), (json!("failed"), json!(null)));
        assert!(nowhere["note"].as_str().unwrap().contains("没有可以选的地点"), "{nowhere}");
        for (wrong, code) in [
            (json!({ "count": 0 }), "circle.bad_count"),
            (json!({ "count": 21 }), "circle.bad_count"),
            (json!({ "count": 1, "candidates": "a,b" }), "circle.bad_candidate"),
        ] {
            let answer = officer.post_json("/api/v1/circle/411002/sitings", &wrong).await;
            assert_eq!((answer.status, answer.json()["code"].clone()), (422, json!(code)));
        }
    }

    async fn the_card_shows_a_siting_while_it_runs_and_keeps_its_answer(test: TestDb) {
        let town = Town::counted(test).await;
        let mut clerk = town.web.as_("zhoumin").await;
        let path = "/circle/411002/sitings";
        let form = |count: &'static str| [("kind", "community"), ("minutes", "15"), ("group", "all"), ("count", count), ("candidates", "")];
        let wrong = clerk.post(path, &form("0")).await;
        assert!(wrong.status == 422 && wrong.text().contains("新增的处数要在 1 到 20 之间"));
        let answer = clerk.post(path, &form("1")).await;
        let asked = answer.location();
        assert!(asked.starts_with("/circle/411002?kind=community&minutes=15&group=all&siting=") && asked.ends_with("#site"), "{asked}");
        let page = clerk.get(asked.trim_end_matches("#site")).await.text();
        assert!(page.contains("正在比较地点") && page.contains("every 1s"), "{page}");
        town.work().await;
        let page = clerk.get("/circle/411002").await.text();
        assert!(page.contains("+12 人") && page.contains("已是最好") && page.contains("存为方案"), "{page}");
        let other = clerk.get("/circle/411002?kind=canteen").await.text();
        assert!(!other.contains("已是最好"), "another figure has another siting");
        let key = asked.split_once("&siting=").unwrap().1.trim_end_matches("#site");
        let api = format!("/api/v1/circle/411002/sitings/{key}");
        assert_eq!(clerk.get(&api).await.json()["answer"]["gained"], 12);
        assert_eq!(clerk.get(&api.replace("411002/s", "411003/s")).await.status, 404, "not of that place");
        assert_eq!(town.web.as_("sunjie").await.get(&api).await.status, 404, "not yours");
        assert_eq!(town.web.as_("sunjie").await.get(&format!("/circle/411003?siting={key}")).await.status, 404);
        assert_eq!(town.web.as_("wangwei").await.post(&format!("/circle/{FAR}/sitings"), &form("1")).await.status, 403, "looks, does not plan");
        for _ in 0..20 {
            assert_eq!(clerk.post(path, &form("2")).await.status, 303);
        }
        let items = clerk.get("/api/v1/circle/411002/sitings").await.json()["items"].clone();
        assert_eq!(items.as_array().unwrap().len(), 20);
        assert_eq!(clerk.get(&api).await.status, 404, "the oldest is forgotten");
    }

    async fn a_facility_that_closes_is_counted_out_and_two_days_compare(test: TestDb) {
        let town = Town::counted(test).await;
        town.web.test.clock.advance(chrono::TimeDelta::days(1));
        let operator = town.web.test.operator();
        let (db, station, canteen) = (&town.web.test.db, town.station, town.canteen);
        db.write(Lane::Bulk, &operator, async |tx| {
            organisations::turn(&tx, station, Turn::Close).await?;
            organisations::turn(&tx, canteen, Turn::Suspend).await
        }).await.unwrap();
        town.count().await;
        let all = town.reached("411002", Group::All).await;
        assert_eq!((all.reached(0, 15), all.unconnected), (0, 24), "no street leads anywhere any more");
        let page = town.officer().await.get("/circle/411002?than=2026-11-21").await.text();
        assert!(page.contains("48.0%") && page.contains("-48.0 个百分点"), "{page}");
        assert_eq!(town.officer().await.get("/circle/411002?day=2020-01-01").await.status, 422);
        let api = town.officer().await.get("/api/v1/circle/411002").await.json();
        assert_eq!(api["days"], json!(["2026-11-22", "2026-11-21"]));
        assert_eq!(api["place"]["groups"][0]["reach"][0]["within"], json!([0, 0, 0]));
        assert_eq!(api["gaps"].as_array().unwrap().len(), 2);
    }

    async fn the_sheet_and_the_report_hold_the_tables(test: TestDb) {
        let town = Town::counted(test).await;
        let sheet = town.officer().await.get("/circle/4110/export").await;
        let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(sheet.body.to_vec())).unwrap();
        let range = book.worksheet_range_at(0).unwrap().unwrap();
        let rows: Vec<Vec<String>> = range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect();
        assert_eq!(rows[1][..9], ["4110", "许昌市", "社区养老设施", "全部老人", "2", "26", "1", "1", "0"]);
        assert!(rows.iter().any(|row| row[0] == FAR), "the gap list");
        assert_eq!(book.sheet_names(), ["许昌市", "设施"]);
        let facilities = book.worksheet_range("设施").unwrap();
        assert_eq!(facilities.rows().map(|row| row[0].to_string()).collect::<Vec<_>>(), ["设施", "助餐点", "社区养老服务站"]);
        let report = town.officer().await.get("/circle/4110/print").await.text();
        assert!(report.contains("sheet-411002") && report.contains("sheet-411003"), "a page for each county");
        assert!(report.contains("<path class=\"s"), "with its map");
    }

    async fn a_change_is_noted_and_a_count_is_asked_for_once(test: TestDb) {
        let town = Town::open(test).await;
        let db = &town.web.test.db;
        let page = town.officer().await.get("/circle/4110").await.text();
        assert!(page.contains("还没有算过"), "{page}");
        consumers::catch_up(db, &Changes).await.unwrap();
        assert!(figures::standing(db, place("4110")).await.unwrap().changed_at.is_some());
        assert_eq!(count::ask_where_due(db, &town.circle).await.unwrap(), 1);
        assert_eq!(count::ask_where_due(db, &town.circle).await.unwrap(), 0, "one is waiting");
        assert_eq!(town.web.as_("zhoumin").await.post("/circle/411002/count", &[]).await.location(), "/circle/411002");
        let page = town.officer().await.get("/circle/4110").await.text();
        assert!(page.contains("正在计算服务圈"), "{page}");
        let worker = count::CountWorker { circle: town.circle.clone(), keys: town.web.state.keys.clone() };
        assert_eq!(store::jobs::round(db, &[std::sync::Arc::new(worker)]).await.unwrap(), 1);
        let standing = figures::standing(db, place("4110")).await.unwrap();
        assert!(standing.counted_at.is_some() && standing.attribution.unwrap().contains("虚构"));
        assert_eq!(count::ask_where_due(db, &town.circle).await.unwrap(), 0, "counted a moment ago");
        town.web.test.clock.advance(chrono::TimeDelta::minutes(2));
        assert_eq!(count::ask_where_due(db, &town.circle).await.unwrap(), 0, "nothing changed");
    }

    async fn figures_are_kept_for_so_many_days_and_no_longer(test: TestDb) {
        let mut town = Town::counted(test).await;
        let first = town.web.test.clock.now().date_naive();
        town.circle = Circle::keeping(town.web.test.folder(), 30);
        let days = async |town: &Town| figures::days(&town.web.state.db, &Scope::whole(), place(NEAR)).await.unwrap();
        town.web.test.clock.advance(chrono::TimeDelta::days(30));
        town.count().await;
        assert_eq!(days(&town).await.len(), 2, "a day may be thirty days old");
        town.web.test.clock.advance(chrono::TimeDelta::days(1));
        town.count().await;
        let kept = days(&town).await;
        assert!(kept.len() == 2 && kept.iter().all(|day| *day > first), "{kept:?}");
        let gone: Region = "411002999001".parse().unwrap();
        let row = (place(NEAR).home().unwrap(), gone, "{}".to_owned());
        let (db, operator) = (&town.web.test.db, town.web.test.operator());
        db.write(Lane::Bulk, &operator, async |tx| figures::write(&tx, std::slice::from_ref(&row), first).await).await.unwrap();
        town.count().await;
        let left = "SELECT count(*) AS n FROM circle_figures WHERE area = 411002999001";
        let left = db.query_one_raw(Statement::from_string(db.get_database_backend(), left)).await.unwrap().unwrap();
        assert_eq!(left.try_get::<i64>("", "n").unwrap(), 0, "a place that is gone is forgotten, too");
    }

    async fn another_process_reads_its_map_anew_after_a_count(test: TestDb) {
        let town = Town::counted(test).await;
        let (db, keys) = (&town.web.state.db, &town.web.state.keys);
        let other = Circle::new(town.web.test.folder());
        let first = other.model((db, keys), place("4110")).await.unwrap();
        let again = other.model((db, keys), place("4110")).await.unwrap();
        assert_eq!(first.read_at, again.read_at);
        town.web.test.clock.advance(chrono::TimeDelta::minutes(5));
        town.count().await;
        assert!(other.model((db, keys), place("4110")).await.unwrap().read_at > first.read_at);
    }

    async fn a_plan_is_kept_for_the_place_and_thrown_away_by_its_own(test: TestDb) {
        let town = Town::counted(test).await;
        let mut clerk = town.web.as_("zhoumin").await;
        let body = json!({ "kind": "community", "minutes": 15, "group": "all", "better": 0.4,
            "picks": [{ "name": "原小学", "point": [113.83, 34.02], "gained": 12 }] }).to_string();
        let (path, named) = ("/circle/411002/plans", [("name", "明年一处"), ("body", body.as_str())]);
        assert_eq!(clerk.post(path, &[("name", " "), ("body", &body)]).await.status, 422);
        assert_eq!(clerk.post(path, &[("name", "x"), ("body", "{}")]).await.status, 422);
        assert_eq!(clerk.post(path, &named).await.status, 303);
        assert_eq!(town.web.as_("sunjie").await.post(path, &named).await.status, 404);
        assert_eq!(town.web.as_("wangwei").await.post(path, &named).await.status, 403);
        let page = town.officer().await.get("/circle/4110").await.text();
        assert!(page.contains("明年一处") && page.contains("1 处，多 12 人"), "the city sees its county's");
        let kept = insight::circle::plans::list(&town.web.test.db, &Scope::whole(), place("411002")).await.unwrap();
        let gone = format!("/circle/411003/plans/{}/drop", kept[0].key);
        assert_eq!(town.web.as_("sunjie").await.post(&gone, &[]).await.status, 404, "not yours");
        assert_eq!(clerk.post(&format!("/circle/411002/plans/{}/drop", kept[0].key), &[]).await.status, 303);
        assert!(!town.officer().await.get("/circle/4110").await.text().contains("明年一处"));
    }

    async fn two_plans_stand_side_by_side_and_a_few_people_are_not_told(test: TestDb) {
        let town = Town::counted(test).await;
        let mut clerk = town.web.as_("zhoumin").await;
        let body = |at: Position| json!({ "kind": "community", "minutes": 15, "group": "all", "better": 0.0,
            "picks": [{ "name": "一处", "point": [at.lon, at.lat], "gained": 12 }] }).to_string();
        for (name, at) in [("东边", town.east), ("西边", town.west)] {
            let body = body(at);
            let form = [("name", name), ("body", body.as_str())];
            assert_eq!(clerk.post("/circle/411002/plans", &form).await.status, 303);
        }
        let kept = insight::circle::plans::list(&town.web.test.db, &Scope::whole(), place("411002")).await.unwrap();
        let key = |name: &str| kept.iter().find(|plan| plan.name == name).unwrap().key.to_string();
        let query = format!("one={}&other={}", key("西边"), key("东边"));
        let page = clerk.get(&format!("/circle/411002/compare?{query}")).await.text();
        assert!(page.contains("48.0%") && page.contains("96.0%") && page.contains("+48.0"), "{page}");
        let sheet = clerk.get(&format!("/circle/411002/compare/export?{query}")).await;
        let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(sheet.body.to_vec())).unwrap();
        let range = book.worksheet_range_at(0).unwrap().unwrap();
        let row: Vec<String> = range.rows().nth(1).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(row[..6], ["411002", "魏都区", "25", "12", "0", "12"]);
        let again = clerk.get(&format!("/circle/411002/compare?{query}")).await.text();
        assert!(again.contains("+48.0"), "nothing stays behind from the question before");
        let unknown = format!("/circle/411002/compare?one={}&other=411002-x", key("东边"));
        assert_eq!(clerk.get(&unknown).await.status, 404);
        assert_eq!(town.web.as_("sunjie").await.get(&format!("/circle/411002/compare?{query}")).await.status, 404);
    }

    async fn where_an_organisation_stands_is_said_by_its_administrator(test: TestDb) {
        let town = Town::open(test).await;
        let mut admin = town.web.as_("shenjing").await;
        let path = format!("/organisations/{}/point", town.station);
        assert_eq!(admin.post(&path, &[("longitude", "113.9"), ("latitude", "34.1")]).await.status, 303);
        let shown = admin.get(&format!("/organisations/{}", town.station)).await.text();
        assert!(shown.contains("113.900000, 34.100000"), "{shown}");
        assert_eq!(admin.post(&path, &[("longitude", "34.1"), ("latitude", "113.9")]).await.status, 422);
        assert_eq!(admin.post(&path, &[("longitude", "x"), ("latitude", "34")]).await.status, 422);
        let api = format!("/api/v1{path}");
        let answer = admin.post_json(&api, &json!({ "longitude": 113.8, "latitude": 34.0 })).await.json();
        assert_eq!((answer["longitude"].clone(), answer["version"].clone()), (json!(113.8), json!(4)));
    }

    async fn without_streets_the_page_says_what_to_do(test: TestDb) {
        let web = TestWeb::open(test, vec![insight::module()]).await;
        web.account("linlan", Kind::Staff, grant(Role::CityOfficer, "4110")).await;
        let mut officer = web.as_("linlan").await;
        let page = officer.get("/circle/4110").await.text();
        assert!(page.contains("sangyu reach streets --data data --city 4110"), "{page}");
        assert_eq!(officer.get("/circle/4110/map").await.status, 409);
        assert_eq!(officer.get("/circle").await.location(), "/circle/4110");
    }

    async fn counts_and_points_are_found_by_key(test: TestDb) {
        let town = Town::counted(test).await;
        let (db, backend) = (&town.web.test.db, town.web.test.db.get_database_backend());
        let uuid = if db.engine() == store::Engine::Sqlite { "randomblob(16)" } else { "gen_random_uuid()" };
        let operator = town.web.test.operator();
        db.write(Lane::Bulk, &operator, async |tx| {
            let day = if tx.engine() == store::Engine::Sqlite { "date('2026-01-01', '+' || (n % 40) || ' days')" } else { "date '2026-01-01' + n % 40" };
            let numbers = "WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < 60000)";
            tx.execute_unprepared(&format!("INSERT INTO circle_figures (home, area, day, body) {numbers} SELECT 411002, 411002000000 + n / 40, {day}, '{{}}' FROM s WHERE n / 40 > 1")).await?;
            tx.execute_unprepared(&format!("INSERT INTO circle_plans (home, id, place, name, body, version, made_at) {numbers} SELECT 411002, {uuid}, 411002000000 + n / 40, 'x', '{{}}', 1, '2026-01-01 00:00:00Z' FROM s")).await?;
            tx.execute_unprepared(&format!("INSERT INTO circle_sitings (home, id, place, job, asked, asked_at) {numbers} SELECT 411002, {uuid}, 411002000000 + n / 40, {uuid}, '{{}}', '2026-01-01 00:00:00Z' FROM s")).await?;
            let same = "number, name, pinyin, sex, birth_on, cert_kind, cert_mask, mobile_mask, landline_mask, living, tags, status, version, registered_at, updated_at";
            let fewer = numbers.replace("60000", "1000");
            tx.execute_unprepared(&format!("INSERT INTO elders (home, id, place, {same}) {fewer} SELECT home, {uuid}, 411002001000 + n % 300, {same} FROM elders, s")).await?;
            tx.execute_unprepared("ANALYZE").await?;
            Ok(())
        }).await.unwrap();
        let villages: Vec<Region> = registry::places::villages_of(place("411002")).map(|village| village.region).collect();
        let today = town.web.test.clock.today();
        for statement in figures::statements(db, &villages, today).await.unwrap() {
            let plan = plan(db, &backend.build(&statement)).await;
            assert!(!plan.contains("SCAN") && !plan.contains("Seq Scan"), "{plan}");
        }
        let home = place("411002").home().unwrap();
        let whole = plan(db, &backend.build(&figures::of_home(home, today))).await;
        assert!(whole.contains("circle_figures_by_day") && !whole.contains("SCAN"), "{whole}");
        let swept = plan(db, &backend.build(&figures::forgetting(home, "2026-01-03".parse().unwrap()))).await;
        assert!(swept.contains("circle_figures_by_day") && !swept.contains("SCAN"), "{swept}");
        let listed = plan(db, &backend.build(&insight::circle::plans::statement(home, place("411002001")))).await;
        assert!(listed.contains("circle_plans_by_place") && !listed.contains("TEMP B-TREE"), "{listed}");
        let sited = plan(db, &backend.build(&sitings::statement(home, place("411002001"), 20))).await;
        assert!(sited.contains("circle_sitings_by_place") && !sited.contains("TEMP B-TREE") && !sited.contains("Sort"), "{sited}");
        for after in [None, Some((411_002_001_001, uuid::Uuid::nil()))] {
            let statement = points::statement(home, place("4110"), after, 2_000);
            let plan = plan(db, &backend.build(&statement)).await;
            assert!(plan.contains("elders_by_place") && !plan.contains("TEMP B-TREE") && !plan.contains("Sort"), "{plan}");
        }
    }
}

#[test]
fn fifteen_minutes_are_within_the_norm() {
    assert!((800.0..=1_000.0).contains(&metres(15)));
}
