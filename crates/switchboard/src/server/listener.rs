//! What connections are taken from: a socket of our own, or one that was handed over and lives on without us.

use std::net::{self, SocketAddr};

use tokio::net::TcpListener;

/// A socket that is listened on.
#[derive(Debug)]
pub struct Listener {
    pub(super) socket: TcpListener,
    /// Somebody else has it too. Whoever waits in its queue when we end waits for our successor.
    pub(super) is_lent: bool,
}

impl Listener {
    /// The one that was handed over, or else one of our own at this address.
    pub async fn open(lent: Option<net::TcpListener>, address: SocketAddr) -> Result<Self, String> {
        let is_lent = lent.is_some();
        let socket = match lent {
            Some(socket) => socket
                .set_nonblocking(true)
                .and_then(|()| TcpListener::from_std(socket)),
            None => TcpListener::bind(address).await,
        };
        if is_lent {
            tracing::info!(%address, "listens on a socket that was handed over");
        }
        match socket {
            Ok(socket) => Ok(Self { socket, is_lent }),
            Err(error) => Err(format!("cannot listen on {address}: {error}")),
        }
    }

    /// Where it is.
    pub fn address(&self) -> Result<SocketAddr, String> {
        self.socket.local_addr().map_err(|error| error.to_string())
    }
}
