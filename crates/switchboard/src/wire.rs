//! Connections to providers: a pool over rustls, and what its errors mean.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use layers::upstream::WireFailure;
use layers::{Body, BoxError};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use tower::ServiceExt;
use tower::util::MapErr;

/// Connections to one provider.
pub type Pool = MapErr<Client<HttpsConnector<HttpConnector>, Body>, fn(LegacyError) -> BoxError>;

type LegacyError = hyper_util::client::legacy::Error;

/// How long an idle connection is kept. Shorter than what common load balancers keep theirs, so that a
/// request seldom meets a connection that is about to close.
const IDLE: Duration = Duration::from_secs(50);
/// Idle connections kept for a host.
const MAX_IDLE: usize = 64;

/// Whom connections trust.
#[derive(Debug, Clone, Copy)]
pub enum Trust<'a> {
    /// Nobody: the provider is reached without TLS, and the machine need not have a store of certificates.
    Plain,
    /// Whom the platform trusts.
    Platform,
    /// These certificates alone.
    Roots(&'a [CertificateDer<'static>]),
}

/// A pool.
pub fn pool(connect_timeout: Duration, trust: Trust<'_>) -> Result<Pool, rustls::Error> {
    let mut tcp = HttpConnector::new();
    tcp.set_connect_timeout(Some(connect_timeout));
    tcp.set_nodelay(true);
    tcp.enforce_http(false);
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls(trust)?)
        .https_or_http()
        .enable_all_versions()
        .wrap_connector(tcp);
    let client = Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(MAX_IDLE)
        // A request that met a closed connection is an attempt like any other: the retry layer decides.
        .retry_canceled_requests(false)
        .timer(TokioTimer::new())
        .http2_keep_alive_interval(Duration::from_secs(20))
        .http2_keep_alive_timeout(Duration::from_secs(5))
        .http2_keep_alive_while_idle(true)
        .build(connector);
    Ok(client.map_err(boxed as fn(LegacyError) -> BoxError))
}

fn boxed(error: LegacyError) -> BoxError {
    error.into()
}

/// How a client of ours speaks TLS.
pub(crate) fn tls(trust: Trust<'_>) -> Result<ClientConfig, rustls::Error> {
    let builder =
        ClientConfig::builder_with_provider(crate::tls::provider()).with_safe_default_protocol_versions()?;
    let roots = match trust {
        Trust::Platform => return Ok(builder.try_with_platform_verifier()?.with_no_client_auth()),
        Trust::Plain => &[],
        Trust::Roots(roots) => roots,
    };
    let mut store = RootCertStore::empty();
    for root in roots {
        store.add(root.clone())?;
    }
    Ok(builder.with_root_certificates(store).with_no_client_auth())
}

/// What an error of the pool means for the attempt.
pub fn classify(error: &BoxError) -> WireFailure {
    let legacy = error.downcast_ref::<LegacyError>();
    if legacy.is_some_and(LegacyError::is_connect) {
        return connect_failure(error.as_ref());
    }
    for cause in causes(error.as_ref()) {
        let Some(error) = cause.downcast_ref::<hyper::Error>() else {
            continue;
        };
        if error.is_canceled() {
            return WireFailure::Unsent;
        }
        if error.is_parse() || error.is_user() {
            return WireFailure::Protocol;
        }
    }
    WireFailure::Closed
}

fn connect_failure(error: &(dyn StdError + 'static)) -> WireFailure {
    for cause in causes(error) {
        if let Some(tls) = tls_error(cause) {
            let untrusted = matches!(tls, rustls::Error::InvalidCertificate(_));
            return if untrusted {
                WireFailure::Certificate
            } else {
                WireFailure::Tls
            };
        }
        match cause.downcast_ref::<io::Error>().map(io::Error::kind) {
            Some(io::ErrorKind::ConnectionRefused) => return WireFailure::Refused,
            Some(io::ErrorKind::TimedOut) => return WireFailure::ConnectTimeout,
            _ => {}
        }
        // The connector names the step that failed in its text alone.
        if cause.to_string().starts_with("dns error") {
            return WireFailure::Dns;
        }
    }
    WireFailure::Unreachable
}

/// rustls puts its error inside an I/O error, the connector that one inside another; neither is a source.
fn tls_error<'e>(error: &'e (dyn StdError + 'static)) -> Option<&'e rustls::Error> {
    let inner = || error.downcast_ref::<io::Error>()?.get_ref();
    error.downcast_ref().or_else(|| tls_error(inner()?))
}

fn causes<'e>(error: &'e (dyn StdError + 'static)) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error: &&'e (dyn StdError + 'static)| {
        (*error).source()
    })
}

#[cfg(test)]
mod tests {
    use rustls::{CertificateError, Error};

    use super::*;

    #[tokio::test]
    async fn a_request_that_never_left_is_told_from_one_that_may_have() {
        use hyper::client::conn::http1::handshake;
        use hyper_util::rt::TokioIo;
        let (near, far) = tokio::io::duplex(1024);
        let (mut sender, connection) = handshake(TokioIo::new(near)).await.unwrap();
        drop((connection, far));
        let error = sender
            .send_request(http::Request::new(Body::empty()))
            .await
            .unwrap_err();
        assert_eq!(classify(&error.into()), WireFailure::Unsent);

        let (near, far) = tokio::io::duplex(1024);
        let (mut sender, connection) = handshake(TokioIo::new(near)).await.unwrap();
        let answer = sender.send_request(http::Request::new(Body::empty()));
        let close = async {
            let mut far = far;
            tokio::io::AsyncReadExt::read_u8(&mut far).await.unwrap();
        };
        let (answer, _, ()) = tokio::join!(answer, connection, close);
        assert_eq!(classify(&answer.unwrap_err().into()), WireFailure::Closed);
    }

    #[test]
    fn a_certificate_is_found_however_deep_it_is_wrapped() {
        let error = io::Error::other(Error::InvalidCertificate(CertificateError::UnknownIssuer));
        assert_eq!(connect_failure(&error), WireFailure::Certificate);
        assert_eq!(
            connect_failure(&io::Error::other(error)),
            WireFailure::Certificate
        );
        let error = io::Error::other(io::Error::other(Error::HandshakeNotComplete));
        assert_eq!(connect_failure(&error), WireFailure::Tls);
        assert_eq!(
            connect_failure(&io::Error::from(io::ErrorKind::ConnectionRefused)),
            WireFailure::Refused
        );
        assert_eq!(
            connect_failure(&io::Error::other("no route")),
            WireFailure::Unreachable
        );
    }
}
