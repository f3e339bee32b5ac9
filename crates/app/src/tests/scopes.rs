//! Who sees what is there: every route with a key, with a real elder and a real order behind it, asked from the own
//! place, the places around it, the provider and its rival. What is not yours is not there: the same answer as for a key
//! of nothing, to the byte but for the request's id.

use axum::http::Method;
use care::{
    catalogue,
    orders::{
        Channel,
        actions::{self, Placing},
    },
};
use chrono::TimeDelta;
use kernel::{Acting, Actor, CreditCode, Principal, Role, Scope};
use registry::{
    elders::{
        file::{Details, File},
        import, queries,
    },
    organisations::{self, Kind as OrganisationKind},
};
use store::{Lane, both};
use uuid::Uuid;
use web::{
    accounts::{Kind, NewGrant},
    routes::{Access, RouteRow},
    testing::{Answer, Browser, TestWeb, grant},
};

pub(super) const VILLAGE: &str = "411002001001";
const NOTHING: &str = "411002-aaaaaaaaaaaaaaaaaaaaaaaaaa";

/// A town with one elder, one order with a provider, and a rival.
pub(super) struct Town {
    pub(super) web: TestWeb,
    pub(super) elder: String,
    pub(super) order: String,
}

/// Who asks, under which grant, and whether the elder and the order are theirs to see.
pub(super) struct Asker {
    login: &'static str,
    grant: NewGrant,
    sees_elder: bool,
    sees_order: bool,
}

async fn provider(web: &TestWeb, village: &str, name: &str, code: &str) -> Uuid {
    let new = organisations::New {
        place: village.parse().unwrap(),
        name: name.into(),
        kind: OrganisationKind::HomeCare,
        credit_code: CreditCode::parse(code).unwrap(),
        phone: "0374-2331234".into(),
        parent: None,
    };
    let founded =
        web.test.db.write(Lane::Bulk, &web.test.operator(), async |tx| organisations::found(&tx, new).await).await;
    founded.unwrap().id
}

fn person(village: &str) -> File {
    File {
        name: "陈秀云".into(),
        sex: 2,
        birth_on: "1942-03-05".parse().unwrap(),
        cert_kind: 1,
        cert_number: "411002194203050021".into(),
        mobile: Some("13800006071".into()),
        landline: None,
        place: village.parse().unwrap(),
        living: 1,
        tags: 0,
        details: Details { address: "榆园 3 号楼".into(), ..Details::default() },
    }
}

pub(super) async fn town(test: store::testing::TestDb) -> (Town, Vec<Asker>) {
    town_at(test, VILLAGE).await
}

/// The town in a village of one's own choice.
pub(super) async fn town_at(test: store::testing::TestDb, village: &str) -> (Town, Vec<Asker>) {
    let hang_in = |state: web::state::AppState| state.with(crate::rooms::guests());
    let web = TestWeb::with(test, crate::rooms::all(), web::state::Config::default(), hang_in).await;
    let (db, operator) = (web.test.db.clone(), web.test.operator());
    import::enrol(&db, &web.state.keys, &operator, [person(village)]).await.unwrap();
    let elder = queries::list(&db, &Scope::whole(), &queries::Filter::default(), None, 1).await.unwrap().remove(0);
    let own = provider(&web, village, "安颐居家", "52411002MJ0000A11D").await;
    let rival = provider(&web, village, "康宁护理", "91411002MA9RUAT03D").await;
    let (today, now) = (db.clock().today(), db.clock().now());
    let book = catalogue::national();
    let item = book.items[0].code.clone();
    db.write(Lane::Bulk, &operator, async |tx| catalogue::enact(&tx, None, today, &book).await).await.unwrap();
    let county = village.parse::<kernel::Region>().unwrap().at(kernel::Level::County);
    let acting = Acting { place: county, ..Acting::of(Role::CallAgent) };
    let agent = Actor { principal: Principal::Account(Uuid::from_u128(1)), name: "刘畅".into(), acting };
    let placing = Placing {
        elder: elder.key().unwrap(),
        item,
        window: (now + TimeDelta::days(1), now + TimeDelta::days(1) + TimeDelta::hours(1)),
        channel: Channel::Phone,
        provider: Some(own),
        note: None,
    };
    let order = db.write(Lane::Bulk, &agent, async |tx| actions::place(&tx, &placing).await).await.unwrap();
    let (elder, order) = (elder.key().unwrap().to_string(), order.key().unwrap().to_string());
    (Town { web, elder, order }, askers(own, rival))
}

