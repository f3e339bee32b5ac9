//! Signing in and out, what ends a session, and the one grant it acts under.

use std::sync::Arc;

use axum::{body::Body, http::Method};
use chrono::TimeDelta;
use kernel::{Actor, Role};
use store::{Lane, both, testing::TestDb};
use tokio::sync::Notify;
use uuid::Uuid;
use web::{
    accounts::{self, Account, Kind},
    module::Module,
    routes::{Access, Routes},
    server::Arrival,
    session::{Session, Throttle, Who},
    state::{Attempts, Config},
    testing::{Browser, TestWeb, grant},
};

const PASSWORD: &str = "correct horse battery";

async fn who(session: Session) -> String {
    format!("{} {}", session.actor.name, session.actor.journal_acting())
}

fn room() -> Module {
    let routes = Routes::new("room").get("/who", Access::SignedIn, who).post("/do", Access::SignedIn, who);
    Module { routes, ..Module::new("room") }
}

async fn open(test: TestDb) -> TestWeb {
    TestWeb::open(test, vec![room()]).await
}

/// A county clerk with a password.
async fn clerk(web: &TestWeb, login: &str) -> Account {
    let account = web.account(login, Kind::Staff, grant(Role::CountyClerk, "411002")).await;
    let hash = web.state.hashing().hash(PASSWORD, web.state.ids()).await.unwrap();
    write(web, async |tx| accounts::change_password(&tx, &account, hash).await).await;
    reread(web, &account).await
}

async fn reread(web: &TestWeb, account: &Account) -> Account {
    accounts::by_id(&web.test.db, account.id).await.unwrap().unwrap()
}

async fn write(web: &TestWeb, change: impl AsyncFnOnce(store::Tx) -> kernel::Result<()>) {
    web.test.db.write(Lane::Interactive, &Actor::cli("tester"), change).await.unwrap();
}

/// Makes all accounts real ones.
async fn not_demo(web: &TestWeb) {
    write(web, async |tx| {
        use sea_orm::{ConnectionTrait, sea_query::Query};
        tx.execute(&Query::update().table("accounts").value("demo", false).to_owned()).await?;
        Ok(())
    })
    .await;
}

async fn with_attempts(test: TestDb, change: impl FnOnce(Attempts) -> Attempts) -> TestWeb {
    let pause = std::time::Duration::from_millis(5);
    let attempts = change(Attempts { pause, ..Config::default().attempts });
    TestWeb::with(test, vec![room()], Config { attempts, ..Config::default() }, |state| state).await
}

/// Tries to sign in from somewhere; the status.
async fn enter_from(browser: &mut Browser, from: &str, login: &str, password: &str, code: &str) -> u16 {
    let body = format!("login={login}&password={}&code={code}", password.replace(' ', "+"));
    let request = browser
        .request(Method::POST, "/login")
        .header("content-type", "application/x-www-form-urlencoded")
        .extension(Arrival { peer: from.parse().unwrap(), tls: false, kept: false })
        .body(Body::from(body));
    browser.send(request).await.status
}

async fn rename(web: &TestWeb, from: &str, to: &str) {
    use sea_orm::ConnectionTrait;
    let sql = format!("ALTER TABLE {from} RENAME TO {to}");
    write(web, async |tx| {
        tx.execute_unprepared(&sql).await?;
        Ok(())
    })
    .await;
}

async fn sign_in(browser: &mut Browser, login: &str, password: &str) -> (u16, String) {
    let answer = browser.post("/login", &[("login", login), ("password", password), ("next", "/who")]).await;
    (answer.status, answer.location().to_owned())
}

