//! What administrators do: organisations, their people, accounts; and what they cannot.

use kernel::{Role, Scope};
use registry::{accounts, workers};
use serde_json::{Value, json};
use store::{both, journal, testing::TestDb};
use uuid::Uuid;
use web::{
    accounts::{Kind, NewGrant},
    testing::{Answer, Browser, TestWeb, grant},
};

const OWN: &str = "52411002MJ0000A11D";
const RIVAL: &str = "91411002MA9RUAT03D";
const PASSWORD: &str = "correct horse battery";

/// A county with its administrator, the one next door, and two providers with theirs.
struct County {
    web: TestWeb,
    own: Uuid,
}

async fn founded(web: &TestWeb, name: &str, code: &str) -> Uuid {
    let new = json!({ "name": name, "kind": "home_care", "credit_code": code, "place": "411002001", "phone": "0374-2331234" });
    let made = web.as_("county").await.post_json_again("/api/v1/organisations", &new, code).await;
    assert_eq!(made.status, 201, "{}", made.text());
    serde_json::from_value(made.json()["id"].clone()).unwrap()
}

impl County {
    async fn open(test: TestDb) -> Self {
        let web = TestWeb::open(test, vec![registry::module()]).await;
        web.account("county", Kind::Staff, grant(Role::CountyAdmin, "411002")).await;
        web.account("next", Kind::Staff, grant(Role::CountyAdmin, "411003")).await;
        let own = founded(&web, "安颐居家", OWN).await;
        let rival = founded(&web, "康宁护理", RIVAL).await;
        for (login, id) in [("own", own), ("rival", rival)] {
            let of = NewGrant { place: None, organisation: Some(id), ..grant(Role::ProviderAdmin, "411002") };
            web.account(login, Kind::Staff, of).await;
        }
        Self { web, own }
    }

    async fn hired(&self, by: &str) -> Uuid {
        let path = format!("/api/v1/organisations/{}/workers", self.own);
        let made = self.web.as_(by).await.post_json(&path, &sun()).await;
        assert_eq!(made.status, 201, "{}", made.text());
        serde_json::from_value(made.json()["id"].clone()).unwrap()
    }

    /// Opens an account through the API.
    async fn opened(&self, by: &str, login: &str, post: &Value) -> Answer {
        let new = json!({ "login": login, "name": "高晓", "password": PASSWORD, "post": post });
        self.web.as_(by).await.post_json_again("/api/v1/accounts", &new, login).await
    }

    async fn dispatcher(&self) -> Uuid {
        let made = self.opened("own", "gaoxiao", &json!({ "role": "dispatcher", "organisation": self.own })).await;
        assert_eq!(made.status, 201, "{}", made.text());
        serde_json::from_value(made.json()["id"].clone()).unwrap()
    }

    async fn told(&self, subject: Uuid) -> Vec<String> {
        let home = kernel::Home::new(411_002).unwrap();
        let entries = journal::history(&self.web.test.db, home, subject).await.unwrap();
        entries.into_iter().map(|entry| entry.kind).collect()
    }
}

fn sun() -> Value {
    json!({ "name": "孙丽萍", "sex": 2, "phone": "13800006071", "cert_level": 4, "skills": [1, 2] })
}

fn code(answer: &Answer) -> String {
    answer.json()["code"].as_str().unwrap_or_default().to_owned()
}

