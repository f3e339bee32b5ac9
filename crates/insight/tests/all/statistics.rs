//! Roll-ups, birthdays, recount.

use chrono::TimeDelta;
use insight::statistics::{
    Measure, birthdays, measures,
    reading::{self, Days},
    recount,
};
use kernel::{Clock, Ids, Region, Scope};
use sea_orm::ConnectionTrait;
use serde_json::json;
use store::both;

use super::register::{Elder, Order, Register, day, event, place};

const VILLAGE: &str = "411002001001";

fn elder(id: u128, at: &str, born: &str) -> Elder {
    let at = place(at);
    let home = at.line().find(|place| place.level() == kernel::Level::County).unwrap();
    Elder { id, home, place: at, birth_on: day(born), living: 1, tags: 1 << 4, status: 1 }
}

fn measure(name: &str) -> &'static Measure {
    measures::named(name).unwrap()
}

async fn series(register: &Register, at: &str, name: &str, days: Days) -> Vec<i64> {
    let series = reading::series(&register.test.db, &Scope::whole(), place(at), &[measure(name)], days).await.unwrap();
    series.into_iter().next().unwrap()
}

async fn now(register: &Register, at: &str, name: &str) -> i64 {
    let (places, days) = ([place(at)], Days::one(register.today()));
    let figures = reading::figures(&register.test.db, &Scope::whole(), &places, &[measure(name)], days).await.unwrap();
    figures.get(places[0], measure(name))
}

