//! A body as it goes to the socket: whole, or cut short on purpose.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

/// Bytes that are sent at once.
pub(crate) struct Payload {
    bytes: Option<Bytes>,
    end: End,
}

/// What follows the bytes.
enum End {
    Regular,
    /// The server has not yet been given the time to send them.
    Unflushed,
    Broken,
}

/// The body was cut short.
#[derive(Debug)]
pub(crate) struct Cut;

impl Payload {
    /// All there is.
    pub(crate) fn whole(bytes: Bytes) -> Self {
        Self {
            bytes: Some(bytes),
            end: End::Regular,
        }
    }

    /// The beginning of more, which never comes.
    pub(crate) fn cut(bytes: Bytes) -> Self {
        Self {
            bytes: Some(bytes),
            end: End::Unflushed,
        }
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = Cut;

    /// An error discards what is not flushed, so the server is let to flush before it gets one.
    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        match (self.bytes.take(), &self.end) {
            (Some(bytes), _) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            (None, End::Regular) => Poll::Ready(None),
            (None, End::Unflushed) => {
                self.end = End::Broken;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            (None, End::Broken) => Poll::Ready(Some(Err(Cut))),
        }
    }

    fn is_end_stream(&self) -> bool {
        let is_empty = self.bytes.as_ref().is_none_or(Bytes::is_empty);
        is_empty && matches!(self.end, End::Regular)
    }

    fn size_hint(&self) -> SizeHint {
        match (&self.bytes, &self.end) {
            (Some(bytes), End::Regular) => SizeHint::with_exact(bytes.len() as u64),
            (None, End::Regular) => SizeHint::with_exact(0),
            _ => SizeHint::default(),
        }
    }
}

impl fmt::Display for Cut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the body was cut short")
    }
}

impl Error for Cut {}
