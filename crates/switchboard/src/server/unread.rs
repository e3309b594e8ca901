//! The body of a request that tells when nobody wants the rest of it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use layers::BoxError;

use crate::patience::Busy;

/// What comes from the socket.
pub(super) struct Unread {
    body: Incoming,
    busy: Busy,
    ended: bool,
}

impl Unread {
    pub(super) fn new(body: Incoming, busy: Busy) -> Self {
        let ended = body.is_end_stream();
        Self { body, busy, ended }
    }
}

impl Body for Unread {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        self.ended = frame.is_none() || self.body.is_end_stream();
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        if !self.ended {
            self.busy.leave_unread();
        }
    }
}
