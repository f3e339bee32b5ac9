//! Visits that a caregiver makes up: what she claims does not score, and times of which the platform knows better are not
//! believed.

use care::visits::{Flag, Visit, queries as visits};
use chrono::TimeDelta;
use serde_json::{Value, json};
use store::{blobs::Sm3, both};

use super::{phone::Phone, town::at};

/// A photo as a phone shrinks it.
fn jpeg() -> Vec<u8> {
    let noise = image::RgbImage::from_fn(60, 40, |x, y| image::Rgb([(x * 4) as u8, (y * 6) as u8, (x * y) as u8]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::ImageRgb8(noise).write_to(&mut bytes, image::ImageFormat::Jpeg).unwrap();
    bytes.into_inner()
}

async fn visit(phone: &Phone) -> Visit {
    visits::of_order(&phone.web.test.db, &phone.row().await).await.unwrap().unwrap()
}

/// The order's address in the API, taken by Sun at 14:00.
async fn taken(phone: &mut Phone) -> String {
    let address = format!("/api/v1/orders/{}", phone.order.key().unwrap());
    assert_eq!(phone.browser.post_json(&format!("{address}/take"), &json!({})).await.status, 200);
    phone.web.test.clock.set(at("2026-11-22T14:00"));
    address
}

fn with_photo(mut command: Value, sum: Sm3) -> Value {
    command["files"] = json!([sum.to_string()]);
    command["body"]["proofs"][1]["sm3"] = json!(sum.to_string());
    command
}

both! {
    async fn what_others_must_say_is_refused_from_a_caregiver(test: TestDb) {
        let mut phone = Phone::open(test).await;
        let order = taken(&mut phone).await;
        for kind in ["code", "face", "confirmation", "presence", "entered"] {
            let answer = phone.browser.post_json(&format!("{order}/check-in"), &json!({ "proofs": [{ "kind": kind }] })).await;
            assert_eq!((answer.status, answer.json()["code"].as_str()), (422, Some("order.not_their_proof")), "{kind}");
        }
        for proof in [
            json!({ "kind": "photo", "digest": "not-a-hash <script>" }),
            json!({ "kind": "photo" }),
            json!({ "kind": "position" }),
            json!({ "kind": "position", "longitude": 999.0, "latitude": 34.0, "accuracy_m": 9 }),
            json!({ "kind": "position", "longitude": 113.0, "latitude": 34.0, "accuracy_m": -9 }),
        ] {
            let answer = phone.browser.post_json(&format!("{order}/check-in"), &json!({ "proofs": [proof] })).await;
            assert_eq!((answer.status, answer.json()["code"].as_str()), (422, Some("order.proof_unreadable")), "{proof}");
        }
        let loose = json!({ "proofs": [{ "kind": "photo", "digest": Sm3::of(b"nothing").to_string() }] });
        let answer = phone.browser.post_json(&format!("{order}/check-in"), &loose).await;
        assert_eq!((answer.status, answer.json()["code"].as_str()), (409, Some("files.not_staged")));
        assert_eq!(phone.row().await.stage().unwrap(), care::orders::Stage::Taken);
    }

    async fn a_program_tells_of_now_alone_and_a_visit_of_a_moment_is_flagged(test: TestDb) {
        let mut phone = Phone::open(test).await;
        let order = taken(&mut phone).await;
        for made_at in ["2026-11-22T13:45:00+08:00", "2026-11-22T14:03:00+08:00", "2026-11-21T14:00:00+08:00"] {
            let answer = phone.browser.post_json(&format!("{order}/check-in"), &json!({ "made_at": made_at })).await;
            assert_eq!((answer.status, answer.json()["code"].as_str()), (422, Some("order.not_now")), "{made_at}");
        }
        let here = json!({ "proofs": [{ "kind": "position", "longitude": 113.8505, "latitude": 34.0302, "accuracy_m": 20 }] });
        assert_eq!(phone.browser.post_json(&format!("{order}/check-in"), &here).await.status, 200);
        phone.web.test.clock.advance(TimeDelta::seconds(1));
        assert_eq!(phone.browser.post_json(&format!("{order}/check-out"), &here).await.status, 200);
        let visit = visit(&phone).await;
        assert!(!visit.enough && visit.flags().contains(&Flag::Short) && visit.flags().contains(&Flag::ClaimedLate));
    }

    async fn a_photo_counts_when_it_is_here_and_not_before(test: TestDb) {
        let mut phone = Phone::open(test).await;
        let (content, sum) = (jpeg(), Sm3::of(&jpeg()));
        let queue = [phone.command(1, "order.accept", -5), with_photo(phone.command(2, "order.check_in", 5), sum), phone.command(3, "order.check_out", 65)];
        phone.web.test.clock.set(at("2026-11-22T19:00"));
        assert_eq!(phone.results(&queue).await, ["done", "done", "done"]);
        let told = visit(&phone).await;
        assert_eq!((told.strength, told.enough), (15, false), "two photos told, none here");
        assert_eq!(phone.piece(&content, sum).await, json!({ "received": content.len(), "complete": true }));
        assert_eq!((visit(&phone).await.strength, visit(&phone).await.version), (35, told.version + 1));
        assert_eq!(phone.piece(&content, sum).await["complete"], true);
        assert_eq!(visit(&phone).await.version, told.version + 1, "sent again it changes nothing");
    }

    async fn a_time_in_which_the_owner_was_heard_of_goes_to_a_person(test: TestDb) {
        let mut phone = Phone::open(test).await;
        let (arrive, leave) = (phone.command(2, "order.check_in", 5), phone.command(3, "order.check_out", 65));
        assert_eq!(phone.results(&[phone.command(1, "order.accept", -11)]).await, ["done"]);
        // Any request tells that she had a network: here a list, by another page than the phone's.
        for minute in (0..200).step_by(4) {
            phone.web.test.clock.set(at("2026-11-22T14:00") + TimeDelta::minutes(minute));
            assert_eq!(phone.browser.get("/api/v1/orders").await.status, 200);
        }
        // Prolonging the phone's time does not widen it.
        let again = phone.browser.post_json("/api/v1/devices", &json!({ "device": phone.device })).await;
        assert_eq!(again.status, 200);
        let doubtful = "refused command.time_doubtful";
        assert_eq!(phone.results(&[arrive, leave]).await, [doubtful, doubtful]);
        assert_eq!(phone.row().await.stage().unwrap(), care::orders::Stage::Taken);
        let mut dispatcher = phone.web.as_("dispatcher").await;
        let troubles = dispatcher.get("/api/v1/orders/troubles").await.json()["troubles"].clone();
        assert_eq!(troubles.as_array().unwrap().len(), 2, "both steps reach a person");
    }

    async fn after_one_sign_of_life_nothing_older_is_believed(test: TestDb) {
        let mut phone = Phone::open(test).await;
        let arrive = phone.command(2, "order.check_in", 5);
        assert_eq!(phone.results(&[phone.command(1, "order.accept", -11)]).await, ["done"]);
        phone.web.test.clock.set(at("2026-11-22T15:00"));
        assert_eq!(phone.browser.get("/api/v1/orders").await.status, 200);
        phone.web.test.clock.set(at("2026-11-22T17:00"));
        assert_eq!(phone.results(&[arrive]).await, ["refused command.time_doubtful"]);
    }

    async fn a_time_ahead_of_now_is_not_believed(test: TestDb) {
        let mut phone = Phone::open(test).await;
        let ahead = phone.command(2, "order.check_in", 65);
        assert_eq!(phone.results(&[phone.command(1, "order.accept", -11), ahead]).await, ["done", "refused command.time_doubtful"]);
    }

    async fn a_phone_whose_clock_was_reset_brings_both_steps_to_one_person_with_the_length(test: TestDb) {
        let mut phone = Phone::open(test).await;
        assert_eq!(phone.results(&[phone.command(1, "order.accept", -11)]).await, ["done"]);
        phone.web.test.clock.set(at("2026-11-22T16:00"));
        let (mut arrive, mut leave) = (phone.command(2, "order.check_in", 5), phone.command(3, "order.check_out", 65));
        (arrive["made_at"], leave["made_at"]) = (json!("2010-01-01T00:00:00Z"), json!("2010-01-01T01:05:00Z"));
        leave["body"]["lasted_ms"] = json!(65 * 60_000);
        let doubtful = "refused command.time_doubtful";
        assert_eq!(phone.results(&[arrive, leave]).await, [doubtful, doubtful]);
        assert_eq!(phone.row().await.stage().unwrap(), care::orders::Stage::Taken, "no time is made up");
        let mut dispatcher = phone.web.as_("dispatcher").await;
        let troubles = dispatcher.get("/api/v1/orders/troubles").await.json()["troubles"].clone();
        assert_eq!(troubles.as_array().unwrap().len(), 2);
        let key = troubles.as_array().unwrap().iter().find(|one| one["verb"] == "order.check_out").unwrap()["trouble"].as_str().unwrap().to_owned();
        let page = dispatcher.get(&format!("/orders/troubles/{key}")).await.text();
        assert!(page.contains("从签到到签退 65 分钟") && page.contains("2010"), "{page}");
        let entry = json!({ "from": "2026-11-22T14:05:00+08:00", "to": "2026-11-22T15:10:00+08:00", "grounds": "和陈秀云通过电话" });
        let entered = dispatcher.post_json(&format!("/api/v1/orders/troubles/{key}/enter"), &entry).await;
        assert_eq!((entered.status, entered.json()["stage"].as_str()), (200, Some("served")), "{}", entered.text());
        assert_eq!(dispatcher.get("/api/v1/orders/troubles").await.json()["troubles"], json!([]), "both are settled");
    }

    async fn a_clock_that_was_set_during_the_visit_is_told(test: TestDb) {
        let mut phone = Phone::open(test).await;
        let mut leave = phone.command(3, "order.check_out", 15);
        leave["body"]["lasted_ms"] = json!(65 * 60_000);
        phone.web.test.clock.set(at("2026-11-22T16:00"));
        let queue = [phone.command(1, "order.accept", -5), phone.command(2, "order.check_in", 5), leave];
        assert_eq!(phone.results(&queue).await, ["done", "done", "done"]);
        assert!(visit(&phone).await.flags().contains(&Flag::ClockMoved));
    }

    async fn a_position_of_three_hours_ago_proves_nothing_and_is_flagged(test: TestDb) {
        let mut phone = Phone::open(test).await;
        let mut arrive = phone.command(2, "order.check_in", 5);
        arrive["body"]["proofs"][0]["at"] = json!(at("2026-11-22T11:00"));
        phone.web.test.clock.set(at("2026-11-22T16:00"));
        assert_eq!(phone.results(&[phone.command(1, "order.accept", -5), arrive]).await, ["done", "done"]);
        assert_eq!((visit(&phone).await.strength, visit(&phone).await.flags()), (0, vec![Flag::NoCoordinates, Flag::Stale]));
    }
}
