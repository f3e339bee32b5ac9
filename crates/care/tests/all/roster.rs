//! The roster: gathering a day, planning it, changing the draft, telling why not.

use std::ops::ControlFlow;

use care::{
    orders::{Order, actions::Placing},
    roster::{
        Hold, Origin, Plan, Status, Stop, Wish,
        actions::{self, New},
        desk::{self, Edit},
        engine::{self, Effort, Laid},
        gather::{Workday, gather},
        hours, queries,
    },
};
use chrono::NaiveDate;
use kernel::{Failure, Result};
use store::{both, journal};
use uuid::Uuid;

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
    desk::edit(&town.test.db, &town.keys, &by, (plan, plan.version), change).await
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
