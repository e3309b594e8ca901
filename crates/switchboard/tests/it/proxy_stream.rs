//! The pass-through face: bodies of any length in bounded memory, and what happens when they stand still.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::proxy_request::{configuration, gateway, request};
use crate::proxy_shape::assert_native;
use crate::rig::{Answer, Gateway, Peer, Wire, bearer, pass};

/// Much more than may be held anywhere.
const LONG: usize = 256 << 20;
/// What a connection's sockets and buffers may hold, in the kernel on both sides and in the gateway.
const HELD: usize = 32 << 20;
/// A writer that has made no progress so often in a row makes none until somebody reads.
const STUCK: u32 = 2_000;

/// Writes zeros without ever waiting, and says when it is stuck for the first time.
struct Torrent {
    written: AtomicUsize,
    stuck: Notify,
}

impl Torrent {
    fn into(socket: TcpStream, length: usize) -> Arc<Self> {
        let torrent = Arc::new(Self {
            written: AtomicUsize::new(0),
            stuck: Notify::new(),
        });
        let this = Arc::clone(&torrent);
        #[expect(clippy::disallowed_methods, reason = "ends with its socket")]
        tokio::spawn(async move { this.write(&socket, length).await });
        torrent
    }

    async fn write(&self, socket: &TcpStream, length: usize) -> Option<()> {
        let zeros = vec![0; 1 << 16];
        let mut idle = 0;
        loop {
            let left = length - self.written.load(Ordering::Relaxed);
            match socket.try_write(zeros.get(..left.min(zeros.len()))?) {
                Ok(0) => {
                    // Done. It stays open until the other end closes.
                    self.stuck.notify_one();
                    socket.readable().await.ok()?;
                    return Some(());
                }
                Ok(count) => {
                    self.written.fetch_add(count, Ordering::Relaxed);
                    idle = 0;
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => idle += 1,
                Err(_) => return None,
            }
            if idle == STUCK {
                self.stuck.notify_one();
            }
            if idle > 0 {
                tokio::task::yield_now().await;
            }
        }
    }

    fn written(&self) -> usize {
        self.written.load(Ordering::Relaxed)
    }
}

/// Reads so many bytes; the writer is never further ahead than may be held.
async fn drain(socket: &mut TcpStream, mut left: usize, torrent: &Torrent) {
    let mut buffer = vec![0; 1 << 16];
    while left > 0 {
        let most = left.min(buffer.len());
        let read = socket.read(&mut buffer[..most]).await.unwrap();
        assert!(read > 0 && buffer[..read].iter().all(|byte| *byte == 0));
        left -= read;
        let held = torrent.written() - (LONG - left);
        assert!(held < HELD, "{held} bytes are held");
    }
}

fn ask(gateway: &Gateway, line: &str, headers: &str) -> String {
    format!(
        "{line} HTTP/1.1\r\nhost: {}\r\nauthorization: {}\r\n{headers}\r\n",
        gateway.client.0,
        bearer("app")
    )
}

#[tokio::test]
async fn a_long_answer_waits_for_its_reader() {
    let peer = Peer::new().await;
    let gateway = gateway(peer.address(), "attempt_timeout = \"1h\"").await;
    let mut app = Wire::to(gateway.client.0).await;
    app.send(ask(&gateway, "GET /proxy/twilio/x", "")).await;
    let mut provider = peer.accept().await;
    provider.head().await;
    provider
        .send(format!("HTTP/1.1 200 OK\r\ncontent-length: {LONG}\r\n\r\n"))
        .await;
    let head = app.head().await;
    assert!(head.contains(&format!("content-length: {LONG}")), "{head}");
    let torrent = Torrent::into(provider.socket, LONG);
    torrent.stuck.notified().await;
    assert!(
        torrent.written() < HELD,
        "{} bytes were taken that nobody reads",
        torrent.written()
    );
    let early = app.buffered();
    drain(&mut app.socket, LONG - early, &torrent).await;
}

#[tokio::test]
async fn a_long_body_waits_for_its_reader() {
    let peer = Peer::new().await;
    let config = configuration(peer.address(), "attempt_timeout = \"1h\"");
    let gateway = Gateway::start(&format!(
        "[server]\nmax_body = \"1GiB\"\nrequest_timeout = \"1h\"\n{config}"
    ))
    .await;
    let mut app = Wire::to(gateway.client.0).await;
    let length = format!("content-length: {LONG}\r\n");
    app.send(ask(&gateway, "POST /proxy/twilio/x", &length)).await;
    let mut provider = peer.accept().await;
    let head = provider.head().await;
    assert!(head.contains(&length), "{head}");
    let torrent = Torrent::into(app.socket, LONG);
    torrent.stuck.notified().await;
    assert!(
        torrent.written() < HELD,
        "{} bytes were taken that nobody reads",
        torrent.written()
    );
    let early = provider.buffered();
    drain(&mut provider.socket, LONG - early, &torrent).await;
    provider.send("HTTP/1.1 204 X\r\n\r\n").await;
    gateway
        .until("switchboard_http_requests_total", &["status=\"204\""], 1.0)
        .await;
}

#[tokio::test]
async fn both_bodies_may_be_under_way_at_once() {
    let peer = Peer::new().await;
    let gateway = gateway(peer.address(), "").await;
    let mut app = Wire::to(gateway.client.0).await;
    app.send(ask(&gateway, "POST /proxy/bland/x", "content-length: 4\r\n"))
        .await;
    let mut provider = peer.accept().await;
    provider.head().await;
    provider
        .send("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nAB")
        .await;
    app.head().await;
    assert_eq!(app.exactly(2).await, b"AB");
    app.send("ab").await;
    assert_eq!(provider.exactly(2).await, b"ab");
    app.send("cd").await;
    assert_eq!(provider.exactly(2).await, b"cd");
    provider.send("CD").await;
    assert_eq!(app.exactly(2).await, b"CD");
}

#[tokio::test]
async fn the_deadline_ends_at_the_head_and_silence_is_measured_anew() {
    let peer = Peer::new().await;
    let config = configuration(peer.address(), "attempt_timeout = \"10m\"");
    let gateway = Gateway::start(&format!("[server]\nrequest_timeout = \"1s\"\n{config}")).await;
    let mut app = Wire::to(gateway.client.0).await;
    app.send(ask(&gateway, "GET /proxy/bland/x", "")).await;
    let mut provider = peer.accept().await;
    provider.head().await;
    provider
        .send("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n")
        .await;
    app.head().await;
    for part in ["a", "b", "c"] {
        // Longer than the request's time, and than the gateway waits for an idle client.
        pass(Duration::from_mins(9)).await;
        provider.send(part).await;
        assert_eq!(app.exactly(1).await, part.as_bytes());
    }
}

/// The answer to what was sent so far, however the request goes on.
async fn answer(mut app: Wire) -> Answer {
    let head = app.head().await;
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let (_, lines) = head.split_once("\r\n").unwrap();
    let headers = lines.lines().filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| {
        let name: http::HeaderName = name.parse().unwrap();
        (name, value.parse().unwrap())
    });
    let headers: http::HeaderMap = headers.collect();
    let length = headers["content-length"].to_str().unwrap().parse().unwrap();
    Answer {
        status,
        headers,
        body: app.exactly(length).await.into(),
    }
}

