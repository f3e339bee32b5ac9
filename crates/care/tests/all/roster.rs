//! The roster: gathering a day, planning it, changing the draft, telling why not.

use std::ops::ControlFlow;

use care::{
    orders::{Order, actions::Placing},
    roster::{
        Hold, Maps, Origin, Plan, Status, Stop, Wish,
        actions::{self, New},
        desk::{self, Edit, Tools},
        engine::{self, Effort, Laid},
        gather::{Workday, gather},
        hours, nightly, queries,
        worker::{Planner, Publisher},
    },
};
use chrono::NaiveDate;
use kernel::{Failure, Result, Role};
use serde_json::{Value, json};
use std::sync::Arc;
use store::{both, jobs, journal};
use uuid::Uuid;
use web::{
    accounts::{Kind, NewGrant},
    testing::{Browser, TestWeb},
};

use super::town::{GOOD_CARE, LI, RIVAL, STRANGER, SUN, Town, at, bath, dispatcher, region};

fn code<T: std::fmt::Debug>(result: Result<T, Failure>) -> &'static str {
    result.unwrap_err().code().unwrap()
}

pub fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()
}

/// A placing of an item from an hour of the planned day on.
pub fn wanted(n: u128, item: &str, (from, to): (&str, &str)) -> Placing {
    let window = (at(&format!("2026-11-22T{from}")), at(&format!("2026-11-22T{to}")));
    Placing { item: item.into(), window, ..bath(n) }
}

/// Five orders of the day: four for one, one for two.
pub async fn five(town: &Town) -> Vec<Order> {
    let mut orders = Vec::new();
    for (n, item, window) in [
        (1, "bath", ("08:30", "10:00")),
        (2, "cleaning", ("09:00", "11:00")),
        (1, "bath-bed", ("14:00", "15:00")),
        (2, "walk", ("10:00", "12:00")),
        (1, "company", ("15:30", "17:00")),
    ] {
        orders.push(town.place(&wanted(n, item, window)).await.unwrap());
    }
    orders
}

pub async fn workday(town: &Town) -> Workday {
    let now = town.test.db.clock().now();
    gather(&town.test.db, &town.keys, GOOD_CARE, (day(), now)).await.unwrap()
}

fn computed(day: &Workday, at_hand: &[Stop]) -> Laid {
    let effort = Effort { seconds: 0.2, gently: !at_hand.is_empty() };
    engine::compute(day, at_hand, effort, &mut |_| ControlFlow::Continue(())).unwrap()
}

pub async fn laid(town: &Town) -> Plan {
    let day = workday(town).await;
    let laid = computed(&day, &[]);
    let new = New {
        provider: GOOD_CARE,
        place: day.place,
        day: day.day,
        origin: Origin::Computed,
        based_on: None,
        rulebook: day.rulebook.clone(),
        laid,
        took_millis: 200,
    };
    town.write(&dispatcher(GOOD_CARE), async |tx| actions::lay(&tx, new.clone()).await).await.unwrap()
}

async fn edit(town: &Town, plan: &Plan, change: Edit) -> Result<Plan> {
    let by = dispatcher(GOOD_CARE);
    let tools = Tools { keys: town.keys.clone(), maps: Maps::default() };
    desk::edit(&town.test.db, &tools, &by, (plan, plan.version), change).await
}

async fn visits(town: &Town, plan: &Plan) -> Vec<Stop> {
    queries::visits(&town.test.db, plan).await.unwrap()
}

fn of(stops: &[Stop], order: Uuid) -> Vec<&Stop> {
    stops.iter().filter(|stop| stop.order == order).collect()
}

