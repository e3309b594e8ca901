//! A whole body from its frames: counted as it comes, decompressed on the way, cut at a limit. What a
//! `Content-Length` claims is not believed.

use std::fmt;
use std::io::{self, Write};

use bytes::Bytes;
use flate2::write::GzDecoder;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, HeaderValue};

/// Why a body cannot be used.
#[derive(Debug)]
pub(super) enum Unusable {
    /// It is larger than allowed, compressed or not.
    TooLarge,
    /// It is compressed in a way that we did not ask for.
    UnknownCoding(String),
    /// It is not what its compression should have made, or ends early.
    Corrupt(io::Error),
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => f.write_str("the body is larger than `max_response`"),
            Self::UnknownCoding(coding) => write!(f, "the content coding is {coding:?}, asked for was gzip"),
            Self::Corrupt(error) => write!(f, "the gzip stream is corrupt: {error}"),
        }
    }
}

/// Takes frames, gives a body.
pub(super) struct Decoder {
    received: usize,
    limit: usize,
    coding: Coding,
}

enum Coding {
    Identity(Joined),
    Gzip(Box<GzDecoder<Capped>>),
}

impl Decoder {
    /// For an answer with these headers.
    pub(super) fn new(headers: &HeaderMap, limit: usize) -> Result<Self, Unusable> {
        // Several codings, in one line or more, are one that is unknown.
        let codings: Vec<&[u8]> = headers
            .get_all(CONTENT_ENCODING)
            .iter()
            .map(HeaderValue::as_bytes)
            .collect();
        let name = codings.join(&b',').trim_ascii().to_ascii_lowercase();
        let coding = match name.as_slice() {
            b"" | b"identity" => Coding::Identity(Joined::default()),
            b"gzip" | b"x-gzip" => Coding::Gzip(Box::new(GzDecoder::new(Capped {
                limit,
                ..Capped::default()
            }))),
            other => return Err(Unusable::UnknownCoding(beginning(other))),
        };
        Ok(Self {
            received: 0,
            limit,
            coding,
        })
    }

    /// Takes a frame.
    pub(super) fn push(&mut self, frame: Bytes) -> Result<(), Unusable> {
        self.received = self.received.saturating_add(frame.len());
        if self.received > self.limit {
            return Err(Unusable::TooLarge);
        }
        match &mut self.coding {
            Coding::Identity(joined) => joined.push(frame),
            Coding::Gzip(decoder) => {
                let written = decoder.write_all(&frame);
                written.map_err(|error| fault(decoder.get_ref(), error))?;
            }
        }
        Ok(())
    }

    /// The body, all frames having come.
    pub(super) fn finish(self) -> Result<Bytes, Unusable> {
        match self.coding {
            Coding::Identity(joined) => Ok(joined.whole()),
            // An answer without a body may carry the header all the same.
            Coding::Gzip(_) if self.received == 0 => Ok(Bytes::new()),
            Coding::Gzip(mut decoder) => {
                let done = decoder.try_finish();
                done.map_err(|error| fault(decoder.get_ref(), error))?;
                let sink = std::mem::take(decoder.get_mut());
                Ok(sink.bytes.into())
            }
        }
    }
}

/// Enough of a coding's name for the log.
fn beginning(name: &[u8]) -> String {
    String::from_utf8_lossy(name.get(..32).unwrap_or(name)).into_owned()
}

fn fault(sink: &Capped, error: io::Error) -> Unusable {
    if sink.overflow {
        Unusable::TooLarge
    } else {
        Unusable::Corrupt(error)
    }
}

/// Frames as one. Most bodies are a single one, which is not copied.
#[derive(Default)]
struct Joined {
    first: Bytes,
    all: Vec<u8>,
}

impl Joined {
    fn push(&mut self, frame: Bytes) {
        if self.all.is_empty() && self.first.is_empty() {
            self.first = frame;
            return;
        }
        self.all.extend_from_slice(&std::mem::take(&mut self.first));
        self.all.extend_from_slice(&frame);
    }

    fn whole(self) -> Bytes {
        if self.all.is_empty() {
            self.first
        } else {
            self.all.into()
        }
    }
}

/// Takes so many bytes and no more.
#[derive(Default)]
struct Capped {
    bytes: Vec<u8>,
    limit: usize,
    overflow: bool,
}

impl Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.limit - self.bytes.len() < bytes.len() {
            self.overflow = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
