//! The portal through the assembled router: codes, what elders and families see and say, and the call back.

use std::sync::atomic::{AtomicU32, Ordering};

use care::orders::{Confirmation, Order, Stage, sweep};
use chrono::TimeDelta;
use kernel::{Key, Role};
use sea_orm::EntityTrait;
use serde_json::json;
use store::{Lane, both, journal, sea_orm};
use web::{
    accounts::{Kind, NewGrant},
    testing::{Answer, Browser, TestWeb, grant},
};

use crate::town::{GOOD_CARE, Town, VILLAGE, bath, elder};

/// The town behind its doors, with staff: a grid clerk, a call agent, a clerk next door, a dispatcher.
async fn doors(town: Town) -> TestWeb {
    let web = TestWeb::open(town.test, vec![care::module()]).await;
    for (login, role, place) in [
        ("village", Role::VillageClerk, VILLAGE),
        ("agent", Role::CallAgent, "411002"),
        ("neighbour", Role::CountyClerk, "411003"),
        ("agent-next-door", Role::CallAgent, "411003"),
    ] {
        web.account(login, Kind::Staff, grant(role, place)).await;
    }
    let dispatcher = NewGrant { place: None, organisation: Some(GOOD_CARE), ..grant(Role::Dispatcher, "411002") };
    web.account("dispatcher", Kind::Staff, dispatcher).await;
    web
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let rest = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}")).1;
    rest.split_once(after).unwrap().0
}

