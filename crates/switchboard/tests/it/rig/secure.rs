//! A gateway with TLS, and a client that speaks both versions of HTTP over it.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Version};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{Answer, Authority, Gateway, Pair, put};

/// A gateway whose listener speaks TLS, and the folder of its files.
pub(crate) struct Secured {
    pub(crate) gateway: Gateway,
    pub(crate) authority: Authority,
    pub(crate) folder: TempDir,
}

impl Secured {
    /// With this configuration; `server` goes into `[server]`.
    pub(crate) async fn start(server: &str, toml: &str) -> Self {
        Self::with_clients_of(None, server, toml).await
    }

    /// Where this authority vouches for clients.
    pub(crate) async fn with_clients_of(clients: Option<&Authority>, server: &str, toml: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::new("servers");
        authority.server(2100).write(folder.path());
        if let Some(clients) = clients {
            put(folder.path(), "ca.pem", &clients.pem());
        }
        let tls = section(folder.path(), clients.is_some());
        let gateway = Gateway::start(&format!("[server]\n{server}\n{tls}\n{toml}")).await;
        Self {
            gateway,
            authority,
            folder,
        }
    }

    /// A client without a certificate.
    pub(crate) fn client(&self) -> Secure {
        Secure::new(&self.gateway, &self.authority, None)
    }

    /// A client with one.
    pub(crate) fn client_with(&self, pair: &Pair) -> Secure {
        Secure::new(&self.gateway, &self.authority, Some(pair))
    }

    /// When the listener's certificate ends, as the metric has it.
    pub(crate) async fn expiry(&self) -> f64 {
        self.gateway
            .metric("switchboard_tls_certificate_expiry_timestamp_seconds", &[])
            .await
    }
}

/// `[server.tls]` with the files of a folder.
pub(crate) fn section(folder: &Path, asks_clients: bool) -> String {
    let folder = folder.display();
    let client_ca = if asks_clients {
        format!("client_ca = \"{folder}/ca.pem\"\n")
    } else {
        String::new()
    };
    format!("[server.tls]\ncertificate = \"{folder}/cert.pem\"\nkey = \"file:{folder}/key.pem\"\n{client_ca}")
}

/// A client over TLS. Its sessions are resumed where the gateway allows it.
#[derive(Clone)]
pub(crate) struct Secure {
    address: SocketAddr,
    config: ClientConfig,
}

/// How a connection ends.
pub(crate) type Ended = tokio::task::JoinHandle<hyper::Result<()>>;

/// A connection that speaks HTTP/2.
#[derive(Clone)]
pub(crate) struct Http2 {
    pub(crate) sender: http2::SendRequest<Full<Bytes>>,
    authority: String,
}

impl Secure {
    pub(crate) fn new(gateway: &Gateway, authority: &Authority, identity: Option<&Pair>) -> Self {
        Self {
            address: gateway.client.0,
            config: config(authority, identity, rustls::DEFAULT_VERSIONS),
        }
    }

    /// A client of a gateway in another process.
    pub(crate) fn at(address: SocketAddr, authority: &Authority) -> Self {
        let config = config(authority, None, rustls::DEFAULT_VERSIONS);
        Self { address, config }
    }

    /// The same client with a certificate.
    pub(crate) fn with(mut self, authority: &Authority, identity: &Pair) -> Self {
        self.config = config(authority, Some(identity), rustls::DEFAULT_VERSIONS);
        self
    }

    /// The same client with one version of TLS alone.
    pub(crate) fn only(mut self, authority: &Authority, version: &'static SupportedProtocolVersion) -> Self {
        self.config = config(authority, None, &[version]);
        self
    }

    /// What its requests name.
    pub(crate) fn authority(&self) -> String {
        self.address.to_string()
    }

    /// Shakes hands, offering these protocols.
    pub(crate) async fn connect(&self, protocols: &[&str]) -> io::Result<TlsStream<TcpStream>> {
        let socket = TcpStream::connect(self.address).await?;
        socket.set_nodelay(true)?;
        self.over(socket, protocols).await
    }

    /// The same on a socket that is open already.
    pub(crate) async fn over(
        &self,
        socket: TcpStream,
        protocols: &[&str],
    ) -> io::Result<TlsStream<TcpStream>> {
        let mut config = self.config.clone();
        config.alpn_protocols = protocols
            .iter()
            .map(|protocol| protocol.as_bytes().to_vec())
            .collect();
        let name = ServerName::from(self.address.ip());
        TlsConnector::from(Arc::new(config)).connect(name, socket).await
    }

    /// A connection for many requests.
    pub(crate) async fn http2(&self) -> Http2 {
        self.http2_and_end().await.0
    }

    /// The same, and how it ends.
    pub(crate) async fn http2_and_end(&self) -> (Http2, Ended) {
        let stream = self.connect(&["h2", "http/1.1"]).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
        let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
        #[expect(clippy::disallowed_methods, reason = "ends with the connection")]
        let ended = tokio::spawn(connection);
        let authority = self.authority();
        (Http2 { sender, authority }, ended)
    }

    /// `GET` by HTTP/1.1 on a connection of its own.
    pub(crate) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.try_get(path, headers).await.unwrap()
    }

    /// The same, where the gateway may not want to talk.
    pub(crate) async fn try_get(&self, path: &str, headers: &[(&str, &str)]) -> Result<Answer, String> {
        let stream = self
            .connect(&["http/1.1"])
            .await
            .map_err(|error| error.to_string())?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| error.to_string())?;
        let mut request = Request::get(path).header("host", self.address.to_string());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::<Bytes>::default()).unwrap();
        let (answer, _) = tokio::join!(
            async move {
                let response = sender.send_request(request).await?;
                read(response).await
            },
            connection
        );
        answer.map_err(|error: hyper::Error| format!("{error:?}"))
    }
}

impl Http2 {
    /// `GET`.
    pub(crate) async fn get(&mut self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(Method::GET, path, headers, "").await
    }

    /// Any request.
    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        let uri = format!("https://{}{path}", self.authority);
        let mut request = Request::builder()
            .method(method)
            .uri(uri)
            .version(Version::HTTP_2);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.request(request.body(Full::new(body.into())).unwrap())
            .await
            .unwrap()
    }

    /// Exactly this request.
    pub(crate) async fn request(&mut self, request: Request<Full<Bytes>>) -> hyper::Result<Answer> {
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        assert_eq!(response.version(), Version::HTTP_2);
        read(response).await
    }
}

async fn read(response: http::Response<hyper::body::Incoming>) -> hyper::Result<Answer> {
    let (head, body) = response.into_parts();
    Ok(Answer {
        status: head.status.as_u16(),
        headers: head.headers,
        body: body.collect().await?.to_bytes(),
    })
}

fn config(
    authority: &Authority,
    identity: Option<&Pair>,
    versions: &[&'static SupportedProtocolVersion],
) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(authority.der()).unwrap();
    let builder = ClientConfig::builder_with_provider(switchboard::tls::provider())
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots);
    match identity {
        None => builder.with_no_client_auth(),
        Some(pair) => {
            let (certificate, key): (CertificateDer<'static>, _) = pair.der();
            builder.with_client_auth_cert(vec![certificate], key).unwrap()
        }
    }
}
