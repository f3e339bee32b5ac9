//! What the browser loads: style sheets, scripts and the icon sprite of `assets/dist`, embedded in the binary and
//! served under `/assets/` with the content's hash in the name, so that browsers keep them for good.

use axum::{
    Router,
    body::Body,
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};

mod embedded {
    //! The table that build.rs makes.
    use super::File;
    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
}

/// One embedded file.
struct File {
    /// The name that templates use, `app.css`.
    name: &'static str,
    /// The name in the address, `app-2f3080b939.css`.
    hashed: &'static str,
    /// The bytes.
    plain: &'static [u8],
    /// The same, gzipped.
    packed: &'static [u8],
}

/// The address of an embedded file: `app.css` → `/assets/app-2f3080b939.css`. A name that does not exist gives an
/// address that answers 404 and that [`crate::check`] rejects.
#[must_use]
pub fn asset(name: &str) -> String {
    let hashed = file(name).map_or(name, |file| file.hashed);
    format!("/assets/{hashed}")
}

/// The bytes of an embedded file, for routes that must serve it under a name of their own (a service worker).
#[must_use]
pub fn bytes(name: &str) -> Option<&'static [u8]> {
    file(name).map(|file| file.plain)
}

/// Whether the sprite holds this icon (`assets/icons.txt`).
#[must_use]
pub fn has_icon(name: &str) -> bool {
    embedded::ICONS.contains(&name)
}

/// Whether an address under `/assets/` is served.
pub(crate) fn is_served(address: &str) -> bool {
    address.strip_prefix("/assets/").is_some_and(|hashed| embedded::FILES.iter().any(|file| file.hashed == hashed))
}

/// Serves `/assets/{file}`.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/assets/{file}", get(serve))
}

fn file(name: &str) -> Option<&'static File> {
    embedded::FILES.iter().find(|file| file.name == name)
}

pub(crate) async fn serve(Path(hashed): Path<String>, headers: HeaderMap) -> Response {
    let Some(file) = embedded::FILES.iter().find(|file| file.hashed == hashed) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let accepts = |headers: &HeaderMap| headers.get(header::ACCEPT_ENCODING)?.to_str().ok().map(|v| v.contains("gzip"));
    let packed = accepts(&headers).unwrap_or(false) && file.packed.len() < file.plain.len();
    let mut response = Response::new(Body::from(if packed { file.packed } else { file.plain }));
    let set = response.headers_mut();
    set.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(content_type(file.name)));
    set.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("public, max-age=31536000, immutable"));
    set.insert(header::VARY, header::HeaderValue::from_static("accept-encoding"));
    if packed {
        set.insert(header::CONTENT_ENCODING, header::HeaderValue::from_static("gzip"));
    }
    response
}

/// The media type of an embedded file, by its ending.
#[must_use]
pub fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use tower::ServiceExt;

    use super::*;

    async fn get(address: &str, encoding: &str) -> Response {
        let request = Request::get(address).header("accept-encoding", encoding).body(Body::empty()).unwrap();
        routes::<()>().oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn a_style_sheet_is_kept_for_a_year_and_comes_packed_to_those_who_ask() {
        let response = get(&asset("app.css"), "gzip, br").await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/css; charset=utf-8");
        assert_eq!(response.headers()["cache-control"], "public, max-age=31536000, immutable");
        assert_eq!(response.headers()["content-encoding"], "gzip");
        assert!(!get(&asset("app.css"), "identity").await.headers().contains_key("content-encoding"));
    }

    #[tokio::test]
    async fn an_old_or_unknown_name_is_not_there() {
        for address in ["/assets/app-0000000000.css", "/assets/..%2fCargo.toml", "/assets/app.css"] {
            assert_eq!(get(address, "").await.status(), StatusCode::NOT_FOUND, "{address}");
        }
    }

    /// interface.md item 8: elder ≤ 60 KB, phone ≤ 150 KB, staff list ≤ 250 KB gzipped, half of it left for the page.
    #[test]
    fn what_each_door_loads_leaves_room_for_the_page() {
        let packed = |names: &[&str]| names.iter().map(|name| file(name).unwrap().packed.len()).sum::<usize>();
        assert!(packed(&["portal.css", "portal.js", "icons.svg", "mark.svg"]) < 30_000);
        assert!(packed(&["phone.css", "icons.svg", "mark.svg"]) < 75_000);
        assert!(packed(&["app.css", "app.js", "icons.svg", "mark.svg"]) < 125_000);
    }
}