/// A code for the elder (no name) or for a family member.
async fn code(web: &TestWeb, n: u128, family: Option<&str>) -> String {
    let fields = [("who", if family.is_some() { "family" } else { "elder" }), ("name", family.unwrap_or_default())];
    static FORMS: AtomicU32 = AtomicU32::new(0);
    let form = format!("code-{}", FORMS.fetch_add(1, Ordering::Relaxed));
    let path = format!("/elders/{}/portal-code", elder(n));
    let answer = web.as_("village").await.post_again(&path, &fields, &form).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    between(&answer.text(), r#"id="code">"#, "<").to_owned()
}

async fn enter(web: &TestWeb, code: &str) -> (Browser, Answer) {
    let mut browser = web.browser();
    let answer = browser.post("/portal/enter", &[("code", code)]).await;
    if answer.status == 303 {
        let home = browser.get("/portal").await.text();
        browser.csrf = Some(between(&home, r#"name="csrf" value=""#, "\"").to_owned());
    }
    (browser, answer)
}

async fn signed_in(web: &TestWeb, n: u128, family: Option<&str>) -> Browser {
    let (browser, answer) = enter(web, &code(web, n, family).await).await;
    assert_eq!((answer.status, answer.location()), (303, "/portal"));
    browser
}

fn visit(order: &Order) -> String {
    format!("/portal/visits/{}", order.key().unwrap())
}

async fn now(web: &TestWeb, order: &Order) -> Order {
    care::orders::Entity::find_by_id((order.home, order.id)).one(&web.test.db).await.unwrap().unwrap()
}

async fn told(web: &TestWeb, order: &Order) -> Vec<journal::Entry> {
    journal::history(&web.test.db, order.home().unwrap(), order.id).await.unwrap()
}

both! {
    async fn an_elder_enters_with_a_code_confirms_the_visit_and_rates_it(test: TestDb) {
        let town = Town::open(test).await;
        let order = town.served().await;
        let web = doors(town).await;
        let mut elder = signed_in(&web, 1, None).await;
        let home = elder.get("/portal").await.text();
        assert!(home.contains("陈奶奶，您好") && home.contains("1 件"), "{home}");
        let page = elder.get(&visit(&order)).await.text();
        for said in ["来了 60 分钟", "来的是孙丽萍师傅", "拍了 2 张照片", "下午 2:05", "是的，来过了"] {
            assert!(page.contains(said), "{said}: {page}");
        }
        let confirmed = elder.post(&format!("{}/confirm", visit(&order)), &[]).await;
        assert_eq!((confirmed.status, confirmed.location()), (303, visit(&order).as_str()));
        let rated = elder.post(&format!("{}/rate", visit(&order)), &[("score", "5")]).await;
        assert_eq!((rated.status, rated.location()), (303, format!("{}/thanks", visit(&order)).as_str()));
        assert!(elder.get(rated.location()).await.text().contains("您打了 5 分。"));

        let row = now(&web, &order).await;
        assert_eq!((row.stage().unwrap(), row.score), (Stage::Completed, Some(5)));
        assert_eq!(row.confirmed_how, Some(Confirmation::Elder.code()));
        let last: Vec<_> = told(&web, &order).await.into_iter().rev().take(3).map(|entry| (entry.kind, entry.actor_name)).collect();
        let said = |kind: &str| (kind.to_owned(), "陈秀云".to_owned());
        assert_eq!(last, [said("order.completed"), said("order.rated"), said("order.confirmed")]);
        let scope = kernel::Scope::of(VILLAGE.parse().unwrap());
        let timeline = journal::timeline(&web.test.db, &scope, order.elder, None, 50).await.unwrap();
        for kind in ["portal.code_issued", "portal.code_used", "order.confirmed", "order.rated"] {
            assert!(timeline.iter().any(|entry| entry.kind == kind), "{kind}");
        }
    }

    async fn a_code_works_once_and_not_after_its_time(test: TestDb) {
        let web = doors(Town::open(test).await).await;
        let first = code(&web, 1, None).await;
        assert_eq!(enter(&web, &first).await.1.status, 303);
        let again = enter(&web, &first).await.1;
        assert_eq!(again.status, 422);
        assert!(again.text().contains("验证码不对、已经用过或者过期了"));
        let late = code(&web, 1, None).await;
        web.test.clock.advance(TimeDelta::hours(72));
        assert_eq!(enter(&web, &late).await.1.status, 422);
        // Blanks do not matter, and a second code leads to the same account.
        let fresh = code(&web, 1, None).await.replace(' ', "");
        assert_eq!(enter(&web, &fresh).await.1.status, 303);
    }

    async fn whoever_guesses_codes_is_stopped_and_the_right_one_still_comes_in(test: TestDb) {
        let web = doors(Town::open(test).await).await;
        let right = code(&web, 1, None).await;
        for guess in 0..web.state.config.attempts.address {
            let answer = web.browser().post("/portal/enter", &[("code", &format!("{guess:010}"))]).await;
            assert_eq!(answer.status, 422);
        }
        let guess = web.browser().post("/portal/enter", &[("code", "9999999999")]).await;
        assert_eq!(guess.status, 429);
        assert_eq!(enter(&web, &right).await.1.status, 303, "docs/decisions/021: who is right is not locked out");
    }

    async fn a_family_member_sees_their_elder_and_nobody_else(test: TestDb) {
        let town = Town::open(test).await;
        let (order, of_another) = (town.served().await, town.place(&bath(2)).await);
        let web = doors(town).await;
        let mut daughter = signed_in(&web, 1, Some("王芳")).await;
        let home = daughter.get("/portal").await.text();
        assert!(home.contains("王芳，您好") && home.contains("陈秀云"), "{home}");
        assert_eq!(daughter.get(&visit(&order)).await.status, 200);
        let mut other = signed_in(&web, 2, Some("李娜")).await;
        for path in [visit(&order), format!("{}/wrong", visit(&order)), format!("{}/thanks", visit(&order))] {
            let answer = other.get(&path).await;
            assert_eq!(answer.status, 404, "{path}");
            assert!(answer.text().contains(r#"href="/portal""#), "the way out stays in the portal");
        }
        for write in ["confirm", "wrong", "rate"] {
            let answer = other.post(&format!("{}/{write}", visit(&order)), &[("score", "5"), ("reason", "absent")]).await;
            assert_eq!(answer.status, 404, "{write}");
        }
        assert!(of_another.is_err() || daughter.get(&visit(&of_another.unwrap())).await.status == 404);
        assert_eq!(now(&web, &order).await, order);
        daughter.post(&format!("{}/confirm", visit(&order)), &[]).await;
        assert_eq!(now(&web, &order).await.confirmed_how, Some(Confirmation::Family.code()));
    }

    async fn a_sad_face_is_asked_why_before_it_counts(test: TestDb) {
        let town = Town::open(test).await;
        let order = town.confirmed().await;
        let web = doors(town).await;
        let mut elder = signed_in(&web, 1, None).await;
        let rate = format!("{}/rate", visit(&order));
        let sad = elder.post(&rate, &[("score", "1")]).await;
        assert_eq!((sad.status, sad.location()), (303, format!("{}/why?score=1", visit(&order)).as_str()));
        assert!(elder.get(sad.location()).await.text().contains("来晚了"));
        let silent = elder.post(&rate, &[("score", "1"), ("asked", "1")]).await;
        assert_eq!(silent.status, 422);
        assert!(silent.text().contains("有误：") && silent.text().contains("请点一个原因"));
        assert_eq!(now(&web, &order).await.stage().unwrap(), Stage::Confirmed);
        let said = elder.post(&rate, &[("score", "1"), ("asked", "1"), ("reason", "late"), ("reason", "charge")]).await;
        assert_eq!(said.status, 303);
        let entries = told(&web, &order).await;
        let rated = entries.iter().find(|entry| entry.kind == "order.rated").unwrap();
        assert!(rated.facts.contains(r#"["late","charge"]"#), "{}", rated.facts);
        assert_eq!(elder.post(&rate, &[("score", "9")]).await.status, 422);
    }

    async fn a_disputed_visit_waits_for_a_person_and_is_not_confirmed_by_silence(test: TestDb) {
        let town = Town::open(test).await;
        let order = town.served().await;
        let web = doors(town).await;
        let mut elder = signed_in(&web, 1, None).await;
        let wrong = format!("{}/wrong", visit(&order));
        assert!(elder.get(&wrong).await.text().contains("没有人来"));
        let said = elder.post(&wrong, &[("reason", "absent")]).await;
        assert_eq!((said.status, said.location()), (303, format!("{}/thanks", visit(&order)).as_str()));
        assert!(elder.get(said.location()).await.text().contains("服务商和客服都知道了。"));
        assert!(!elder.get("/portal").await.text().contains("1 件"), "it waits for others");
        assert!(elder.get("/portal/visits?for=confirm").await.text().contains("正在核实"));
        let entries = told(&web, &order).await;
        let disputed = entries.last().unwrap();
        assert_eq!(disputed.kind, "order.disputed");
        assert!(disputed.facts.contains(&GOOD_CARE.to_string()), "its provider is told");
        let again = elder.post(&wrong, &[("reason", "short")]).await;
        assert_eq!(again.status, 409);
        assert!(again.text().contains("已经有人办过了。"));

        web.test.clock.advance(TimeDelta::hours(49));
        sweep::round(&web.test.db).await.unwrap();
        assert_eq!(now(&web, &order).await.stage().unwrap(), Stage::Served);
        let overdue = told(&web, &order).await.pop().unwrap();
        assert_eq!(overdue.kind, "order.overdue", "somebody must look into it");

        let mut agent = web.as_("agent").await;
        let case = format!("/orders/{}", order.key().unwrap());
        assert!(agent.get(&format!("{case}/dispute")).await.text().contains("异议已经记下"));
        assert_eq!(agent.post(&format!("{case}/confirm"), &[]).await.status, 303);
        assert_eq!(now(&web, &order).await.confirmed_how, Some(Confirmation::Call.code()));
    }

    async fn what_is_sent_twice_counts_once_and_a_page_left_open_says_that_it_is_done(test: TestDb) {
        let town = Town::open(test).await;
        let order = town.served().await;
        let web = doors(town).await;
        let mut elder = signed_in(&web, 1, None).await;
        let confirm = format!("{}/confirm", visit(&order));
        let answers = [elder.post_again(&confirm, &[], "k1").await, elder.post_again(&confirm, &[], "k1").await];
        assert_eq!(answers.map(|answer| (answer.status, answer.location().to_owned())), [(303, visit(&order)), (303, visit(&order))]);
        let other_tab = elder.post(&confirm, &[]).await;
        assert_eq!(other_tab.status, 409);
        assert!(other_tab.text().contains("这件事办过了"));
        let kinds: Vec<_> = told(&web, &order).await.into_iter().filter(|entry| entry.kind == "order.confirmed").collect();
        assert_eq!(kinds.len(), 1);
        elder.csrf = Some("old".into());
        let stale = elder.post(&format!("{}/rate", visit(&order)), &[("score", "5")]).await;
        assert_eq!(stale.status, 403);
        assert!(stale.text().contains("页面放得太久了") && stale.text().contains(r#"href="/portal""#));
    }

    async fn a_program_notes_an_objection_for_a_reason_from_the_list(test: TestDb) {
        let town = Town::open(test).await;
        let order = town.served().await;
        let web = doors(town).await;
        let mut agent = web.as_("agent").await;
        let dispute = format!("/api/v1/orders/{}/dispute", order.key().unwrap());
        let bare = agent.post_json(&dispute, &json!({ "reason": "weather" })).await;
        assert_eq!((bare.status, bare.json()["code"].as_str()), (422, Some("order.reason_wanted")));
        let noted = agent.post_json(&dispute, &json!({ "reason": "absent" })).await;
        assert_eq!((noted.status, noted.json()["stage"].as_str()), (200, Some("served")));
        assert_eq!(told(&web, &order).await.pop().unwrap().kind, "order.disputed");
        let twice = agent.post_json(&dispute, &json!({ "reason": "absent" })).await;
        assert_eq!((twice.status, twice.json()["code"].as_str()), (409, Some("order.already_disputed")));
    }

    async fn a_call_agent_notes_an_objection_with_words_that_only_the_elders_key_opens(test: TestDb) {
        let town = Town::open(test).await;
        let order = town.served().await;
        let web = doors(town).await;
        let mut agent = web.as_("agent").await;
        let dispute = format!("/orders/{}/dispute", order.key().unwrap());
        assert!(agent.get(&dispute).await.text().contains("没有来"));
        let bare = agent.post(&dispute, &[("words", "水太凉")]).await;
        assert_eq!(bare.status, 422);
        assert!(bare.text().contains(r##"href="#f-reason""##) && bare.text().contains("水太凉"), "{}", bare.text());
        let noted = agent.post(&dispute, &[("reason", "skill"), ("words", "水太凉")]).await;
        assert_eq!((noted.status, noted.location()), (303, dispute.as_str()));
        let entry = told(&web, &order).await.pop().unwrap();
        assert_eq!((entry.kind.as_str(), entry.actor_name.as_str()), ("order.disputed", "agent"));
        assert!(entry.private.is_some() && !entry.facts.contains("水太凉"));
        let mut elder = signed_in(&web, 1, None).await;
        assert!(elder.get(&visit(&order)).await.text().contains("我们正在查。"));
    }

    async fn the_doors_of_the_portal_are_closed_to_others(test: TestDb) {
        let town = Town::open(test).await;
        let order = town.served().await;
        let web = doors(town).await;
        let code_page = format!("/elders/{}/portal-code", elder(1));
        let dispute = format!("/orders/{}/dispute", order.key().unwrap());
        for (login, path, status) in [
            ("neighbour", &code_page, 404),
            ("dispatcher", &code_page, 403),
            ("agent", &code_page, 200),
            ("agent-next-door", &dispute, 404),
            ("village", &dispute, 403),
            ("agent", &"/portal".to_owned(), 403),
            ("agent", &visit(&order), 403),
        ] {
            assert_eq!(web.as_(login).await.get(path).await.status, status, "{login} {path}");
        }
        let refused = web.as_("neighbour").await.post(&code_page, &[("who", "elder")]).await;
        assert_eq!(refused.status, 404);
        let from_file = web.as_("agent").await.get(&format!("/portal-codes/new?elder={}", elder(1))).await;
        assert_eq!((from_file.status, from_file.location()), (303, code_page.as_str()));
        let nobody = web.browser().get("/portal").await;
        assert_eq!((nobody.status, nobody.location()), (303, "/portal/enter"));
        let nameless = web.as_("village").await.post(&code_page, &[("who", "family"), ("name", " ")]).await;
        assert_eq!(nameless.status, 422);
        assert!(nameless.text().contains("请填写家属的姓名"));
        let dead = web.as_("village").await.get(&format!("/elders/{}/portal-code", elder(4))).await;
        assert_eq!(dead.status, 409);
    }

    async fn past_visits_turn_page_by_page(test: TestDb) {
        let town = Town::open(test).await;
        let order = town.confirmed().await;
        let web = doors(town).await;
        let mut elder = signed_in(&web, 1, None).await;
        let rows: Vec<_> = (0..5_u128)
            .map(|n| Order {
                id: uuid::Uuid::from_u128(0x7000 + n),
                number: format!("n{n}"),
                window_start: order.window_start - TimeDelta::days(1),
                item_name: format!("项目{n}"),
                ..order.clone()
            })
            .collect();
        let tester = web.test.operator();
        let insert = web.test.db.write(Lane::Bulk, &tester, async |tx| {
            let rows = rows.into_iter().map(care::orders::row);
            care::orders::Entity::insert_many(rows).exec_without_returning(&tx).await?;
            Ok(())
        });
        insert.await.unwrap();
        let first = elder.get("/portal/visits?for=past").await.text();
        assert_eq!(first.matches("<section").count(), 4);
        let next = between(&first, "after=", "\"").to_owned();
        let second = elder.get(&format!("/portal/visits?for=past&after={next}")).await.text();
        assert_eq!(second.matches("<section").count(), 2);
        assert!(first.contains("再往前看") && !second.contains("再往前看"));
        let to_rate = elder.get("/portal/visits?for=rate").await.text();
        assert!(to_rate.contains("去打分"));
        assert!(elder.get("/portal/visits?for=confirm").await.text().contains("没有要确认的。"));
    }

    async fn the_portals_pages_answer_in_both_languages_and_note_who_looked(test: TestDb) {
        let town = Town::open(test).await;
        let order = town.taken().await;
        let web = doors(town).await;
        let mut son = signed_in(&web, 1, Some("王强")).await;
        assert!(son.get("/portal").await.text().contains("孙丽萍师傅来"));
        assert!(son.get("/portal/help").await.text().contains(r#"href="tel:120""#));
        assert!(son.get("/portal/me").await.text().contains("王强"));
        let seen = store::accesses::of(&web.test.db, order.home().unwrap(), order.elder, 10).await.unwrap();
        assert_eq!(seen.first().map(|access| (access.actor_name.as_str(), access.what.as_str())), Some(("王强", "view")));
        son.post("/language", &[("to", "en"), ("back", "/portal")]).await;
        assert!(son.get("/portal").await.text().contains("Emergency call"));
        assert_eq!(son.get("/portal/visits/411002-nonsense").await.status, 404);
        let foreign: Key<Order> = Key::new(order.home().unwrap(), uuid::Uuid::from_u128(99));
        assert_eq!(son.get(&format!("/portal/visits/{foreign}")).await.status, 404);
    }

    async fn the_screens_of_the_family_are_told_what_happens_to_the_order_and_no_other_familys(test: TestDb) {
        let town = Town::open(test).await;
        let order = town.offered().await;
        let web = doors(town).await;
        signed_in(&web, 1, Some("李建华")).await;
        signed_in(&web, 2, Some("王小明")).await;
        let accounts = async |n: u128| {
            let operator = web.test.operator();
            let found = web.test.db.write(Lane::Jobs, &operator, async |tx| store::grants::accounts_of(&tx, elder(n).home, elder(n).id).await);
            found.await.unwrap()
        };
        let (own, other) = (accounts(1).await, accounts(2).await);
        let mut dispatcher = web.as_("dispatcher").await;
        let withdrawn = format!("/api/v1/orders/{}/withdraw", order.key().unwrap());
        assert_eq!(dispatcher.post_json(&withdrawn, &serde_json::json!({ "reason": "rearranged" })).await.status, 200);
        let last = told(&web, &order).await.pop().unwrap();
        let concerns = |account| store::tail::concerns(&last, &kernel::Scope::Own(account));
        assert_eq!((own.len(), other.len()), (1, 1));
        assert!(concerns(own[0]) && !concerns(other[0]), "{}", last.facts);
    }
}
