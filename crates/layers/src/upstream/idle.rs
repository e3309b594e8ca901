//! A body that must keep moving: it ends in [`Stalled`] when nothing has come for a while. Time in which nobody
//! asks for more does not count. Trailers are left out: they are between two neighbours, like the headers that
//! announce them.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::body::BoxError;

/// Nothing came for too long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stalled;

impl fmt::Display for Stalled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body has stalled")
    }
}

impl std::error::Error for Stalled {}

pin_project! {
    /// A body that must keep moving.
    pub(super) struct Idle<B> {
        #[pin]
        body: B,
        limit: Duration,
        // Made when first there is something to wait for.
        #[pin]
        timer: Option<Sleep>,
        waiting: bool,
    }
}

impl<B> Idle<B> {
    pub(super) const fn new(body: B, limit: Duration) -> Self {
        Self {
            body,
            limit,
            timer: None,
            waiting: false,
        }
    }
}

impl<B: Body<Data = Bytes, Error: Into<BoxError>>> Body for Idle<B> {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let mut this = self.project();
        while let Poll::Ready(polled) = this.body.as_mut().poll_frame(cx) {
            *this.waiting = false;
            match polled {
                Some(Ok(frame)) if !frame.is_data() => {}
                polled => return Poll::Ready(polled.map(|frame| frame.map_err(Into::into))),
            }
        }
        let due = Instant::now() + *this.limit;
        if this.timer.is_none() {
            this.timer.set(Some(sleep_until(due)));
        } else if !*this.waiting
            && let Some(timer) = this.timer.as_mut().as_pin_mut()
        {
            timer.reset(due);
        }
        *this.waiting = true;
        match this.timer.as_pin_mut() {
            Some(timer) => {
                ready!(timer.poll(cx));
                Poll::Ready(Some(Err(Stalled.into())))
            }
            None => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