both! {
    async fn a_program_that_signed_in_learns_the_token_of_its_writes(test: TestDb) {
        let web = open(test).await;
        assert_eq!(web.browser().get("/api/v1/session").await.status, 401);
        web.account("agent", Kind::Staff, grant(Role::CallAgent, "411002")).await;
        let mut agent = web.as_("agent").await;
        let told = agent.get("/api/v1/session").await.json();
        assert_eq!((told["role"].as_str(), told["place"].as_i64()), (Some("call_agent"), Some(411_002_000_000)));
        agent.csrf = Some("guessed".into());
        assert_eq!(agent.post("/do", &[]).await.status, 403);
        agent.csrf = told["csrf"].as_str().map(str::to_owned);
        assert_eq!(agent.post("/do", &[]).await.status, 200);
    }

    async fn who_signs_in_comes_back_to_the_page_they_asked_for(test: TestDb) {
        let web = open(test).await;
        clerk(&web, "zhoumin").await;
        let mut browser = web.browser();
        let asked = browser.get("/who?x=1").await;
        assert_eq!((asked.status, asked.location()), (303, "/login?next=/who%3Fx%3D1"));
        assert_eq!(sign_in(&mut browser, " ZhouMin ", PASSWORD).await, (303, "/who".to_owned()));
        assert_eq!(browser.get("/who").await.text(), "zhoumin county_clerk@411002");
        let entries = store::journal::after(&web.test.db, kernel::Home::new(411_002).unwrap(), 0, 100).await.unwrap();
        assert_eq!(entries.iter().filter(|entry| entry.kind == "account.signed_in").count(), 1);
    }

    async fn a_password_that_somebody_else_set_must_be_changed_before_work(test: TestDb) {
        let web = open(test).await;
        let account = web.account("caregiver", Kind::Worker, grant(Role::Caregiver, "411002")).await;
        let hash = web.state.hashing().hash(PASSWORD, web.state.ids()).await.unwrap();
        write(&web, async |tx| accounts::reset_password(&tx, &account, hash).await).await;
        not_demo(&web).await;
        let mut browser = web.browser();
        sign_in(&mut browser, "caregiver", PASSWORD).await;
        assert_eq!(browser.get("/who").await.location(), "/account");
        let new = "staple under the bridge";
        let page = browser.get("/account").await.text();
        let token = page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        browser.csrf = Some(token.to_owned());
        let change = [("old", PASSWORD), ("new", new), ("again", new)];
        assert_eq!(browser.post("/account/password", &change).await.location(), "/login");
        sign_in(&mut browser, "caregiver", new).await;
        assert_eq!(browser.get("/who").await.status, 200);
    }

    async fn unknown_wrong_and_disabled_logins_get_the_same_answer(test: TestDb) {
        let web = open(test).await;
        let account = clerk(&web, "zhoumin").await;
        let gone = clerk(&web, "gone").await;
        write(&web, async |tx| accounts::suspend(&tx, &gone, "left").await).await;
        let mut answers = Vec::new();
        for (login, password) in [("nobody", PASSWORD), ("zhoumin", "wrong wrong wrong"), ("gone", PASSWORD)] {
            let fields = [("login", login), ("password", password)];
            let answer = web.browser().post("/login", &fields).await;
            assert!(!answer.headers.contains_key("set-cookie"));
            answers.push((answer.status, answer.text().replace(login, "…").replace(request_id(&answer), "…")));
        }
        assert_eq!(answers[0].0, 422);
        assert_eq!(answers[0], answers[1]);
        assert_eq!(answers[1], answers[2]);
        assert!(answers[0].1.contains("账号、密码或动态码不对"));
        assert_eq!(account.name, "zhoumin");
    }

    async fn a_script_that_tries_passwords_is_stopped_and_so_is_the_right_one_for_a_while(test: TestDb) {
        let web = open(test).await;
        clerk(&web, "zhoumin").await;
        for _ in 0..web.state.config.attempts.account {
            assert_eq!(sign_in(&mut web.browser(), "zhoumin", "wrong wrong wrong").await.0, 422);
        }
        assert_eq!(sign_in(&mut web.browser(), "zhoumin", PASSWORD).await.0, 429);
        web.test.clock.advance(TimeDelta::minutes(15));
        assert_eq!(sign_in(&mut web.browser(), "zhoumin", PASSWORD).await.0, 303);
    }

    async fn failures_to_sign_in_count_for_all_processes_together(test: TestDb) {
        let limits = Attempts { account: 3, ..Config::default().attempts };
        let (here, there, beside) = (Throttle::new(limits), Throttle::new(limits), test.second().await);
        let who = |login: u8| Who { login: Some([login; 16]), address: [203, 0, 113, 1].into(), known: None };
        for _ in 0..3 {
            here.attempt(&test.db, &who(7)).await.unwrap().failed().await.unwrap();
        }
        let refused = there.attempt(&beside, &who(7)).await.unwrap_err();
        assert_eq!(refused.code(), Some("session.too_often"), "this process saw no failure itself");
        there.attempt(&beside, &who(8)).await.unwrap().succeeded().await.unwrap();
        test.clock.advance(TimeDelta::minutes(15));
        there.attempt(&beside, &who(7)).await.unwrap().succeeded().await.unwrap();
        for _ in 0..3 {
            here.attempt(&test.db, &who(7)).await.unwrap().failed().await.unwrap();
        }
    }

    async fn a_try_that_nobody_judged_never_was(test: TestDb) {
        let limits = Attempts { account: 3, ..Config::default().attempts };
        let throttle = Throttle::new(limits);
        let who = Who { login: Some([7; 16]), address: [203, 0, 113, 1].into(), known: None };
        for _ in 0..20 {
            drop(throttle.attempt(&test.db, &who).await.unwrap());
        }
    }

    async fn strangers_elsewhere_lock_nobody_out(test: TestDb) {
        let web = open(test).await;
        clerk(&web, "zhoumin").await;
        for _ in 0..12 {
            enter_from(&mut web.browser(), "203.0.113.9", "zhoumin", "wrong wrong wrong", "").await;
        }
        assert_eq!(enter_from(&mut web.browser(), "203.0.113.9", "zhoumin", PASSWORD, "").await, 429);
        assert_eq!(enter_from(&mut web.browser(), "198.51.100.1", "zhoumin", PASSWORD, "").await, 303);
        assert_eq!(enter_from(&mut web.browser(), "203.0.113.9", "zhoumin", PASSWORD, "").await, 429, "nor frees them");
    }

    async fn a_browser_that_is_known_is_not_slowed_by_strangers_behind_its_own_address(test: TestDb) {
        let web = open(test).await;
        clerk(&web, "zhoumin").await;
        clerk(&web, "lixin").await;
        let mut known = web.browser();
        assert_eq!(sign_in(&mut known, "zhoumin", PASSWORD).await.0, 303);
        known.post("/logout", &[]).await;
        for login in ["zhoumin", "lixin"] {
            for _ in 0..10 {
                sign_in(&mut web.browser(), login, "wrong wrong wrong").await;
            }
        }
        assert_eq!(sign_in(&mut web.browser(), "zhoumin", PASSWORD).await.0, 429);
        assert_eq!(sign_in(&mut known, "lixin", PASSWORD).await.0, 429, "it is known for its own account only");
        for _ in 0..9 {
            assert_eq!(sign_in(&mut known, "zhoumin", "wrong wrong wrong").await.0, 422);
        }
        assert_eq!(sign_in(&mut known, "zhoumin", PASSWORD).await.0, 303);
        for _ in 0..10 {
            assert_eq!(sign_in(&mut known, "zhoumin", "wrong wrong wrong").await.0, 422);
        }
        assert_eq!(sign_in(&mut known, "zhoumin", PASSWORD).await.0, 429, "whoever steals it has ten tries, too");
    }

    async fn a_login_that_is_guessed_at_from_everywhere_still_lets_its_owner_in(test: TestDb) {
        let web = with_attempts(test, |attempts| Attempts { everywhere: 6, ..attempts }).await;
        clerk(&web, "zhoumin").await;
        let from = |last: u8| format!("203.0.113.{last}");
        for stranger in 1..4 {
            for _ in 0..3 {
                enter_from(&mut web.browser(), &from(stranger), "zhoumin", "wrong wrong wrong", "").await;
            }
        }
        let mut tries = Vec::new();
        for _ in 0..4 {
            tries.push(enter_from(&mut web.browser(), &from(9), "zhoumin", "wrong wrong wrong", "").await);
        }
        assert_eq!(tries, [422, 422, 422, 429], "each newcomer has three tries");
        assert_eq!(enter_from(&mut web.browser(), &from(10), "zhoumin", PASSWORD, "").await, 303);
    }

    async fn a_right_second_factor_passes_where_strangers_used_the_tries_up(test: TestDb) {
        let web = open(test).await;
        let account = clerk(&web, "zhoumin").await;
        let enrolment = accounts::Enrolment::begin(&web.state.keys, &account).await.unwrap();
        let code = |web: &TestWeb| enrolment.code(web.state.clock().now()).unwrap();
        write(&web, async |tx| accounts::enrol(&tx, &account, &enrolment, &code(&web)).await).await;
        for _ in 0..10 {
            sign_in(&mut web.browser(), "zhoumin", "wrong wrong wrong").await;
        }
        web.test.clock.advance(TimeDelta::seconds(31));
        let right = code(&web);
        let enter = async |password: &str, code: &str| {
            enter_from(&mut web.browser(), "127.0.0.1", "zhoumin", password, code).await
        };
        assert_eq!(enter(PASSWORD, "").await, 429);
        assert_eq!(enter(PASSWORD, "000000").await, 429);
        assert_eq!(enter("wrong wrong wrong", &right).await, 422);
        assert_eq!(enter(PASSWORD, &right).await, 303);
        for _ in 0..10 {
            enter(PASSWORD, "000000").await;
        }
        assert_eq!(enter(PASSWORD, &right).await, 429, "factors are not guessed without end either");
    }

    async fn an_address_that_tries_many_logins_gets_429_and_whoever_is_right_there_comes_in(test: TestDb) {
        let web = with_attempts(test, |attempts| Attempts { address: 4, ..attempts }).await;
        clerk(&web, "zhoumin").await;
        let mut answers = Vec::new();
        for stuffed in 0..6 {
            answers.push(sign_in(&mut web.browser(), &format!("nobody{stuffed}"), "wrong wrong wrong").await.0);
        }
        assert_eq!(answers, [422, 422, 422, 422, 429, 429]);
        assert_eq!(sign_in(&mut web.browser(), "zhoumin", "wrong wrong wrong").await.0, 429, "as for the unknown");
        assert_eq!(sign_in(&mut web.browser(), "zhoumin", PASSWORD).await.0, 303);
        let mut forgetful = web.browser();
        for _ in 0..8 {
            assert_eq!(enter_from(&mut forgetful, "203.0.113.7", "zhoumin", "wrong wrong wrong", "").await, 422);
        }
        assert_eq!(enter_from(&mut forgetful, "203.0.113.7", "nobody", "wrong wrong wrong", "").await, 422);
        assert_eq!(web.browser().post("/portal/enter", &[("code", "123 456 7890")]).await.status, 422);
    }

    async fn codes_are_guessed_slowly_and_a_right_one_still_lets_in(test: TestDb) {
        let web = with_attempts(test, |attempts| Attempts { address: 2, ..attempts }).await;
        let mut issued = String::new();
        write(&web, async |tx| {
            let new = accounts::PortalCode {
                home: kernel::Home::new(411_002)?,
                elder: Uuid::from_u128(77),
                place: "411002001001".parse()?,
                kind: Kind::Elder,
                holder: "张桂英".into(),
                valid: TimeDelta::hours(24),
            };
            issued = accounts::issue_code(&tx, &web.state.blinder, new).await?.code;
            Ok(())
        })
        .await;
        let mut answers = Vec::new();
        for guess in 0..4 {
            let code = format!("123 456 789{guess}");
            answers.push(web.browser().post("/portal/enter", &[("code", &code)]).await.status);
        }
        assert_eq!(answers, [422, 422, 429, 429]);
        assert_eq!(web.browser().post("/portal/enter", &[("code", &issued)]).await.status, 303);
    }

    async fn an_outage_costs_nobody_a_try(test: TestDb) {
        let web = open(test).await;
        clerk(&web, "zhoumin").await;
        for away in ["accounts", "account_grants", "sessions"] {
            rename(&web, away, "away").await;
            for _ in 0..12 {
                assert!(sign_in(&mut web.browser(), "zhoumin", PASSWORD).await.0 >= 500, "{away}");
            }
            rename(&web, "away", away).await;
            assert_eq!(sign_in(&mut web.browser(), "zhoumin", "wrong wrong wrong").await.0, 422, "{away}");
            assert_eq!(sign_in(&mut web.browser(), "zhoumin", PASSWORD).await.0, 303, "{away}");
        }
    }

    async fn an_account_has_only_so_many_sessions_and_the_oldest_ends(test: TestDb) {
        let web = open(test).await;
        let account = clerk(&web, "zhoumin").await;
        let mut first = web.browser();
        sign_in(&mut first, "zhoumin", PASSWORD).await;
        for _ in 1..web.state.config.sessions {
            web.test.clock.advance(TimeDelta::seconds(1));
            sign_in(&mut web.browser(), "zhoumin", PASSWORD).await;
        }
        assert_eq!(first.get("/who").await.status, 200);
        web.test.clock.advance(TimeDelta::seconds(1));
        sign_in(&mut web.browser(), "zhoumin", PASSWORD).await;
        assert_eq!(first.get("/who").await.status, 303);
        let left = web::session::of_account(&web.test.db, account.id).await.unwrap();
        assert_eq!(left.len() as u64, web.state.config.sessions);
    }

    async fn a_board_that_fetches_by_itself_keeps_no_session_alive(test: TestDb) {
        let web = open(test).await;
        clerk(&web, "zhoumin").await;
        let mut browser = web.as_("zhoumin").await;
        for _ in 0..29 {
            web.test.clock.advance(TimeDelta::minutes(1));
            let fetch = browser.request(Method::GET, "/who").header("x-by-itself", "1").body(Body::empty());
            assert_eq!(browser.send(fetch).await.status, 200);
            let stream = browser.request(Method::GET, "/live").body(Body::empty());
            drop(browser.open(stream).await);
        }
        web.test.clock.advance(TimeDelta::minutes(1));
        assert_eq!(browser.get("/who").await.status, 303);
    }

    async fn a_read_does_not_wait_for_a_write_lock_that_somebody_holds(test: TestDb) {
        let web = open(test).await;
        clerk(&web, "zhoumin").await;
        let (mut browser, beside) = (web.as_("zhoumin").await, web.test.second().await);
        web.test.clock.advance(TimeDelta::minutes(2));
        let (held, free) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let lock = {
            let (held, free) = (held.clone(), free.clone());
            tokio::spawn(async move {
                let shell = Actor::cli("shell");
                let write = beside.write(Lane::Interactive, &shell, async |tx| {
                    use sea_orm::{ConnectionTrait, sea_query::Query};
                    tx.execute(&Query::update().table("sessions").value("agent", "locked").to_owned()).await?;
                    held.notify_one();
                    free.notified().await;
                    Ok(())
                });
                write.await
            })
        };
        held.notified().await;
        for _ in 0..3 {
            let read = tokio::time::timeout(std::time::Duration::from_secs(5), browser.get("/who")).await;
            assert_eq!(read.expect("the read waits").status, 200);
        }
        free.notify_one();
        lock.await.unwrap().unwrap();
    }

    async fn signing_out_clears_kept_pages_but_not_what_a_phone_has_not_sent(test: TestDb) {
        let web = open(test).await;
        clerk(&web, "zhoumin").await;
        let out = web.as_("zhoumin").await.post("/logout", &[]).await;
        assert_eq!(out.headers["clear-site-data"], "\"cache\"");
    }

    async fn a_password_with_its_own_login_in_it_is_refused(test: TestDb) {
        let web = open(test).await;
        let index = accounts::login_index(&web.state.blinder, "w.q77");
        let owner = accounts::Owner { words: Vec::new(), login: Some((&web.state.blinder, index)) };
        let check = |password: &str| accounts::Profile::Asvs.check(password, &owner);
        assert_eq!(check("lantern-W.Q77-osprey"), Err(accounts::Refusal::Guessable));
        assert_eq!(check("lantern-violin-osprey"), Ok(()));
    }

    async fn the_platform_may_ask_for_the_classified_profile(test: TestDb) {
        let config = Config { profile: accounts::Profile::Classified, ..Config::default() };
        let web = TestWeb::with(test, vec![room()], config, |state| state).await;
        clerk(&web, "zhoumin").await;
        let mut browser = web.as_("zhoumin").await;
        let new = "lantern violin osprey";
        let plain = browser.post("/account/password", &[("old", PASSWORD), ("new", new), ("again", new)]).await;
        assert_eq!(plain.status, 422);
        assert!(plain.text().contains("密码要有大写"), "{}", plain.text());
    }

    async fn what_an_administrator_resets_is_demo_no_more(test: TestDb) {
        let web = open(test).await;
        let account = clerk(&web, "zhoumin").await;
        assert!(account.demo);
        let hash = web.state.hashing().hash("staple under the bridge", web.state.ids()).await.unwrap();
        write(&web, async |tx| accounts::reset_password(&tx, &account, hash).await).await;
        assert!(!reread(&web, &account).await.demo);
        let mut browser = web.browser();
        sign_in(&mut browser, "zhoumin", "staple under the bridge").await;
        assert_eq!(browser.get("/who").await.location(), "/account");
    }

    async fn a_session_ends_when_idle_and_at_its_longest(test: TestDb) {
        let web = open(test).await;
        clerk(&web, "zhoumin").await;
        let mut browser = web.as_("zhoumin").await;
        web.test.clock.advance(TimeDelta::minutes(29));
        assert_eq!(browser.get("/who").await.status, 200);
        web.test.clock.advance(TimeDelta::minutes(29));
        assert_eq!(browser.get("/who").await.status, 200, "each request begins the idle time anew");
        web.test.clock.advance(TimeDelta::minutes(30));
        assert_eq!(browser.get("/who").await.status, 303);

        let mut busy = web.as_("zhoumin").await;
        for _ in 0..35 {
            web.test.clock.advance(TimeDelta::minutes(20));
            assert_eq!(busy.get("/who").await.status, 200);
        }
        web.test.clock.advance(TimeDelta::minutes(20));
        assert_eq!(busy.get("/who").await.status, 303, "twelve hours are over");
    }

    async fn a_password_change_ends_all_sessions_and_the_old_password(test: TestDb) {
        let web = open(test).await;
        clerk(&web, "zhoumin").await;
        let (mut here, mut there) = (web.as_("zhoumin").await, web.as_("zhoumin").await);
        let change = |old, new, again| [("old", old), ("new", new), ("again", again)];
        let new = "staple under the bridge";
        let wrong = here.post("/account/password", &change("not the old one", new, new)).await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.text().contains("现在的密码不对"));
        assert_eq!(here.post("/account/password", &change(PASSWORD, "123456789012", "123456789012")).await.status, 422);
        let changed = here.post("/account/password", &change(PASSWORD, new, new)).await;
        assert_eq!((changed.status, changed.location()), (303, "/login"));
        assert_eq!(here.get("/who").await.status, 303);
        assert_eq!(there.get("/who").await.status, 303);
        assert_eq!(sign_in(&mut web.browser(), "zhoumin", PASSWORD).await.0, 422);
        assert_eq!(sign_in(&mut web.browser(), "zhoumin", new).await.0, 303);
    }

    async fn a_disabled_account_is_out_at_once(test: TestDb) {
        let web = open(test).await;
        let account = clerk(&web, "zhoumin").await;
        let mut browser = web.as_("zhoumin").await;
        write(&web, async |tx| accounts::suspend(&tx, &account, "left").await).await;
        assert_eq!(browser.get("/who").await.status, 303);
        assert_eq!(browser.get("/api/v1/nothing").await.status, 404);
    }

    async fn signing_out_ends_the_session_also_for_a_stolen_cookie(test: TestDb) {
        let web = open(test).await;
        clerk(&web, "zhoumin").await;
        let mut browser = web.as_("zhoumin").await;
        let mut thief = browser.clone();
        let out = browser.post("/logout", &[]).await;
        assert_eq!((out.status, out.location()), (303, "/login"));
        assert!(out.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
        assert_eq!(thief.get("/who").await.status, 303);
    }

    async fn somebody_sees_their_devices_and_signs_one_out(test: TestDb) {
        let web = open(test).await;
        let account = clerk(&web, "zhoumin").await;
        let (mut here, mut lost) = (web.as_("zhoumin").await, web.as_("zhoumin").await);
        lost.get("/who").await;
        web.test.clock.advance(TimeDelta::minutes(2));
        let page = here.get("/account").await;
        assert_eq!(page.text().matches("退出这台设备").count(), 1);
        let devices = web::session::of_account(&web.test.db, account.id).await.unwrap();
        let other = devices.last().unwrap().id.to_string();
        assert_eq!(here.post("/account/sessions/end", &[("id", &other)]).await.status, 303);
        assert_eq!(lost.get("/who").await.status, 303);
        assert_eq!(here.get("/who").await.status, 200);
    }

    async fn a_session_acts_under_one_grant_and_switches_only_to_its_own(test: TestDb) {
        let web = open(test).await;
        let account = clerk(&web, "zhoumin").await;
        let mut town = Uuid::nil();
        write(&web, async |tx| {
            town = accounts::give(&tx, &account, grant(Role::TownClerk, "411002001")).await?;
            Ok(())
        })
        .await;
        let mut browser = web.as_("zhoumin").await;
        assert_eq!(browser.get("/who").await.text(), "zhoumin county_clerk@411002");
        assert_eq!(browser.post("/grant", &[("grant", &town.to_string())]).await.status, 303);
        assert_eq!(browser.get("/who").await.text(), "zhoumin town_clerk@411002001");
        let foreign = Uuid::from_u128(9).to_string();
        assert_eq!(browser.post("/grant", &[("grant", &foreign)]).await.status, 404);
        write(&web, async |tx| accounts::end_grant(&tx, &account, town).await).await;
        assert_eq!(browser.get("/who").await.status, 303, "an ended grant ends the sessions under it");
    }

    async fn staff_without_a_second_factor_must_set_one_and_each_code_works_once(test: TestDb) {
        let web = open(test).await;
        let account = clerk(&web, "zhoumin").await;
        not_demo(&web).await;
        let mut browser = web.as_("zhoumin").await;
        assert_eq!(browser.get("/who").await.location(), "/account");
        assert_eq!(browser.post("/do", &[]).await.status, 403);

        let enrolment = accounts::Enrolment::begin(&web.state.keys, &account).await.unwrap();
        let code = |web: &TestWeb| enrolment.code(web.state.clock().now()).unwrap();
        let prove = |code: &str| [("secret".to_owned(), enrolment.secret.clone()), ("code".to_owned(), code.to_owned())];
        let wrong = prove("000000");
        let wrong: Vec<_> = wrong.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(browser.post("/account/second-factor", &wrong).await.status, 422);
        let right = prove(&code(&web));
        let right: Vec<_> = right.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(browser.post("/account/second-factor", &right).await.location(), "/account");
        assert_eq!(browser.get("/who").await.status, 200);

        let enter = async |code: &str| {
            let fields = [("login", "zhoumin"), ("password", PASSWORD), ("code", code)];
            web.browser().post("/login", &fields).await.status
        };
        assert_eq!(enter("").await, 422);
        assert_eq!(enter(&code(&web)).await, 422, "the code that set it is used up");
        web.test.clock.advance(TimeDelta::seconds(60));
        let fresh = code(&web);
        assert_eq!(enter(&fresh).await, 303);
        assert_eq!(enter(&fresh).await, 422, "the same code a second time");
    }

    async fn a_one_use_code_lets_an_elder_in_once(test: TestDb) {
        let web = open(test).await;
        let elder = Uuid::from_u128(77);
        let code = |kind, holder: &str| accounts::PortalCode {
            home: kernel::Home::new(411_002).unwrap(),
            elder,
            place: "411002001001".parse().unwrap(),
            kind,
            holder: holder.into(),
            valid: TimeDelta::hours(24),
        };
        let mut issued = Vec::new();
        write(&web, async |tx| {
            for new in [code(Kind::Elder, "张桂英"), code(Kind::Elder, "张桂英"), code(Kind::Family, "张磊")] {
                issued.push(accounts::issue_code(&tx, &web.state.blinder, new).await?.code);
            }
            Ok(())
        })
        .await;
        let mut browser = web.browser();
        let entered = browser.post("/portal/enter", &[("code", &issued[0])]).await;
        assert_eq!((entered.status, entered.location()), (303, "/portal"));
        assert!(entered.headers["set-cookie"].to_str().unwrap().contains("Max-Age=7776000"));
        let first = browser.get("/who").await.text();
        assert_eq!(first, "张桂英 elder");
        assert_eq!(web.browser().post("/portal/enter", &[("code", &issued[0])]).await.status, 422, "used");
        assert_eq!(web.browser().post("/portal/enter", &[("code", "123 456 7890")]).await.status, 422, "unknown");
        let typed = issued[1].replace(' ', "-");
        assert_eq!(web.browser().post("/portal/enter", &[("code", &typed)]).await.status, 303, "the same elder again");
        let mut family = web.browser();
        family.post("/portal/enter", &[("code", &issued[2])]).await;
        assert_eq!(family.get("/who").await.text(), "张磊 family");
        let home = kernel::Home::new(411_002).unwrap();
        let entries = store::journal::after(&web.test.db, home, 0, 100).await.unwrap();
        let timeline = entries.iter().filter(|entry| entry.person == Some(elder));
        let kinds: Vec<_> = timeline.map(|entry| entry.kind.as_str()).collect();
        assert_eq!(kinds.iter().filter(|kind| **kind == "portal.code_used").count(), 3, "{kinds:?}");
    }

    async fn a_code_that_is_over_lets_nobody_in(test: TestDb) {
        let web = open(test).await;
        let mut code = String::new();
        write(&web, async |tx| {
            let new = accounts::PortalCode {
                home: kernel::Home::new(411_002)?,
                elder: Uuid::from_u128(77),
                place: "411002001001".parse()?,
                kind: Kind::Elder,
                holder: "张桂英".into(),
                valid: TimeDelta::hours(24),
            };
            code = accounts::issue_code(&tx, &web.state.blinder, new).await?.code;
            Ok(())
        })
        .await;
        web.test.clock.advance(TimeDelta::hours(24));
        assert_eq!(web.browser().post("/portal/enter", &[("code", &code)]).await.status, 422);
    }
}

fn request_id(answer: &web::testing::Answer) -> &str {
    answer.headers["x-request-id"].to_str().unwrap()
}