both! {
    async fn an_order_is_counted_in_its_village_and_in_all_places_above(test: TestDb) {
        let register = Register::new(test);
        register.journal(vec![
            event("order.placed", 1, place(VILLAGE), json!({})),
            event("order.placed", 2, place("411002001002"), json!({})),
            event("order.placed", 3, place("411003001001"), json!({})),
            event("order.checked_in", 1, place(VILLAGE), json!({ "late_secs": -60 })),
            event("order.checked_in", 2, place("411002001002"), json!({ "late_secs": 61 })),
            event("order.rated", 1, place(VILLAGE), json!({ "score": 5 })),
            event("order.rated", 2, place("411002001002"), json!({ "score": 3 })),
        ]).await;
        assert_eq!(register.fold().await, 7);
        for (at, placed) in [(VILLAGE, 1), ("411002001", 2), ("411002", 2), ("411003", 1), ("4110", 3), ("41", 3), ("4101", 0)] {
            assert_eq!(now(&register, at, "orders.placed").await, placed, "{at}");
        }
        assert_eq!(now(&register, "4110", "orders.on_time").await, 1);
        assert_eq!(now(&register, "4110", "orders.rated").await, 2);
        assert_eq!(now(&register, "4110", "orders.satisfied").await, 1);
        assert_eq!(now(&register, "4110", "orders.open").await, 3);
        assert_eq!(now(&register, "4110", "orders.in_service").await, 2);
    }

    async fn a_batch_that_fails_leaves_the_figures_as_they_were(test: TestDb) {
        let register = Register::new(test);
        register.journal(vec![
            event("order.placed", 1, place(VILLAGE), json!({})),
            event("order.rated", 1, place(VILLAGE), json!({ "score": "five" })),
        ]).await;
        let failed = store::consumers::catch_up(&register.test.db, &register.rollups).await;
        assert!(failed.is_err());
        assert_eq!(now(&register, VILLAGE, "orders.placed").await, 0);
        assert_eq!(register.cursor().await, 0);
    }

    async fn a_late_entry_changes_the_day_it_belongs_to(test: TestDb) {
        let register = Register::new(test);
        register.journal(vec![event("order.placed", 1, place(VILLAGE), json!({}))]).await;
        register.fold().await;
        register.pass(2).await;
        register.journal(vec![event("order.placed", 2, place(VILLAGE), json!({})).on_day(day("2026-11-21"))]).await;
        register.fold().await;
        let days = Days { from: day("2026-11-20"), to: day("2026-11-23") };
        assert_eq!(series(&register, "4110", "orders.placed", days).await, [0, 2, 0, 0]);
        assert_eq!(series(&register, "4110", "orders.open", days).await, [0, 2, 2, 2]);
    }

    async fn a_stock_of_a_past_day_leaves_out_what_came_later(test: TestDb) {
        let register = Register::new(test);
        register.register(&elder(1, VILLAGE, "1946-01-01"), register.today()).await;
        register.pass(3).await;
        register.register(&elder(2, "411003001001", "1946-01-01"), register.today()).await;
        register.pass(1).await;
        register.register(&elder(3, VILLAGE, "1946-01-01"), day("2026-11-22")).await;
        register.fold().await;
        let days = Days { from: day("2026-11-20"), to: day("2026-11-25") };
        assert_eq!(series(&register, "4110", "elders.registered", days).await, [0, 1, 2, 2, 3, 3]);
        assert_eq!(series(&register, "411002", "elders.registered", days).await, [0, 1, 2, 2, 2, 2]);
        register.assert_recounted("after late registration").await;
    }

    async fn a_mover_leaves_one_place_and_comes_to_the_other(test: TestDb) {
        let register = Register::new(test);
        let before = elder(1, VILLAGE, "1946-01-01");
        register.register(&before, register.today()).await;
        register.pass(1).await;
        register.change(&before, &Elder { place: place("411002002001"), ..before }, register.today()).await;
        register.fold().await;
        for (at, count) in [(VILLAGE, 0), ("411002001", 0), ("411002002001", 1), ("411002002", 1), ("411002", 1), ("41", 1)] {
            assert_eq!(now(&register, at, "elders.alone").await, count, "{at}");
        }
        let days = Days { from: day("2026-11-21"), to: day("2026-11-22") };
        assert_eq!(series(&register, VILLAGE, "elders.registered", days).await, [1, 0]);
        register.assert_recounted("after a move").await;
    }

    async fn who_dies_is_counted_no_more_and_who_comes_back_is(test: TestDb) {
        let register = Register::new(test);
        let alive = elder(1, VILLAGE, "1946-01-01");
        register.register(&alive, register.today()).await;
        let dead = Elder { status: 3, ..alive };
        register.change(&alive, &dead, register.today()).await;
        register.fold().await;
        assert_eq!(now(&register, "41", "elders.registered").await, 0);
        assert_eq!(now(&register, "41", "elders.from_80").await, 0);
        register.change(&dead, &alive, register.today()).await;
        register.assert_recounted("after a death that was none").await;
        assert_eq!(now(&register, "41", "elders.from_80").await, 1);
    }

    async fn a_birthday_moves_a_person_into_the_next_band_on_that_day(test: TestDb) {
        let register = Register::new(test);
        register.register(&elder(1, VILLAGE, "1946-11-23"), register.today()).await;
        register.pass(4).await;
        let days = Days { from: day("2026-11-21"), to: day("2026-11-25") };
        assert_eq!(series(&register, "4110", "elders.from_70", days).await, [1, 1, 0, 0, 0]);
        assert_eq!(series(&register, "4110", "elders.from_80", days).await, [0, 0, 1, 1, 1]);
        register.assert_recounted("after a birthday").await;
    }

    async fn a_late_registration_and_a_late_death_pass_the_birthdays_between(test: TestDb) {
        let register = Register::new(test);
        register.pass(6).await;
        let late = elder(1, VILLAGE, "1946-11-24");
        register.register(&late, day("2026-11-22")).await;
        register.fold().await;
        let days = Days { from: day("2026-11-22"), to: day("2026-11-26") };
        assert_eq!(series(&register, "4110", "elders.from_70", days).await, [1, 1, 0, 0, 0]);
        assert_eq!(series(&register, "4110", "elders.from_80", days).await, [0, 0, 1, 1, 1]);
        register.change(&late, &Elder { status: 3, ..late }, day("2026-11-23")).await;
        register.assert_recounted("after a late death").await;
        assert_eq!(series(&register, "4110", "elders.from_70", days).await, [1, 0, 0, 0, 0]);
        assert_eq!(series(&register, "4110", "elders.from_80", days).await, [0, 0, 0, 0, 0]);
    }

    async fn missed_midnights_are_made_up_for_once(test: TestDb) {
        let register = Register::new(test);
        for id in 0..300 {
            register.register(&elder(id, VILLAGE, "1946-11-23"), register.today()).await;
        }
        register.fold().await;
        register.test.clock.advance(TimeDelta::days(10));
        let (a, b) = tokio::join!(birthdays::turn(&register.test.db), birthdays::turn(&register.test.db));
        assert_eq!(a.unwrap() + b.unwrap(), 300);
        assert_eq!(birthdays::turn(&register.test.db).await.unwrap(), 0);
        register.fold().await;
        let days = Days { from: day("2026-11-22"), to: day("2026-11-24") };
        assert_eq!(series(&register, "411002", "elders.from_80", days).await, [0, 300, 300]);
        register.assert_recounted("after ten missed midnights").await;
    }

    async fn who_was_born_on_a_29_february_turns_on_1_march_of_common_years(test: TestDb) {
        let register = Register::new(test);
        register.test.clock.set("2026-02-26T01:00:00Z".parse().unwrap());
        register.register(&elder(1, VILLAGE, "1956-02-29"), register.today()).await;
        register.pass(5).await;
        let days = Days { from: day("2026-02-27"), to: day("2026-03-02") };
        assert_eq!(series(&register, "4110", "elders.from_70", days).await, [0, 0, 1, 1]);
        register.test.clock.set("2028-02-27T01:00:00Z".parse().unwrap());
        register.register(&elder(2, VILLAGE, "1968-02-29"), register.today()).await;
        register.pass(3).await;
        let days = Days { from: day("2028-02-28"), to: day("2028-03-01") };
        assert_eq!(series(&register, "4110", "elders.from_60", days).await, [0, 1, 1]);
        register.assert_recounted("after a 29 February").await;
    }

    async fn who_is_erased_stays_in_the_figures_without_an_age(test: TestDb) {
        let register = Register::new(test);
        register.register(&elder(1, VILLAGE, "1946-01-01"), register.today()).await;
        register.fold().await;
        register.write(async |tx| {
            tx.execute_unprepared("UPDATE elders SET birth_on = NULL, name = ''").await.unwrap();
            tx.journal(event("elder.erased", 1, place(VILLAGE), json!({})));
        }).await;
        register.assert_recounted("after an erasure").await;
        for (name, count) in [("elders.registered", 1), ("elders.from_80", 0), ("elders.age_unknown", 1)] {
            assert_eq!(now(&register, VILLAGE, name).await, count, "{name}");
        }
        let births = "SELECT count(*) AS n FROM census WHERE birth_on IS NOT NULL OR turns_on IS NOT NULL";
        let births = sea_orm::Statement::from_string(register.test.db.get_database_backend(), births);
        let left: i64 = register.test.db.query_one_raw(births).await.unwrap().unwrap().try_get("", "n").unwrap();
        assert_eq!(left, 0, "the birth date is nowhere left");
    }

    async fn entries_that_count_nothing_may_say_what_they_like(test: TestDb) {
        let register = Register::new(test);
        register.register(&elder(1, VILLAGE, "1946-01-01"), register.today()).await;
        register.journal(vec![event("elder.looked_at", 1, place(VILLAGE), json!({ "status": "odd", "tags": 7 }))]).await;
        assert_eq!(register.fold().await, 2);
        register.assert_recounted("after an odd entry").await;
    }

    async fn a_tag_that_expires_is_counted_until_its_last_day(test: TestDb) {
        let register = Register::new(test);
        let tagged = Elder { tags: 1 << 2 | 1 << 4, ..elder(1, VILLAGE, "1946-01-01") };
        register.register(&tagged, register.today()).await;
        register.pass(2).await;
        register.change(&tagged, &Elder { tags: 1 << 4, ..tagged }, register.today()).await;
        register.fold().await;
        let days = Days { from: day("2026-11-21"), to: day("2026-11-24") };
        assert_eq!(series(&register, "4110", "elders.minimum_allowance", days).await, [1, 1, 0, 0]);
        register.assert_recounted("after an expiry").await;
    }

    async fn whatever_happens_a_recount_gives_the_same_figures(test: TestDb) {
        let register = Register::new(test);
        let ids = Ids::seeded(20_261_121);
        // Two leap years ahead, so that 29 February of a leap year and of a common one are passed.
        register.test.clock.set("2027-12-20T01:00:00Z".parse().unwrap());
        let mut world = World::default();
        for step in 0..200_u128 {
            random_step(&register, &ids, &mut world, step).await;
            if step % 25 == 24 {
                register.assert_recounted(&format!("step {step}")).await;
            }
        }
        assert!(world.elders.len() > 20 && world.orders.iter().any(|order| order.stage == 80));
        let days = Days::last(400, register.today());
        let total = series(&register, "41", "elders.registered", days).await;
        let bands = ["elders.under_60", "elders.from_60", "elders.from_70", "elders.from_80", "elders.from_90", "elders.from_100"];
        let mut by_band = vec![0; 400];
        for band in bands {
            let counts = series(&register, "41", band, days).await;
            assert!(counts.iter().all(|n| *n >= 0), "{band}: {counts:?}");
            by_band.iter_mut().zip(counts).for_each(|(sum, n)| *sum += n);
        }
        assert_eq!(by_band, total);
    }

    async fn a_recount_names_what_is_wrong(test: TestDb) {
        let register = Register::new(test);
        register.register(&elder(1, VILLAGE, "1946-01-01"), register.today()).await;
        register.assert_recounted("before").await;
        let spoil = "UPDATE rollups SET value = value + 1 WHERE place = 411002001000 AND measure = 1";
        register.write(async |tx| assert_eq!(tx.execute_unprepared(spoil).await.unwrap().rows_affected(), 2)).await;
        let found = recount::recount(&register.test.db, &Scope::of(place("4110"))).await.unwrap();
        assert!(found.iter().all(|d| d.place == place("411002001") && d.measure == 1 && d.day.is_none()));
        assert_eq!((found[0].stored, found[0].recounted), (2, 1));
        assert!(recount::recount(&register.test.db, &Scope::of(place("411003"))).await.unwrap().is_empty());
    }

    async fn figures_of_another_place_are_not_there(test: TestDb) {
        let register = Register::new(test);
        let clerk = Scope::of(place("411002"));
        let measures = [measure("elders.registered")];
        for (at, seen) in [("411002", true), (VILLAGE, true), ("4110", false), ("411003", false)] {
            let asked = reading::series(&register.test.db, &clerk, place(at), &measures, Days::one(register.today())).await;
            assert_eq!(asked.is_ok(), seen, "{at}");
        }
    }

    async fn freshness_tells_how_far_the_figures_lag(test: TestDb) {
        let register = Register::new(test);
        register.journal(vec![event("order.placed", 1, place(VILLAGE), json!({}))]).await;
        register.fold().await;
        register.test.clock.advance(TimeDelta::seconds(5));
        register.journal(vec![event("order.placed", 2, place(VILLAGE), json!({}))]).await;
        register.test.clock.advance(TimeDelta::seconds(5));
        let city = reading::freshness(&register.test.db, place("4110")).await.unwrap();
        assert_eq!((city.behind, city.as_of.to_rfc3339()), (1, "2026-11-21T01:00:05+00:00".to_owned()));
        let elsewhere = reading::freshness(&register.test.db, place("411003")).await.unwrap();
        assert_eq!((elsewhere.behind, elsewhere.as_of.to_rfc3339()), (0, "2026-11-21T01:00:10+00:00".to_owned()));
        register.fold().await;
        assert_eq!(reading::freshness(&register.test.db, place("4110")).await.unwrap().behind, 0);
    }
}

