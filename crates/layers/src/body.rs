//! Bodies of requests and answers: mostly bytes that are at hand, sometimes a stream.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;

/// A request on its way through the client stack.
pub type Request = http::Request<Body>;
/// An answer on its way back.
pub type Response = http::Response<Body>;
/// Any error of a stream.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A body. Bytes at hand cost no allocation.
#[derive(Debug, Default)]
pub struct Body(Inner);

#[derive(Debug, Default)]
enum Inner {
    #[default]
    Empty,
    Full(Bytes),
    Stream(UnsyncBoxBody<Bytes, BoxError>),
}

impl Body {
    /// No body.
    pub const fn empty() -> Self {
        Self(Inner::Empty)
    }

    /// A stream.
    pub fn stream(body: impl http_body::Body<Data = Bytes, Error = BoxError> + Send + 'static) -> Self {
        Self(Inner::Stream(UnsyncBoxBody::new(body)))
    }

    /// The bytes, if all of them are at hand.
    pub const fn at_hand(&self) -> Option<&Bytes> {
        match &self.0 {
            Inner::Full(bytes) => Some(bytes),
            Inner::Empty | Inner::Stream(_) => None,
        }
    }

    /// The same body; the guard is dropped when all of it has been taken, or with it. Bytes at hand drop it at
    /// once: nothing has to come any more.
    #[must_use]
    pub fn holding(self, guard: impl Send + 'static) -> Self {
        self.lasting(guard, drop)
    }

    /// The same, but if the body fails before its end, that is what becomes of the guard.
    #[must_use]
    pub fn lasting<G: Send + 'static>(self, guard: G, cut: fn(G)) -> Self {
        match self.0 {
            Inner::Stream(body) => Self::stream(Holding {
                body,
                guard: Some(guard),
                cut,
            }),
            inner => Self(inner),
        }
    }

    /// The length, where it is known.
    pub fn length(&self) -> Option<u64> {
        self.size_hint().exact()
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        if bytes.is_empty() {
            Self::empty()
        } else {
            Self(Inner::Full(bytes))
        }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut self.0 {
            Inner::Empty => Poll::Ready(None),
            Inner::Full(bytes) => {
                let bytes = std::mem::take(bytes);
                self.0 = Inner::Empty;
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Inner::Stream(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Inner::Empty => true,
            Inner::Full(_) => false,
            Inner::Stream(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Inner::Empty => SizeHint::with_exact(0),
            Inner::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Inner::Stream(body) => body.size_hint(),
        }
    }
}

/// A stream that holds something until it ends.
struct Holding<G> {
    body: UnsyncBoxBody<Bytes, BoxError>,
    guard: Option<G>,
    cut: fn(G),
}

// The guard is never pinned.
impl<G> Unpin for Holding<G> {}

impl<G> http_body::Body for Holding<G> {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.body).poll_frame(cx);
        if let Poll::Ready(Some(Err(_))) = polled
            && let Some(guard) = this.guard.take()
        {
            (this.cut)(guard);
        }
        // Who knows the length asks no more after the last byte.
        if matches!(polled, Poll::Ready(None)) || this.body.is_end_stream() {
            this.guard = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
