//! Takes sockets from the kernel, no more at a time than there are places.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// In which the kernel hands over connections that it has taken already.
const LAST_CALL: Duration = Duration::from_millis(20);

/// Waits for a place before it takes a socket, so that a full gateway leaves its peers with the kernel.
pub(super) async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    stopped: impl Future<Output = ()>,
) -> Option<(OwnedSemaphorePermit, TcpStream, SocketAddr)> {
    let next = async {
        let place = Arc::clone(places).acquire_owned().await.ok()?;
        loop {
            match listener.accept().await {
                Ok((socket, peer)) => {
                    configure(&socket);
                    return Some((place, socket, peer));
                }
                Err(error) => {
                    // Out of file descriptors, or a peer that left already: the next one may do better.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    };
    tokio::select! {
        () = stopped => None,
        next = next => next,
    }
}

/// Ends a moment after it is to stop: who waits in the kernel's queue was told that he is connected.
pub(super) async fn stopped(stop: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(LAST_CALL).await;
}

/// Options that make a dead peer known. A socket works without them, so a failure is no reason to end it.
fn configure(socket: &TcpStream) {
    let keepalive = TcpKeepalive::new()
        .with_time(Duration::from_mins(1))
        .with_interval(Duration::from_secs(15));
    let socket = SockRef::from(socket);
    for result in [socket.set_tcp_nodelay(true), socket.set_tcp_keepalive(&keepalive)] {
        if let Err(error) = result {
            tracing::debug!(%error, "a socket option was refused");
        }
    }
}
