//! A house without sockets for the tests of all rooms: `TestWeb` puts rooms together over a test database, `Browser`
//! keeps cookies, sends the CSRF token and fresh keys with each write, and reads answers.
//!
//! ```ignore
//! let web = TestWeb::open(test, vec![registry::module()]).await;
//! web.account("zhoumin", Kind::Staff, grant(Role::CountyClerk, "411002")).await;
//! let page = web.as_("zhoumin").await.get("/elders").await;
//! assert_eq!(page.status, 200);
//! ```

use std::collections::BTreeMap;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, header},
};
use kernel::{Home, Region, Role};
use serde::Serialize;
use store::{Db, Lane, tail::Tail, testing::TestDb};
use tower::ServiceExt as _;

use crate::{
    accounts::{self, Account, Kind, NewAccount, NewGrant, Profile},
    live::Live,
    module::{House, Module, assemble},
    routes::{CSRF_HEADER, IDEMPOTENCY_HEADER},
    session::{self, Begin},
    state::{AppState, Config},
};

/// Some rooms, put together over a database of the test's own.
#[derive(Debug)]
pub struct TestWeb {
    /// The database, with its clock.
    pub test: TestDb,
    /// The state of the handlers.
    pub state: AppState,
    /// Router, table of routes, tables, API.
    pub house: House,
}

/// A grant of an administration at a place: `grant(Role::CountyClerk, "411002")`.
///
/// # Panics
/// When the place is none.
#[must_use]
pub fn grant(role: Role, place: &str) -> NewGrant {
    let region: Region = place.parse().expect("a place");
    let (label, extent) = (format!("单位 {place}"), format!("范围 {place}"));
    NewGrant { role, place: Some(region), organisation: None, worker: None, label, extent }
}

impl TestWeb {
    /// Puts the rooms together, with the usual settings.
    ///
    /// # Panics
    /// When that fails.
    pub async fn open(test: TestDb, rooms: Vec<Module>) -> Self {
        Self::with(test, rooms, Config::default(), |state| state).await
    }

    /// Puts the rooms together with settings, and with what the rooms need in the state.
    ///
    /// # Panics
    /// When that fails.
    pub async fn with(
        test: TestDb,
        rooms: Vec<Module>,
        config: Config,
        hang_in: impl FnOnce(AppState) -> AppState,
    ) -> Self {
        let state = hang_in(started(&test, test.db.clone(), config).await);
        let house = assemble(rooms, &state).expect("the rooms fit together");
        Self { test, state, house }
    }

    /// Ends the program and starts it anew over the same database, with the usual settings: nothing that it kept in
    /// memory is left.
    ///
    /// # Panics
    /// When that fails.
    pub async fn restart(&mut self, rooms: Vec<Module>) {
        self.state.stop.stop();
        self.state = started(&self.test, self.test.second().await, Config::default()).await;
        self.house = assemble(rooms, &self.state).expect("the rooms fit together");
    }

    /// An account of demo kind (no second factor) without a password, under one grant. Its login is also its name.
    ///
    /// # Panics
    /// When the login is taken.
    pub async fn account(&self, login: &str, kind: Kind, grant: NewGrant) -> Account {
        let new = NewAccount {
            login: accounts::login_index(&self.state.blinder, login),
            home: grant.place.and_then(Region::home).unwrap_or_else(|| Home::new(411_002).expect("a home")),
            name: login.to_owned(),
            kind,
            password_hash: None,
            profile: Profile::Asvs,
            demo: true,
        };
        let tester = self.test.operator();
        let write = self.test.db.write(Lane::Interactive, &tester, async |tx| {
            let account = accounts::open(&tx, new).await?;
            accounts::give(&tx, &account, grant).await?;
            Ok(account)
        });
        write.await.expect("the account is opened")
    }

    /// A browser that is signed in as an account, under its oldest grant.
    ///
    /// # Panics
    /// When there is no such account.
    pub async fn as_(&self, login: &str) -> Browser {
        let index = accounts::login_index(&self.state.blinder, login);
        let account = accounts::by_login(&self.test.db, index).await.expect("a read").expect("an account");
        let tester = self.test.operator();
        let write = self.test.db.write(Lane::Interactive, &tester, async |tx| {
            let grants = accounts::grants_of(&tx, account.id, tx.now()).await?;
            let life = self.state.config.life(Kind::of(&account.kind).expect("a kind"));
            let begin = Begin { account: &account, grant: grants[0].id, life, agent: "test".into() };
            session::begin(&tx, begin).await
        });
        let token = write.await.expect("a session begins");
        let mut browser = self.browser();
        browser.keep(&token.set_cookie(false, None).expect("a cookie"));
        let rows = session::of_account(&self.test.db, account.id).await.expect("a read");
        browser.csrf = rows.into_iter().find(|row| row.token_hash == token.hash()).map(|row| row.csrf);
        browser
    }

    /// A browser that nobody is signed in on.
    #[must_use]
    pub fn browser(&self) -> Browser {
        Browser { router: self.house.router.clone(), jar: BTreeMap::new(), csrf: None, keys: 0 }
    }
}