both! {
    async fn a_day_is_planned_within_windows_and_two_come_together(test: TestDb) {
        let town = Town::open(test).await;
        let orders = five(&town).await;
        let day = workday(&town).await;
        assert_eq!((day.jobs.len(), day.on_duty().count(), day.rulebook.as_str()), (5, 2, "default"));
        let laid = computed(&day, &[]);
        assert_eq!((laid.gaps.len(), laid.stops.len()), (0, 6));
        for order in &orders {
            for stop in of(&laid.stops, order.id) {
                assert!(stop.start >= order.window_start && stop.start <= order.window_end, "{}", order.item);
                assert_eq!((stop.end - stop.start).num_minutes(), i64::from(order.minutes));
            }
        }
        let pair = of(&laid.stops, orders[2].id);
        assert_eq!(pair.len(), 2);
        assert_eq!((pair[0].start, pair[0].worker == pair[1].worker), (pair[1].start, false));
        let figures = laid.figures.plan;
        assert_eq!((figures.orders, figures.unserved, figures.late_visits, figures.caregivers), (5, 0, 0, 2));
        assert!(laid.figures.one_by_one.is_some());
    }

    async fn a_draft_stands_in_the_journal_and_takes_the_place_of_the_one_before(test: TestDb) {
        let town = Town::open(test).await;
        five(&town).await;
        let first = laid(&town).await;
        let second = laid(&town).await;
        assert_eq!((first.number, second.number, second.status().unwrap()), (1, 2, Status::Draft));
        let current = queries::current(&town.test.db, GOOD_CARE, day()).await.unwrap().unwrap();
        assert_eq!(current.id, second.id);
        let home = first.key().unwrap().home;
        let told = journal::history(&town.test.db, home, first.id).await.unwrap();
        assert_eq!(told.iter().map(|entry| entry.kind.as_str()).collect::<Vec<_>>(), ["roster.laid", "roster.superseded"]);
        assert!(told[0].facts.contains(&SUN.to_string()), "the visits stand in the entry");
        let moved = visits(&town, &second).await.iter().filter(|stop| stop.moved).count();
        assert_eq!(moved, 0, "the same search over the same day gives the same plan");
    }

    async fn a_visit_goes_to_another_caregiver_when_it_fits_and_can_be_taken_back(test: TestDb) {
        let town = Town::open(test).await;
        let orders = five(&town).await;
        let plan = laid(&town).await;
        let before = visits(&town, &plan).await;
        let stop = of(&before, orders[0].id)[0].clone();
        let other = if stop.worker == SUN { LI } else { SUN };
        let wish = Wish { order: stop.order, part: 0, worker: other, at: None };
        let changed = edit(&town, &plan, Edit::Move(wish)).await.unwrap();
        let after = visits(&town, &changed).await;
        let now = of(&after, orders[0].id)[0];
        assert_eq!((now.worker, now.hold, now.moved), (other, Hold::Pinned, true));
        let stale = edit(&town, &plan, Edit::Pin(orders[1].id)).await;
        assert_eq!(code(stale), "roster.stale");
        let by = dispatcher(GOOD_CARE);
        let back = desk::undo(&town.test.db, &town.keys, &by, (&changed, changed.version)).await.unwrap();
        assert_eq!(visits(&town, &back).await, before);
        let again = desk::undo(&town.test.db, &town.keys, &by, (&back, back.version)).await;
        assert_eq!(code(again), "roster.nothing_to_undo");
    }

    async fn what_does_not_fit_is_refused_with_the_reason_and_may_be_forced(test: TestDb) {
        let town = Town::open(test).await;
        let orders = five(&town).await;
        let plan = laid(&town).await;
        let wish = |order: usize, at: Option<f64>| Wish { order: orders[order].id, part: 0, worker: SUN, at };
        assert_eq!(code(edit(&town, &plan, Edit::Move(wish(0, Some(7.0 * 60.0)))).await), "roster.too_early");
        assert_eq!(code(edit(&town, &plan, Edit::Move(wish(0, Some(11.0 * 60.0)))).await), "roster.too_late");
        // The pair is from 14:00 on: nobody is free for an hour's company in the middle of it.
        let stranger = Wish { worker: STRANGER, ..wish(0, None) };
        assert_eq!(code(edit(&town, &plan, Edit::Move(stranger)).await), "roster.not_on_duty");
        let stops = visits(&town, &plan).await;
        let pair = of(&stops, orders[2].id);
        let twice = Wish { order: orders[2].id, part: pair[0].part, worker: pair[1].worker, at: None };
        assert_eq!(code(edit(&town, &plan, Edit::Move(twice)).await), "roster.twice");
        let forced = edit(&town, &plan, Edit::Force(wish(0, Some(7.0 * 60.0)))).await.unwrap();
        let stops = visits(&town, &forced).await;
        let now = of(&stops, orders[0].id)[0];
        assert_eq!((now.start, now.hold), (at("2026-11-22T07:00"), Hold::ByHand));
    }

    async fn an_order_is_lifted_and_one_that_comes_in_is_inserted(test: TestDb) {
        let town = Town::open(test).await;
        let orders = five(&town).await;
        let plan = laid(&town).await;
        let lifted = edit(&town, &plan, Edit::Lift(orders[2].id)).await.unwrap();
        assert_eq!(lifted.gaps().unwrap().iter().map(|gap| gap.order).collect::<Vec<_>>(), [orders[2].id]);
        assert_eq!(lifted.own_figures().unwrap().unserved, 1);
        let urgent = town.place(&wanted(2, "vitals", ("16:00", "17:00"))).await.unwrap();
        let put = edit(&town, &lifted, Edit::Insert(urgent.id)).await.unwrap();
        let put = edit(&town, &put, Edit::Insert(orders[2].id)).await.unwrap();
        assert_eq!((put.gaps().unwrap().len(), visits(&town, &put).await.len()), (0, 7));
    }

    async fn two_visits_change_their_caregivers(test: TestDb) {
        let town = Town::open(test).await;
        let orders = five(&town).await;
        let plan = laid(&town).await;
        let give = |order: usize, worker| Edit::Move(Wish { order: orders[order].id, part: 0, worker, at: None });
        let plan = edit(&town, &plan, give(0, SUN)).await.unwrap();
        let plan = edit(&town, &plan, give(1, LI)).await.unwrap();
        let stops = visits(&town, &plan).await;
        let (sun, li) = (of(&stops, orders[0].id)[0], of(&stops, orders[1].id)[0]);
        let swapped = edit(&town, &plan, Edit::Swap(sun.id(), li.id())).await.unwrap();
        let after = visits(&town, &swapped).await;
        assert_eq!((of(&after, sun.order)[0].worker, of(&after, li.order)[0].worker), (LI, SUN));
        assert_eq!(code(edit(&town, &swapped, Edit::Swap(sun.id(), sun.id())).await), "roster.nothing_to_swap");
    }

    async fn who_is_away_gets_nothing_and_a_sick_call_changes_little(test: TestDb) {
        let town = Town::open(test).await;
        let orders = five(&town).await;
        let plan = laid(&town).await;
        let by = dispatcher(GOOD_CARE);
        let away = async || town.write(&by, async |tx| hours::away(&tx, LI, day(), hours::Reason::Sick).await).await;
        away().await.unwrap();
        assert_eq!(code(away().await), "roster.absent_already");
        let before = visits(&town, &plan).await;
        let day = workday(&town).await;
        let laid = computed(&day, &before);
        assert!(laid.stops.iter().all(|stop| stop.worker == SUN));
        let gap = &laid.gaps[0];
        assert_eq!((laid.gaps.len(), gap.order), (1, orders[2].id), "nobody is left for the visit by two");
        assert!(!gap.cures.is_empty(), "and what would help is told");
        for stop in before.iter().filter(|stop| stop.worker == SUN && stop.order != orders[2].id) {
            assert_eq!(of(&laid.stops, stop.order)[0].worker, SUN);
        }
    }

    async fn hours_hold_and_foreign_caregivers_are_not_there(test: TestDb) {
        let town = Town::open(test).await;
        five(&town).await;
        let by = dispatcher(GOOD_CARE);
        let written = hours::Written { weekdays: 1, opens_mins: 480, closes_mins: 1_020, overtime_mins: 30, mode: hours::Mode::Car };
        town.write(&by, async |tx| hours::set(&tx, LI, written).await).await.unwrap();
        let day = workday(&town).await;
        assert_eq!(day.on_duty().map(|hand| hand.worker.id).collect::<Vec<_>>(), [SUN], "a Sunday is no Monday");
        let wrong = hours::Written { closes_mins: 400, ..written };
        assert_eq!(code(town.write(&by, async |tx| hours::set(&tx, LI, wrong).await).await), "roster.hours_wrong");
        let rival = town.write(&dispatcher(RIVAL), async |tx| hours::set(&tx, LI, written).await).await;
        assert_eq!(code(rival), "not_found");
    }

    async fn a_rival_finds_no_plan(test: TestDb) {
        let town = Town::open(test).await;
        five(&town).await;
        let plan = laid(&town).await;
        let key = plan.key().unwrap();
        let find = async |scope| queries::find(&town.test.db, &scope, key).await.unwrap().is_some();
        assert!(find(dispatcher(GOOD_CARE).scope()).await);
        assert!(!find(dispatcher(RIVAL).scope()).await);
        assert!(find(kernel::Scope::of(region("411002"))).await);
        assert!(!find(kernel::Scope::of(region("411003"))).await);
        let published = town.write(&dispatcher(RIVAL), async |tx| actions::publish(&tx, key, plan.version).await).await;
        assert_eq!(code(published), "not_found");
    }
}

