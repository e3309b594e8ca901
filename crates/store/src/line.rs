//! Making the connection: TCP, TLS where it is wanted, and who we are.

use std::pin::Pin;
use std::sync::Arc;
use std::{fmt, io};

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, RedisError};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::address::Address;
use crate::news::Listeners;

/// Operations that may wait to be written; who comes then waits within its patience.
const WAITING: usize = 1024;

/// A connection, and what moves it for as long as it is polled.
pub(crate) struct Line {
    pub(crate) connection: MultiplexedConnection,
    pub(crate) driver: Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// Why the store is away, in words for the log. It has nothing of what a server says, which may repeat what it was
/// sent, a password among it.
pub(crate) struct Failure(String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Failure {
    pub(crate) fn new(what: &str) -> Self {
        Self(what.to_owned())
    }
}

impl From<RedisError> for Failure {
    fn from(error: RedisError) -> Self {
        match error.code() {
            Some(code) => Self(format!("{}: {code}", error.category())),
            None => Self::new(error.category()),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

/// Connects. What comes over channels goes to `listeners`.
pub(crate) async fn connect(address: &Address, listeners: &Arc<Listeners>) -> Result<Line, Failure> {
    let tcp = TcpStream::connect((address.host.as_str(), address.port)).await?;
    tcp.set_nodelay(true)?;
    if !address.is_secure() {
        return begin(address, listeners, tcp).await;
    }
    let tls = address
        .tls
        .as_ref()
        .ok_or_else(|| Failure::new("TLS is not set up"))?;
    let name = ServerName::try_from(address.host.clone())
        .map_err(|_| Failure::new("the host is no name for a certificate"))?;
    let stream = TlsConnector::from(Arc::clone(tls)).connect(name, tcp).await?;
    begin(address, listeners, stream).await
}

async fn begin<S>(address: &Address, listeners: &Arc<Listeners>, stream: S) -> Result<Line, Failure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let listeners = Arc::clone(listeners);
    let config = AsyncConnectionConfig::new()
        // Whoever asks counts the time, and whoever connects.
        .set_response_timeout(None)
        .set_connection_timeout(None)
        .set_pipeline_buffer_size(WAITING)
        .set_push_sender(move |push| {
            listeners.pass(push);
            Ok::<(), ()>(())
        });
    let (connection, driver) = MultiplexedConnection::new_with_config(&address.login, stream, config).await?;
    Ok(Line {
        connection,
        driver: Box::pin(driver),
    })
}
