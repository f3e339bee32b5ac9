//! The headers that every answer carries.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::base_map::BaseMap;

/// What a page may load: its own origin only; photos of the phone before upload are `blob:`, the icons inside our
/// style sheet are `data:`, and the pictures of a base map come from where the settings say.
#[must_use]
pub fn content_security_policy(base_map: Option<&BaseMap>) -> HeaderValue {
    let pictures = base_map.and_then(BaseMap::origin).map(|origin| format!(" {origin}")).unwrap_or_default();
    let policy = format!(
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:{pictures}; connect-src \
         'self'; font-src 'self'; worker-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; form-action \
         'self'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'self'"))
}

const ALWAYS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
    ),
];

/// Two years, as browsers' preload lists ask; told over TLS only.
const STRICT_TRANSPORT: &str = "max-age=63072000; includeSubDomains";

/// Puts them on an answer. Answers hold personal data, so nothing is stored unless the handler says so.
pub fn put(headers: &mut HeaderMap, policy: &HeaderValue, tls: bool, request_id: &str) {
    headers.insert(header::CONTENT_SECURITY_POLICY, policy.clone());
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if tls {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(STRICT_TRANSPORT));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert("x-request-id", id);
    }
}