/// The town behind its doors on the eve of the day, with dispatchers, a rival and the caregivers' phones.
async fn doors(test: store::testing::TestDb) -> (TestWeb, Vec<Order>) {
    let town = Town::open(test).await;
    let orders = five(&town).await;
    for n in [1, 2] {
        town.door(n).await;
    }
    let web = TestWeb::open(town.test, vec![registry::module(), care::module()]).await;
    let of = |role, organisation, worker| {
        let label = "安颐居家".to_owned();
        NewGrant { role, place: None, organisation: Some(organisation), worker, extent: label.clone(), label }
    };
    for (login, organisation) in [("good", GOOD_CARE), ("second", GOOD_CARE), ("rival", RIVAL)] {
        web.account(login, Kind::Staff, of(Role::Dispatcher, organisation, None)).await;
    }
    for (login, worker) in [("sun", SUN), ("li", LI)] {
        web.account(login, Kind::Worker, of(Role::Caregiver, GOOD_CARE, Some(worker))).await;
    }
    (web, orders)
}

/// Does what waits, as the server's jobs do.
async fn work(web: &TestWeb) {
    let tools = Tools { keys: web.test.keys().await, maps: Maps::default() };
    let workers: [Arc<dyn jobs::Worker>; 2] = [Arc::new(Planner(tools)), Arc::new(Publisher)];
    jobs::round(&web.test.db, &workers).await.unwrap();
}

