//! Orders, from the menu to the rating.

use care::orders::{
    Channel, Crew, DeclineReason, Order, Refusal, Score, Stage, Words,
    actions::{self, Assignment, Placing, Rating, Why},
    events, notes, queries,
};
use chrono::{NaiveDate, TimeDelta};
use kernel::{Actor, Failure, Key, Region, Scope};
use store::{both, clocks, grants, homes, journal};

use super::town::{
    FAMILY, GOOD_CARE, LI, RIVAL, STRANGER, SUN, Town, VILLAGE, agent, agent_next_door, at, bath, caregiver,
    dispatcher, elder, family, region,
};

fn code<T: std::fmt::Debug>(result: Result<T, Failure>) -> &'static str {
    result.unwrap_err().code().unwrap()
}

async fn sees(town: &Town, by: &Actor, key: Key<Order>) -> bool {
    queries::find(&town.test.db, &by.scope(), key).await.unwrap().is_some()
}

async fn sees_elder(town: &Town, by: &Actor, n: u128) -> bool {
    registry::elders::queries::find(&town.test.db, &by.scope(), elder(n)).await.unwrap().is_some()
}

both! {
    async fn an_order_goes_from_the_menu_to_a_rating_and_every_step_is_told(test: TestDb) {
        let town = Town::open(test).await;
        let order = town.confirmed().await;
        let done = town.rate(order.key().unwrap(), 5).await.unwrap();
        assert_eq!((done.stage().unwrap(), done.score, done.due_at), (Stage::Completed, Some(5), None));
        assert_eq!(done.number, "20261121-411002-00001");
        assert_eq!(
            town.told(&done).await,
            ["placed", "accepted", "assigned", "taken", "checked_in", "checked_out", "confirmed", "rated", "completed"]
        );
        let timeline = journal::timeline(&town.test.db, &agent().scope(), elder(1).id, None, 20).await.unwrap();
        assert_eq!(timeline.len(), 9);
        assert!(clocks::due(&town.test.db, at("2027-12-31T00:00"), 10).await.unwrap().is_empty());
    }

    async fn the_price_is_frozen_and_the_purse_pays_its_part(test: TestDb) {
        let town = Town::open(test).await;
        let (plain, poor) = (town.placed().await, town.place(&bath(2)).await.unwrap());
        assert_eq!((plain.price_fen, plain.subsidy_fen, plain.own_fen), (12_000, 0, 12_000));
        assert_eq!((poor.price_fen, poor.subsidy_fen, poor.own_fen), (12_000, 9_600, 2_400));
        let menu = care::catalogue::menu(&town.test.db, region(VILLAGE), NaiveDate::from_ymd_opt(2026, 11, 22).unwrap());
        assert_eq!(plain.rulebook, menu.await.unwrap().rulebook);
    }

    async fn an_order_that_cannot_be_served_is_refused_with_the_reason(test: TestDb) {
        let town = Town::open(test).await;
        let with = async |change: fn(&mut Placing)| {
            let mut placing = bath(1);
            change(&mut placing);
            code(town.place(&placing).await)
        };
        assert_eq!(with(|p| p.item = "moon".into()).await, "order.not_on_menu");
        assert_eq!(with(|p| p.window = (p.window.1, p.window.0)).await, "order.window_wrong");
        assert_eq!(with(|p| p.window.1 = p.window.0 + TimeDelta::hours(25)).await, "order.window_wrong");
        assert_eq!(with(|p| p.window = (at("2026-11-20T09:00"), at("2026-11-20T10:00"))).await, "order.window_past");
        assert_eq!(with(|p| p.window = (at("2027-11-20T09:00"), at("2027-11-20T10:00"))).await, "order.window_far");
        assert_eq!(with(|p| p.provider = Some(STRANGER)).await, "order.not_served");
        assert_eq!(with(|p| p.elder = elder(4)).await, "order.elder_away");
        assert_eq!(with(|p| p.elder = elder(3)).await, "not_found");
        let none = town.write(&caregiver(SUN), async |tx| actions::place(&tx, &bath(1)).await).await;
        assert_eq!(code(none), "not_allowed");
        assert!(journal::heads(&town.test.db).await.unwrap().is_empty(), "a refused order leaves no trace");
    }

    async fn the_same_service_at_the_same_time_is_a_duplicate_until_it_is_cancelled(test: TestDb) {
        let town = Town::open(test).await;
        let first = town.placed().await;
        let mut again = bath(1);
        again.window = (at("2026-11-22T15:00"), at("2026-11-22T17:00"));
        assert_eq!(code(town.place(&again).await), "order.duplicate");
        let later = Placing { window: (at("2026-11-22T16:00"), at("2026-11-22T17:00")), ..bath(1) };
        town.place(&later).await.unwrap();
        town.place(&Placing { item: "cleaning".into(), ..bath(1) }).await.unwrap();
        let key = first.key().unwrap();
        let why = Why::of(care::orders::CancelReason::Unwanted);
        town.write(&agent(), async |tx| actions::cancel(&tx, key, &why).await).await.unwrap();
        town.place(&Placing { window: (at("2026-11-22T14:00"), at("2026-11-22T15:30")), ..bath(1) }).await.unwrap();
    }

    async fn of_two_agents_who_place_the_same_order_at_once_one_wins(test: TestDb) {
        let town = Town::open(test).await;
        let second = town.test.second().await;
        let (agent, placing) = (agent(), bath(1));
        let (a, b) = tokio::join!(
            town.test.db.write(store::Lane::Interactive, &agent, async |tx| actions::place(&tx, &placing).await),
            second.write(store::Lane::Interactive, &agent, async |tx| actions::place(&tx, &placing).await),
        );
        let refused: Vec<_> = [a, b].into_iter().filter_map(Result::err).collect();
        assert_eq!(refused.iter().map(|failure| failure.code().unwrap()).collect::<Vec<_>>(), ["order.duplicate"]);
    }

    async fn an_order_of_the_portal_waits_for_intake_and_one_by_phone_does_not(test: TestDb) {
        let town = Town::open(test).await;
        assert_eq!(town.placed().await.stage().unwrap(), Stage::Accepted);
        let waiting = town.place(&Placing { channel: Channel::App, ..bath(2) }).await.unwrap();
        assert_eq!(waiting.stage().unwrap(), Stage::Placed);
        let key = waiting.key().unwrap();
        let accepted = town.write(&agent(), async |tx| actions::accept(&tx, key).await).await.unwrap();
        assert_eq!(accepted.stage().unwrap(), Stage::Accepted);
        assert_eq!(code(town.write(&agent(), async |tx| actions::accept(&tx, key).await).await), "order.moved");
    }

    async fn a_rival_provider_and_another_county_never_see_the_order(test: TestDb) {
        let town = Town::open(test).await;
        let key = town.offered().await.key().unwrap();
        assert!(sees(&town, &agent(), key).await && sees(&town, &dispatcher(GOOD_CARE), key).await);
        assert!(sees(&town, &caregiver(SUN), key).await && !sees(&town, &caregiver(LI), key).await);
        for outsider in [dispatcher(RIVAL), agent_next_door(), caregiver(STRANGER), family()] {
            assert!(!sees(&town, &outsider, key).await, "{outsider:?}");
            let list = queries::list(&town.test.db, &outsider.scope(), &queries::Filter::default(), None, 10).await;
            assert_eq!(list.unwrap(), []);
            let board = queries::board(&town.test.db, &outsider.scope(), at("2026-11-21T09:00"), 5).await.unwrap();
            assert!(board.stages.iter().all(|(_, all, _)| all.n == 0));
        }
        let stolen = town.assign(RIVAL, key, STRANGER).await;
        assert_eq!(code(stolen), "not_found");
        let all = queries::of_elder(&town.test.db, &dispatcher(RIVAL).scope(), elder(1), None, 10).await.unwrap();
        assert_eq!(all, []);
    }

    async fn a_provider_that_serves_the_same_elder_does_not_see_the_orders_of_its_rival(test: TestDb) {
        let town = Town::open(test).await;
        let ours = town.placed().await;
        let theirs = town.place(&Placing { item: "cleaning".into(), provider: Some(RIVAL), ..bath(1) }).await.unwrap();
        let (good, rival) = (dispatcher(GOOD_CARE), dispatcher(RIVAL));
        assert!(sees_elder(&town, &good, 1).await && sees_elder(&town, &rival, 1).await);
        assert!(!sees(&town, &good, theirs.key().unwrap()).await && !sees(&town, &rival, ours.key().unwrap()).await);
    }

    async fn who_serves_sees_the_elder_as_long_as_the_order_lasts(test: TestDb) {
        let town = Town::open(test).await;
        let key = town.offered().await.key().unwrap();
        assert!(sees_elder(&town, &dispatcher(GOOD_CARE), 1).await && sees_elder(&town, &caregiver(SUN), 1).await);
        let why = Why::of(DeclineReason::Far);
        town.write(&caregiver(SUN), async |tx| actions::decline(&tx, key, &why).await).await.unwrap();
        assert!(!sees_elder(&town, &caregiver(SUN), 1).await && !sees(&town, &caregiver(SUN), key).await);
        town.assign(GOOD_CARE, key, SUN).await.unwrap();
        assert!(sees_elder(&town, &caregiver(SUN), 1).await, "offered again, she sees her again");
        let why = Why::of(care::orders::CancelReason::Away);
        town.write(&agent(), async |tx| actions::cancel(&tx, key, &why).await).await.unwrap();
        assert!(!sees_elder(&town, &caregiver(SUN), 1).await && !sees_elder(&town, &dispatcher(GOOD_CARE), 1).await);
        assert!(sees(&town, &dispatcher(GOOD_CARE), key).await, "its own cancelled order stays in its books");
    }

    async fn of_two_dispatchers_who_assign_at_once_one_wins_and_the_other_is_told(test: TestDb) {
        let town = Town::open(test).await;
        let key = town.placed().await.key().unwrap();
        let second = town.test.second().await;
        let by = dispatcher(GOOD_CARE);
        let to = |worker| Assignment { crew: Crew { lead: worker, second: None }, why: None };
        let (sun, li) = (to(SUN), to(LI));
        let (a, b) = tokio::join!(
            town.test.db.write(store::Lane::Interactive, &by, async |tx| actions::assign(&tx, key, &sun).await),
            second.write(store::Lane::Interactive, &by, async |tx| actions::assign(&tx, key, &li).await),
        );
        let lost: Vec<_> = [&a, &b].into_iter().filter_map(|r| r.as_ref().err()).collect();
        assert_eq!(lost.len(), 1);
        assert!(matches!(lost[0].code(), Some("raced" | "order.moved")), "{lost:?}");
        assert_eq!(town.told(&queries::get(&town.test.db, &by.scope(), key).await.unwrap()).await, ["placed", "accepted", "assigned"]);
    }

    async fn only_workers_of_the_provider_can_be_sent_and_a_pair_where_two_are_wanted(test: TestDb) {
        let town = Town::open(test).await;
        let key = town.placed().await.key().unwrap();
        assert_eq!(code(town.assign(GOOD_CARE, key, STRANGER).await), "order.not_their_worker");
        let send = async |key, lead, second| {
            let assignment = Assignment { crew: Crew { lead, second }, why: None };
            town.write(&dispatcher(GOOD_CARE), async |tx| actions::assign(&tx, key, &assignment).await).await
        };
        assert_eq!(code(send(key, SUN, Some(LI)).await), "order.no_pair");
        let turning = town.place(&Placing { item: "turning".into(), ..bath(1) }).await.unwrap().key().unwrap();
        assert_eq!(code(send(turning, SUN, None).await), "order.pair_wanted");
        assert_eq!(code(send(turning, SUN, Some(SUN)).await), "order.pair_wanted");
        send(turning, SUN, Some(LI)).await.unwrap();
        assert!(sees(&town, &caregiver(LI), turning).await);
        let theirs = queries::list(&town.test.db, &caregiver(LI).scope(), &queries::Filter::default(), None, 9).await;
        assert_eq!(theirs.unwrap().len(), 1, "the second of a pair finds the order in the list, too");
        let taken = town.write(&caregiver(LI), async |tx| actions::take(&tx, turning).await).await;
        assert_eq!(code(taken), "order.not_yours");
        let known = queries::on_phone(&town.test.db, LI, at("2026-11-21T10:00")).await;
        assert_eq!(known.unwrap().len(), 1);
    }

    async fn an_order_without_provider_waits_for_the_county_to_choose_one(test: TestDb) {
        let town = Town::open(test).await;
        let key = town.place(&Placing { provider: None, ..bath(1) }).await.unwrap().key().unwrap();
        assert!(!sees(&town, &dispatcher(GOOD_CARE), key).await);
        town.write(&agent(), async |tx| actions::dispatch(&tx, key, GOOD_CARE).await).await.unwrap();
        assert!(sees(&town, &dispatcher(GOOD_CARE), key).await);
        let passed_on = town.write(&dispatcher(GOOD_CARE), async |tx| actions::dispatch(&tx, key, RIVAL).await).await;
        assert_eq!(code(passed_on), "not_allowed");
        let why = Why::of(DeclineReason::Busy);
        let back = town.write(&dispatcher(GOOD_CARE), async |tx| actions::give_back(&tx, key, &why).await).await.unwrap();
        assert_eq!((back.provider, back.tries), (None, 1));
        assert!(!sees(&town, &dispatcher(GOOD_CARE), key).await && !sees_elder(&town, &dispatcher(GOOD_CARE), 1).await);
    }

    async fn a_step_from_the_wrong_state_is_refused_with_the_present_one(test: TestDb) {
        let town = Town::open(test).await;
        let key = town.taken().await.key().unwrap();
        let again = town.write(&caregiver(SUN), async |tx| actions::take(&tx, key).await).await;
        let Err(Failure::Refused(refused)) = again else { panic!("{again:?}") };
        assert_eq!((refused.verdict.status(), refused.code), (409, "order.moved"));
        assert!(refused.text.to_string().contains("已接单"));
        assert_eq!(code(town.rate(key, 5).await), "order.moved");
    }

    async fn a_day_too_early_is_refused_and_a_late_report_counts_when_it_happened(test: TestDb) {
        let town = Town::open(test).await;
        let key = town.taken().await.key().unwrap();
        assert_eq!(code(town.check_in(key, None, vec![]).await), "order.too_early");
        town.test.clock.set(at("2026-11-23T08:00"));
        let order = town.check_in(key, Some(at("2026-11-22T14:05")), vec![]).await.unwrap();
        assert_eq!(order.started_at, Some(at("2026-11-22T14:05")));
        let order = town.check_out(key, Some(at("2026-11-22T15:05"))).await.unwrap();
        assert_eq!(order.ended_at, Some(at("2026-11-22T15:05")));
        let history = journal::history(&town.test.db, order.home().unwrap(), order.id).await.unwrap();
        let told: Vec<_> = history.iter().rev().take(2).map(|e| (e.business_day.to_string(), e.at)).collect();
        assert_eq!(told, vec![("2026-11-22".to_owned(), at("2026-11-23T08:00")); 2]);
        let facts: events::OrderFacts = history.last().unwrap().facts().unwrap();
        assert_eq!((facts.late_secs, facts.served_minutes), (Some(-6_900), Some(60)));
    }

    async fn a_phone_whose_clock_runs_ahead_cannot_arrive_in_the_future(test: TestDb) {
        let town = Town::open(test).await;
        let key = town.taken().await.key().unwrap();
        town.test.clock.set(at("2026-11-22T14:00"));
        let order = town.check_in(key, Some(at("2026-11-22T14:07")), vec![]).await.unwrap();
        assert_eq!(order.started_at, Some(at("2026-11-22T14:00")));
        assert_eq!(code(town.check_out(key, Some(at("2026-11-22T13:59"))).await), "order.ends_before_start");
    }

    async fn a_bad_score_needs_a_reason_and_its_words_are_sealed(test: TestDb) {
        let town = Town::open(test).await;
        let key = town.confirmed().await.key().unwrap();
        assert_eq!(code(town.rate(key, 2).await), "order.reason_wanted");
        assert_eq!(code(town.rate(key, 6).await), "order.no_such_score");
        let words = Words::of(&town.keys, elder(1), " 水太凉，电话 13812341234 ").await.unwrap();
        let rating = Rating { score: Score::new(2).unwrap(), reasons: vec![], words };
        let done = town.write(&agent(), async |tx| actions::rate(&tx, key, &rating).await).await.unwrap();
        assert_eq!(notes(&town.keys, &done).await.unwrap().rating.as_deref(), Some("水太凉，电话 13812341234"));
        let history = journal::history(&town.test.db, done.home().unwrap(), done.id).await.unwrap();
        assert!(history.iter().all(|entry| !entry.facts.contains("13812341234")));
        assert!(history.iter().any(|entry| entry.kind == "order.rated" && entry.private.is_some()));
        town.keys.erase(elder(1).home, elder(1).id, "tester").await.unwrap();
        assert_eq!(notes(&town.keys, &done).await.unwrap().rating, None, "an erased person's words are gone");
    }

    async fn the_family_confirms_and_rates_and_nobody_else_of_the_portal(test: TestDb) {
        let town = Town::open(test).await;
        let key = town.served().await.key().unwrap();
        let confirm = async || town.write(&family(), async |tx| actions::confirm(&tx, key).await).await;
        assert_eq!(code(confirm().await), "not_found");
        town.write(&agent(), async |tx| {
            let grant = grants::Grant {
                home: elder(1).home,
                grantee: uuid::Uuid::from_u128(FAMILY),
                elder: elder(1).id,
                place: region(VILLAGE),
                reason: grants::Reason::Family,
                cause: uuid::Uuid::from_u128(FAMILY),
                until: None,
            };
            grants::give(&tx, grant).await
        }).await.unwrap();
        let order = confirm().await.unwrap();
        assert_eq!(order.confirmed_how, Some(care::orders::Confirmation::Family.code()));
        let list = queries::list(&town.test.db, &family().scope(), &queries::Filter::default(), None, 10).await.unwrap();
        assert_eq!(list.len(), 1);
        let placed = town.write(&family(), async |tx| actions::place(&tx, &bath(1)).await).await;
        assert_eq!(code(placed), "not_allowed");
    }

    async fn a_service_may_be_broken_off_with_a_reason(test: TestDb) {
        let town = Town::open(test).await;
        let key = town.serving().await.key().unwrap();
        let other = Why::of(care::orders::AbortReason::Other);
        let abort = async |why: &Why<_>| town.write(&caregiver(SUN), async |tx| actions::abort(&tx, key, why).await).await;
        assert_eq!(code(abort(&other).await), "order.reason_wanted");
        let order = abort(&Why::of(care::orders::AbortReason::Unwell)).await.unwrap();
        assert_eq!((order.stage().unwrap(), order.started_at.is_some()), (Stage::Aborted, true));
        assert!(!sees_elder(&town, &caregiver(SUN), 1).await);
    }

    async fn the_board_counts_each_stage_and_shows_what_is_due_first(test: TestDb) {
        let town = Town::open(test).await;
        for hour in 8..14 {
            let window = (at(&format!("2026-11-22T{hour:02}:00")), at(&format!("2026-11-22T{hour:02}:30")));
            town.place(&Placing { window, ..bath(1) }).await.unwrap();
            town.test.clock.advance(TimeDelta::minutes(2));
        }
        town.place(&Placing { channel: Channel::App, ..bath(2) }).await.unwrap();
        let board = async |by: &Actor, now| queries::board(&town.test.db, &by.scope(), at(now), 4).await.unwrap();
        let early = board(&dispatcher(GOOD_CARE), "2026-11-21T09:20").await;
        assert_eq!(early.stages.iter().take(3).map(|(_, all, late)| (all.n, late.n)).collect::<Vec<_>>(), [(1, 0), (6, 0), (0, 0)]);
        let late = board(&agent(), "2026-11-21T09:35").await;
        assert_eq!(late.stages.iter().take(2).map(|(_, all, late)| (all.n, late.n)).collect::<Vec<_>>(), [(1, 0), (6, 3)]);
        assert_eq!(late.lanes[1].orders.len(), 4);
        assert!(late.lanes[1].orders.is_sorted_by_key(|order| order.due_at));
    }

    async fn a_list_reads_on_from_where_it_stopped_across_homes(test: TestDb) {
        let town = Town::open(test).await;
        let operator = town.test.operator();
        for (n, hour) in [(1, 8), (3, 9), (1, 10), (3, 11), (1, 12)] {
            let window = (at(&format!("2026-11-22T{hour:02}:00")), at(&format!("2026-11-22T{hour:02}:30")));
            let placing = Placing { window, provider: None, ..bath(n) };
            town.write(&operator, async |tx| actions::place(&tx, &placing).await).await.unwrap();
        }
        let city: Region = region("4110");
        for stage in [None, Some(Stage::Accepted)] {
            let filter = queries::Filter { stage, ..queries::Filter::default() };
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let page = queries::list(&town.test.db, &Scope::of(city), &filter, after, 2).await.unwrap();
                let Some(last) = page.last() else { break };
                after = Some(filter.position(last));
                seen.extend(page.into_iter().map(|order| order.window_start));
            }
            assert_eq!(seen.len(), 5);
            assert!(stage.is_some() || seen.is_sorted_by(|a, b| a >= b));
        }
        let day = NaiveDate::from_ymd_opt(2026, 11, 23);
        let none = queries::Filter { day, ..queries::Filter::default() };
        assert_eq!(queries::list(&town.test.db, &Scope::of(city), &none, None, 9).await.unwrap(), []);
        let here = queries::Filter { place: Some(region("411003")), ..queries::Filter::default() };
        assert_eq!(queries::list(&town.test.db, &Scope::of(city), &here, None, 9).await.unwrap().len(), 2);
        assert_eq!(queries::list(&town.test.db, &agent().scope(), &here, None, 9).await.unwrap(), []);
    }

    async fn an_order_is_found_by_its_number_within_the_scope(test: TestDb) {
        let town = Town::open(test).await;
        let order = town.placed().await;
        let find = async |by: Actor, number: &str| queries::numbered(&town.test.db, &by.scope(), number).await.unwrap().map(|o| o.id);
        assert_eq!(find(agent(), &order.number).await, Some(order.id));
        assert_eq!(find(agent_next_door(), &order.number).await, None);
        assert_eq!(find(agent(), "20261121-411002-99999").await, None);
        assert_eq!(find(agent(), "nonsense").await, None);
    }

    async fn a_recoded_county_keeps_its_orders(test: TestDb) {
        let town = Town::open(test).await;
        let key = town.placed().await.key().unwrap();
        town.write(&town.test.operator(), async |tx| homes::recode(&tx, region("411002"), region("411099")).await).await.unwrap();
        assert!(sees(&town, &town.test.operator(), key).await);
    }
}

#[test]
fn refusals_have_one_code_each() {
    let moved = kernel::Refused::from(Refusal::Moved { from: "已取消".into() });
    assert_eq!((moved.verdict.status(), moved.code), (409, "order.moved"));
}
