//! The rules of rosters as a county keeps them: history, form, enactment; who may, and from when on they hold.

use care::roster::{RosterRules, gather};
use kernel::Region;
use serde_json::{Value, json};
use store::{both, journal};

use super::town::{Town, office};

/// The fields of the form as it comes, with some changed.
fn filled(form: &str, changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut sent = Vec::new();
    for input in form.split("<input ").skip(1) {
        let input = &input[..input.find('>').unwrap()];
        let part = |name: &str| {
            input.split_once(&format!("{name}=\"")).map(|(_, rest)| rest[..rest.find('"').unwrap()].to_owned())
        };
        let is_off = input.contains("type=\"checkbox\"") && !input.contains("checked");
        if let (Some(name), false) = (part(" name").or_else(|| part("name")), is_off) {
            sent.push((name, part("value").unwrap_or_default()));
        }
    }
    for (name, value) in changes {
        sent.iter_mut().filter(|(key, _)| key == name).for_each(|(_, old)| *old = (*value).to_owned());
    }
    sent.retain(|(name, _)| {
        name == "from" || name.contains('_') && name != "form_key" || name.contains('.') || name == "weekdays"
    });
    sent
}

fn pairs(sent: &[(String, String)]) -> Vec<(&str, &str)> {
    sent.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

both! {
    async fn a_county_signs_rules_that_hold_from_their_day_on(test: TestDb) {
        let web = office(Town::open(test).await).await;
        let mut admin = web.as_("admin").await;
        assert!(admin.get("/roster/rules").await.text().contains("用的是平台默认的"));
        let form = admin.get("/roster/rules/edit").await.text();
        let sent = filled(&form, &[("from", "2026-11-25"), ("weights.late", "3.5"), ("ebike_m", "200"), ("closes_mins", "17:30")]);
        let done = admin.post("/roster/rules", &pairs(&sent)).await;
        assert_eq!((done.status, done.location()), (303, "/roster/rules"), "{}", done.text());
        let place: Region = "411002".parse().unwrap();
        let on = async |day: &str| gather::norms(&web.test.db, place, day.parse().unwrap()).await.unwrap();
        let (before, after) = (on("2026-11-24").await, on("2026-11-25").await);
        assert_eq!(before, (RosterRules::default(), "default".to_owned()));
        assert_eq!((after.0.weights.late, after.0.ebike_m, after.0.closes_mins, after.0.weekdays), (3.5, 200.0, 17 * 60 + 30, 127));
        let told = journal::history(&web.test.db, kernel::Home::new(411_002).unwrap(), after.1.parse().unwrap()).await.unwrap();
        assert_eq!(told.iter().map(|entry| entry.kind.as_str()).collect::<Vec<_>>(), ["rulebook.enacted"]);
        let history = admin.get("/roster/rules").await.text();
        assert!(history.contains("2026-11-25") && history.contains("3 项") && history.contains("还没到期"), "{history}");
        let shown = admin.get(&format!("/roster/rules/{}", after.1)).await.text();
        assert!(shown.contains("17:30") && shown.contains("18:00"), "the norm and our own");
    }

    async fn what_is_wrong_is_told_at_its_field_and_nothing_typed_is_lost(test: TestDb) {
        let web = office(Town::open(test).await).await;
        let mut admin = web.as_("admin").await;
        let form = admin.get("/roster/rules/edit").await.text();
        let refused = async |admin: &mut web::testing::Browser, changes: &[(&str, &str)]| {
            let answer = admin.post("/roster/rules", &pairs(&filled(&form, changes))).await;
            (answer.status, answer.text())
        };
        let (status, page) = refused(&mut admin, &[("walk_m", "很慢"), ("opens_mins", "19:00")]).await;
        assert!(status == 422 && page.contains("有误：") && page.contains("value=\"很慢\"") && page.contains("20 到 200"), "{page}");
        let (status, page) = refused(&mut admin, &[("opens_mins", "19:00")]).await;
        assert!(status == 422 && page.contains("下班要晚于上班"));
        let (status, page) = refused(&mut admin, &[("from", "2026-11-21")]).await;
        assert!(status == 422 && page.contains("新规则最早从 2026-11-22 起生效"), "{page}");
        let (status, page) = refused(&mut admin, &[]).await;
        assert!(status == 422 && page.contains("和现在的规则一样"));
        assert!(admin.get("/roster/rules").await.text().contains("用的是平台默认的"), "nothing was enacted");
    }

    async fn rules_of_another_county_are_answered_as_for_nothing(test: TestDb) {
        let web = office(Town::open(test).await).await;
        let mut admin = web.as_("admin").await;
        let form = admin.get("/roster/rules/edit").await.text();
        admin.post("/roster/rules", &pairs(&filled(&form, &[("walk_m", "70")]))).await;
        let place: Region = "411002".parse().unwrap();
        let (_, id) = gather::norms(&web.test.db, place, "2026-12-01".parse().unwrap()).await.unwrap();
        let mut next = web.as_("next").await;
        let nothing = next.get("/roster/rules/00000000-0000-0000-0000-000000000009").await.status;
        assert_eq!((next.get(&format!("/roster/rules/{id}")).await.status, nothing), (404, 404));
        assert_eq!(next.get(&format!("/roster/rules/edit?of={id}")).await.status, 404);
        assert!(!next.get("/roster/rules").await.text().contains(&id));
        let mut clerk = web.as_("clerk").await;
        assert_eq!(clerk.get("/roster/rules").await.status, 403);
        assert_eq!(clerk.post("/roster/rules", &pairs(&filled(&form, &[("walk_m", "60")]))).await.status, 403);
    }

    async fn what_the_form_does_the_interface_does_too(test: TestDb) {
        let web = office(Town::open(test).await).await;
        let mut admin = web.as_("admin").await;
        let at = "/api/v1/roster/rules";
        assert_eq!(admin.get(at).await.json(), json!([]));
        let sent = |rules: Value| json!({ "valid_from": "2026-11-25", "rules": rules });
        let made = admin.post_json(at, &sent(json!({ "ebike_m": 200, "weights": { "late": 3.5 } }))).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let made = made.json();
        assert_eq!((&made["valid_from"], &made["differs"], &made["place"]), (&json!("2026-11-25"), &json!(2), &json!(411_002_000_000_i64)));
        let place: Region = "411002".parse().unwrap();
        let (rules, id) = gather::norms(&web.test.db, place, "2026-11-25".parse().unwrap()).await.unwrap();
        assert_eq!((rules.ebike_m, rules.weights.late, made["id"].as_str()), (200.0, 3.5, Some(id.as_str())));
        let one = admin.get(&format!("{at}/{id}")).await.json();
        assert_eq!(one["rules"], json!(rules));
        let all = admin.get(at).await.json();
        assert_eq!((all.as_array().unwrap().len(), &all[0]["rules"]), (1, &Value::Null));
        let again = admin.post_json(at, &sent(one["rules"].clone())).await;
        assert_eq!(again.status, 422, "{}", again.text());
        let wrong = admin.post_json(at, &sent(json!({ "ebike": 200, "walk_m": 1 }))).await;
        let told = wrong.text();
        assert!(wrong.status == 422 && told.contains("ebike") && told.contains("walk_m"), "{told}");
        let mut next = web.as_("next").await;
        let nothing = next.get(&format!("{at}/00000000-0000-0000-0000-000000000009")).await.status;
        assert_eq!((next.get(&format!("{at}/{id}")).await.status, nothing, next.get(at).await.json()), (404, 404, json!([])));
        let mut clerk = web.as_("clerk").await;
        assert_eq!((clerk.get(at).await.status, clerk.post_json(at, &sent(json!({}))).await.status), (403, 403));
    }
}
