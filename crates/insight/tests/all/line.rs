//! The figures of what the rooms below really do: registry's files and care's orders, not events made up here.

use care::orders::{
    AbortReason, CancelReason,
    actions::{self, Why},
};
use insight::statistics::{Rollups, measures, reading, recount};
use kernel::{Event, Scope};
use registry::elders::events::Registered;
use store::both;

use super::{
    register::place,
    town::{SUN, Town, VILLAGE, agent, bath, caregiver, elder},
};

async fn town(test: store::testing::TestDb) -> Town {
    let town = Town::open(test).await;
    let operator = town.test.operator();
    let told = town.write(&operator, async |tx| {
        for (n, tags) in [(1, vec![]), (2, vec![2]), (3, vec![])] {
            let key = elder(n);
            let at = if n == 3 { place("411003001001") } else { place(VILLAGE) };
            let facts = Registered { sex: 2, birth_year: 1942, age: 84, living: 1, tags, run: None };
            tx.journal(Event::new(key, at, &facts)?.on_timeline_of(key.id));
        }
        Ok(())
    });
    told.await.unwrap();
    town
}

async fn now(town: &Town, at: &str, name: &str) -> i64 {
    let (measure, today) = (measures::named(name).unwrap(), kernel::Clock::today(&*town.test.clock));
    let (days, measures) = (reading::Days::last(3, today), [measure]);
    let lines = reading::series(&town.test.db, &Scope::whole(), place(at), &measures, days).await.unwrap();
    let line = &lines[0];
    if measure.kind == insight::statistics::Kind::Stock { line[2] } else { line.iter().sum() }
}

async fn assert_recounted(town: &Town) {
    store::consumers::catch_up(&town.test.db, &Rollups::default()).await.unwrap();
    assert_eq!(recount::recount(&town.test.db, &Scope::whole()).await.unwrap(), []);
}

both! {
    async fn an_order_from_the_call_to_the_rating_is_counted_at_each_step(test: TestDb) {
        let town = town(test).await;
        let served = town.serving().await;
        assert_recounted(&town).await;
        for (name, count) in [("orders.placed", 1), ("orders.open", 1), ("orders.in_service", 1), ("orders.on_time", 1)] {
            assert_eq!(now(&town, "4110", name).await, count, "{name}");
        }
        town.test.clock.advance(chrono::TimeDelta::minutes(60));
        let key = served.key().unwrap();
        town.check_out(key, None).await.unwrap();
        town.write(&agent(), async |tx| actions::confirm(&tx, key).await).await.unwrap();
        town.rate(key, 5).await.unwrap();
        assert_recounted(&town).await;
        for (name, count) in [
            ("orders.open", 0), ("orders.in_service", 0), ("orders.checked_out", 1), ("orders.completed", 1),
            ("orders.rated", 1), ("orders.satisfied", 1), ("elders.registered", 2), ("elders.from_80", 2),
            ("elders.minimum_allowance", 1),
        ] {
            assert_eq!(now(&town, VILLAGE, name).await, count, "{name}");
        }
        assert_eq!(now(&town, "4110", "elders.registered").await, 3);
    }

    async fn orders_called_off_and_broken_off_are_no_longer_open(test: TestDb) {
        let town = town(test).await;
        let aborted = town.serving().await.key().unwrap();
        let why = Why { reason: AbortReason::Nobody, words: None };
        town.write(&caregiver(SUN), async |tx| actions::abort(&tx, aborted, &why).await).await.unwrap();
        let cancelled = town.place(&bath(2)).await.unwrap().key().unwrap();
        let why = Why { reason: CancelReason::Unwanted, words: None };
        town.write(&agent(), async |tx| actions::cancel(&tx, cancelled, &why).await).await.unwrap();
        assert_recounted(&town).await;
        for (name, count) in [("orders.placed", 2), ("orders.open", 0), ("orders.in_service", 0), ("orders.aborted", 1), ("orders.cancelled", 1)] {
            assert_eq!(now(&town, "411002", name).await, count, "{name}");
        }
    }
}