/// What there is after some random steps.
#[derive(Default)]
struct World {
    elders: Vec<Elder>,
    orders: Vec<Order>,
}

const VILLAGES: [&str; 7] =
    [VILLAGE, "411002001002", "411002002001", "411002", "411003001001", "411082100", "441900003001"];
const BIRTHS: [&str; 7] =
    ["1928-02-29", "1938-03-01", "1948-02-29", "1948-02-28", "1958-01-07", "1968-02-29", "1927-12-31"];

/// One thing that can happen: somebody comes, changes, moves, dies, comes back, is served; the fold runs; days pass.
async fn random_step(register: &Register, ids: &Ids, world: &mut World, step: u128) {
    match ids.below(12) {
        0..=2 => come(register, ids, world, step).await,
        3..=6 => change(register, ids, world).await,
        7..=8 => serve(register, ids, world, step).await,
        9 => drop(register.fold().await),
        // Midnights nobody was awake for.
        10 => register.test.clock.advance(TimeDelta::days(i64::from(pick(ids, 20) as u8))),
        _ => register.pass(i64::from(pick(ids, 8) as u8)).await,
    }
}

fn pick(ids: &Ids, of: usize) -> usize {
    usize::try_from(ids.below(of as u64)).unwrap()
}

async fn come(register: &Register, ids: &Ids, world: &mut World, step: u128) {
    let at = place(VILLAGES[pick(ids, 7)]);
    let home = Region::new(i64::from(at.home().unwrap().number()) * 1_000_000).unwrap();
    let (living, tags) = (1 + pick(ids, 8) as i16, (ids.below(1 << 12) << 1) as i64);
    let elder = Elder { id: step + 1, home, place: at, birth_on: day(BIRTHS[pick(ids, 7)]), living, tags, status: 1 };
    register.register(&elder, register.today() - TimeDelta::days(pick(ids, 3) as i64)).await;
    world.elders.push(elder);
}

