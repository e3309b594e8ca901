//! An upstream that does what a test says, down to the bytes, and remembers what it was sent.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// `GET /path?query HTTP/1.1`
    pub(crate) line: String,
    /// Names in lower case, in their order.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    /// A header; empty if it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value)
    }
}

/// What to do with a request.
#[derive(Debug, Clone)]
pub(crate) enum Script {
    /// Send these bytes, then wait for the next request.
    Bytes(Vec<u8>),
    /// Send these bytes, then close.
    Close(Vec<u8>),
    /// Send these bytes, then reset the connection.
    Reset(Vec<u8>),
    /// Send these bytes, then nothing more, for as long as the peer stays.
    Hang(Vec<u8>),
    /// Send the first bytes, then the second ones again and again, for as long as the peer stays.
    Endless(Vec<u8>, Vec<u8>),
}

impl Script {
    /// A whole answer.
    pub(crate) fn json(status: u16, body: &str) -> Self {
        Self::answer(status, "application/json", &[], body.as_bytes())
    }

    /// A whole answer of any kind.
    pub(crate) fn answer(status: u16, content_type: &str, headers: &[(&str, &str)], body: &[u8]) -> Self {
        let length = ("content-length", &*body.len().to_string());
        let head = [("content-type", content_type), length]
            .iter()
            .chain(headers)
            .fold(format!("HTTP/1.1 {status} X\r\n"), |head, (name, value)| {
                head + name + ": " + value + "\r\n"
            });
        Self::Bytes([head.as_bytes(), b"\r\n", body].concat())
    }
}

type Answering = Pin<Box<dyn Future<Output = Script> + Send>>;
type Handler = Arc<dyn Fn(usize, Seen) -> Answering + Send + Sync>;

/// A scripted upstream. It ends when it is dropped.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    seen: watch::Sender<Vec<Seen>>,
    task: JoinHandle<()>,
}

impl Upstream {
    /// Answers every request the same way.
    pub(crate) async fn always(script: Script) -> Self {
        Self::scripted(move |_, _| script.clone()).await
    }

    /// Answers by the number of the request, from 0, and what it says.
    pub(crate) async fn scripted(script: impl Fn(usize, &Seen) -> Script + Send + Sync + 'static) -> Self {
        Self::handled(move |number, seen| {
            let script = script(number, &seen);
            async move { script }
        })
        .await
    }

    /// Answers when the future is ready, so that a test can hold an answer back.
    pub(crate) async fn handled<F>(handler: impl Fn(usize, Seen) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Script> + Send + 'static,
    {
        let handler: Handler = Arc::new(move |number, seen| Box::pin(handler(number, seen)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = watch::Sender::default();
        #[expect(clippy::disallowed_methods, reason = "ended on drop")]
        let task = tokio::spawn(accept(listener, handler, seen.clone()));
        Self { address, seen, task }
    }

    /// Answers every request the same way, once the gate has a permit for it.
    pub(crate) async fn gated(gate: &Arc<Semaphore>, script: Script) -> Self {
        let gate = Arc::clone(gate);
        Self::handled(move |_, _| {
            let (gate, script) = (Arc::clone(&gate), script.clone());
            async move {
                gate.acquire().await.unwrap().forget();
                script
            }
        })
        .await
    }

    /// The requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.borrow().clone()
    }

    /// How many there were.
    pub(crate) fn count(&self) -> usize {
        self.seen.borrow().len()
    }

    /// Waits until there were so many.
    pub(crate) async fn arrived(&self, count: usize) {
        let mut seen = self.seen.subscribe();
        seen.wait_for(|seen| seen.len() >= count).await.unwrap();
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, handler: Handler, seen: watch::Sender<Vec<Seen>>) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        connections.spawn(converse(socket, Arc::clone(&handler), seen.clone()));
    }
}

async fn converse(mut socket: TcpStream, handler: Handler, seen: watch::Sender<Vec<Seen>>) {
    let mut buffer = Vec::new();
    while let Some(request) = read(&mut socket, &mut buffer).await {
        let mut number = 0;
        seen.send_modify(|seen| {
            number = seen.len();
            seen.push(request.clone());
        });
        match handler(number, request).await {
            Script::Bytes(bytes) => {
                if socket.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            Script::Close(bytes) => {
                drop(socket.write_all(&bytes).await);
                return;
            }
            Script::Reset(bytes) => {
                drop(socket.write_all(&bytes).await);
                drop(socket2::SockRef::from(&socket).set_linger(Some(std::time::Duration::ZERO)));
                return;
            }
            Script::Hang(bytes) => {
                drop(socket.write_all(&bytes).await);
                while socket.read(&mut [0; 64]).await.is_ok_and(|read| read > 0) {}
                return;
            }
            Script::Endless(head, again) => {
                let mut sent = socket.write_all(&head).await;
                while sent.is_ok() {
                    sent = socket.write_all(&again).await;
                }
                return;
            }
        }
    }
}

async fn read(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Seen> {
    let end = loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        if socket.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
    let mut lines = head.lines();
    let line = lines.next()?.to_owned();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let find = |name: &str| headers.iter().find(|(known, _)| known == name);
    buffer.drain(..end);
    let body = if find("transfer-encoding").is_some() {
        chunks(socket, buffer).await?
    } else {
        let length = find("content-length").map_or(0, |(_, value)| value.parse().unwrap());
        exactly(socket, buffer, length).await?
    };
    Some(Seen { line, headers, body })
}

async fn exactly(socket: &mut TcpStream, buffer: &mut Vec<u8>, count: usize) -> Option<Vec<u8>> {
    while buffer.len() < count {
        if socket.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
    Some(buffer.drain(..count).collect())
}

/// A chunked body without extensions and trailers, as the gateway sends it.
async fn chunks(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = loop {
            if let Some(end) = buffer.windows(2).position(|window| window == b"\r\n") {
                break end;
            }
            if socket.read_buf(buffer).await.ok()? == 0 {
                return None;
            }
        };
        let line = exactly(socket, buffer, end + 2).await?;
        let size = std::str::from_utf8(&line[..end]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        let chunk = exactly(socket, buffer, size + 2).await?;
        assert_eq!(&chunk[size..], b"\r\n");
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(&chunk[..size]);
    }
}