#[tokio::test]
async fn a_body_that_stands_still_is_ended() {
    let peer = Peer::new().await;
    let gateway = gateway(peer.address(), "attempt_timeout = \"50ms\"").await;
    for connection in ["twilio", "bland"] {
        // The client's: it is told, and the provider sees no whole request.
        let mut app = Wire::to(gateway.client.0).await;
        let line = format!("POST /proxy/{connection}/x");
        app.send(ask(&gateway, &line, "content-length: 4\r\n") + "ab")
            .await;
        let mut provider = peer.accept().await;
        provider.head().await;
        assert_native(&answer(app).await, connection, 408, "invalid_request");
        assert_eq!(provider.rest().await, b"ab");
        // The provider's, of which the head has gone out already: the rest does not come.
        let mut app = Wire::to(gateway.client.0).await;
        app.send(ask(&gateway, &format!("GET /proxy/{connection}/x"), ""))
            .await;
        let mut provider = peer.accept().await;
        provider.head().await;
        provider
            .send("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab")
            .await;
        assert!(app.head().await.starts_with("HTTP/1.1 200"));
        assert_eq!(app.rest().await, b"ab");
        assert_eq!(provider.rest().await, b"");
        // The provider's silence after the whole request.
        let mut app = Wire::to(gateway.client.0).await;
        app.send(ask(&gateway, &line, "content-length: 2\r\n") + "ab")
            .await;
        let mut provider = peer.accept().await;
        provider.head().await;
        assert_native(&answer(app).await, connection, 504, "provider_timeout");
        assert_eq!(provider.rest().await, b"ab");
    }
    let in_flight = gateway.metric("switchboard_upstream_in_flight", &[]).await;
    assert!(in_flight.abs() < 0.1, "{in_flight}");
}

