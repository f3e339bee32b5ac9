//! The ways of a day: along the streets of the city where they are kept, else by straight lines, and the plan says which.

use std::{ops::ControlFlow, sync::Arc};

use care::roster::{
    Maps, Measure, Plan, Stop, Wish,
    desk::{self, Edit, Tools},
    engine::{self, Effort, Laid},
    gather::Workday,
    ways::Why,
    worker::{Planner, Publisher},
};
use kernel::{Region, Role};
use reach::{Reading, Streets, import};
use registry::streets;
use serde_json::{Value, json};
use store::{both, jobs};
use web::{
    accounts::{Kind, NewGrant},
    testing::{TestWeb, grant},
};

use super::{
    roster::{five, laid, workday},
    town::{GOOD_CARE, SUN, Town, dispatcher},
};

/// A kilometre east of where both caregivers set out, and a place eight kilometres from any street.
const ACROSS: (f64, f64) = (113.862, 34.031);
const OUTSIDE: (f64, f64) = (113.95, 34.031);
/// One street from the start to the place across: three kilometres north, one east and three south again.
const AROUND: &str = r#"{"type":"LineString","coordinates":
    [[113.851,34.031],[113.851,34.058],[113.862,34.058],[113.862,34.031]]}"#;
const WHOSE: &str = "© 样例路网";

fn city() -> Region {
    "4110".parse().unwrap()
}

fn around() -> Streets {
    let mut draft = import::draft(AROUND.as_bytes(), Reading::default()).unwrap();
    draft.attribution = WHOSE.into();
    Streets::of_draft(&draft).unwrap()
}

/// The first order alone, at a place.
async fn one_at(town: &Town, point: (f64, f64)) -> Workday {
    let mut day = workday(town).await;
    day.jobs.truncate(1);
    day.jobs[0].point = point;
    day
}

fn computed(day: &Workday) -> Laid {
    let effort = Effort { seconds: 0.05, gently: false };
    engine::compute(day, &[], effort, &mut |_| ControlFlow::Continue(())).unwrap()
}

fn measure(laid: &Laid) -> Measure {
    laid.figures.ways.clone().unwrap()
}

fn minutes(laid: &Laid) -> Vec<i16> {
    laid.stops.iter().map(|stop| stop.way_mins).collect()
}

