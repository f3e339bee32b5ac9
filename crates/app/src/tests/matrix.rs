//! The permission matrix: every route, as nobody and as each role. What is expected stands in `tests/matrix.txt`, one
//! line a route, so that a new route is a change somebody reads.

use axum::http::Method;
use kernel::Role;
use store::{Lane, both};
use web::{
    accounts::{Kind, NewGrant},
    routes::{Access, RouteRow},
    testing::{Browser, TestWeb, grant},
    tokens::{self, NewToken},
};

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tests/matrix.txt");

/// The roles that sign in.
const ROLES: [Role; 11] = [
    Role::CityOfficer,
    Role::CountyClerk,
    Role::TownClerk,
    Role::VillageClerk,
    Role::CountyAdmin,
    Role::CallAgent,
    Role::ProviderAdmin,
    Role::Dispatcher,
    Role::Caregiver,
    Role::Elder,
    Role::Family,
];

fn kind(role: Role) -> Kind {
    match role {
        Role::Caregiver => Kind::Worker,
        Role::Elder => Kind::Elder,
        Role::Family => Kind::Family,
        _ => Kind::Staff,
    }
}

/// A grant of a role somewhere, as real ones look.
fn somewhere(role: Role) -> NewGrant {
    let plain = grant(role, "411002");
    let id = uuid::Uuid::from_u128;
    match role {
        Role::CityOfficer => grant(role, "4110"),
        Role::TownClerk => grant(role, "411002001"),
        Role::VillageClerk => grant(role, "411002001001"),
        Role::ProviderAdmin | Role::Dispatcher => NewGrant { organisation: Some(id(1)), ..plain },
        Role::Caregiver => NewGrant { organisation: Some(id(1)), worker: Some(id(2)), ..plain },
        _ => plain,
    }
}

/// A row as the file has it: `GET /elders/{key} | view_elders: county_clerk town_clerk …`.
fn line(row: &RouteRow) -> String {
    let who = match row.access {
        Access::Public => "public".to_owned(),
        Access::Unfinished => "signed in, also unfinished".to_owned(),
        Access::SignedIn => "signed in".to_owned(),
        Access::Needs(action) => {
            let roles = ROLES.iter().filter(|role| role.may(action)).map(|role| role.code());
            format!("{action:?}: {}", roles.collect::<Vec<_>>().join(" "))
        }
    };
    format!("{:<5} {} | {who}", row.method.as_str(), row.path)
}

/// The path with keys of nothing that is there.
fn concrete(path: &str) -> String {
    let parts = path.split('/').map(|part| match part {
        "{key}" => "411002-aaaaaaaaaaaaaaaaaaaaaaaaaa",
        "{*path}" | "{file}" => "nothing",
        "{place}" => "411002",
        part if part.starts_with('{') => "00000000-0000-0000-0000-000000000000",
        part => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

async fn ask(browser: &mut Browser, row: &RouteRow) -> u16 {
    let path = concrete(row.path);
    match (&row.method, path.starts_with("/api/")) {
        (&Method::GET, _) => browser.get(&path).await.status,
        (_, true) => browser.post_json(&path, &serde_json::json!({})).await.status,
        (_, false) => browser.post(&path, &[]).await.status,
    }
}

/// A stream never ends, so it is not read here; its own tests do.
fn is_stream(row: &RouteRow) -> bool {
    row.path == "/live"
}

#[tokio::test]
async fn the_table_of_routes_is_the_one_in_the_repository() {
    let test = store::testing::TestDb::open(store::Engine::Sqlite).await;
    let web = TestWeb::open(test, crate::rooms::all()).await;
    let mut lines: Vec<_> = web.house.rows.iter().map(line).collect();
    lines.sort();
    let now = lines.join("\n") + "\n";
    if std::env::var_os("SANGYU_UPDATE").is_some() {
        std::fs::write(TABLE, &now).unwrap();
    }
    let kept = std::fs::read_to_string(TABLE).unwrap_or_default();
    assert!(
        now == kept,
        "matrix.txt is not what is served; look at the change, then SANGYU_UPDATE=1 cargo test -p app\n{now}"
    );
}

/// Every closed route shuts whoever has no session out.
async fn nobody_comes_in(web: &TestWeb) {
    for row in web.house.rows.iter().filter(|row| row.access != Access::Public && !is_stream(row)) {
        let status = ask(&mut web.browser(), row).await;
        assert!(matches!(status, 401 | 403 | 303), "{} answers nobody with {status}", line(row));
    }
}

/// A role comes in where it may and nowhere else.
async fn comes_in_where_it_may(web: &TestWeb, role: Role, browser: &Browser) {
    for row in web.house.rows.iter().filter(|row| !is_stream(row) && row.path != "/logout") {
        let Access::Needs(action) = row.access else { continue };
        let status = ask(&mut browser.clone(), row).await;
        if role.may(action) {
            assert!(!matches!(status, 401 | 403 | 500..), "{} answers {role:?} with {status}", line(row));
        } else {
            assert_eq!(status, 403, "{} lets {role:?} in", line(row));
        }
    }
}

both! {
    async fn nobody_comes_in_without_a_session(test: TestDb) {
        nobody_comes_in(&TestWeb::open(test, crate::rooms::all()).await).await;
    }

    async fn each_role_comes_in_where_it_may_and_nowhere_else(test: TestDb) {
        let web = TestWeb::open(test, crate::rooms::all()).await;
        for role in ROLES {
            web.account(role.code(), kind(role), somewhere(role)).await;
            comes_in_where_it_may(&web, role, &web.as_(role.code()).await).await;
        }
    }

    async fn the_table_holds_right_after_a_restart_for_whoever_was_signed_in(test: TestDb) {
        let mut web = TestWeb::open(test, crate::rooms::all()).await;
        let mut browsers = Vec::new();
        for role in ROLES {
            web.account(role.code(), kind(role), somewhere(role)).await;
            browsers.push((role, web.as_(role.code()).await));
        }
        web.restart(crate::rooms::all()).await;
        nobody_comes_in(&web).await;
        for (role, mut browser) in browsers {
            browser.reach(&web);
            comes_in_where_it_may(&web, role, &browser).await;
        }
    }

    async fn a_token_comes_in_where_its_role_may_and_nowhere_else(test: TestDb) {
        let web = TestWeb::open(test, crate::rooms::all()).await;
        let (blinder, by) = (web.state.blinder.clone(), web.test.operator());
        let role = Role::CountyClerk;
        let new = NewToken { name: "exchange".into(), grant: somewhere(role), valid: chrono::TimeDelta::days(30) };
        let made = web.test.db.write(Lane::Jobs, &by, async |tx| tokens::make(&tx, &blinder, new).await).await.unwrap();
        for row in web.house.rows.iter().filter(|row| row.path.starts_with("/api/")) {
            let Access::Needs(action) = row.access else { continue };
            let mut browser = web.browser();
            let request = browser.request(row.method.clone(), &concrete(row.path));
            let request = request.header("authorization", format!("Bearer {}", made.secret));
            let request = request.header("content-type", "application/json").header("idempotency-key", row.path);
            let status = browser.send(request.body(axum::body::Body::from("{}"))).await.status;
            if role.may(action) {
                assert!(!matches!(status, 401 | 403 | 500..), "{} answers a token with {status}", line(row));
            } else {
                assert_eq!(status, 403, "{} lets a token of {role:?} in", line(row));
            }
        }
    }
}
