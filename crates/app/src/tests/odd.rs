//! Odd values for every parameter of every route, on both engines: refused in words, or taken, but never a fault.

use std::collections::BTreeSet;

use axum::http::Method;
use kernel::Role;
use serde_json::{Value, json};
use store::both;
use web::{
    accounts::Kind,
    routes::{Access, RouteRow},
    testing::{Browser, TestWeb, grant},
};

/// What one engine cannot keep, and what no calendar reckons with.
const ODD: [&str; 4] = ["a\0", "-262143-01-01", "+262142-12-31", "-4714-11-24T00:00:00Z"];

/// Parameters of pages, which no description names.
const OF_PAGES: &str = "q name tag state day date from until month week year at to back next after before sort size born_by born_from place \
    town village county organisation worker grant account role unit label kind item reason why note text remark code code-0 name-0 \
    price-0 password login old new again secret holder valid days window_start window_end start end made_at minutes group x y verb \
    elder phone cert address contact key id version purpose title lines";

fn described(api: &Value) -> BTreeSet<String> {
    fn walk(value: &Value, names: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                names.extend(
                    fields.get("properties").and_then(Value::as_object).into_iter().flat_map(|all| all.keys().cloned()),
                );
                if fields.contains_key("in") {
                    names.extend(fields.get("name").and_then(Value::as_str).map(str::to_owned));
                }
                fields.values().for_each(|field| walk(field, names));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, names)),
            _ => {}
        }
    }
    let mut names = BTreeSet::new();
    walk(api, &mut names);
    names
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// The path with keys of nothing that is there, or with an odd value for each of its parameters.
fn path(row: &RouteRow, odd: Option<&str>) -> String {
    let parts = row.path.split('/').map(|part| match (part, odd) {
        (part, Some(odd)) if part.starts_with('{') => encoded(odd),
        ("{key}", None) => "411002-aaaaaaaaaaaaaaaaaaaaaaaaaa".to_owned(),
        ("{place}", None) => "411002".to_owned(),
        (part, None) if part.starts_with('{') => "00000000-0000-0000-0000-000000000000".to_owned(),
        (part, _) => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("/")
}

async fn ask(browser: &mut Browser, row: &RouteRow, names: &BTreeSet<String>, odd: &str) -> Vec<u16> {
    let value = encoded(odd);
    let query: Vec<String> = names.iter().map(|name| format!("{}={value}", encoded(name))).collect();
    if row.method == Method::GET {
        let all = browser.get(&format!("{}?{}", path(row, None), query.join("&"))).await.status;
        return vec![all, browser.get(&path(row, Some(odd))).await.status];
    }
    let place = path(row, None);
    if row.path.starts_with("/api/") {
        let body: Value = names.iter().map(|name| (name.clone(), json!(odd))).collect::<serde_json::Map<_, _>>().into();
        let nested = json!({ "commands": [body], "proofs": [body], "lines": [body], "post": body });
        return vec![browser.post_json(&place, &body).await.status, browser.post_json(&place, &nested).await.status];
    }
    let fields: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), odd)).collect();
    vec![browser.post(&place, &fields).await.status]
}

both! {
    async fn no_value_of_any_parameter_is_answered_500(test: TestDb) {
        let web = TestWeb::open(test, crate::rooms::all()).await;
        let mut names = described(&serde_json::to_value(&web.house.api).unwrap());
        names.extend(OF_PAGES.split_whitespace().map(str::to_owned));
        web.account("clerk", Kind::Staff, grant(Role::CountyClerk, "411002")).await;
        web.account("admin", Kind::Staff, grant(Role::CountyAdmin, "411002")).await;
        let [mut clerk, mut admin] = [web.as_("clerk").await, web.as_("admin").await];
        let out = |row: &RouteRow| matches!(row.path, "/live" | "/logout" | "/grant");
        for row in web.house.rows.iter().filter(|row| !out(row)) {
            let administers = matches!(row.access, Access::Needs(action) if !Role::CountyClerk.may(action));
            let browser = if administers { &mut admin } else { &mut clerk };
            for odd in ODD {
                let answers = ask(browser, row, &names, odd).await;
                assert!(answers.iter().all(|status| *status < 500), "{} {}: {odd:?}: {answers:?}", row.method, row.path);
            }
        }
    }
}

#[tokio::test]
async fn the_description_says_the_words_of_the_wire() {
    let test = store::testing::TestDb::open(store::Engine::Sqlite).await;
    let web = TestWeb::open(test, crate::rooms::all()).await;
    let api = serde_json::to_value(&web.house.api).unwrap();
    let schemas = api["components"]["schemas"].as_object().unwrap();
    for (name, schema) in schemas {
        for word in schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let is_ours = word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
            assert!(is_ours, "{name} is described as “{word}”");
        }
    }
    assert!(schemas["Stage"]["enum"].as_array().unwrap().contains(&json!("placed")));
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let told = operation["responses"].as_object().unwrap();
            let wanted: &[&str] = &["400", "401", "403", "422", "429", "503"];
            let of_writes: &[&str] = if method == "post" { &["408", "413", "415"] } else { &[] };
            for status in wanted.iter().chain(of_writes) {
                let response = told.get(*status).unwrap_or(&Value::Null);
                let shared = response["$ref"].as_str().and_then(|to| api.pointer(to.trim_start_matches('#')));
                let problem = &shared.unwrap_or(response)["content"]["application/problem+json"];
                assert!(problem.is_object(), "{method} {path} tells nothing of {status}");
            }
        }
    }
}