fn askers(own: Uuid, rival: Uuid) -> Vec<Asker> {
    let staff =
        |login, role, place, sees| Asker { login, grant: grant(role, place), sees_elder: sees, sees_order: sees };
    let serves = |login, organisation, sees| Asker {
        login,
        grant: NewGrant { organisation: Some(organisation), ..grant(Role::Dispatcher, "411002") },
        // By relation: the elder whom it serves, through the routes that a provider may use.
        sees_elder: sees,
        sees_order: sees,
    };
    vec![
        staff("own county", Role::CountyClerk, "411002", true),
        staff("own town", Role::TownClerk, "411002001", true),
        staff("own village", Role::VillageClerk, VILLAGE, true),
        staff("own centre", Role::CallAgent, "411002", true),
        staff("city above", Role::CityOfficer, "4110", true),
        staff("sibling county", Role::CountyClerk, "411003", false),
        staff("sibling town", Role::TownClerk, "411002002", false),
        staff("sibling village", Role::VillageClerk, "411002001002", false),
        staff("sibling centre", Role::CallAgent, "411003", false),
        staff("other city", Role::CityOfficer, "4111", false),
        serves("own provider", own, true),
        serves("rival", rival, false),
        Asker { login: "other elder", grant: grant(Role::Elder, VILLAGE), sees_elder: false, sees_order: false },
    ]
}

/// Reads of one elder or one order, by their path; the portal speaks of orders. The roster's keys are of plans and the
/// circle's of sitings, whose own tests ask the same.
fn keyed(rows: &[RouteRow]) -> impl Iterator<Item = (&RouteRow, bool)> {
    let of_case = |row: &&RouteRow| {
        row.path.contains("{key}") && ["/roster/", "/circle/"].iter().all(|part| !row.path.contains(part))
    };
    rows.iter().filter(|row| row.method == Method::GET).filter(of_case).map(|row| {
        let is_order = row.path.contains("/orders/{key}") || row.path.starts_with("/portal/");
        (row, is_order)
    })
}

fn may(row: &RouteRow, role: Role) -> bool {
    match row.access {
        Access::Needs(action) => role.may(action),
        _ => true,
    }
}

/// The address of a route for a key, with the question that some routes cannot do without.
fn address(row: &RouteRow, key: &str) -> String {
    let question = if row.path.ends_with("/unmask") { "?what=cert" } else { "" };
    row.path.replace("{key}", key) + question
}

/// Status, and the body without the request's own id.
async fn answer(browser: &Browser, path: &str) -> (u16, String) {
    let mut browser = browser.clone();
    let Answer { status, headers, body } = browser.get(path).await;
    let id = headers.get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or("-").to_owned();
    (status, String::from_utf8_lossy(&body).replace(&id, "ID").replace(path, "PATH"))
}

/// What is the asker's is there; what is not answers as nothing would.
async fn sees_its_own_alone(town: &Town, asker: &Asker, browser: &Browser) {
    let role = asker.grant.role;
    for (row, is_order) in keyed(&town.web.house.rows).filter(|(row, _)| may(row, role)) {
        let (key, sees) = if is_order { (&town.order, asker.sees_order) } else { (&town.elder, asker.sees_elder) };
        let real = answer(browser, &address(row, key)).await;
        if sees {
            assert!(matches!(real.0, 200 | 303 | 403 | 409 | 422), "{} {}: {}", asker.login, row.path, real.0);
        } else {
            let nothing = answer(browser, &address(row, NOTHING)).await;
            // 403 only where the door itself is shut to the asker (staff at the portal), whatever the key.
            assert!(matches!(real.0, 403 | 404), "{} {}: {}", asker.login, row.path, real.0);
            assert_eq!(real, nothing, "{} {}: tells that it is there", asker.login, row.path);
        }
    }
}

async fn signed_in(web: &TestWeb, asker: &Asker) -> Browser {
    let kind = if asker.grant.role == Role::Elder { Kind::Elder } else { Kind::Staff };
    web.account(asker.login, kind, asker.grant.clone()).await;
    web.as_(asker.login).await
}

both! {
    async fn what_is_yours_is_there_and_what_is_not_is_nowhere(test: TestDb) {
        let (town, askers) = town(test).await;
        for asker in askers {
            sees_its_own_alone(&town, &asker, &signed_in(&town.web, &asker).await).await;
        }
    }

    async fn it_is_so_right_after_a_restart(test: TestDb) {
        let (mut town, askers) = town(test).await;
        let mut browsers = Vec::new();
        for asker in &askers {
            browsers.push(signed_in(&town.web, asker).await);
        }
        town.web.restart(crate::rooms::all()).await;
        for (asker, mut browser) in askers.iter().zip(browsers) {
            browser.reach(&town.web);
            sees_its_own_alone(&town, asker, &browser).await;
        }
    }

    async fn sixty_four_at_once_see_no_more_than_one_by_one(test: TestDb) {
        let (town, _) = town(test).await;
        town.web.account("own", Kind::Staff, grant(Role::CountyClerk, "411002")).await;
        town.web.account("sibling", Kind::Staff, grant(Role::CountyClerk, "411003")).await;
        let (own, sibling) = (town.web.as_("own").await, town.web.as_("sibling").await);
        let path = format!("/api/v1/elders/{}", town.elder);
        let asked = (0..64).map(|n| {
            let (browser, path) = (if n % 2 == 0 { own.clone() } else { sibling.clone() }, path.clone());
            tokio::spawn(async move { answer(&browser, &path).await.0 })
        });
        for (n, asked) in asked.collect::<Vec<_>>().into_iter().enumerate() {
            assert_eq!(asked.await.unwrap(), if n % 2 == 0 { 200 } else { 404 });
        }
    }
}