#[tokio::test]
async fn a_body_that_is_cut_off_is_the_clients_fault() {
    let peer = Peer::new().await;
    let touchy = "circuit = { failure_ratio = 0.1, minimum_requests = 1, window = \"10s\", open = \"1h\" }";
    let gateway = gateway(peer.address(), touchy).await;
    for _ in 0..2 {
        let mut app = Wire::to(gateway.client.0).await;
        app.send(
            ask(&gateway, "POST /proxy/twilio/x", "transfer-encoding: chunked\r\n")
                + "2\r\nab\r\nnonsense\r\n",
        )
        .await;
        let mut provider = peer.accept().await;
        provider.head().await;
        assert_native(&answer(app).await, "twilio", 400, "invalid_request");
        assert_eq!(provider.rest().await, b"2\r\nab\r\n", "no last chunk");
    }
}

#[tokio::test]
async fn a_cut_answer_is_cut_for_the_client_too() {
    for head in ["content-length: 9", "transfer-encoding: chunked"] {
        let peer = Peer::new().await;
        let gateway = gateway(peer.address(), "").await;
        let mut app = Wire::to(gateway.client.0).await;
        app.send(ask(&gateway, "GET /proxy/bland/x", "")).await;
        let mut provider = peer.accept().await;
        provider.head().await;
        provider
            .send(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n2\r\nab\r\n"))
            .await;
        app.head().await;
        app.exactly(7).await;
        drop(provider);
        assert_eq!(app.rest().await, b"", "neither the rest nor a last chunk");
    }
}

#[tokio::test]
async fn a_client_that_leaves_frees_the_provider_and_the_turn() {
    let peer = Peer::new().await;
    let one = "max_concurrency = 1\nmax_wait = \"0s\"\nattempt_timeout = \"1h\"";
    let gateway = gateway(peer.address(), one).await;
    for head_first in [true, false] {
        let mut app = Wire::to(gateway.client.0).await;
        app.send(ask(&gateway, "GET /proxy/bland/x", "")).await;
        let mut provider = peer.accept().await;
        provider.head().await;
        if head_first {
            provider
                .send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab")
                .await;
            app.head().await;
            app.exactly(2).await;
        }
        drop(app);
        assert_eq!(provider.rest().await, b"", "the connection is closed");
        gateway
            .until("switchboard_upstream_in_flight", &["bland"], 0.0)
            .await;
    }
    let serve = async {
        let mut provider = peer.accept().await;
        provider.head().await;
        provider.send("HTTP/1.1 204 X\r\n\r\n").await;
    };
    let next = gateway
        .client
        .request(request(&gateway, "GET", "/proxy/bland/x", &[]));
    let (answer, ()) = tokio::join!(next, serve);
    assert_eq!(answer.status, 204);
}

#[tokio::test]
async fn a_client_that_leaves_its_body_half_sent_frees_the_provider() {
    let peer = Peer::new().await;
    let gateway = gateway(peer.address(), "attempt_timeout = \"1h\"").await;
    let mut app = Wire::to(gateway.client.0).await;
    app.send(ask(&gateway, "POST /proxy/bland/x", "content-length: 9\r\n") + "ab")
        .await;
    let mut provider = peer.accept().await;
    provider.head().await;
    assert_eq!(provider.exactly(2).await, b"ab");
    drop(app);
    assert_eq!(provider.rest().await, b"");
    gateway
        .until("switchboard_upstream_in_flight", &["bland"], 0.0)
        .await;
}
