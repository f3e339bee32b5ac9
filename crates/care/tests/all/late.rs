//! What happens when nobody does anything in time, and who is proposed.

use care::orders::{
    Confirmation, Crew, Order, OrderClocks, Stage,
    actions::{self, Placing, Why},
    candidates::{self, Team},
    queries, sweep,
};
use chrono::TimeDelta;
use kernel::Key;
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, Query},
};
use store::{both, rulebooks, sea_orm};

use super::town::{GOOD_CARE, LI, SUN, Town, agent, at, bath, caregiver, dispatcher};

async fn now(town: &Town, key: Key<Order>) -> Order {
    queries::get(&town.test.db, &agent().scope(), key).await.unwrap()
}

async fn strict(town: &Town) {
    let rules = OrderClocks { assigned_when_late: false, ..OrderClocks::default() };
    let day = chrono::NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
    town.write(&town.test.operator(), async |tx| rulebooks::enact(&tx, None, day, &rules).await).await.unwrap();
}

async fn ring(town: &Town) -> u64 {
    sweep::round(&town.test.db).await.unwrap()
}

fn words(team: &Team) -> Vec<String> {
    team.members
        .iter()
        .flat_map(|member| &member.reasons)
        .map(|reason| format!("{}{}", if reason.is_for { "+" } else { "-" }, reason.text))
        .collect()
}

async fn unskilled(town: &Town, worker: uuid::Uuid) {
    let update =
        Query::update().table("workers").value("skills", 0_i64).and_where(Expr::col("id").eq(worker)).to_owned();
    town.write(&town.test.operator(), async |tx| Ok(tx.execute(&update).await?)).await.unwrap();
}

