//! A browser that somebody signed in on is known to be theirs from then on: strangers' guesses at the login do not slow
//! it down. The cookie proves nothing else, and nothing is stored of it.

use axum::http::{HeaderMap, HeaderValue};
use data_encoding::BASE64URL_NOPAD;
use kernel::{Ids, Result};
use store::blind::Blinder;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::edge::cookie;

/// Accounts that one browser is known for.
const MOST: usize = 6;
/// A year, as long as browsers keep a cookie.
const KEPT_SECS: u32 = 31_536_000;

/// What a browser says it is: its own random number, and the marks of accounts that signed in on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Browser {
    number: Option<String>,
    marks: Vec<String>,
}

const fn name(tls: bool) -> &'static str {
    if tls { "__Host-browser" } else { "browser" }
}

impl Browser {
    /// The one of a request.
    pub(super) fn of(headers: &HeaderMap, tls: bool) -> Self {
        let mut parts = cookie(headers, name(tls)).unwrap_or_default().split('.').filter(|part| part.len() == 22);
        let number = parts.next().map(str::to_owned);
        Self { number, marks: parts.take(MOST).map(str::to_owned).collect() }
    }

    /// Its number, when an account signed in on it before.
    pub(super) fn known(&self, blinder: &Blinder, account: Uuid) -> Option<[u8; 16]> {
        let number = self.number.as_ref()?;
        let mark = mark(blinder, number, account);
        let marked = self.marks.iter().any(|held| bool::from(held.as_bytes().ct_eq(mark.as_bytes())));
        let number = BASE64URL_NOPAD.decode(number.as_bytes()).ok().filter(|_| marked)?;
        number.try_into().ok()
    }

    /// The `Set-Cookie` that makes it known for one account more.
    ///
    /// # Errors
    /// None that can happen: all of it is ASCII.
    pub(super) fn set_cookie(self, (blinder, ids): (&Blinder, &Ids), account: Uuid, tls: bool) -> Result<HeaderValue> {
        let number = self.number.unwrap_or_else(|| BASE64URL_NOPAD.encode(&ids.bytes::<16>()));
        let mark = mark(blinder, &number, account);
        let others = self.marks.into_iter().filter(|held| *held != mark).take(MOST - 1);
        let parts: Vec<String> = [number, mark.clone()].into_iter().chain(others).collect();
        let (value, secure) = (parts.join("."), if tls { "; Secure" } else { "" });
        let cookie = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={KEPT_SECS}{secure}", name(tls));
        Ok(HeaderValue::from_str(&cookie)?)
    }
}

fn mark(blinder: &Blinder, number: &str, account: Uuid) -> String {
    BASE64URL_NOPAD.encode(&blinder.other("session.browser", &format!("{number} {account}")).0)
}
