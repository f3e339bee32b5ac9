//! The HTTP client: one pool of connections to one address; each request is counted and timed.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{
    HeaderMap, Method, Request, StatusCode, Uri,
    header::{self, HeaderName},
};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use kernel::Result;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use serde_json::Value;
use tokio::sync::Semaphore;

use super::{
    Refusal,
    book::Book,
    turn::{Played, Turn},
};

/// Requests on their way at once; a browser's tabs together make no more.
const AT_ONCE: usize = 24;
/// Longer than the platform itself lets a request take.
const PATIENCE: Duration = Duration::from_secs(70);

/// The way to a platform.
pub(super) struct Wire {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    url: String,
    seats: Semaphore,
    book: Arc<Book>,
    /// Who signs in waits for the one before: attempts that run count as failed until they succeed.
    pub(super) sign_in: tokio::sync::Mutex<()>,
}

/// What is asked.
pub(super) struct Ask<'a> {
    /// What it is for, in the summary.
    pub(super) label: &'static str,
    pub(super) method: Method,
    pub(super) path: &'a str,
    pub(super) headers: Vec<(HeaderName, String)>,
    pub(super) body: Bytes,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) label: &'static str,
    pub(super) status: u16,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    pub(super) fn header(&self, name: HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The code of a refusal; the status where it has none.
    pub(super) fn code(&self) -> String {
        let code = self.json()["code"].as_str().map(str::to_owned);
        code.unwrap_or_else(|| self.status.to_string())
    }

    /// It is not what should have come.
    pub(super) fn odd(&self) -> Turn {
        let text: String = self.text().chars().take(300).collect();
        Turn::Odd(format!("{}：{} {text}", self.label, self.status))
    }

    /// Passes with one of these statuses.
    pub(super) fn must(self, statuses: &[u16]) -> Played<Self> {
        if statuses.contains(&self.status) { Ok(self) } else { Err(self.odd()) }
    }
}

/// A form's body.
pub(super) fn form(fields: &[(&str, &str)]) -> Bytes {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into()
}

/// A value in an address.
pub(super) fn quoted(value: &str) -> String {
    form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

impl Wire {
    pub(super) fn new(url: &str, ca: Option<&Path>, book: Arc<Book>) -> Result<Self> {
        let wrong = || Refusal::NoAddress { url: url.to_owned() };
        let parsed: Uri = url.parse().map_err(|_| wrong())?;
        if parsed.host().is_none() || !matches!(parsed.scheme_str(), Some("http" | "https")) || parsed.path() != "/" {
            return Err(wrong().into());
        }
        let mut roots = RootCertStore::empty();
        if let Some(file) = ca {
            let none = || Refusal::NoAuthority { file: file.display().to_string() };
            let found = CertificateDer::pem_file_iter(file).map_err(|_| none())?;
            let (added, _) = roots.add_parsable_certificates(found.filter_map(std::result::Result::ok));
            if added == 0 {
                return Err(none().into());
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let tls = tls.with_root_certificates(roots).with_no_client_auth();
        let https = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().build();
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build(https),
            url: url.trim_end_matches('/').to_owned(),
            seats: Semaphore::new(AT_ONCE),
            book,
            sign_in: tokio::sync::Mutex::default(),
        })
    }

    pub(super) const fn book(&self) -> &Arc<Book> {
        &self.book
    }

    /// Asks and waits for the whole answer. One of 500 and above is noted as an error.
    pub(super) async fn send(&self, ask: Ask<'_>) -> Played<Answer> {
        let lost = |why: String| Turn::Odd(format!("{}：没有应答（{why}）", ask.label));
        let _seat = self.seats.acquire().await.map_err(|closed| lost(closed.to_string()))?;
        let mut request = Request::builder().method(&ask.method).uri(format!("{}{}", self.url, ask.path));
        for (name, value) in &ask.headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(ask.body.clone())).map_err(|wrong| lost(wrong.to_string()))?;
        let begun = Instant::now();
        let asked = tokio::time::timeout(PATIENCE, async {
            let answer = self.client.request(request).await.map_err(|error| lost(format!("{error:?}")))?;
            let (head, body) = answer.into_parts();
            let body = body.collect().await.map_err(|error| lost(error.to_string()))?.to_bytes();
            Ok((head, body))
        });
        let outcome = asked.await.unwrap_or_else(|_| Err(lost("超时".to_owned())));
        let (head, body) = outcome.inspect_err(|_| self.book.lost())?;
        let status = head.status.as_u16();
        self.book.asked(ask.label, begun.elapsed(), status);
        let answer = Answer { label: ask.label, status, headers: head.headers, body };
        if head.status >= StatusCode::INTERNAL_SERVER_ERROR { Err(answer.odd()) } else { Ok(answer) }
    }

    /// Whether a platform answers there at all.
    pub(super) async fn knock(&self) -> Result<()> {
        let ask = Ask { label: "敲门", method: Method::GET, path: "/login", headers: Vec::new(), body: Bytes::new() };
        match self.send(ask).await {
            Ok(answer) if answer.status == 200 => Ok(()),
            _ => Err(Refusal::NoAnswer { url: self.url.clone() }.into()),
        }
    }
}

/// The header of a body that is a form or JSON.
pub(super) fn kind(of: &str) -> (HeaderName, String) {
    (header::CONTENT_TYPE, of.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_of_a_platform_is_taken() {
        for wrong in ["", "127.0.0.1:8080", "ftp://x", "http://x/elders", "http://"] {
            let refused = Wire::new(wrong, None, Arc::default()).err().unwrap();
            assert_eq!(refused.code(), Some("simulate.no_address"), "{wrong}");
        }
        assert!(Wire::new("https://sangyu.example/", None, Arc::default()).is_ok());
        let refused = Wire::new("https://x", Some(Path::new("Cargo.toml")), Arc::default()).err().unwrap();
        assert_eq!(refused.code(), Some("simulate.no_authority"));
    }

    #[test]
    fn chinese_goes_into_addresses_and_forms() {
        assert_eq!(quoted("单 雪"), "%E5%8D%95+%E9%9B%AA");
        assert_eq!(form(&[("name", "a&b"), ("n", "1")]), "name=a%26b&n=1");
    }
}