both! {
    async fn an_order_that_nobody_assigned_in_time_goes_to_the_best_candidate(test: TestDb) {
        let town = Town::open(test).await;
        let key = town.placed().await.key().unwrap();
        assert_eq!(ring(&town).await, 0, "nothing is due yet");
        town.test.clock.advance(TimeDelta::minutes(31));
        assert_eq!(ring(&town).await, 1);
        let order = now(&town, key).await;
        assert_eq!((order.stage().unwrap(), order.worker), (Stage::Offered, Some(SUN)));
        assert_eq!(ring(&town).await, 0, "a clock rings once");
    }

    async fn where_the_rules_leave_it_to_people_a_late_order_is_told_and_stays(test: TestDb) {
        let town = Town::open(test).await;
        strict(&town).await;
        let order = town.placed().await;
        town.test.clock.advance(TimeDelta::minutes(31));
        assert_eq!(ring(&town).await, 1);
        assert_eq!(now(&town, order.key().unwrap()).await.stage().unwrap(), Stage::Accepted);
        assert_eq!(town.told(&order).await, ["placed", "accepted", "overdue"]);
    }

    async fn three_workers_who_do_not_answer_make_it_a_persons_case(test: TestDb) {
        let town = Town::open(test).await;
        let order = town.placed().await;
        let key = order.key().unwrap();
        for _ in 0..3 {
            town.test.clock.advance(TimeDelta::minutes(31));
            ring(&town).await;
            // The phone of whoever is asked receives it; nobody answers.
            let lead = now(&town, key).await.worker.unwrap();
            town.write(&caregiver(lead), async |tx| actions::received(&tx, key).await).await.unwrap();
            town.test.clock.advance(TimeDelta::minutes(31));
            ring(&town).await;
        }
        town.test.clock.advance(TimeDelta::minutes(31));
        ring(&town).await;
        let order = now(&town, key).await;
        assert_eq!((order.stage().unwrap(), order.tries), (Stage::Accepted, 3));
        let told = town.told(&order).await;
        assert_eq!(told.iter().filter(|kind| *kind == "lapsed").count(), 3);
        assert!(!told.contains(&"declined".to_owned()), "the platform took it back; nobody declined");
        assert_eq!(told.last().unwrap(), "overdue");
    }

    async fn an_offer_of_tomorrow_waits_for_the_phone_and_blames_nobody_who_never_received_it(test: TestDb) {
        let town = Town::open(test).await;
        let key = town.offered().await.key().unwrap();
        town.test.clock.set(at("2026-11-22T11:59"));
        assert_eq!(ring(&town).await, 0, "no phone received it, so there is time until two hours before the window");
        town.test.clock.set(at("2026-11-22T12:00"));
        assert_eq!(ring(&town).await, 1);
        let history = store::journal::history(&town.test.db, key.home, key.id).await.unwrap();
        let facts: care::orders::events::OrderFacts = history.last().unwrap().facts().unwrap();
        assert_eq!((history.last().unwrap().kind.as_str(), facts.reasons), ("order.lapsed", vec!["unreached".to_owned()]));
    }

    async fn a_received_offer_is_answered_within_half_an_hour(test: TestDb) {
        let town = Town::open(test).await;
        let key = town.offered().await.key().unwrap();
        town.test.clock.set(at("2026-11-21T10:00"));
        let receive = async || town.write(&caregiver(SUN), async |tx| actions::received(&tx, key).await).await.unwrap();
        let order = receive().await;
        assert_eq!((order.seen_at, order.due_at), (Some(at("2026-11-21T10:00")), Some(at("2026-11-21T10:30"))));
        town.test.clock.set(at("2026-11-21T10:20"));
        assert_eq!(receive().await.due_at, Some(at("2026-11-21T10:30")), "received once");
        let theirs = town.write(&caregiver(LI), async |tx| actions::received(&tx, key).await).await;
        assert_eq!(theirs.unwrap_err().code(), Some("not_found"));
        town.test.clock.set(at("2026-11-21T10:30"));
        assert_eq!(ring(&town).await, 1);
        let history = store::journal::history(&town.test.db, key.home, key.id).await.unwrap();
        let facts: care::orders::events::OrderFacts = history.last().unwrap().facts().unwrap();
        assert_eq!(facts.reasons, ["no_answer"]);
        for reason in ["no_answer", "unreached"] {
            assert_eq!(care::orders::DeclineReason::given(reason), None, "the platform alone finds {reason}");
        }
    }

    async fn silence_confirms_after_two_days_and_closes_unrated_after_seven(test: TestDb) {
        let town = Town::open(test).await;
        let key = town.served().await.key().unwrap();
        town.test.clock.advance(TimeDelta::hours(47));
        assert_eq!(ring(&town).await, 0);
        town.test.clock.advance(TimeDelta::hours(1));
        assert_eq!(ring(&town).await, 1);
        let order = now(&town, key).await;
        assert_eq!(order.confirmed_how, Some(Confirmation::Silence.code()));
        let visit = care::visits::queries::of_order(&town.test.db, &order).await.unwrap().unwrap();
        assert_eq!(visit.strength, 80, "silence proves nothing");
        town.test.clock.advance(TimeDelta::days(7));
        assert_eq!(ring(&town).await, 1);
        let order = now(&town, key).await;
        assert_eq!((order.stage().unwrap(), order.score), (Stage::Completed, None));
        assert_eq!(town.told(&order).await.last().unwrap(), "completed");
    }

    async fn of_two_sweeps_at_once_one_rings_the_clock(test: TestDb) {
        let town = Town::open(test).await;
        let order = town.placed().await;
        let second = town.test.second().await;
        town.test.clock.advance(TimeDelta::minutes(31));
        let (a, b) = tokio::join!(sweep::round(&town.test.db), sweep::round(&second));
        assert_eq!(a.unwrap() + b.unwrap(), 1);
        assert_eq!(town.told(&order).await, ["placed", "accepted", "assigned"]);
    }

    async fn a_caregiver_who_does_not_come_is_told_as_late(test: TestDb) {
        let town = Town::open(test).await;
        let order = town.taken().await;
        town.test.clock.set(at("2026-11-22T14:29"));
        assert_eq!(ring(&town).await, 0);
        town.test.clock.set(at("2026-11-22T14:31"));
        assert_eq!(ring(&town).await, 1);
        assert_eq!(town.told(&order).await.last().unwrap(), "overdue");
        let board = queries::board(&town.test.db, &agent().scope(), at("2026-11-22T14:31"), 5).await.unwrap();
        assert_eq!(board.stages[3].2.n, 1, "the board shows who is late");
    }

    async fn candidates_come_with_reasons_and_the_best_first(test: TestDb) {
        let town = Town::open(test).await;
        let order = town.placed().await;
        let teams = candidates::teams(&town.test.db, &order, Some((113.85, 34.03))).await.unwrap();
        assert_eq!(teams.iter().map(|team| team.crew().lead).collect::<Vec<_>>(), [SUN, LI]);
        assert_eq!(
            words(&teams[0]),
            ["+会做这类服务", "-没有来过", "+与老人同性别", "+护理员证书 4 级", "+路程约 0.2 公里", "+当日没有别的单"]
        );
        assert!(words(&teams[1]).contains(&"-与老人不同性别".to_owned()));
    }

    async fn who_is_busy_or_cannot_do_it_comes_last_with_the_reason(test: TestDb) {
        let town = Town::open(test).await;
        town.taken().await;
        unskilled(&town, LI).await;
        let second = town.place(&bath(2)).await.unwrap();
        let teams = candidates::teams(&town.test.db, &second, None).await.unwrap();
        assert!(teams.iter().all(|team| !team.is_suitable()));
        let of = |worker| words(teams.iter().find(|team| team.crew().lead == worker).unwrap());
        assert!(of(SUN).iter().any(|reason| reason.starts_with("-与工单 20261121-411002-00001")), "{:?}", of(SUN));
        assert!(of(LI).contains(&"-没有这类服务的技能".to_owned()));
        town.test.clock.advance(TimeDelta::minutes(31));
        ring(&town).await;
        let second = now(&town, second.key().unwrap()).await;
        assert_eq!(second.stage().unwrap(), Stage::Accepted, "nobody suitable, so nobody is sent");
    }

    async fn who_came_before_is_known(test: TestDb) {
        let town = Town::open(test).await;
        town.served().await;
        let next = Placing { window: (at("2026-11-24T14:00"), at("2026-11-24T16:00")), ..bath(1) };
        let next = town.place(&next).await.unwrap();
        let teams = candidates::teams(&town.test.db, &next, None).await.unwrap();
        assert!(words(&teams[0]).contains(&"+来过 1 次".to_owned()));
    }

    async fn a_pair_is_proposed_where_two_are_wanted(test: TestDb) {
        let town = Town::open(test).await;
        let order = town.place(&Placing { item: "turning".into(), ..bath(1) }).await.unwrap();
        let teams = candidates::teams(&town.test.db, &order, None).await.unwrap();
        assert_eq!(teams.iter().map(Team::crew).collect::<Vec<_>>(), [Crew { lead: SUN, second: Some(LI) }]);
    }

    async fn without_a_provider_there_are_no_candidates(test: TestDb) {
        let town = Town::open(test).await;
        let order = town.place(&Placing { provider: None, ..bath(1) }).await.unwrap();
        assert!(candidates::teams(&town.test.db, &order, None).await.unwrap().is_empty());
    }

    async fn the_dispatcher_takes_an_offer_back_without_counting_a_try(test: TestDb) {
        let town = Town::open(test).await;
        let key = town.taken().await.key().unwrap();
        let why = Why::of(care::orders::DeclineReason::Rearranged);
        let by = dispatcher(GOOD_CARE);
        let order = town.write(&by, async |tx| actions::withdraw(&tx, key, &why).await).await.unwrap();
        assert_eq!((order.stage().unwrap(), order.tries, order.worker), (Stage::Accepted, 0, None));
        let gone = town.write(&caregiver(SUN), async |tx| actions::take(&tx, key).await).await;
        assert_eq!(gone.unwrap_err().code(), Some("not_found"));
    }
}
