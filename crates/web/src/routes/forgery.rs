//! A write must come from a page of ours: its origin is checked, and in a session its token too.

use std::pin::Pin;

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderName, header},
};
use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use hyper::body::Body as _;
use kernel::Result;
use subtle::ConstantTimeEq as _;

use super::{Access, RouteRow};
use crate::{
    accounts::Refusal,
    edge::{Client, problem},
    session::Session,
    state::AppState,
};

/// The form field that carries the session's token; in a multipart form it stands before any file.
pub const CSRF_FIELD: &str = "csrf";
/// The form field that carries the form's one-use key; in a multipart form it stands right after the token.
pub const FORM_KEY_FIELD: &str = "form_key";
/// The header that carries the token of scripts.
pub const CSRF_HEADER: HeaderName = HeaderName::from_static("x-csrf-token");

/// How much of a multipart body may stand before its first two fields end.
const PEEK: usize = 16 * 1024;

/// The hidden values that a form carried, for the replay.
#[derive(Clone, Debug, Default)]
pub(super) struct Carried {
    csrf: Option<String>,
    pub(super) form_key: Option<String>,
}

/// Passes a request that came from a page of ours; the hidden values of a form go into its extensions.
pub(super) async fn checked(row: &RouteRow, state: &AppState, request: Request) -> Result<Request> {
    let client = request.extensions().get::<Client>().copied();
    if !is_own_origin(request.headers(), state.config.origin.as_deref(), client.is_some_and(|client| client.tls)) {
        return Err(Refusal::Foreign.into());
    }
    let Some(session) = request.extensions().get::<Session>().cloned() else { return Ok(request) };
    if session.by_token {
        return Ok(request);
    }
    let in_header = request.headers().get(CSRF_HEADER).and_then(|token| token.to_str().ok()).map(str::to_owned);
    let (mut request, carried) = carried(request).await?;
    let token = in_header.or_else(|| carried.csrf.clone());
    request.extensions_mut().insert(carried);
    // What everybody may post (the sign-in, the language) needs no token: a page left open in another tab still works.
    let needed = row.access != Access::Public;
    let right = token.is_some_and(|token| bool::from(token.as_bytes().ct_eq(session.row.csrf.as_bytes())));
    if right || !needed { Ok(request) } else { Err(Refusal::StaleForm.into()) }
}

/// Whether browser and platform agree that the request comes from a page of ours. Browsers send `Origin` with every
/// write; a program without `Origin` and `Sec-Fetch-Site` carries no cookies by accident.
fn is_own_origin(headers: &HeaderMap, configured: Option<&str>, tls: bool) -> bool {
    let value = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let site = value(HeaderName::from_static("sec-fetch-site"));
    if site.is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return false;
    }
    let Some(origin) = value(header::ORIGIN) else { return !headers.contains_key(header::ORIGIN) };
    match (configured, value(header::HOST)) {
        (Some(configured), _) => origin == configured.trim_end_matches('/'),
        (None, Some(host)) => origin == format!("{}://{host}", if tls { "https" } else { "http" }),
        (None, None) => false,
    }
}

/// Reads the hidden values of a form and gives the request back whole.
async fn carried(request: Request) -> Result<(Request, Carried)> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/x-www-form-urlencoded") {
        let (parts, body) = request.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.map_err(|_| problem::too_large())?;
        let found = urlencoded(&bytes);
        return Ok((Request::from_parts(parts, Body::from(bytes)), found));
    }
    let Some(boundary) = boundary(kind) else { return Ok((request, Carried::default())) };
    let (parts, body) = request.into_parts();
    let (head, rest) = peek(body, &boundary).await?;
    let found = multipart(&head, &boundary);
    let whole = futures::stream::iter([Ok(head)]).chain(rest.into_data_stream());
    Ok((Request::from_parts(parts, Body::from_stream(whole)), found))
}

fn urlencoded(body: &[u8]) -> Carried {
    let value = |name: &str| plain_pairs(body).into_iter().find_map(|(key, value)| (key == name).then_some(value));
    Carried { csrf: value(CSRF_FIELD), form_key: value(FORM_KEY_FIELD) }
}

/// The pairs of a form. Tokens and keys are ASCII, so a pair with anything else stays out.
fn plain_pairs(body: &[u8]) -> Vec<(String, String)> {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter_map(|(key, value)| Some((plain(key)?, plain(value)?))).collect()
}

/// A text without its percent signs; none when it is not ASCII.
fn plain(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(next) = rest.next() {
        let read = match next {
            '%' => {
                let (high, low) = (rest.next()?.to_digit(16)?, rest.next()?.to_digit(16)?);
                char::from_u32(high * 16 + low)?
            }
            '+' => ' ',
            other => other,
        };
        plain.push(Some(read).filter(char::is_ascii)?);
    }
    Some(plain)
}

