//! HTTP/2 frame by frame, for what no library would send.

use std::collections::BTreeMap;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::Secure;

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const WINDOW_UPDATE: u8 = 8;
pub(crate) const CONTINUATION: u8 = 9;

pub(crate) const ACK: u8 = 1;
pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;

/// A connection of a client that has sent its preface.
pub(crate) struct Frames {
    stream: TlsStream<TcpStream>,
    authority: String,
}

/// What came on a connection until it ended, or until a certain frame.
#[derive(Debug, Default)]
pub(crate) struct Came {
    /// The statuses of answers.
    pub(crate) statuses: BTreeMap<u32, String>,
    /// The codes of resets.
    pub(crate) resets: BTreeMap<u32, u32>,
    /// The code of the end.
    pub(crate) goaway: Option<u32>,
    /// The settings: number and value.
    pub(crate) settings: BTreeMap<u16, u32>,
}

impl Frames {
    /// Shakes hands; `settings` are the client's.
    pub(crate) async fn open(client: &Secure, settings: &[(u16, u32)]) -> Self {
        let mut stream = client.connect(&["h2"]).await.unwrap();
        stream
            .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            .await
            .unwrap();
        let authority = client.authority();
        let mut frames = Self { stream, authority };
        let settings: Vec<u8> = settings
            .iter()
            .flat_map(|(number, value)| [&number.to_be_bytes()[..], &value.to_be_bytes()].concat())
            .collect();
        assert!(frames.send(&frame(SETTINGS, 0, 0, &settings)).await);
        frames
    }

    /// The head of a `GET`, in HPACK.
    pub(crate) fn head(&self, path: &str) -> Vec<u8> {
        // `:method GET` and `:scheme https` from the static table, `:path` and `:authority` by name from there.
        [
            &[0x82, 0x87, 0x04][..],
            &text(path),
            &[0x01],
            &text(&self.authority),
        ]
        .concat()
    }

    /// Whether the other end took it.
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).await.is_ok() && self.stream.flush().await.is_ok()
    }

    /// What comes until the other end closes.
    pub(crate) async fn rest(mut self) -> Came {
        let mut came = Came::default();
        while self.next(&mut came).await.is_some() {}
        came
    }

    /// What comes until it has answered a `PING`, so that it has looked at all that was sent before.
    pub(crate) async fn settled(&mut self) -> Came {
        assert!(self.send(&frame(PING, 0, 0, b"settled?")).await);
        let mut came = Came::default();
        loop {
            let (kind, flags, payload) = self.next(&mut came).await.unwrap();
            if kind == PING && flags & ACK != 0 && payload == b"settled?" {
                return came;
            }
        }
    }

    /// Reads a frame and notes what it says.
    async fn next(&mut self, came: &mut Came) -> Option<(u8, u8, Vec<u8>)> {
        let mut head = [0; 9];
        self.stream.read_exact(&mut head).await.ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        let mut payload = vec![0; length as usize];
        self.stream.read_exact(&mut payload).await.ok()?;
        let number = |at: usize| u32::from_be_bytes(payload[at..at + 4].try_into().unwrap());
        match head[3] {
            HEADERS => {
                came.statuses.insert(stream, status(&payload));
            }
            RST_STREAM => {
                came.resets.insert(stream, number(0));
            }
            // So that it is not for this that the gateway loses patience.
            PING if head[4] & ACK == 0 => {
                self.send(&frame(PING, ACK, 0, &payload)).await;
            }
            GOAWAY => came.goaway = Some(number(4)),
            SETTINGS => came.settings.extend(payload.chunks(6).map(|setting| {
                let number = u16::from_be_bytes([setting[0], setting[1]]);
                (number, u32::from_be_bytes(setting[2..].try_into().unwrap()))
            })),
            _ => {}
        }
        Some((head[3], head[4], payload))
    }
}

/// A frame.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A header, in HPACK: not from a table, and into none.
pub(crate) fn literal(name: &str, value: &str) -> Vec<u8> {
    [&[0][..], &text(name), &text(value)].concat()
}

/// A text of HPACK: its length in the prefix of seven bits, then itself.
fn text(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    match text.len().checked_sub(127) {
        None => bytes.push(u8::try_from(text.len()).unwrap()),
        Some(mut rest) => {
            bytes.push(127);
            while rest >= 128 {
                bytes.push(u8::try_from(rest % 128 + 128).unwrap());
                rest /= 128;
            }
            bytes.push(u8::try_from(rest).unwrap());
        }
    }
    bytes.extend(text.as_bytes());
    bytes
}

/// The status in the head of an answer: from the static table, or as digits, which may be Huffman's.
fn status(block: &[u8]) -> String {
    match block.iter().find(|byte| !matches!(**byte, 0x20..=0x3f)) {
        Some(indexed @ 0x88..=0x8e) => {
            ["200", "204", "206", "304", "400", "404", "500"][usize::from(indexed - 0x88)].to_owned()
        }
        _ => "other".to_owned(),
    }
}
