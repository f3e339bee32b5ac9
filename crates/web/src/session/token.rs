//! The reference token of a session, and the cookie that carries it.

use axum::http::{HeaderMap, HeaderValue};
use data_encoding::BASE64URL_NOPAD;
use kernel::{Ids, Result};
use sm3::{Digest as _, Sm3};

use crate::edge::cookie;

/// 256 random bits; only their hash is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// The cookie's name: over TLS one that no neighbour on the domain and no plain answer can set.
const fn name(tls: bool) -> &'static str {
    if tls { "__Host-session" } else { "session" }
}

impl Token {
    /// A new one.
    #[must_use]
    pub fn new(ids: &Ids) -> Self {
        Self(BASE64URL_NOPAD.encode(&ids.bytes::<32>()))
    }

    /// The one that a request carries.
    #[must_use]
    pub fn of(headers: &HeaderMap, tls: bool) -> Option<Self> {
        let text = cookie(headers, name(tls))?;
        (text.len() == 43).then(|| Self(text.to_owned()))
    }

    /// What is stored: SM3 of the token. The token has 256 random bits, so no salt is needed.
    #[must_use]
    pub fn hash(&self) -> Vec<u8> {
        Sm3::digest(self.0.as_bytes()).to_vec()
    }

    /// The `Set-Cookie` that gives it to the browser; with `keep_secs` it outlives the browser's window.
    ///
    /// # Errors
    /// None that can happen: the token is ASCII.
    pub fn set_cookie(&self, tls: bool, keep_secs: Option<i64>) -> Result<HeaderValue> {
        let secure = if tls { "; Secure" } else { "" };
        let keep = keep_secs.map_or_else(String::new, |secs| format!("; Max-Age={secs}"));
        Ok(HeaderValue::from_str(&format!("{}={}; Path=/; HttpOnly; SameSite=Lax{secure}{keep}", name(tls), self.0))?)
    }
}

/// The `Set-Cookie` that takes the token away.
#[must_use]
pub const fn cleared(tls: bool) -> HeaderValue {
    HeaderValue::from_static(if tls {
        "__Host-session=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0"
    } else {
        "session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_tls_the_cookie_is_bound_to_the_host() {
        let token = Token::new(&Ids::seeded(1));
        let set = token.set_cookie(true, None).unwrap();
        assert!(set.to_str().unwrap().starts_with("__Host-session="));
        assert!(set.to_str().unwrap().ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"));
        let mut headers = HeaderMap::new();
        headers.insert("cookie", format!("lang=en; __Host-session={}", token.0).parse().unwrap());
        assert_eq!(Token::of(&headers, true), Some(token));
        assert_eq!(Token::of(&headers, false), None, "a plain connection never reads the TLS cookie");
    }

    #[test]
    fn what_is_stored_does_not_tell_the_token() {
        let token = Token::new(&Ids::seeded(1));
        assert_eq!(token.hash().len(), 32);
        assert!(!format!("{token:?}").contains(&token.0));
    }
}
