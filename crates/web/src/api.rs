//! The description of the JSON API (OpenAPI 3.1), put together from the rooms' parts and served to whoever asks.

use axum::{
    http::{HeaderValue, header},
    response::IntoResponse as _,
};
use kernel::Result;
use utoipa::openapi::{
    InfoBuilder, OpenApi, OpenApiBuilder,
    security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
};

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
    let either = ["session", "token"].map(|scheme| SecurityRequirement::new(scheme, [] as [&str; 0]));
    api.security = Some(either.into());
    api
}

pub(crate) fn routes(api: &OpenApi) -> Result<Routes> {
    let text = bytes::Bytes::from(api.to_pretty_json()?);
    let show = move || {
        let text = text.clone();
        async move { ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], text).into_response() }
    };
    Ok(Routes::new("web").get(ADDRESS, Access::Public, show))
}
