//! Somebody at a keyboard or a phone: signs in as people do, keeps cookie and token, signs in again when the session is
//! over.

use std::sync::Arc;

use bytes::Bytes;
use hyper::{
    Method,
    header::{self, HeaderName},
};
use serde_json::Value;
use tokio::sync::Mutex;

use super::{
    turn::{Played, Turn},
    wire::{Answer, Ask, Wire, form, kind},
};

const CSRF: HeaderName = HeaderName::from_static("x-csrf-token");
const IDEMPOTENCY: HeaderName = HeaderName::from_static("idempotency-key");

/// How somebody comes in.
#[derive(Debug)]
enum Door {
    Password {
        login: String,
        password: String,
    },
    /// A one-use code, used already.
    Code,
}

/// A cookie and the token of its writes.
#[derive(Clone, Debug)]
struct Held {
    cookie: String,
    csrf: String,
}

/// Somebody who signs in at the first request.
pub(super) struct Seat {
    wire: Arc<Wire>,
    door: Door,
    held: Mutex<Option<Held>>,
}

impl Seat {
    pub(super) fn new(wire: &Arc<Wire>, login: &str, password: &str) -> Arc<Self> {
        let door = Door::Password { login: login.to_owned(), password: password.to_owned() };
        Arc::new(Self { wire: wire.clone(), door, held: Mutex::default() })
    }

    /// An elder or a family member with a code.
    pub(super) async fn with_code(wire: &Arc<Wire>, code: &str) -> Played<Arc<Self>> {
        let held = {
            let _one_at_a_time = wire.sign_in.lock().await;
            enter(wire, "验证码登录", "/portal/enter", &[("code", code)]).await?
        };
        Ok(Arc::new(Self { wire: wire.clone(), door: Door::Code, held: Mutex::new(Some(held)) }))
    }

    /// Signs in, or tells the present session.
    async fn held(&self) -> Played<Held> {
        let mut held = self.held.lock().await;
        if let Some(held) = &*held {
            return Ok(held.clone());
        }
        let Door::Password { login, password } = &self.door else {
            return Err(Turn::Odd("门户的登录状态没有了".to_owned()));
        };
        let _one_at_a_time = self.wire.sign_in.lock().await;
        let fresh = enter(&self.wire, "登录", "/login", &[("login", login), ("password", password)]).await?;
        *held = Some(fresh.clone());
        Ok(fresh)
    }

    /// Asks with the cookie; once more with a new session where the old one was over.
    async fn ask<'a>(&self, make: impl Fn(&Held) -> Ask<'a>) -> Played<Answer> {
        let held = self.held().await?;
        let answer = self.wire.send(with_cookie(make(&held), &held)).await?;
        let signed_out = answer.status == 401 || answer.header(header::LOCATION).starts_with("/login");
        if !signed_out || matches!(self.door, Door::Code) {
            return Ok(answer);
        }
        self.held.lock().await.take_if(|now| now.cookie == held.cookie);
        let held = self.held().await?;
        self.wire.send(with_cookie(make(&held), &held)).await
    }

    /// Reads a page or JSON.
    pub(super) async fn get(&self, label: &'static str, path: &str) -> Played<Answer> {
        self.ask(|_| Ask { label, method: Method::GET, path, headers: Vec::new(), body: Bytes::new() }).await
    }

    /// Writes JSON under a key of its own.
    pub(super) async fn post(&self, label: &'static str, path: &str, key: &str, body: &Value) -> Played<Answer> {
        self.ask(|held| {
            let headers = vec![kind("application/json"), (CSRF, held.csrf.clone()), (IDEMPOTENCY, key.to_owned())];
            Ask { label, method: Method::POST, path, headers, body: body.to_string().into() }
        })
        .await
    }

    /// Sends a form of a page, with the hidden values that the page gave it.
    pub(super) async fn submit(
        &self,
        label: &'static str,
        path: &str,
        page: &Answer,
        fields: &[(&str, &str)],
    ) -> Played<Answer> {
        let text = page.text();
        let hidden = |name| hidden(&text, name).ok_or_else(|| Turn::Odd(format!("{label}：页面里没有 {name}")));
        let (csrf, form_key) = (hidden("csrf")?, hidden("form_key")?);
        let fields = [fields, &[("csrf", &csrf), ("form_key", &form_key)]].concat();
        self.ask(|_| {
            let headers = vec![kind("application/x-www-form-urlencoded")];
            Ask { label, method: Method::POST, path, headers, body: form(&fields) }
        })
        .await
    }

    /// Sends bytes, as phones do with pieces of photos.
    pub(super) async fn upload(&self, label: &'static str, path: &str, piece: Bytes) -> Played<Answer> {
        self.ask(|held| {
            let headers = vec![kind("application/octet-stream"), (CSRF, held.csrf.clone())];
            Ask { label, method: Method::POST, path, headers, body: piece.clone() }
        })
        .await
    }

    /// Signs out, if signed in.
    pub(super) async fn sign_out(&self) {
        let Some(held) = self.held.lock().await.take() else { return };
        let headers = vec![kind("application/x-www-form-urlencoded")];
        let ask = Ask { label: "退出", method: Method::POST, path: "/logout", headers, body: Bytes::new() };
        // Whether anybody answered stands in the book already.
        drop(self.wire.send(with_cookie(ask, &held)).await);
    }
}

fn with_cookie<'a>(mut ask: Ask<'a>, held: &Held) -> Ask<'a> {
    ask.headers.push((header::COOKIE, held.cookie.clone()));
    ask
}

/// Signs in and reads the token of writes.
async fn enter(wire: &Wire, label: &'static str, path: &str, fields: &[(&str, &str)]) -> Played<Held> {
    let headers = vec![kind("application/x-www-form-urlencoded")];
    let ask = Ask { label, method: Method::POST, path, headers, body: form(fields) };
    let answer = wire.send(ask).await?.must(&[303])?;
    let cookie = answer.header(header::SET_COOKIE).split(';').next().unwrap_or_default().to_owned();
    let mut held = Held { cookie, csrf: String::new() };
    let path = "/api/v1/session";
    let ask = Ask { label: "会话", method: Method::GET, path, headers: Vec::new(), body: Bytes::new() };
    let session = wire.send(with_cookie(ask, &held)).await?.must(&[200])?.json();
    held.csrf = session["csrf"].as_str().unwrap_or_default().to_owned();
    Ok(held)
}

/// A hidden value of the last form of a page that has one: the forms of the frame (language, reading) come first.
fn hidden(page: &str, name: &str) -> Option<String> {
    let (_, rest) = page.rsplit_once(&format!("name=\"{name}\" value=\""))?;
    Some(rest.split('"').next()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hidden_values_of_a_page_are_found() {
        let page = r#"<input type="hidden" name="csrf" value="a"><input type="hidden" name="form_key" value="k1">"#;
        assert_eq!((hidden(page, "csrf").as_deref(), hidden(page, "form_key").as_deref()), (Some("a"), Some("k1")));
        assert_eq!(hidden(page, "x"), None);
    }
}
