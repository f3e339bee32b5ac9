//! A day is not a container: windows and visits that pass midnight.

use care::orders::{
    Stage,
    actions::{self, Placing},
    candidates, queries,
};
use chrono::TimeDelta;
use store::both;

use super::town::{GOOD_CARE, SUN, Town, at, bath, caregiver, elder};

/// A bath from 23:30 to 00:30, taken by Sun.
async fn night(town: &Town) -> care::orders::Order {
    let window = (at("2026-11-22T23:30"), at("2026-11-23T00:30"));
    let key = town.place(&Placing { window, ..bath(1) }).await.unwrap().key().unwrap();
    town.assign(GOOD_CARE, key, SUN).await.unwrap();
    town.write(&caregiver(SUN), async |tx| actions::take(&tx, key).await).await.unwrap()
}

async fn known(town: &Town, now: &str) -> Vec<Stage> {
    let found = queries::on_phone(&town.test.db, SUN, at(now)).await.unwrap();
    found.iter().map(|order| order.stage().unwrap()).collect()
}

both! {
    async fn a_visit_that_runs_over_midnight_stays_on_the_phone_until_it_is_over(test: TestDb) {
        let town = Town::open(test).await;
        let key = night(&town).await.key().unwrap();
        assert_eq!(known(&town, "2026-11-23T00:05").await, [Stage::Taken], "who has not come yet may still come");
        town.test.clock.set(at("2026-11-22T23:41"));
        town.check_in(key, None, vec![]).await.unwrap();
        assert_eq!(known(&town, "2026-11-22T23:50").await, [Stage::Serving]);
        assert_eq!(known(&town, "2026-11-23T00:20").await, [Stage::Serving]);
        assert_eq!(known(&town, "2026-11-25T09:00").await, [Stage::Serving], "whatever the day, until somebody ends it");
        town.test.clock.set(at("2026-11-23T00:40"));
        let order = town.check_out(key, None).await.unwrap();
        assert_eq!(order.ended_at, Some(at("2026-11-23T00:40")));
        assert_eq!(known(&town, "2026-11-23T00:45").await, [Stage::Served]);
        assert_eq!(known(&town, "2026-11-24T00:00").await, []);
    }

    async fn the_phone_knows_what_waits_for_an_answer_of_any_day_and_what_is_taken_for_tomorrow(test: TestDb) {
        let town = Town::open(test).await;
        let offered = town.offered().await;
        assert_eq!(known(&town, "2026-11-21T09:00").await, [Stage::Offered], "an order of tomorrow can be answered today");
        assert_eq!(known(&town, "2026-11-01T09:00").await, [Stage::Offered]);
        let key = offered.key().unwrap();
        town.write(&caregiver(SUN), async |tx| actions::take(&tx, key).await).await.unwrap();
        assert_eq!(known(&town, "2026-11-21T09:00").await, [Stage::Taken]);
        assert_eq!(known(&town, "2026-11-20T09:00").await, [], "the day after tomorrow is not on the phone yet");
    }

    async fn who_is_busy_over_midnight_is_no_candidate_for_the_early_morning(test: TestDb) {
        let town = Town::open(test).await;
        let window = (at("2026-11-22T22:00"), at("2026-11-23T06:00"));
        let key = town.place(&Placing { window, ..bath(1) }).await.unwrap().key().unwrap();
        town.assign(GOOD_CARE, key, SUN).await.unwrap();
        let early = Placing { elder: elder(2), window: (at("2026-11-23T05:00"), at("2026-11-23T07:00")), ..bath(2) };
        let early = town.place(&early).await.unwrap();
        let teams = candidates::teams(&town.test.db, &early, None).await.unwrap();
        let sun = teams.iter().find(|team| team.crew().lead == SUN).unwrap();
        assert!(!sun.is_suitable(), "she is out until six");
    }

    async fn a_window_of_more_than_a_day_is_refused(test: TestDb) {
        let town = Town::open(test).await;
        let window = (at("2026-11-22T22:00"), at("2026-11-22T22:00") + TimeDelta::hours(25));
        assert_eq!(town.place(&Placing { window, ..bath(1) }).await.unwrap_err().code(), Some("order.window_wrong"));
        let backwards = (at("2026-11-23T06:00"), at("2026-11-22T22:00"));
        assert_eq!(town.place(&Placing { window: backwards, ..bath(1) }).await.unwrap_err().code(), Some("order.window_wrong"));
    }
}
