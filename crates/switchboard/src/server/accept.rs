//! Takes sockets from the kernel, no more at a time than there are places.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::Listener;

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

/// Ends a moment after it is to stop. Who waits in the kernel's queue was told that he is connected, and has perhaps
/// asked already; a listener that is simply closed resets him. So first the door is shut, then the hall is emptied. The
/// door of a socket that lives on stays open: who waits there waits for a successor.
pub(super) async fn stopped(listener: &Listener, stop: &CancellationToken) {
    stop.cancelled().await;
    if listener.is_lent {
        return;
    }
    if let Err(error) = shut(&listener.socket) {
        tracing::debug!(%error, "connections that are being made at this moment may be reset");
    }
    tokio::time::sleep(LAST_CALL).await;
}

/// Has the kernel ignore who asks for a new connection; he asks again in a second, and finds nobody.
#[cfg(target_os = "linux")]
fn shut(listener: &TcpListener) -> std::io::Result<()> {
    use socket2::SockFilter;
    // Classic BPF over the TCP header: load the byte of flags; if SYN is among them drop the segment, else keep it.
    const LOAD_BYTE: u16 = 0x30;
    const JUMP_IF_SET: u16 = 0x45;
    const RETURN: u16 = 0x06;
    const FLAGS: u32 = 13;
    const SYN: u32 = 0x02;
    SockRef::from(listener).attach_filter(&[
        SockFilter::new(LOAD_BYTE, 0, 0, FLAGS),
        SockFilter::new(JUMP_IF_SET, 0, 1, SYN),
        SockFilter::new(RETURN, 0, 0, 0),
        SockFilter::new(RETURN, 0, 0, u32::MAX),
    ])
}

#[cfg(not(target_os = "linux"))]
fn shut(_: &TcpListener) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
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
