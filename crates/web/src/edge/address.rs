//! Who is at the other end: the peer of the connection, or whom a configured proxy says it speaks for.

use std::net::{IpAddr, Ipv4Addr};

use axum::{
    extract::FromRequestParts,
    http::{Extensions, HeaderMap, request::Parts},
};

use crate::server::Arrival;

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
        let forwarded: Vec<IpAddr> = headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(|address| address.trim().parse::<IpAddr>().ok())
            .map(|address| address.to_canonical())
            .collect();
        // Everything left of the last address that is not a proxy of ours was written by the client itself.
        let address = forwarded.into_iter().rev().find(|address| !proxies.contains(address)).unwrap_or(peer);
        let https = headers.get("x-forwarded-proto").is_some_and(|proto| proto.as_bytes() == b"https");
        Self { address, tls: arrival.tls || https }
    }
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
        assert_eq!(client("10.0.0.1", "rubbish", &proxies), seen("10.0.0.1", true));
    }
}