/// The first password that a page tells.
fn first_password(page: &str) -> String {
    let rest = page.split_once(r#"id="first-password""#).unwrap_or_else(|| panic!("no password: {page}")).1;
    rest.split_once('>').unwrap().1.split_once('<').unwrap().0.to_owned()
}

async fn signs_in(web: &TestWeb, login: &str, password: &str) -> (Browser, Answer) {
    let mut browser = web.browser();
    let answer = browser.post("/login", &[("login", login), ("password", password), ("code", "")]).await;
    (browser, answer)
}

both! {
    async fn a_county_registers_a_provider_with_a_checked_credit_code_and_only_within_its_places(test: TestDb) {
        let county = County::open(test).await;
        let mut admin = county.web.as_("county").await;
        let form = |code: &'static str, place: &'static str| {
            [("name", "长者之家"), ("kind", "home_care"), ("credit_code", code), ("place", place), ("phone", "0374-2331234")]
        };
        for (code, place, said) in [
            ("52411002MJ0000A11E", "411002", "校验位不对"),
            ("5241", "411002", "18 位数字和大写字母"),
            (OWN, "411002", "已经登记给“安颐居家”"),
            ("914110021234567883", "411003", "登记地要在"),
        ] {
            let refused = admin.post("/organisations", &form(code, place)).await;
            assert!(refused.status == 422 || refused.status == 409, "{code}: {}", refused.status);
            assert!(refused.text().contains(said) && refused.text().contains("有误："), "{said}");
        }
        let made = admin.post("/organisations", &form("914110021234567883", "411002")).await;
        assert_eq!(made.status, 303);
        assert!(admin.get(made.location()).await.text().contains("914110021234567883"));
        let list = admin.get("/organisations?q=长者").await.text();
        assert!(list.contains("长者之家") && !list.contains("安颐居家"));
        assert_eq!(&admin.get("/organisations/export").await.body[..2], b"PK");
        let mut next = county.web.as_("next").await;
        assert!(!next.get("/organisations").await.text().contains("长者之家"));
        let nothing = next.get(&format!("/organisations/{}", Uuid::from_u128(9))).await.status;
        assert_eq!((next.get(made.location()).await.status, nothing), (404, 404));
        let own = county.web.as_("own").await.post("/organisations", &form("914110021234567883", "411002")).await;
        assert_eq!(own.status, 403, "a provider registers nobody");
    }

    async fn an_organisation_is_suspended_reopened_and_closed_and_each_step_is_journaled(test: TestDb) {
        let county = County::open(test).await;
        let (mut admin, path) = (county.web.as_("county").await, format!("/api/v1/organisations/{}", county.own));
        assert_eq!(admin.post_json(&format!("{path}/suspend"), &json!({})).await.json()["status"], "suspended");
        let hire = admin.post_json(&format!("{path}/workers"), &sun()).await;
        assert_eq!(code(&hire), "organisation.not_active");
        assert_eq!(code(&admin.post_json(&format!("{path}/suspend"), &json!({})).await), "organisation.moved");
        assert_eq!(admin.post_json(&format!("{path}/reopen"), &json!({})).await.json()["status"], "active");
        assert_eq!(county.told(county.own).await, ["organisation.founded", "organisation.turned", "organisation.turned"]);
        assert_eq!(county.web.as_("own").await.post_json(&format!("{path}/suspend"), &json!({})).await.status, 403);
        assert_eq!(county.web.as_("next").await.post_json(&format!("{path}/suspend"), &json!({})).await.status, 404);
    }

    async fn a_provider_keeps_its_own_people_and_nobody_elses(test: TestDb) {
        let county = County::open(test).await;
        let worker = county.hired("own").await;
        let path = format!("/organisations/{}/workers", county.own);
        let mut own = county.web.as_("own").await;
        let page = own.get(&format!("/organisations/{}", county.own)).await.text();
        assert!(page.contains("孙丽萍") && page.contains("4 级") && page.contains("开手机账号"));
        let fields = [("name", "孙丽萍"), ("sex", "2"), ("phone", "13800006071"), ("cert_level", "3"), ("place", "")];
        let refused = own.post(&format!("{path}/{worker}"), &fields).await;
        assert!(refused.status == 422 && refused.text().contains("至少选一类"));
        let with: Vec<_> = fields.into_iter().chain([("skills", "5")]).collect();
        assert_eq!(own.post(&format!("{path}/{worker}"), &with).await.status, 303);
        let row = workers::queries::get(&county.web.test.db, worker).await.unwrap();
        assert_eq!((row.cert_level, row.can(5), row.can(1), row.version), (Some(3), true, false, 2));
        assert_eq!(county.told(worker).await, ["worker.employed", "worker.revised"]);
        let mut rival = county.web.as_("rival").await;
        for status in [
            rival.get(&format!("{path}/{worker}")).await.status,
            rival.post(&format!("{path}/{worker}"), &with).await.status,
            rival.post(&format!("{path}/{worker}/leave"), &[]).await.status,
            rival.get(&format!("/api/v1{path}")).await.status,
        ] {
            assert_eq!(status, 404);
        }
        assert_eq!(&own.get(&format!("{path}/export")).await.body[..2], b"PK");
        assert_eq!(own.post(&format!("{path}/{worker}/leave"), &[]).await.status, 303);
        let today = county.web.test.db.clock().today();
        assert!(!workers::queries::works_for(&county.web.test.db, worker, county.own, today).await.unwrap());
    }

    async fn an_account_is_opened_with_a_password_that_is_told_once_and_must_be_changed(test: TestDb) {
        let county = County::open(test).await;
        let mut admin = county.web.as_("county").await;
        let fields = [("name", "周敏"), ("login", "zhoumin"), ("role", "town_clerk"), ("place", "西大街道"), ("unit", "西大街道办事处")];
        let opened = admin.post_again("/accounts", &fields, "once").await;
        assert_eq!((opened.status, opened.headers["cache-control"].to_str().unwrap()), (200, "no-store"), "{}", opened.text());
        let password = first_password(&opened.text());
        let again = admin.post_again("/accounts", &fields, "once").await;
        assert!(again.status == 409 && !again.text().contains(&password), "a second click is told no secret");
        let (mut browser, answer) = signs_in(&county.web, "zhoumin", &password).await;
        assert_eq!(answer.status, 303);
        assert_eq!(browser.get("/elders").await.location(), "/account", "password and second factor come first");
        let taken = admin.post("/accounts", &fields).await;
        assert!(taken.status == 409 && taken.text().contains("已经有人用了"));
        let elsewhere = [("name", "周敏"), ("login", "zhou2"), ("role", "town_clerk"), ("place", "411003001"), ("unit", "")];
        assert!(admin.post("/accounts", &elsewhere).await.text().contains("管理范围之内的街道"));
        let list = admin.get("/accounts?q=zhoumin").await.text();
        assert!(list.contains("周敏") && list.contains("还没登录过"), "found by the whole login");
        let dump = format!("{:?}", journal::heads(&county.web.test.db).await.unwrap());
        assert!(!dump.contains(&password));
    }

    async fn who_may_give_which_role(test: TestDb) {
        let county = County::open(test).await;
        let at = |role: &str| json!({ "role": role, "place": "411002" });
        let of = |role: &str| json!({ "role": role, "organisation": county.own });
        for (by, post, expected) in [
            ("county", at("county_clerk"), 201), ("county", at("county_admin"), 422), ("county", at("dispatcher"), 422),
            ("county", of("provider_admin"), 201), ("county", of("county_clerk"), 422), ("county", of("caregiver"), 422),
            ("own", of("dispatcher"), 201), ("own", of("provider_admin"), 422), ("own", at("county_clerk"), 422),
            ("rival", of("dispatcher"), 404), ("next", of("dispatcher"), 404),
        ] {
            let login = format!("{by}.{}", post["role"].as_str().unwrap()).replace('_', "-");
            let answer = county.opened(by, &login, &post).await;
            assert_eq!(answer.status, expected, "{by} {post}: {}", answer.text());
        }
    }

    async fn a_caregivers_account_comes_from_the_worker_and_ends_with_the_employment(test: TestDb) {
        let county = County::open(test).await;
        let worker = county.hired("county").await;
        let post = json!({ "organisation": county.own, "worker": worker });
        let made = county.opened("own", "sun", &post).await;
        assert_eq!((made.status, &made.json()["kind"], &made.json()["grants"][0]["role"]), (201, &json!("worker"), &json!("caregiver")));
        let account: Uuid = serde_json::from_value(made.json()["id"].clone()).unwrap();
        let stranger = json!({ "organisation": county.own, "worker": Uuid::from_u128(7) });
        assert_eq!(code(&county.opened("own", "sun2", &stranger).await), "worker.not_employed");
        let leave = format!("/api/v1/organisations/{}/workers/{worker}/leave", county.own);
        assert_eq!(county.web.as_("own").await.post_json(&leave, &json!({})).await.status, 200);
        let listed = accounts::queries::get(&county.web.test.db, &Scope::Grantee(county.own), account).await.unwrap();
        assert!(listed.roles_at(None).is_empty(), "the grant ended with the employment");
    }

    async fn a_suspended_account_is_out_at_once_with_its_phone_and_comes_back(test: TestDb) {
        let county = County::open(test).await;
        let worker = county.hired("own").await;
        let made = county.opened("own", "sun", &json!({ "organisation": county.own, "worker": worker })).await;
        let account: Uuid = serde_json::from_value(made.json()["id"].clone()).unwrap();
        let mut phone = county.web.as_("sun").await;
        let path = format!("/accounts/{account}");
        let mut own = county.web.as_("own").await;
        assert!(own.get(&path).await.text().contains("test"), "the sessions are listed");
        let unsaid = own.post(&format!("{path}/suspend"), &[]).await;
        assert!(unsaid.status == 422 && unsaid.text().contains("请选择原因"));
        assert_eq!(own.post(&format!("{path}/suspend"), &[("reason", "lost")]).await.status, 303);
        assert_eq!(phone.get("/account").await.location(), "/login?next=/account");
        assert_eq!(code(&own.post_json(&format!("/api/v1{path}/suspend"), &json!({ "reason": "lost" })).await), "raced");
        assert!(own.get("/accounts?state=suspended").await.text().contains("已停用"));
        assert_eq!(own.post(&format!("{path}/reactivate"), &[]).await.status, 303);
        assert_eq!(signs_in(&county.web, "sun", PASSWORD).await.1.status, 303);
        let reset = own.post(&format!("{path}/reset"), &[]).await;
        let password = first_password(&reset.text());
        assert_eq!(signs_in(&county.web, "sun", PASSWORD).await.1.status, 422);
        assert_eq!(signs_in(&county.web, "sun", &password).await.1.status, 303);
        let told = county.told(account).await;
        let done: Vec<_> = told.iter().filter(|kind| *kind != "account.signed_in").map(String::as_str).collect();
        assert_eq!(done, ["account.opened", "account.grant_given", "account.suspended", "account.reactivated", "account.password_reset"]);
    }

    async fn nobody_administers_themselves_those_above_or_other_units_people(test: TestDb) {
        let county = County::open(test).await;
        let account = county.dispatcher().await;
        let find = async |login: &str| {
            let found = county.web.as_("county").await.get(&format!("/api/v1/accounts?q={login}")).await.json();
            found["items"][0]["id"].as_str().unwrap().to_owned()
        };
        let (county_admin, own_admin) = (find("county").await, find("own").await);
        let suspend = async |by: &str, id: &str| {
            let path = format!("/api/v1/accounts/{id}/suspend");
            code(&county.web.as_(by).await.post_json(&path, &json!({ "reason": "left" })).await)
        };
        assert_eq!(suspend("county", &county_admin).await, "account.own");
        assert_eq!(suspend("own", &own_admin).await, "account.own");
        assert_eq!(suspend("own", &county_admin).await, "not_found");
        assert_eq!(suspend("rival", &account.to_string()).await, "not_found");
        assert_eq!(suspend("next", &account.to_string()).await, "not_found");
        assert!(county.web.as_("rival").await.get("/accounts").await.text().matches("高晓").count() == 0);
        // Shared with the county: the provider ends its own post only.
        let appoint = json!({ "post": { "role": "call_agent", "place": "411002" } });
        let path = format!("/api/v1/accounts/{account}");
        assert_eq!(county.web.as_("county").await.post_json(&format!("{path}/appoint"), &appoint).await.status, 200);
        assert_eq!(suspend("own", &account.to_string()).await, "account.shared");
        let seen = county.web.as_("own").await.get(&path).await.json();
        assert_eq!(seen["grants"].as_array().unwrap().len(), 1, "other units' posts are not the provider's business");
        let release = json!({ "grant": seen["grants"][0]["id"] });
        assert_eq!(county.web.as_("own").await.post_json(&format!("{path}/release"), &release).await.status, 200);
        assert_eq!(suspend("county", &own_admin).await, "", "the county keeps its providers' administrators");
    }

    async fn an_administrator_never_does_business_with_the_same_account(test: TestDb) {
        let county = County::open(test).await;
        let made = county.opened("county", "wang", &json!({ "role": "provider_admin", "organisation": county.own })).await;
        let path = format!("/api/v1/accounts/{}/appoint", made.json()["id"].as_str().unwrap());
        let mut admin = county.web.as_("county").await;
        let business = json!({ "post": { "role": "county_clerk", "place": "411002" } });
        assert_eq!(code(&admin.post_json(&path, &business).await), "account.duties_united");
        let twice = json!({ "post": { "role": "provider_admin", "organisation": county.own } });
        assert_eq!(code(&admin.post_json(&path, &twice).await), "account.already_given");
    }

    async fn a_list_is_paged_by_name(test: TestDb) {
        let county = County::open(test).await;
        for n in 0..27 {
            let made = county.opened("own", &format!("login{n}"), &json!({ "role": "dispatcher", "organisation": county.own })).await;
            assert_eq!(made.status, 201);
        }
        let mut own = county.web.as_("own").await;
        let first = own.get("/api/v1/accounts").await.json();
        let next = own.get(&format!("/api/v1/accounts?after={}", first["next"].as_str().unwrap())).await.json();
        assert_eq!((first["items"].as_array().unwrap().len(), next["items"].as_array().unwrap().len()), (25, 3), "with the administrator");
        assert!(next["next"].is_null());
    }
}
