//! Plain sockets, for tests that care about bytes and moments.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// An upstream whose every byte the test sends itself.
pub(crate) struct Peer(TcpListener);

impl Peer {
    pub(crate) async fn new() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }

    /// The next connection.
    pub(crate) async fn accept(&self) -> Wire {
        Wire::of(self.0.accept().await.unwrap().0)
    }
}

/// One end of a connection.
pub(crate) struct Wire {
    pub(crate) socket: TcpStream,
    buffer: Vec<u8>,
}

impl Wire {
    const fn of(socket: TcpStream) -> Self {
        Self {
            socket,
            buffer: Vec::new(),
        }
    }

    /// A connection of a client.
    pub(crate) async fn to(address: SocketAddr) -> Self {
        Self::of(TcpStream::connect(address).await.unwrap())
    }

    /// A connection of a client whose first bytes are there when it is taken.
    pub(crate) fn begun(address: SocketAddr, bytes: &str) -> Self {
        let mut socket = std::net::TcpStream::connect(address).unwrap();
        std::io::Write::write_all(&mut socket, bytes.as_bytes()).unwrap();
        socket.set_nonblocking(true).unwrap();
        Self::of(TcpStream::from_std(socket).unwrap())
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.socket.write_all(bytes.as_ref()).await.unwrap();
    }

    /// The next head, in lower case but for its first line.
    pub(crate) async fn head(&mut self) -> String {
        let end = loop {
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            let read = self.socket.read_buf(&mut self.buffer).await.unwrap();
            assert!(
                read > 0,
                "closed after {:?}",
                String::from_utf8_lossy(&self.buffer)
            );
        };
        let head: Vec<u8> = self.buffer.drain(..end).collect();
        let head = String::from_utf8(head).unwrap();
        let (line, headers) = head.split_once("\r\n").unwrap();
        format!("{line}\r\n{}", headers.to_ascii_lowercase())
    }

    /// The next so many bytes.
    pub(crate) async fn exactly(&mut self, count: usize) -> Vec<u8> {
        while self.buffer.len() < count {
            let read = self.socket.read_buf(&mut self.buffer).await.unwrap();
            assert!(
                read > 0,
                "closed after {:?}",
                String::from_utf8_lossy(&self.buffer)
            );
        }
        self.buffer.drain(..count).collect()
    }

    /// How many bytes have come beyond those that were asked for.
    pub(crate) const fn buffered(&self) -> usize {
        self.buffer.len()
    }

    /// What comes until the other end closes, in one way or another.
    pub(crate) async fn rest(mut self) -> Vec<u8> {
        while self
            .socket
            .read_buf(&mut self.buffer)
            .await
            .is_ok_and(|read| read > 0)
        {}
        self.buffer
    }
}
