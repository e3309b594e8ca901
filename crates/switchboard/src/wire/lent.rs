//! The body of a provider's answer. The connection that it comes over is its own until it has ended.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use layers::Body;

use super::pool::Connections;

/// The body of an answer, with the connection that goes back when it has ended.
pub struct Lent {
    body: Incoming,
    loan: Option<(Arc<Connections>, SendRequest<Body>)>,
}

impl Lent {
    pub(super) fn new(body: Incoming, loan: Option<(Arc<Connections>, SendRequest<Body>)>) -> Self {
        let mut lent = Self { body, loan };
        lent.give_back_if_ended();
        lent
    }

    fn give_back_if_ended(&mut self) {
        if self.body.is_end_stream() {
            self.give_back();
        }
    }

    fn give_back(&mut self) {
        if let Some((connections, sender)) = self.loan.take() {
            connections.give_back(sender);
        }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.give_back();
    }
}

impl http_body::Body for Lent {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        // Nothing more can come, and to ask for it would wake the connection.
        if self.body.is_end_stream() {
            return Poll::Ready(None);
        }
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        match &polled {
            Poll::Ready(Some(Ok(_))) => self.give_back_if_ended(),
            Poll::Ready(None) => self.give_back(),
            // A connection that has failed has closed.
            Poll::Ready(Some(Err(_))) => self.loan = None,
            Poll::Pending => {}
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