fn boundary(kind: &str) -> Option<String> {
    let parameters = kind.strip_prefix("multipart/form-data")?;
    let boundary = parameters.split(';').find_map(|parameter| parameter.trim().strip_prefix("boundary="))?;
    Some(boundary.trim_matches('"').to_owned())
}

/// The beginning of a multipart body up to the end of its second field, and the rest.
async fn peek(mut body: Body, boundary: &str) -> Result<(Bytes, Body)> {
    let (mut head, delimiter) = (BytesMut::new(), format!("--{boundary}"));
    while count(&head, delimiter.as_bytes()) < 3 && head.len() < PEEK {
        match std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
            Some(Ok(frame)) => head.extend_from_slice(frame.data_ref().map_or(&[], |data| data)),
            Some(Err(_)) => return Err(problem::too_large().into()),
            None => break,
        }
    }
    Ok((head.freeze(), body))
}

fn count(bytes: &[u8], of: &[u8]) -> usize {
    bytes.windows(of.len()).filter(|window| *window == of).count()
}

fn multipart(head: &[u8], boundary: &str) -> Carried {
    let text = String::from_utf8_lossy(head);
    let value = |name: &str| {
        let wanted = format!("name=\"{name}\"");
        text.split(&format!("--{boundary}")).find_map(|part| {
            let (headers, value) = part.split_once("\r\n\r\n")?;
            let is_it = headers.contains(&wanted) && !headers.contains("filename");
            is_it.then(|| value.trim_end_matches("\r\n").to_owned())
        })
    };
    Carried { csrf: value(CSRF_FIELD), form_key: value(FORM_KEY_FIELD) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(pairs: &[(&'static str, &str)], configured: Option<&str>, tls: bool) -> bool {
        let headers = pairs.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
        is_own_origin(&headers.collect(), configured, tls)
    }

    #[test]
    fn only_our_own_origin_passes() {
        let host = ("host", "sangyu.example");
        assert!(own(&[host, ("origin", "http://sangyu.example")], None, false));
        assert!(own(&[host, ("origin", "https://sangyu.example")], None, true));
        assert!(own(&[host, ("origin", "https://public.example")], Some("https://public.example/"), false));
        assert!(own(&[host], None, true), "a program without a browser");
        for foreign in ["https://evil.example", "null", "http://sangyu.example.evil.example", "http://sangyu.example"] {
            assert!(!own(&[host, ("origin", foreign)], None, true), "{foreign}");
        }
        assert!(!own(&[host, ("sec-fetch-site", "cross-site")], None, true));
        assert!(!own(&[host, ("sec-fetch-site", "same-site")], None, true));
    }

    fn form(kind: &str, body: Vec<&'static str>) -> Request {
        let chunks = futures::stream::iter(body.into_iter().map(Ok::<_, std::io::Error>));
        Request::post("/").header("content-type", kind).body(Body::from_stream(chunks)).unwrap()
    }

    async fn read(request: Request) -> (Carried, Bytes) {
        let (request, carried) = carried(request).await.unwrap();
        (carried, to_bytes(request.into_body(), usize::MAX).await.unwrap())
    }

    #[tokio::test]
    async fn the_hidden_values_are_found_and_the_body_stays_whole() {
        let kind = "application/x-www-form-urlencoded";
        let (carried, body) = read(form(kind, vec!["csrf=a-b_1&name=%E5%BC%A0&form", "_key=k1"])).await;
        assert_eq!((carried.csrf.as_deref(), carried.form_key.as_deref()), (Some("a-b_1"), Some("k1")));
        assert_eq!(body, "csrf=a-b_1&name=%E5%BC%A0&form_key=k1");
        assert_eq!(read(form(kind, vec!["csrf=a%2Db%5F1&x=%"])).await.0.csrf.as_deref(), Some("a-b_1"));
    }

    #[tokio::test]
    async fn a_file_is_streamed_on_behind_its_hidden_values() {
        let parts = [
            "--xyz\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nto",
            "ken\r\n--xyz\r\nContent-Disposition: form-data; name=\"form_key\"\r\n\r\nk1\r\n--xy",
            "z\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nrows\r\n--xyz--\r\n",
        ];
        let (carried, body) = read(form("multipart/form-data; boundary=xyz", parts.to_vec())).await;
        assert_eq!((carried.csrf.as_deref(), carried.form_key.as_deref()), (Some("token"), Some("k1")));
        assert_eq!(body, parts.concat());
    }

    #[tokio::test]
    async fn a_file_that_calls_itself_a_token_is_none() {
        let body = "--xyz\r\nContent-Disposition: form-data; name=\"csrf\"; filename=\"a\"\r\n\r\ntoken\r\n--xyz--\r\n";
        let (carried, _) = read(form("multipart/form-data; boundary=xyz", vec![body])).await;
        assert_eq!(carried.csrf, None);
    }
}