async fn started(test: &TestDb, db: Db, config: Config) -> AppState {
    let state = AppState::new(db.clone(), test.keys().await, config).await.expect("a state");
    let tail = Tail::start(db, state.stop.receiver()).await.expect("a tail");
    state.with(Live::new(tail))
}

impl Drop for TestWeb {
    fn drop(&mut self) {
        self.state.stop.stop();
    }
}

/// A browser without sockets.
#[derive(Clone, Debug)]
pub struct Browser {
    router: Router,
    jar: BTreeMap<String, String>,
    /// The token that writes carry; take it off to see them refused.
    pub csrf: Option<String>,
    keys: u32,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status as a number.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: bytes::Bytes,
}

impl Answer {
    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON ({}): {}", self.status, self.text()))
    }

    /// Where a redirect leads; empty without one.
    #[must_use]
    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).and_then(|location| location.to_str().ok()).unwrap_or_default()
    }
}

impl Browser {
    /// From now on it reaches what `web` serves, with the cookies that it has.
    pub fn reach(&mut self, web: &TestWeb) {
        self.router = web.house.router.clone();
    }

    /// Opens a page, or reads JSON under `/api/`.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path).body(Body::empty())).await
    }

    /// Posts a form with token and a fresh key, as a page of ours does.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.keys += 1;
        let key = format!("form-{}", self.keys);
        self.post_again(path, fields, &key).await
    }

    /// Posts a form with a key of one's own choice.
    pub async fn post_again(&mut self, path: &str, fields: &[(&str, &str)], form_key: &str) -> Answer {
        let csrf = self.csrf.clone().unwrap_or_default();
        let hidden = [("csrf", csrf.as_str()), ("form_key", form_key)];
        let pair = |(name, value): &(&str, &str)| format!("{}={}", escaped(name), escaped(value));
        let body: Vec<_> = hidden.iter().chain(fields).map(pair).collect();
        let request = self
            .request(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body.join("&")));
        self.send(request).await
    }

    /// Posts a form with one file in it, as multipart.
    pub async fn upload(&mut self, path: &str, fields: &[(&str, &str)], file: (&str, &str, &[u8])) -> Answer {
        self.keys += 1;
        let (csrf, key) = (self.csrf.clone().unwrap_or_default(), format!("form-{}", self.keys));
        let hidden = [("csrf", csrf.as_str()), ("form_key", key.as_str())];
        let mut body = Vec::new();
        for (name, value) in hidden.iter().chain(fields) {
            body.extend(format!("--cut\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
        }
        let (field, name, content) = file;
        let head = format!("--cut\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\r\n");
        body.extend(head.bytes().chain(content.iter().copied()).chain(*b"\r\n--cut--\r\n"));
        let kind = "multipart/form-data; boundary=cut";
        let request = self.request(Method::POST, path).header(header::CONTENT_TYPE, kind).body(Body::from(body));
        self.send(request).await
    }

    /// Posts JSON with token and a fresh `Idempotency-Key`.
    ///
    /// # Panics
    /// When the body is no JSON.
    pub async fn post_json(&mut self, path: &str, body: &impl Serialize) -> Answer {
        self.keys += 1;
        let key = format!("json-{}", self.keys);
        self.post_json_again(path, body, &key).await
    }

    /// Posts JSON with an `Idempotency-Key` of one's own choice.
    ///
    /// # Panics
    /// When the body is no JSON.
    pub async fn post_json_again(&mut self, path: &str, body: &impl Serialize, key: &str) -> Answer {
        let body = serde_json::to_vec(body).expect("a JSON body");
        let request = self
            .request(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/json")
            .header(CSRF_HEADER, self.csrf.clone().unwrap_or_default())
            .header(IDEMPOTENCY_HEADER, key)
            .body(Body::from(body));
        self.send(request).await
    }

    /// Begins a request as this browser would, with its cookies, to be changed and sent by [`Browser::send`].
    #[must_use]
    pub fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let accept = if path.starts_with("/api/") { "application/json" } else { "text/html" };
        let cookies: Vec<_> = self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "sangyu.test")
            .header(header::ORIGIN, "http://sangyu.test")
            .header(header::ACCEPT, accept)
            .header(header::COOKIE, cookies.join("; "))
    }

    /// Sends a request and keeps the cookies of its answer.
    ///
    /// # Panics
    /// When the request is malformed.
    pub async fn send(&mut self, request: Result<Request<Body>, axum::http::Error>) -> Answer {
        let response = self.open(request).await;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("a whole body");
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// Sends a request and leaves the answer's body open (a live stream).
    ///
    /// # Panics
    /// When the request is malformed.
    pub async fn open(&mut self, request: Result<Request<Body>, axum::http::Error>) -> axum::response::Response {
        let request = request.expect("a request");
        let response = self.router.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            self.keep(cookie);
        }
        response
    }

    fn keep(&mut self, cookie: &axum::http::HeaderValue) {
        let text = cookie.to_str().expect("a cookie of ASCII");
        let (name, value) = text.split(';').next().and_then(|pair| pair.split_once('=')).expect("name and value");
        if text.contains("Max-Age=0") {
            self.jar.remove(name);
        } else {
            self.jar.insert(name.to_owned(), value.to_owned());
        }
    }
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
