//! URLs that the gateway itself calls. The address is looked at where it is dialled, so that no name can lead
//! elsewhere between a check and the call; redirects are not followed; time and size are bounded.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::time::Duration;
use std::vec;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::header::{ACCEPT, USER_AGENT};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use hyper_util::rt::TokioExecutor;
use tower_service::Service;
use url::Url;

use crate::address_class::Reach;
use crate::wire::{self, Trust};

/// For the whole of it, from the name to the last byte.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of an answer.
const LARGEST: usize = 256 << 10;

/// Fetches one URL.
pub struct Fetch {
    url: Url,
    client: Client<Connector, Empty<Bytes>>,
}

/// Why there is nothing.
#[derive(Debug)]
pub enum FetchError {
    /// It took too long.
    Timeout,
    /// The answer was another one than 200.
    Status(StatusCode),
    /// The answer was too long.
    TooLong,
    /// There was no answer, or none to its end.
    Wire(Box<dyn StdError + Send + Sync>),
}

impl Fetch {
    /// Of this URL, if it may be called at all.
    pub fn new(url: Url) -> Result<Self, String> {
        let connector = connector(&url, Reach::of(&url)?, Versions::All)?;
        let client = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(0)
            .build(connector);
        Ok(Self { url, client })
    }

    /// What is there now.
    pub async fn get(&self) -> Result<Bytes, FetchError> {
        tokio::time::timeout(PATIENCE, self.exchange())
            .await
            .unwrap_or(Err(FetchError::Timeout))
    }

    async fn exchange(&self) -> Result<Bytes, FetchError> {
        let request = Request::get(self.url.as_str())
            .header(ACCEPT, "application/jwk-set+json, application/json")
            .header(USER_AGENT, concat!("switchboard/", env!("CARGO_PKG_VERSION")))
            .body(Empty::new())
            .map_err(|error| FetchError::Wire(error.into()))?;
        let sent = self.client.request(request).await;
        let response = sent.map_err(|error| FetchError::Wire(error.into()))?;
        if response.status() != StatusCode::OK {
            return Err(FetchError::Status(response.status()));
        }
        match Limited::new(response.into_body(), LARGEST).collect().await {
            Ok(body) => Ok(body.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => Err(FetchError::TooLong),
            Err(error) => Err(FetchError::Wire(error)),
        }
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout => write!(f, "took longer than {} s", PATIENCE.as_secs()),
            Self::Status(status) => write!(f, "answered {status}"),
            Self::TooLong => write!(f, "answered more than {} KiB", LARGEST >> 10),
            Self::Wire(error) => f.write_str(&with_causes(&**error)),
        }
    }
}

/// An error with all that led to it.
pub fn with_causes(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Opens connections to where one URL leads.
pub type Connector = HttpsConnector<HttpConnector<Guarded>>;

/// The versions of HTTP to offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Versions {
    /// Either.
    All,
    /// HTTP/2.
    Two,
}

/// A connector for that URL.
pub fn connector(url: &Url, reach: Reach, versions: Versions) -> Result<Connector, String> {
    let inner = GaiResolver::new();
    let mut tcp = HttpConnector::new_with_resolver(Guarded { inner, reach });
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    let trust = if url.scheme() == "http" {
        Trust::Plain
    } else {
        Trust::Platform
    };
    let builder = HttpsConnectorBuilder::new()
        .with_tls_config(wire::tls(trust).map_err(|error| format!("TLS: {error}"))?)
        .https_or_http();
    Ok(match versions {
        Versions::All => builder.enable_all_versions().wrap_connector(tcp),
        Versions::Two => builder.enable_http2().wrap_connector(tcp),
    })
}

/// Resolves names to addresses that may be called. Addresses that stand in a URL were looked at before.
#[derive(Clone)]
pub struct Guarded {
    inner: GaiResolver,
    reach: Reach,
}

impl Service<Name> for Guarded {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = BoxFuture<'static, io::Result<Self::Response>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let (found, reach) = (self.inner.call(name), self.reach);
        Box::pin(async move { admitted(found.await?, reach) })
    }
}

fn admitted(found: impl Iterator<Item = SocketAddr>, reach: Reach) -> io::Result<vec::IntoIter<SocketAddr>> {
    let addresses: Vec<_> = found.filter(|address| reach.admits(address.ip())).collect();
    if addresses.is_empty() {
        return Err(io::Error::other(
            "the name leads to no address that may be called",
        ));
    }
    Ok(addresses.into_iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_leads_inwards_is_not_dialled() {
        let found = |addresses: &[&str]| -> Vec<SocketAddr> {
            addresses
                .iter()
                .map(|address| format!("{address}:443").parse().unwrap())
                .collect()
        };
        let dialled = |addresses: &[&str], reach| {
            admitted(found(addresses).into_iter(), reach).map(Iterator::collect::<Vec<_>>)
        };
        let mixed = ["169.254.169.254", "127.0.0.1", "10.0.0.7", "[fe80::1]"];
        assert_eq!(dialled(&mixed, Reach::Network).unwrap(), found(&["10.0.0.7"]));
        assert_eq!(dialled(&mixed, Reach::Loopback).unwrap(), found(&["127.0.0.1"]));
        assert!(dialled(&["169.254.169.254"], Reach::Network).is_err());
        assert!(dialled(&["1.1.1.1"], Reach::Loopback).is_err());
    }

    #[tokio::test]
    async fn the_guard_stands_in_the_connector() {
        // The URL says another machine, the name means this one.
        let mut fetch = Fetch::new("http://localhost:9/".parse().unwrap()).unwrap();
        let connector = connector(&fetch.url, Reach::Network, Versions::All).unwrap();
        fetch.client = Client::builder(TokioExecutor::new()).build(connector);
        let error = fetch.get().await.unwrap_err().to_string();
        assert!(error.contains("no address that may be called"), "{error}");
    }
}
