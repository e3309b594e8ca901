//! TLS on the listener: 1.2 and 1.3, the protocol chosen in the handshake, and perhaps certificates of clients.
//! Everything that a reload may change is one value, which a handshake takes at its beginning.

mod certificate;
mod subject;

use std::io;
use std::sync::Arc;

use arc_swap::ArcSwap;
use aws_lc_rs::digest::{SHA256, digest};
use layers::authenticate::Certificate;
use rustls::crypto::CryptoProvider;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoClientAuth, ServerSessionMemoryCache, WebPkiClientVerifier};
use rustls::sign::SingleCertAndKey;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

pub use certificate::Facts;
pub use subject::parse as parse_subject;

use crate::config;

const HTTP2: &[u8] = b"h2";
const HTTP1: &[u8] = b"http/1.1";
/// Sessions that clients may resume, a few kilobytes each.
const MAX_SESSIONS: usize = 4096;

/// Accepts TLS connections, with whatever certificate there is at the moment.
#[derive(Debug)]
pub struct Acceptor(ArcSwap<Epoch>);

/// What holds between two reloads.
#[derive(Debug)]
pub struct Epoch {
    config: Arc<ServerConfig>,
    client_ca: Arc<RootCertStore>,
    /// Cancelled when other authorities vouch for clients.
    retired: CancellationToken,
}

/// A connection after its handshake.
#[derive(Debug)]
pub struct Secured {
    /// The connection.
    pub stream: TlsStream<TcpStream>,
    /// Whether HTTP/2 was chosen.
    pub is_http2: bool,
    /// What the client has shown.
    pub certificate: Option<Certificate>,
    /// Cancelled when what the client has shown means nothing any more. What is under way may finish.
    pub retired: Option<CancellationToken>,
}

impl Acceptor {
    /// With what the configuration has.
    pub fn new(tls: &config::Tls) -> Result<Self, String> {
        Ok(Self(ArcSwap::from_pointee(Epoch::new(tls)?)))
    }

    /// Uses something else for handshakes that are yet to come. Sessions of before are not resumed: a resumed one
    /// would carry a client's certificate past the authority that vouched for it.
    pub fn replace(&self, next: Epoch) {
        let previous = self.0.load_full();
        if previous.client_ca.roots == next.client_ca.roots {
            let retired = previous.retired.clone();
            self.0.store(Arc::new(Epoch { retired, ..next }));
        } else {
            self.0.store(Arc::new(next));
            previous.retired.cancel();
        }
    }

    /// Shakes hands. A peer that does not speak TLS is told so in TLS.
    pub async fn accept(&self, socket: TcpStream) -> io::Result<Secured> {
        let epoch = self.0.load_full();
        let acceptor = TlsAcceptor::from(Arc::clone(&epoch.config));
        let stream = acceptor.accept(socket).await?;
        let (_, session) = stream.get_ref();
        let certificate = session
            .peer_certificates()
            .and_then(|chain| chain.first())
            .map(|leaf| shown(leaf));
        Ok(Secured {
            is_http2: session.alpn_protocol() == Some(HTTP2),
            retired: certificate.is_some().then(|| epoch.retired.clone()),
            certificate,
            stream,
        })
    }
}

impl Epoch {
    /// With what the configuration has.
    pub fn new(tls: &config::Tls) -> Result<Self, String> {
        let client_ca = Arc::new(tls.client_ca.clone());
        let config = server_config(tls, &client_ca).map_err(|error| format!("server.tls: {error}"))?;
        Ok(Self {
            config: Arc::new(config),
            client_ca,
            retired: CancellationToken::new(),
        })
    }
}

/// The one crypto library that the program uses.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// Session tickets stay off, the library's default: what a client may resume lies in this value's own memory, and
/// goes with it.
fn server_config(
    tls: &config::Tls,
    client_ca: &Arc<RootCertStore>,
) -> Result<ServerConfig, Box<dyn std::error::Error>> {
    let provider = provider();
    let verifier: Arc<dyn ClientCertVerifier> = if client_ca.is_empty() {
        Arc::new(NoClientAuth)
    } else {
        // Some clients have a certificate, others a key.
        WebPkiClientVerifier::builder_with_provider(Arc::clone(client_ca), Arc::clone(&provider))
            .allow_unauthenticated()
            .build()?
    };
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13, &TLS12])?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(Arc::clone(&tls.identity))));
    config.session_storage = ServerSessionMemoryCache::new(MAX_SESSIONS);
    config.alpn_protocols = vec![HTTP2.to_vec(), HTTP1.to_vec()];
    Ok(config)
}

/// A certificate that the handshake has verified. One that cannot be read is nobody's.
fn shown(leaf: &[u8]) -> Certificate {
    let facts = Facts::of(leaf);
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(digest(&SHA256, leaf).as_ref());
    Certificate {
        subject: facts
            .as_ref()
            .and_then(|facts| facts.subject.as_deref())
            .map(Into::into),
        not_after: facts.map_or(std::time::UNIX_EPOCH, |facts| facts.not_after),
        sha256,
    }
}