both! {
    async fn a_day_goes_along_the_streets_of_its_city_and_says_whose_they_are(test: TestDb) {
        let town = Town::open(test).await;
        five(&town).await;
        let maps = Maps::new(town.test.folder());
        let bare = computed(&maps.under(one_at(&town, ACROSS).await).await.unwrap());
        assert_eq!(measure(&bare), Measure::Straight { why: Why::NoStreets });
        assert_eq!(minutes(&bare), [5], "1.0 km through the air, 1.3 times, by electric bicycle");
        streets::keep(town.test.folder(), city(), &around()).unwrap();
        let day = maps.under(one_at(&town, ACROSS).await).await.unwrap();
        let along = computed(&day);
        assert_eq!(measure(&along), Measure::Streets { attribution: WHOSE.into(), off: 0 });
        assert_eq!(minutes(&along), [28], "7.0 km along the street");
        assert_eq!(along.figures.one_by_one.unwrap().way_mins, 28, "what it is compared with goes the same way");
    }

    async fn what_no_street_leads_to_goes_by_the_straight_line(test: TestDb) {
        let town = Town::open(test).await;
        five(&town).await;
        streets::keep(town.test.folder(), city(), &around()).unwrap();
        let maps = Maps::new(town.test.folder());
        let outside = computed(&maps.under(one_at(&town, OUTSIDE).await).await.unwrap());
        assert_eq!(measure(&outside), Measure::Streets { attribution: WHOSE.into(), off: 1 });
        assert_eq!(minutes(&outside), [47], "9.1 km through the air, 1.3 times");
        let mut near = one_at(&town, (113.857, 34.031)).await;
        near.rules.street_m = 100.0;
        let near = computed(&maps.under(near).await.unwrap());
        assert_eq!((measure(&near), minutes(&near)), (measure(&outside), vec![3]), "the norm says what is near");
    }

    async fn doors_of_one_yard_are_not_a_walk_to_the_street_apart(test: TestDb) {
        let town = Town::open(test).await;
        five(&town).await;
        streets::keep(town.test.folder(), city(), &around()).unwrap();
        let mut day = workday(&town).await;
        // Three hundred metres from the street, forty metres from each other.
        for (n, job) in day.jobs.iter_mut().enumerate() {
            job.point = (113.8545, 34.04 + 0.0001 * n as f64);
        }
        let laid = computed(&Maps::new(town.test.folder()).under(day).await.unwrap());
        let mut all: Vec<Stop> = laid.stops.clone();
        all.sort_by_key(|stop| (stop.worker, stop.start));
        let firsts = all.chunk_by(|a, b| a.worker == b.worker).map(|own| (own[0].way_mins, own.len()));
        for (first, visits) in firsts {
            assert!(first >= 5, "a kilometre and a leg of 300 m: {first} min to {visits} visits");
        }
        assert_eq!(all.iter().filter(|stop| stop.way_mins > 0).count(), 2, "only the first of each caregiver");
    }

    async fn a_damaged_file_of_streets_is_told_and_a_sound_one_is_taken_up_at_once(test: TestDb) {
        let town = Town::open(test).await;
        five(&town).await;
        let (maps, folder) = (Maps::new(town.test.folder()), town.test.folder());
        streets::keep(folder, city(), &around()).unwrap();
        let whole = std::fs::read(streets::file(folder, city())).unwrap();
        std::fs::write(streets::file(folder, city()), &whole[..whole.len() / 2]).unwrap();
        for _ in 0..2 {
            let laid = computed(&maps.under(one_at(&town, ACROSS).await).await.unwrap());
            assert_eq!((measure(&laid), minutes(&laid)), (Measure::Straight { why: Why::Unreadable }, vec![5]));
        }
        streets::keep(folder, city(), &around()).unwrap();
        let laid = computed(&maps.under(one_at(&town, ACROSS).await).await.unwrap());
        assert_eq!(minutes(&laid), [28]);
        std::fs::remove_file(streets::file(folder, city())).unwrap();
        let laid = computed(&maps.under(one_at(&town, ACROSS).await).await.unwrap());
        assert_eq!(measure(&laid), Measure::Straight { why: Why::NoStreets });
    }

    async fn a_change_by_hand_is_measured_by_the_streets_too(test: TestDb) {
        let town = Town::open(test).await;
        let orders = five(&town).await;
        let plan = laid(&town).await;
        assert_eq!(plan.figures().unwrap().ways, Some(Measure::Straight { why: Why::NoStreets }));
        streets::keep(town.test.folder(), city(), &around()).unwrap();
        let tools = Tools { keys: town.keys.clone(), maps: Maps::new(town.test.folder()) };
        let by = dispatcher(GOOD_CARE);
        let change = async |plan: &Plan, edit: Edit| {
            desk::edit(&town.test.db, &tools, &by, (plan, plan.version), edit).await.unwrap()
        };
        let pinned = change(&plan, Edit::Pin(orders[1].id)).await;
        assert_eq!(pinned.figures().unwrap().ways, plan.figures().unwrap().ways, "nothing was measured");
        let lifted = change(&pinned, Edit::Lift(orders[0].id)).await;
        assert_eq!(lifted.figures().unwrap().ways, Some(Measure::Streets { attribution: WHOSE.into(), off: 0 }));
        let wish = Wish { order: orders[0].id, part: 0, worker: SUN, at: None };
        let forced = change(&lifted, Edit::Force(wish)).await;
        assert_eq!(forced.figures().unwrap().ways, lifted.figures().unwrap().ways);
    }

    async fn page_sheet_and_interface_name_the_streets_of_a_plan(test: TestDb) {
        let town = Town::open(test).await;
        five(&town).await;
        let maps = Maps::new(town.test.folder());
        streets::keep(town.test.folder(), city(), &around()).unwrap();
        let (rooms, hung) = (vec![registry::module(), care::module()], maps.clone());
        let web = TestWeb::with(town.test, rooms, web::state::Config::default(), |state| state.with(hung)).await;
        let of = NewGrant { place: None, organisation: Some(GOOD_CARE), ..grant(Role::Dispatcher, "411002") };
        web.account("good", Kind::Staff, of).await;
        let mut good = web.as_("good").await;
        good.post_json("/api/v1/roster/runs", &json!({ "day": "2026-11-22" })).await;
        let tools = Tools { keys: web.test.keys().await, maps };
        let workers: [Arc<dyn jobs::Worker>; 2] = [Arc::new(Planner(tools)), Arc::new(Publisher)];
        jobs::round(&web.test.db, &workers).await.unwrap();
        let plans: Value = good.get("/api/v1/roster/plans?day=2026-11-22").await.json();
        let ways = &plans["items"][0]["figures"]["ways"];
        assert_eq!((ways["by"].as_str(), ways["attribution"].as_str()), (Some("streets"), Some(WHOSE)), "{plans}");
        let page = good.get("/roster?day=2026-11-22").await.text();
        assert!(page.contains("路上时间沿路网算") && page.contains(WHOSE));
        let sheet = good.get("/roster/export?day=2026-11-22").await;
        assert_eq!((sheet.status, &sheet.body[..2]), (200, &b"PK"[..]));
    }
}
