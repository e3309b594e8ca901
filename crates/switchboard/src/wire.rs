//! Connections to providers: a pool over rustls, and what its errors mean.

mod lent;
mod pool;

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use hyper_rustls::{ConfigBuilderExt, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use layers::BoxError;
use layers::upstream::WireFailure;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

pub use self::lent::Lent;
pub use self::pool::Pool;
use self::pool::Unconnected;

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

/// A pool of connections to where this URL leads.
pub fn pool(base_url: &str, connect_timeout: Duration, trust: Trust<'_>) -> Result<Pool, String> {
    let mut tcp = HttpConnector::new();
    tcp.set_connect_timeout(Some(connect_timeout));
    tcp.set_nodelay(true);
    tcp.enforce_http(false);
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls(trust).map_err(|error| format!("TLS: {error}"))?)
        .https_or_http()
        .enable_all_versions()
        .wrap_connector(tcp);
    let url = base_url.parse().map_err(|error| format!("{base_url}: {error}"))?;
    Pool::new(connector, &url).map_err(|error| format!("{base_url}: {error}"))
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
    if error.is::<Unconnected>() {
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

    use layers::Body;

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