async fn plan_of(browser: &mut Browser) -> Value {
    let plans = browser.get("/api/v1/roster/plans?day=2026-11-22").await.json();
    let key = plans["items"][0]["key"].as_str().unwrap().to_owned();
    browser.get(&format!("/api/v1/roster/plans/{key}")).await.json()
}

/// Asks for a plan and has it made.
async fn planned(web: &TestWeb, browser: &mut Browser) -> Value {
    let asked = browser.post_json("/api/v1/roster/runs", &json!({ "day": "2026-11-22" })).await;
    assert_eq!(asked.status, 202, "{}", asked.text());
    work(web).await;
    let run = browser.get("/api/v1/roster/runs?day=2026-11-22").await.json();
    assert_eq!((run["state"].as_str(), run["percent"].as_i64()), (Some("done"), Some(100)), "{run}");
    plan_of(browser).await
}

both! {
    async fn a_published_plan_assigns_its_orders_and_the_phones_show_them_in_its_order(test: TestDb) {
        let (web, orders) = doors(test).await;
        let mut good = web.as_("good").await;
        assert!(good.get("/roster?day=2026-11-22").await.text().contains("还没有方案"));
        let plan = planned(&web, &mut good).await;
        assert_eq!((plan["status"].as_str(), plan["made_by"].as_str()), (Some("draft"), Some("good")));
        let page = good.get("/roster?day=2026-11-22").await.text();
        assert!(page.contains("发布给护理员") && page.contains("陈秀云") && page.contains("孙丽萍"));
        let address = format!("/roster/{}/publish", plan["key"].as_str().unwrap());
        let published = good.post(&address, &[("version", "1")]).await;
        assert_eq!(published.status, 303, "{}", published.text());
        work(&web).await;
        let page = good.get("/roster?day=2026-11-22").await.text();
        assert!(page.contains("已派给护理员 5 单"), "what publishing came to is told");
        web.test.clock.set(at("2026-11-22T07:00"));
        for (login, worker) in [("sun", SUN), ("li", LI)] {
            let pack = web.as_(login).await.get("/api/v1/m/day").await.json();
            let told: Vec<_> = pack["orders"].as_array().unwrap().iter().map(|order| order["number"].clone()).collect();
            let round = plan["rounds"].as_array().unwrap().iter().find(|round| round["worker"] == json!(worker));
            let visits = round.map(|round| round["visits"].as_array().unwrap().clone()).unwrap_or_default();
            let number = |visit: &Value| orders.iter().find(|o| visit["order"] == json!(o.id)).map(|o| json!(o.number));
            assert_eq!(told, visits.iter().filter_map(number).collect::<Vec<_>>(), "{login}");
            assert!(pack["orders"].as_array().unwrap().iter().all(|order| order["planned_at"].is_string()));
        }
        let again = web.as_("good").await.post(&address, &[("version", "2")]).await;
        assert_eq!(again.status, 409, "a published plan is not published again");
        let mut sun = web.as_("sun").await;
        let theirs = sun.get("/api/v1/m/day").await.json()["orders"][0]["key"].as_str().unwrap().to_owned();
        let board = async || web.as_("good").await.get("/roster?day=2026-11-22").await.text();
        assert!(!board().await.contains("不再按这一版执行"), "all is as planned");
        let declined = sun.post_json(&format!("/api/v1/orders/{theirs}/decline"), &json!({ "reason": "busy" })).await;
        assert_eq!(declined.status, 200, "{}", declined.text());
        let page = board().await;
        assert!(page.contains("1 户已退回或改派，不再按这一版执行") && page.contains("已退回或改派"), "a published plan tells the truth");
    }

    async fn a_sick_call_makes_a_new_draft_and_publishing_it_takes_the_visits_back(test: TestDb) {
        let (web, orders) = doors(test).await;
        let mut good = web.as_("good").await;
        let plan = planned(&web, &mut good).await;
        let publish = |plan: &Value| (format!("/api/v1/roster/plans/{}/publish", plan["key"].as_str().unwrap()), json!({ "version": plan["version"] }));
        let (address, body) = publish(&plan);
        assert_eq!(good.post_json(&address, &body).await.status, 200);
        work(&web).await;
        let sick = [("day", "2026-11-22"), ("worker", &SUN.to_string()), ("reason", "sick")];
        assert_eq!(good.post("/roster/absences", &sick).await.status, 303);
        work(&web).await;
        let draft = plan_of(&mut good).await;
        assert_eq!((draft["origin"].as_str(), draft["number"].as_i64()), (Some("sick"), Some(2)));
        let rounds = draft["rounds"].as_array().unwrap();
        assert!(rounds.iter().all(|round| round["worker"] == json!(LI)));
        assert_eq!(draft["unserved"][0]["order"], json!(orders[2].id), "the visit by two has nobody left");
        let (address, body) = publish(&draft);
        assert_eq!(good.post_json(&address, &body).await.status, 200);
        work(&web).await;
        let told = good.get("/roster?day=2026-11-22").await.text();
        assert!(told.contains("收回 1 单"), "{told}");
        web.test.clock.set(at("2026-11-22T07:00"));
        let pack = web.as_("sun").await.get("/api/v1/m/day").await.json();
        assert_eq!(pack["orders"].as_array().unwrap().len(), 0, "who is ill has nothing to do");
    }

    async fn a_rival_is_answered_as_for_nothing(test: TestDb) {
        let (web, orders) = doors(test).await;
        let plan = planned(&web, &mut web.as_("good").await).await;
        let key = plan["key"].as_str().unwrap();
        let nothing = "411002-aaaaaaaaaaaaaaaaaaaaaaaaaa";
        let mut rival = web.as_("rival").await;
        let change = json!({ "version": 1, "change": { "kind": "pin", "order": orders[0].id } });
        for verb in ["edit", "undo", "publish", "withdraw"] {
            let mut answers = Vec::new();
            for key in [key, nothing] {
                let answer = rival.post_json(&format!("/api/v1/roster/plans/{key}/{verb}"), &change).await;
                answers.push((answer.status, answer.json()["code"].clone(), answer.json()["title"].clone()));
            }
            assert_eq!((answers[0].0, &answers[0]), (404, &answers[1]), "{verb}");
        }
        for path in ["", &format!("/why-not/{}", orders[0].id)] {
            let mut statuses = Vec::new();
            for key in [key, nothing] {
                statuses.push(rival.get(&format!("/api/v1/roster/plans/{key}{path}")).await.status);
            }
            assert_eq!(statuses, [404, 404], "{path}");
        }
        for verb in ["move", "swap", "pin", "unpin", "lift", "insert", "undo", "publish", "withdraw"] {
            assert_eq!(rival.post(&format!("/roster/{key}/{verb}"), &[("version", "1")]).await.status, 404, "{verb}");
        }
        let own = rival.get("/roster?day=2026-11-22").await;
        assert_eq!(own.status, 200);
        assert!(!own.text().contains("陈秀云") && !own.text().contains("孙丽萍"));
        let hours = rival.get("/roster/hours").await.text();
        assert!(!hours.contains("孙丽萍"));
        assert_eq!(rival.get(&format!("/roster/hours/{SUN}")).await.status, 404);
        assert_eq!(rival.get("/api/v1/roster/plans?day=2026-11-22").await.json()["items"], json!([]));
    }

    async fn two_dispatchers_do_not_undo_each_other_unseen(test: TestDb) {
        let (web, orders) = doors(test).await;
        let (mut good, mut second) = (web.as_("good").await, web.as_("second").await);
        let plan = planned(&web, &mut good).await;
        let address = format!("/roster/{}", plan["key"].as_str().unwrap());
        let order = orders[0].id.to_string();
        let fields = [("version", "1"), ("order", order.as_str())];
        let pinned = good.post(&format!("{address}/pin"), &fields).await;
        assert_eq!((pinned.status, pinned.location()), (303, format!("/roster?day=2026-11-22&visit={order}.0").as_str()));
        let stale = second.post(&format!("{address}/lift"), &fields).await;
        assert_eq!(stale.status, 409);
        assert!(stale.text().contains("方案刚被good改过"), "{}", stale.text());
        assert!(second.get(pinned.location()).await.text().contains("已锁定"));
        let undone = second.post(&format!("{address}/undo"), &[("version", "2")]).await;
        assert_eq!(undone.status, 303, "who sees the latest may take it back");
    }

    async fn a_move_that_does_not_fit_is_answered_with_the_reason_and_the_sheet_has_everybody(test: TestDb) {
        let (web, orders) = doors(test).await;
        let mut good = web.as_("good").await;
        let plan = planned(&web, &mut good).await;
        let address = format!("/roster/{}/move", plan["key"].as_str().unwrap());
        let (visit, sun) = (format!("{}.0", orders[0].id), SUN.to_string());
        let fields = [("version", "1"), ("visit", visit.as_str()), ("worker", sun.as_str()), ("at", "07:00")];
        let refused = good.post(&address, &fields).await;
        assert_eq!(refused.status, 409);
        assert!(refused.text().contains("和老人约的是 08:30 以后"));
        let forced = good.post(&address, &[&fields[..], &[("force", "1")]].concat()).await;
        assert_eq!(forced.status, 303, "{}", forced.text());
        assert!(good.get("/roster?day=2026-11-22").await.text().contains("手排未核"));
        let sheet = good.get("/roster/export?day=2026-11-22").await;
        assert_eq!((sheet.status, &sheet.body[..2]), (200, &b"PK"[..]));
    }

    async fn hours_are_written_by_form_and_a_wrong_one_is_told(test: TestDb) {
        let (web, _) = doors(test).await;
        let mut good = web.as_("good").await;
        let address = format!("/roster/hours/{SUN}");
        assert!(good.get(&address).await.text().contains("工作日"));
        let fields = [("weekdays", "0"), ("weekdays", "6"), ("opens", "09:00"), ("closes", "12:00"), ("overtime", "0"), ("mode", "walk")];
        assert_eq!(good.post(&address, &fields).await.status, 303);
        let list = good.get("/roster/hours").await.text();
        assert!(list.contains("09:00–12:00") && list.contains("步行"));
        let wrong = [("weekdays", "0"), ("opens", "12:00"), ("closes", "09:00"), ("overtime", "0"), ("mode", "walk")];
        let refused = good.post(&address, &wrong).await;
        assert_eq!(refused.status, 422);
        assert!(refused.text().contains("下班要晚于上班"));
    }

    async fn each_evening_the_next_day_is_asked_for_once(test: TestDb) {
        let (web, _) = doors(test).await;
        web.test.clock.set(at("2026-11-21T20:00"));
        assert_eq!(nightly::round(&web.test.db).await.unwrap(), 0, "not before the hour of the rules");
        web.test.clock.set(at("2026-11-21T20:31"));
        assert_eq!(nightly::round(&web.test.db).await.unwrap(), 1, "the rival has no orders");
        assert_eq!(nightly::round(&web.test.db).await.unwrap(), 0);
        work(&web).await;
        let plan = plan_of(&mut web.as_("good").await).await;
        assert_eq!((plan["origin"].as_str(), plan["status"].as_str()), (Some("nightly"), Some("draft")));
    }
}
