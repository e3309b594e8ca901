//! One keep-alive client for every server: it sends bytes made in advance, reads an answer to its end, and
//! takes nothing but a cache hit for an answer.

use std::net::SocketAddr;

use http::Request;
use layers::Body;
use layers::request_id::Peer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Failure;

/// The path of the documented list of three webhooks.
const PATH: &str = "/v1/conversations/twilio:CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/webhooks";

/// Headers as a client's backend sends them, beside `Host`.
const HEADERS: [(&str, &str); 3] = [
    ("accept", "application/json"),
    ("user-agent", "bench"),
    ("x-api-key", "bench"),
];

/// The request as the stack gets it from the server.
pub(crate) fn request(server: SocketAddr) -> http::Result<Request<Body>> {
    let request = Request::get(PATH)
        .extension(Peer(server.ip()))
        .header("host", server.to_string());
    HEADERS
        .iter()
        .fold(request, |request, (name, value)| request.header(*name, *value))
        .body(Body::empty())
}

/// A connection with one request at a time.
pub(crate) struct Connection {
    socket: TcpStream,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(server: SocketAddr) -> Result<Self, Failure> {
        let socket = TcpStream::connect(server).await?;
        socket.set_nodelay(true)?;
        let headers: String = HEADERS
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .concat();
        let request = format!("GET {PATH} HTTP/1.1\r\nhost: {server}\r\n{headers}\r\n");
        Ok(Self {
            socket,
            request: request.into_bytes(),
            answer: Vec::with_capacity(16 * 1024),
        })
    }

    /// As many requests, one after the other.
    pub(crate) async fn requests(&mut self, count: usize) -> Result<(), Failure> {
        for _ in 0..count {
            self.socket.write_all(&self.request).await?;
            self.answer.clear();
            while length(&self.answer)?.is_none_or(|length| self.answer.len() < length) {
                if self.socket.read_buf(&mut self.answer).await? == 0 {
                    return Err("the server hung up".into());
                }
            }
        }
        Ok(())
    }
}

/// How long the answer will be, once its head is there.
fn length(answer: &[u8]) -> Result<Option<usize>, Failure> {
    let Some(head) = answer.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let text = str::from_utf8(answer.get(..head).unwrap_or_default())?;
    let body = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    match body {
        Some(body) if text.starts_with("HTTP/1.1 200 ") && text.contains("; hit;") => {
            Ok(Some(head + 4 + body.parse::<usize>()?))
        }
        _ => Err(format!("no cache hit: {text}").into()),
    }
}
