//! The price book as a county keeps it: history, preview, enactment; and what was ordered before.

use care::{
    catalogue,
    orders::{
        actions::{self, Placing},
        queries,
    },
};
use kernel::{Fen, Scope};
use serde_json::{Value, json};
use store::{Lane, both, journal};

use super::town::{Town, agent, at, bath, office};

/// The national book with a bath at another price, as JSON.
fn dearer(yuan: i64) -> Value {
    let mut book = catalogue::national();
    book.items.iter_mut().find(|item| item.code == "bath").unwrap().price_fen = Fen::yuan(yuan);
    json!(book.items)
}

fn code(answer: &web::testing::Answer) -> String {
    answer.json()["code"].as_str().unwrap_or_default().to_owned()
}

both! {
    async fn a_new_price_holds_for_new_orders_and_touches_no_older_one(test: TestDb) {
        let town = Town::open(test).await;
        let before = town.placed().await;
        let day_of_service = |day: &str| Placing {
            window: (at(&format!("{day}T14:00")), at(&format!("{day}T16:00"))), ..bath(2)
        };
        let tomorrow = town.place(&day_of_service("2026-11-22")).await.unwrap();
        let web = office(town).await;
        let mut admin = web.as_("admin").await;
        let enacted = admin.post_json("/api/v1/prices", &json!({ "valid_from": "2026-11-23", "items": dearer(150) })).await;
        assert_eq!(enacted.status, 201, "{}", enacted.text());
        let place = async |placing: Placing| {
            web.test.db.write(Lane::Interactive, &agent(), async |tx| actions::place(&tx, &placing).await).await.unwrap()
        };
        let after = place(day_of_service("2026-11-23")).await;
        let still = place(Placing { item: "bath-bed".into(), ..day_of_service("2026-11-22") }).await;
        assert_eq!((before.price_fen, tomorrow.price_fen, after.price_fen), (12_000, 12_000, 15_000));
        assert_eq!(json!(after.rulebook), enacted.json()["id"]);
        assert_eq!((still.rulebook, before.rulebook), (tomorrow.rulebook, tomorrow.rulebook));
        let kept = queries::get(&web.test.db, &Scope::whole(), before.key().unwrap()).await.unwrap();
        assert_eq!((kept.price_fen, kept.rulebook, kept.version), (12_000, before.rulebook, before.version));
        let told = journal::history(&web.test.db, kernel::Home::new(411_002).unwrap(), after.rulebook).await.unwrap();
        assert_eq!(told.iter().map(|entry| entry.kind.as_str()).collect::<Vec<_>>(), ["rulebook.enacted"]);
    }

    async fn a_book_is_edited_looked_through_and_signed(test: TestDb) {
        let web = office(Town::open(test).await).await;
        let mut admin = web.as_("admin").await;
        assert!(admin.get("/prices").await.text().contains("全国默认价目"));
        let form = admin.get("/prices/edit").await.text();
        assert!(form.contains("name=\"code-0\"") && form.contains("特困 100%；低保 80%"));
        let faulty = admin.post("/prices/preview", &[("from", "2026-11-22"), ("code-0", "bath"), ("name-0", "助浴"), ("price-0", "贵")]).await;
        assert!(faulty.status == 422 && faulty.text().contains("有误：") && faulty.text().contains("value=\"贵\""));
        let line = [
            ("from", "2026-11-22"), ("code-0", "bath"), ("name-0", "助浴"), ("sub_item-0", "102"), ("unit-0", "visit"),
            ("minutes-0", "60"), ("least-0", "40"), ("price-0", "150"), ("subsidies-0", "特困 100%；低保 80%；边缘 50%；失能 40%；失独 80%"), ("proof-0", "confirmation"),
        ];
        let preview = admin.post("/prices/preview", &line).await;
        assert_eq!(preview.status, 200, "{}", preview.text());
        let page = preview.text();
        assert!(page.contains("120.00") && page.contains("150.00") && page.contains("不再提供"), "the other lines go");
        let book = json!(catalogue::PriceBook { items: serde_json::from_value(dearer(150)).unwrap() }).to_string();
        let signed = admin.post("/prices", &[("from", "2026-11-22"), ("book", &book)]).await;
        assert_eq!((signed.status, signed.location()), (303, "/prices"));
        let history = admin.get("/prices").await.text();
        assert!(history.contains("admin") && history.contains("还没到期") && history.contains("正在用"));
        let again = admin.post("/prices", &[("from", "2026-11-22"), ("book", &book)]).await;
        assert!(again.status == 422 && again.text().contains("没有要改的"));
        assert_eq!(admin.post("/prices", &[("from", "2026-11-22"), ("book", "{")]).await.status, 422);
        let back = admin.post("/prices/edit", &[("from", "2026-11-25"), ("book", &book)]).await;
        assert!(back.text().contains("value=\"150.00\"") && back.text().contains("value=\"2026-11-25\""));
    }

    async fn a_book_never_reaches_back_overlaps_or_undercuts_what_is_set_above(test: TestDb) {
        let web = office(Town::open(test).await).await;
        let mut admin = web.as_("admin").await;
        let enact = async |admin: &mut web::testing::Browser, day: &str, items: Value| {
            code(&admin.post_json("/api/v1/prices", &json!({ "valid_from": day, "items": items })).await)
        };
        assert_eq!(enact(&mut admin, "2026-11-21", dearer(150)).await, "prices.too_early");
        assert_eq!(enact(&mut admin, "2026-12-01", json!([])).await, "prices.empty");
        assert_eq!(enact(&mut admin, "2026-12-01", json!(catalogue::national().items)).await, "prices.unchanged");
        let mut stingy = dearer(150);
        for item in stingy.as_array_mut().unwrap() {
            item["subsidies"] = json!([]);
        }
        assert_eq!(enact(&mut admin, "2026-12-01", stingy).await, "rulebook.undercuts");
        assert_eq!(enact(&mut admin, "2026-12-01", dearer(150)).await, "");
        assert_eq!(enact(&mut admin, "2026-11-25", dearer(160)).await, "rulebook.overlap");
        assert_eq!(enact(&mut admin, "2026-12-05", dearer(160)).await, "");
        let versions = admin.get("/api/v1/prices").await.json();
        let until: Vec<_> = versions.as_array().unwrap().iter().map(|version| version["valid_until"].clone()).collect();
        assert_eq!(until, [json!(null), json!("2026-12-04"), json!(null)]);
    }

    async fn a_countys_book_is_its_own(test: TestDb) {
        let web = office(Town::open(test).await).await;
        let mut admin = web.as_("admin").await;
        let made = admin.post_json("/api/v1/prices", &json!({ "valid_from": "2026-12-01", "items": dearer(150) })).await.json();
        let path = format!("/prices/{}", made["id"].as_str().unwrap());
        assert!(admin.get(&path).await.text().contains("150.00"));
        assert_eq!(&admin.get(&format!("{path}/export")).await.body[..2], b"PK");
        let mut next = web.as_("next").await;
        let nothing = next.get("/prices/00000000-0000-0000-0000-000000000009").await.status;
        assert_eq!((next.get(&path).await.status, next.get(&format!("/api/v1{path}")).await.status, nothing), (404, 404, 404));
        assert_eq!(next.get("/api/v1/prices").await.json().as_array().unwrap().len(), 1, "the nation's only");
        assert_eq!(web.as_("clerk").await.get("/prices").await.status, 403);
    }
}
