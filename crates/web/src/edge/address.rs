//! Who is at the other end: the peer of the connection, or whom a configured proxy says it speaks for.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::{
    extract::FromRequestParts,
    http::{Extensions, HeaderMap, request::Parts},
};

use crate::server::Arrival;

/// The header in which proxies say for whom they ask.
const FORWARDED: &str = "x-forwarded-for";

/// The client's address, used for throttling only; it never goes into a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its address.
    pub address: IpAddr,
    /// Whether the browser speaks TLS, to us or to the proxy.
    pub tls: bool,
}

impl Client {
    /// Reads the connection, and `X-Forwarded-For` and `X-Forwarded-Proto` when the peer is one of `proxies`. Requests
    /// made inside the process count as local.
    #[must_use]
    pub fn of(extensions: &Extensions, headers: &HeaderMap, proxies: &[IpAddr]) -> Self {
        let local = Arrival { peer: Ipv4Addr::LOCALHOST.into(), tls: false, kept: false };
        let arrival = extensions.get::<Arrival>().copied().unwrap_or(local);
        let peer = arrival.peer.to_canonical();
        if !proxies.contains(&peer) {
            return Self { address: peer, tls: arrival.tls };
        }
        let address = forwarded(headers, proxies).unwrap_or(peer);
        let https = headers.get("x-forwarded-proto").is_some_and(|proto| proto.as_bytes() == b"https");
        Self { address, tls: arrival.tls || https }
    }
}

/// Whom our proxies speak for: the last address that is none of them. What stands left of it was written by the client
/// itself, and so was everything when an entry is no address: none then.
fn forwarded(headers: &HeaderMap, proxies: &[IpAddr]) -> Option<IpAddr> {
    let values: Vec<_> = headers.get_all(FORWARDED).iter().collect();
    for value in values.into_iter().rev() {
        for entry in value.to_str().ok()?.rsplit(',') {
            let address = entry_address(entry.trim())?;
            if !proxies.contains(&address) {
                return Some(address);
            }
        }
    }
    None
}

/// An address as proxies write it: bare, in brackets, or with its port.
fn entry_address(entry: &str) -> Option<IpAddr> {
    let bare = entry.strip_prefix('[').and_then(|entry| entry.strip_suffix(']')).unwrap_or(entry);
    let address = bare.parse().ok().or_else(|| Some(entry.parse::<SocketAddr>().ok()?.ip()))?;
    Some(address.to_canonical())
}

/// Whether a peer that the settings do not name says for whom it asks: a proxy that was forgotten, or a liar.
pub(super) fn is_unlisted(extensions: &Extensions, headers: &HeaderMap, proxies: &[IpAddr]) -> bool {
    headers.contains_key(FORWARDED) && peer_of(extensions).is_some_and(|peer| !proxies.contains(&peer))
}

fn peer_of(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<Arrival>().map(|arrival| arrival.peer.to_canonical())
}

impl<S: Sync> FromRequestParts<S> for Client {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let known = parts.extensions.get::<Self>().copied();
        Ok(known.unwrap_or_else(|| Self::of(&parts.extensions, &parts.headers, &[])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &str, proxies: &[&str]) -> Client {
        let mut extensions = Extensions::new();
        extensions.insert(Arrival { peer: peer.parse().unwrap(), tls: false, kept: false });
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", forwarded.parse().unwrap());
        headers.insert("x-forwarded-proto", "https".parse().unwrap());
        let proxies: Vec<IpAddr> = proxies.iter().map(|proxy| proxy.parse().unwrap()).collect();
        Client::of(&extensions, &headers, &proxies)
    }

    fn seen(address: &str, tls: bool) -> Client {
        Client { address: address.parse().unwrap(), tls }
    }

    #[test]
    fn a_stranger_cannot_speak_for_another_address() {
        assert_eq!(client("203.0.113.5", "198.51.100.1", &[]), seen("203.0.113.5", false));
        assert_eq!(client("203.0.113.5", "198.51.100.1", &["10.0.0.1"]), seen("203.0.113.5", false));
    }

    #[test]
    fn a_configured_proxy_is_believed_about_its_own_client_only() {
        let proxies = ["10.0.0.1", "10.0.0.2"];
        assert_eq!(client("10.0.0.1", "203.0.113.5", &proxies), seen("203.0.113.5", true));
        assert_eq!(client("10.0.0.1", "1.1.1.1, 203.0.113.5, 10.0.0.2", &proxies), seen("203.0.113.5", true));
        for bare in ["203.0.113.5:4711", "[2001:db8::7]:443", "[2001:db8::7]", "2001:db8::7"] {
            let address = if bare.starts_with("203") { "203.0.113.5" } else { "2001:db8::7" };
            assert_eq!(client("10.0.0.1", &format!("1.1.1.1, {bare}"), &proxies), seen(address, true), "{bare}");
        }
    }

    #[test]
    fn an_entry_that_is_no_address_is_not_skipped_so_that_the_client_is_believed() {
        let proxies = ["10.0.0.1", "10.0.0.2"];
        for odd in ["rubbish", "unknown", "1.2.3.4:x", "1.2.3.4:99999", "[::1", "_hidden", "", "1.2.3.4 5.6.7.8"] {
            assert_eq!(client("10.0.0.1", &format!("1.1.1.1, {odd}"), &proxies), seen("10.0.0.1", true), "{odd}");
            assert_eq!(
                client("10.0.0.1", &format!("1.1.1.1, {odd}, 10.0.0.2"), &proxies),
                seen("10.0.0.1", true),
                "{odd}"
            );
        }
    }

    #[test]
    fn a_proxy_that_the_settings_forget_is_noticed() {
        let mut extensions = Extensions::new();
        extensions.insert(Arrival { peer: "10.0.0.7".parse().unwrap(), tls: false, kept: false });
        let mut headers = HeaderMap::new();
        assert!(!is_unlisted(&extensions, &headers, &[]));
        headers.insert(FORWARDED, "203.0.113.5".parse().unwrap());
        assert!(is_unlisted(&extensions, &headers, &[]));
        assert!(!is_unlisted(&extensions, &headers, &["10.0.0.7".parse().unwrap()]));
    }
}
