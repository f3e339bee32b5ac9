//! Clocks, jobs, rulebooks, grants, homes, accesses, leases.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{NaiveDate, TimeDelta};
use kernel::{Home, Region, Result, Scope};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, Query},
};
use serde::{Deserialize, Serialize};
use store::{
    Db, Lane, accesses, both, clocks, grants, homes, jobs, leases,
    rulebooks::{self, Rules},
    scope::Reach,
    sea_orm,
    testing::TestDb,
};
use uuid::Uuid;

fn home() -> Home {
    Home::new(411_002).unwrap()
}

fn place(text: &str) -> Region {
    text.parse().unwrap()
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Prices {
    bath_fen: i64,
}

impl Rules for Prices {
    const KIND: &'static str = "test.prices";
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

async fn granted(test: &TestDb, grantee: Uuid) -> i64 {
    let reach = Reach::of(&test.db, &Scope::Grantee(grantee)).await.unwrap();
    let select = Query::select()
        .expr_as(Expr::val(1).count(), "n")
        .from("person_homes")
        .cond_where(reach.condition("person_homes", "person"))
        .to_owned();
    test.db.query_one(&select).await.unwrap().unwrap().try_get("", "n").unwrap()
}

/// Fails once, then does its work.
struct Stubborn;

#[async_trait]
impl jobs::Worker for Stubborn {
    fn kind(&self) -> &'static str {
        "test.job"
    }

    async fn run(&self, _db: &Db, job: &jobs::Job, handle: &jobs::Handle) -> Result<()> {
        handle.progress(job.tries.into(), 1, "half way").await?;
        if job.tries == 0 { Err(kernel::Failure::internal("first time")) } else { Ok(()) }
    }
}

both! {
    async fn a_due_clock_is_claimed_by_one(test: TestDb) {
        let subject = Uuid::from_u128(1);
        test.db.write(Lane::Interactive, &test.operator(), async |tx| {
            clocks::start(&tx, home(), subject, "order.dispatch", tx.now() + TimeDelta::minutes(30)).await?;
            clocks::start(&tx, home(), subject, "order.dispatch", tx.now() + TimeDelta::minutes(20)).await
        }).await.unwrap();
        let now = || kernel::Clock::now(&*test.clock);
        assert!(clocks::due(&test.db, now(), 10).await.unwrap().is_empty());
        test.clock.advance(TimeDelta::minutes(20));
        let due = clocks::due(&test.db, now(), 10).await.unwrap();
        assert_eq!(due.len(), 1);
        let claim = async || test.db.write(Lane::Jobs, &test.operator(), async |tx| clocks::claim(&tx, &due[0]).await).await.unwrap();
        assert_eq!((claim().await, claim().await), (true, false));
    }

    async fn the_nearest_rulebook_decides_and_a_new_one_closes_the_old(test: TestDb) {
        let operator = test.operator();
        let enact = async |at: Option<Region>, from: &str, bath_fen| {
            test.db.write(Lane::Interactive, &operator, async |tx| rulebooks::enact(&tx, at, day(from), &Prices { bath_fen }).await).await
        };
        let price = async |at: &str, on: &str| {
            rulebooks::get::<Prices>(&test.db, place(at), day(on)).await.map(|book| book.body.bath_fen)
        };
        assert_eq!(price("411002001001", "2026-06-01").await.unwrap_err().code(), Some("rulebook.missing"));
        enact(None, "2026-01-01", 100).await.unwrap();
        enact(Some(place("411002")), "2026-01-01", 120).await.unwrap();
        enact(Some(place("411002")), "2026-07-01", 130).await.unwrap();
        assert_eq!(price("411002001001", "2026-06-30").await.unwrap(), 120);
        assert_eq!(price("411002001001", "2026-07-01").await.unwrap(), 130);
        assert_eq!(price("411003001001", "2026-07-01").await.unwrap(), 100);
        assert_eq!(enact(Some(place("411002")), "2026-07-01", 1).await.unwrap_err().code(), Some("rulebook.overlap"));
    }

    async fn a_grant_lets_see_until_it_ends(test: TestDb) {
        let (elder, provider, order) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        test.db.write(Lane::Interactive, &test.operator(), async |tx| {
            homes::move_in(&tx, elder, home()).await?;
            let grant = grants::Grant { home: home(), grantee: provider, elder, place: place("411002001001"), reason: grants::Reason::Order, cause: order, until: None };
            grants::give(&tx, grant).await?;
            grants::give(&tx, grant).await
        }).await.unwrap();
        assert_eq!((granted(&test, provider).await, granted(&test, order).await), (1, 0));
        test.db.write(Lane::Interactive, &test.operator(), async |tx| grants::end(&tx, home(), order, provider).await).await.unwrap();
        assert_eq!(granted(&test, provider).await, 0);
        test.db.write(Lane::Interactive, &test.operator(), async |tx| {
            let grant = grants::Grant { home: home(), grantee: provider, elder, place: place("411002001001"), reason: grants::Reason::Order, cause: order, until: None };
            grants::give(&tx, grant).await
        }).await.unwrap();
        assert_eq!(granted(&test, provider).await, 1, "a worker to whom an order comes back sees the elder again");
    }

    async fn a_recoded_county_is_found_at_its_new_code_with_its_old_home(test: TestDb) {
        test.db.write(Lane::Interactive, &test.operator(), async |tx| {
            homes::settle(&tx, place("411626")).await?;
            homes::settle(&tx, place("411626")).await?;
            homes::recode(&tx, place("411626"), place("411603")).await
        }).await.unwrap();
        let homes = async |at: &str| {
            let found = homes::of_range(&test.db, place(at).range()).await.unwrap();
            found.into_iter().map(Home::number).collect::<Vec<_>>()
        };
        assert_eq!(homes("411603").await, [411_603, 411_626]);
        assert_eq!(homes("411603001").await, [411_603, 411_626]);
        assert_eq!(homes("411626").await, [0_i32; 0]);
        assert_eq!(homes("4116").await, [411_603, 411_626]);
    }

    async fn a_failed_job_is_tried_again_and_shows_its_progress(test: TestDb) {
        let id = test.db.write(Lane::Interactive, &test.operator(), async |tx| {
            jobs::ask(&tx, "test.job", &serde_json::json!({"file": "x"})).await
        }).await.unwrap();
        let workers: Vec<Arc<dyn jobs::Worker>> = vec![Arc::new(Stubborn)];
        assert_eq!(jobs::round(&test.db, &workers).await.unwrap(), 1);
        let job = jobs::get(&test.db, id).await.unwrap();
        assert_eq!((job.state.as_str(), job.tries, job.total), ("waiting", 1, 1));
        assert_eq!(jobs::round(&test.db, &workers).await.unwrap(), 0);
        test.clock.advance(TimeDelta::minutes(1));
        assert_eq!(jobs::round(&test.db, &workers).await.unwrap(), 1);
        assert_eq!(jobs::get(&test.db, id).await.unwrap().state, "done");
    }

    async fn a_job_whose_holder_fell_silent_is_taken_over(test: TestDb) {
        struct Hangs;
        #[async_trait]
        impl jobs::Worker for Hangs {
            fn kind(&self) -> &'static str { "test.job" }
            async fn run(&self, _: &Db, _: &jobs::Job, _: &jobs::Handle) -> Result<()> { std::future::pending().await }
        }
        let id = test.db.write(Lane::Interactive, &test.operator(), async |tx| {
            jobs::ask(&tx, "test.job", &serde_json::json!({})).await
        }).await.unwrap();
        let hanging: Vec<Arc<dyn jobs::Worker>> = vec![Arc::new(Hangs)];
        let _ = tokio::time::timeout(std::time::Duration::from_millis(300), jobs::round(&test.db, &hanging)).await;
        assert_eq!(jobs::get(&test.db, id).await.unwrap().state, "running");
        let workers: Vec<Arc<dyn jobs::Worker>> = vec![Arc::new(Stubborn)];
        assert_eq!(jobs::round(&test.db, &workers).await.unwrap(), 0);
        test.clock.advance(TimeDelta::minutes(2));
        assert_eq!(jobs::round(&test.db, &workers).await.unwrap(), 1);
    }

    async fn a_lease_has_one_holder_until_it_runs_out(test: TestDb) {
        let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let hold = async |who| leases::hold(&test.db, "sweep", who, TimeDelta::seconds(15)).await.unwrap();
        assert_eq!((hold(a).await, hold(b).await, hold(a).await), (true, false, true));
        test.clock.advance(TimeDelta::seconds(16));
        assert_eq!((hold(b).await, hold(a).await), (true, false));
    }

    async fn what_a_clock_that_ran_ahead_wrote_holds_nobody_up_once_it_is_right_again(test: TestDb) {
        let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let hold = async |who| leases::hold(&test.db, "sweep", who, TimeDelta::seconds(15)).await.unwrap();
        for ahead in [TimeDelta::hours(1), TimeDelta::days(365)] {
            test.clock.advance(ahead);
            assert!(hold(a).await);
            let id = test.db.write(Lane::Interactive, &test.operator(), async |tx| {
                jobs::ask(&tx, "test.job", &serde_json::json!({})).await
            }).await.unwrap();
            test.clock.advance(-ahead);
            assert!(hold(b).await, "a lease of {ahead} hence is void");
            if ahead > TimeDelta::hours(3) {
                let workers: Vec<Arc<dyn jobs::Worker>> = vec![Arc::new(Stubborn)];
                assert_eq!(jobs::round(&test.db, &workers).await.unwrap(), 1);
                assert_eq!(jobs::get(&test.db, id).await.unwrap().tries, 1);
            }
            test.clock.advance(TimeDelta::minutes(2));
        }
    }

    async fn a_clock_that_stands_before_the_journal_or_long_after_it_is_told(test: TestDb) {
        use store::steady::{self, Standing};
        assert_eq!(steady::standing(&test.db).await.unwrap(), Standing::Right, "an empty platform knows no time");
        test.db.write(Lane::Interactive, &test.operator(), async |tx| { tx.journal(crate::happened("411002", 1, 1)); Ok(()) }).await.unwrap();
        let written = kernel::Clock::now(&*test.clock);
        for (moved, standing) in [
            (TimeDelta::days(-1), Standing::Behind(written)),
            (TimeDelta::days(2), Standing::Right),
            (TimeDelta::days(365), Standing::Ahead(written)),
        ] {
            test.clock.advance(moved);
            assert_eq!(steady::standing(&test.db).await.unwrap(), standing);
        }
    }

    async fn recurring_work_rests_while_the_clock_is_in_doubt(test: TestDb) {
        let (rounds, (stop, stopped)) = (std::sync::atomic::AtomicU32::new(0), tokio::sync::watch::channel(false));
        let work = leases::Recurring { name: "test", term: TimeDelta::seconds(60), pause: std::time::Duration::from_millis(5) };
        store::steady::judge(&test.db, TimeDelta::hours(-1));
        let following = work.follow(
            test.db.clone(),
            stopped,
            async |_| { rounds.fetch_add(1, std::sync::atomic::Ordering::SeqCst); stop.send(true).unwrap(); Ok(0) },
            |failure| panic!("{failure:?}"),
        );
        let rested = tokio::time::timeout(std::time::Duration::from_millis(300), following).await;
        assert!(rested.is_err() && rounds.load(std::sync::atomic::Ordering::SeqCst) == 0);
        store::steady::judge(&test.db, TimeDelta::seconds(2));
        assert!(!test.db.is_clock_in_doubt());
    }

    async fn a_job_that_kills_its_holders_is_given_up(test: TestDb) {
        struct Kills;
        #[async_trait]
        impl jobs::Worker for Kills {
            fn kind(&self) -> &'static str { "test.job" }
            async fn run(&self, _: &Db, _: &jobs::Job, _: &jobs::Handle) -> Result<()> { std::future::pending().await }
        }
        let id = test.db.write(Lane::Interactive, &test.operator(), async |tx| {
            jobs::ask(&tx, "test.job", &serde_json::json!({})).await
        }).await.unwrap();
        let workers: Vec<Arc<dyn jobs::Worker>> = vec![Arc::new(Kills)];
        for _ in 0..8 {
            let _ = tokio::time::timeout(std::time::Duration::from_millis(200), jobs::round(&test.db, &workers)).await;
            test.clock.advance(TimeDelta::minutes(2));
        }
        let job = jobs::get(&test.db, id).await.unwrap();
        assert_eq!((job.state.as_str(), job.tries), ("failed", 5));
        assert!(job.note.contains("多次中断") && job.ended_at.is_some(), "{job:?}");
    }

    async fn who_looked_at_a_file_can_be_read(test: TestDb) {
        let elder = Uuid::from_u128(1);
        accesses::note(&test.db, &test.operator(), &[(home(), elder)], "cert_no", "核对低保信息").await.unwrap();
        let read = accesses::of(&test.db, home(), elder, 10).await.unwrap();
        assert_eq!((read[0].actor_name.as_str(), read[0].what.as_str(), read[0].why.as_str()), ("tester", "cert_no", "核对低保信息"));
        assert!(accesses::of(&test.db, home(), Uuid::from_u128(2), 10).await.unwrap().is_empty());
    }
}