async fn change(register: &Register, ids: &Ids, world: &mut World) {
    if world.elders.is_empty() {
        return;
    }
    let (at, late) = (pick(ids, world.elders.len()), TimeDelta::days(pick(ids, 40) as i64));
    let before = world.elders[at];
    let near: Vec<_> = VILLAGES.into_iter().map(place).filter(|to| to.home() == before.home.home()).collect();
    let (after, on) = match ids.below(4) {
        0 => (Elder { place: near[pick(ids, near.len())], ..before }, register.today() - late),
        1 => {
            let (tags, living) = ((ids.below(1 << 12) << 1) as i64, 1 + pick(ids, 8) as i16);
            (Elder { tags, living, ..before }, register.today() - late)
        }
        2 => (Elder { status: if before.status == 1 { 3 } else { 1 }, ..before }, register.today() - late),
        _ => (Elder { birth_on: day(BIRTHS[pick(ids, 7)]), ..before }, register.today()),
    };
    register.change(&before, &after, on).await;
    world.elders[at] = after;
}

async fn serve(register: &Register, ids: &Ids, world: &mut World, step: u128) {
    let now = register.test.clock.now();
    let open: Vec<usize> = (0..world.orders.len()).filter(|at| world.orders[*at].stage < 80).collect();
    if open.len() < 3 {
        let order = Order {
            id: step + 1,
            place: place(VILLAGES[pick(ids, 7)]),
            stage: 10,
            window_end: now + TimeDelta::days(3),
            placed_at: now,
            started_at: None,
            ended_at: None,
            score: None,
        };
        register.order(&order, &["order.placed", "order.accepted"]).await;
        world.orders.push(order);
        return;
    }
    let order = &mut world.orders[open[pick(ids, open.len())]];
    let ends = ids.below(5) == 0;
    let kinds: &[&'static str] = match order.stage {
        10 if ends => {
            order.stage = 90;
            &["order.cancelled"]
        }
        10 => {
            (order.stage, order.started_at) = (50, Some(now));
            &["order.taken", "order.checked_in"]
        }
        50 if ends => {
            order.stage = 95;
            &["order.aborted"]
        }
        50 => {
            (order.stage, order.ended_at) = (60, Some(now));
            &["order.checked_out"]
        }
        _ if ends => {
            order.stage = 80;
            &["order.completed"]
        }
        _ => {
            (order.stage, order.score) = (80, Some(1 + pick(ids, 5) as i16));
            &["order.rated", "order.completed"]
        }
    };
    register.order(order, kinds).await;
}
