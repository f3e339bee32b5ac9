//! The description of the JSON API (OpenAPI 3.1), put together from the rooms' parts and served to whoever asks.

use axum::{
    http::{HeaderValue, header},
    response::IntoResponse as _,
};
use kernel::Result;
use utoipa::{
    PartialSchema as _, ToSchema as _,
    openapi::{
        Content, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, ResponseBuilder,
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
    },
};

use crate::edge::problem::{Document, Wrong};
use crate::routes::{Access, Routes};

/// Where the description is served.
pub(crate) const ADDRESS: &str = "/api/v1/openapi.json";

/// One description of all rooms.
#[must_use]
pub fn assembled(parts: Vec<OpenApi>) -> OpenApi {
    let info = InfoBuilder::new()
        .title("Sangyu 桑榆")
        .version("v1")
        .description(Some(
            "Problems are RFC 9457 documents. Writes need the header Idempotency-Key, and with a session cookie \
             X-CSRF-Token; programs send a token as Bearer instead. What is not visible answers 404.",
        ))
        .build();
    let mut api = OpenApiBuilder::new().info(info).build();
    for part in parts {
        api.merge(part);
    }
    let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("__Host-session")));
    let components = api.components.get_or_insert_default();
    components.add_security_scheme("session", cookie);
    components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    tell_failures(&mut api);
    let either = ["session", "token"].map(|scheme| SecurityRequirement::new(scheme, [] as [&str; 0]));
    api.security = Some(either.into());
    api
}

/// How any operation may be answered beside what its room says: status, name, meaning, and whether only one that writes.
const FAILURES: [(&str, &str, &str, bool); 9] = [
    ("400", "Unreadable", "What was sent cannot be read", false),
    ("401", "SignedOut", "Nobody is signed in, or the token is wrong", false),
    ("403", "NotAllowed", "The role does not include this", false),
    ("408", "TooSlow", "The body came too slowly", true),
    ("413", "TooLarge", "The body is too large", true),
    ("415", "NotJson", "The body is not JSON", true),
    ("422", "Invalid", "A value is wrong: a control character, a day outside 1900–2200, or what `errors` names", false),
    ("429", "TooOften", "Too often, or too much at once", false),
    ("503", "Busy", "Busy; nothing was done, try again", false),
];

/// Tells of each operation how it may fail, and that a failure is a problem document.
fn tell_failures(api: &mut OpenApi) {
    let components = api.components.get_or_insert_default();
    components.schemas.insert(Document::name().into_owned(), Document::schema());
    components.schemas.insert(Wrong::name().into_owned(), Wrong::schema());
    for (_, name, meaning, _) in FAILURES {
        let response = ResponseBuilder::new().description(meaning).content("application/problem+json", problem());
        components.responses.insert(name.to_owned(), response.build().into());
    }
    for item in api.paths.paths.values_mut() {
        for (operation, writes) in [(item.get.as_mut(), false), (item.post.as_mut(), true)] {
            let Some(operation) = operation else { continue };
            let told = &mut operation.responses.responses;
            for (status, name, _, _) in FAILURES.into_iter().filter(|(.., of_writes)| writes || !of_writes) {
                told.entry(status.to_owned()).or_insert_with(|| Ref::from_response_name(name).into());
            }
            let failures = told.iter_mut().filter(|(status, _)| status.starts_with(['4', '5']));
            for (_, response) in failures {
                if let RefOr::T(response) = response {
                    response.content.entry("application/problem+json".to_owned()).or_insert_with(|| problem().into());
                }
            }
        }
    }
}

fn problem() -> Content {
    Content::new(Some(Ref::from_schema_name(Document::name())))
}

pub(crate) fn routes(api: &OpenApi) -> Result<Routes> {
    let text = bytes::Bytes::from(api.to_pretty_json()?);
    let show = move || {
        let text = text.clone();
        async move { ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], text).into_response() }
    };
    Ok(Routes::new("web").get(ADDRESS, Access::Public, show))
}
