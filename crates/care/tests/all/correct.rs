//! A dispatcher corrects when a visit began and ended.

use care::{
    orders::{
        Stage, Words,
        actions::{self, Correction},
    },
    visits::{Flag, queries as visits},
};
use kernel::{Actor, Instant, Result};
use store::both;

use super::town::{GOOD_CARE, RIVAL, SUN, Town, agent, at, caregiver, dispatcher, elder};

async fn correct(
    town: &Town,
    by: &Actor,
    key: kernel::Key<care::orders::Order>,
    (from, to): (Option<Instant>, Option<Instant>),
) -> Result<care::orders::Order> {
    let grounds = Words::of(&town.keys, elder(1), "护理员误点，和老人通过电话").await.unwrap().unwrap();
    let correction = Correction { from, to, grounds };
    town.write(by, async |tx| actions::correct(&tx, key, &correction).await).await
}

both! {
    async fn a_visit_of_a_minute_is_corrected_with_the_grounds_and_marked(test: TestDb) {
        let town = Town::open(test).await;
        let key = town.serving().await.key().unwrap();
        town.test.clock.set(at("2026-11-22T14:06"));
        town.check_out(key, None).await.unwrap();
        town.test.clock.set(at("2026-11-22T16:00"));
        let by = dispatcher(GOOD_CARE);
        let order = correct(&town, &by, key, (None, Some(at("2026-11-22T15:10")))).await.unwrap();
        assert_eq!((order.stage().unwrap(), order.started_at, order.ended_at), (Stage::Served, Some(at("2026-11-22T14:05")), Some(at("2026-11-22T15:10"))));
        let visit = visits::of_order(&town.test.db, &order).await.unwrap().unwrap();
        assert!(visit.flags().contains(&Flag::ByHand) && !visit.flags().contains(&Flag::Short));
        assert_eq!(visit.ended_at, order.ended_at);
        let history = store::journal::history(&town.test.db, key.home, key.id).await.unwrap();
        let told = history.iter().find(|entry| entry.kind == "order.corrected").unwrap();
        assert!(told.private.is_some() && !told.facts.contains("误点"), "the grounds are sealed");
    }

    async fn a_visit_that_nobody_ended_is_ended_by_the_dispatcher(test: TestDb) {
        let town = Town::open(test).await;
        let key = town.serving().await.key().unwrap();
        town.test.clock.set(at("2026-11-22T18:00"));
        let by = dispatcher(GOOD_CARE);
        assert_eq!(correct(&town, &by, key, (None, None)).await.unwrap_err().code(), Some("order.time_wanted"));
        let order = correct(&town, &by, key, (None, Some(at("2026-11-22T15:05")))).await.unwrap();
        assert_eq!(order.stage().unwrap(), Stage::Served);
        assert_eq!(visits::of_order(&town.test.db, &order).await.unwrap().unwrap().ended_at, Some(at("2026-11-22T15:05")));
    }

    async fn times_that_cannot_be_and_people_who_may_not_are_refused(test: TestDb) {
        let town = Town::open(test).await;
        let key = town.served().await.key().unwrap();
        let by = dispatcher(GOOD_CARE);
        for (from, to, code) in [
            (None, Some("2026-11-22T23:00"), "order.not_yet"),
            (Some("2026-11-21T14:00"), None, "order.too_early"),
            (None, Some("2026-11-22T14:00"), "order.ends_before_start"),
            (None, None, "order.time_wanted"),
        ] {
            let times = (from.map(at), to.map(at));
            assert_eq!(correct(&town, &by, key, times).await.unwrap_err().code(), Some(code));
        }
        let later = (None, Some(at("2026-11-22T15:04")));
        for (by, code) in [(caregiver(SUN), "not_allowed"), (agent(), "not_allowed"), (dispatcher(RIVAL), "not_found")] {
            assert_eq!(correct(&town, &by, key, later).await.unwrap_err().code(), Some(code));
        }
        town.write(&agent(), async |tx| actions::confirm(&tx, key).await).await.unwrap();
        assert_eq!(correct(&town, &dispatcher(GOOD_CARE), key, later).await.unwrap_err().code(), Some("order.moved"));
    }
}
