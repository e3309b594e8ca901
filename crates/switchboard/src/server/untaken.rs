//! Answers that a peer does not take. On a connection with many requests the socket does not tell: it may be
//! busy with others, or with nothing.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use layers::{Body, BoxError};
use tokio::time::{Instant, sleep_until};

use crate::patience::Working;

/// The answers of one connection of which the peer has yet to take a part.
#[derive(Debug, Clone, Default)]
pub(super) struct Untaken(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    next: AtomicU64,
    since: Mutex<BTreeMap<u64, Instant>>,
}

impl Untaken {
    /// The same body, watched. `working` lasts as long as it.
    pub(super) fn watch(&self, body: Body, working: Working) -> Watched {
        Watched {
            body,
            number: self.0.next.fetch_add(1, Ordering::Relaxed),
            untaken: self.clone(),
            _working: working,
        }
    }

    /// Ends when a part of an answer has been waiting for this long.
    pub(super) async fn longer_than(&self, patience: Duration) {
        loop {
            let now = Instant::now();
            let oldest = self.since().values().min().copied().unwrap_or(now);
            if oldest + patience <= now {
                return;
            }
            sleep_until(oldest + patience).await;
        }
    }

    fn since(&self) -> MutexGuard<'_, BTreeMap<u64, Instant>> {
        self.0.since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A body that is asked for its next part only when the peer has room for it.
#[derive(Debug)]
pub(super) struct Watched {
    body: Body,
    number: u64,
    untaken: Untaken,
    _working: Working,
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        let mut since = self.untaken.since();
        if let Poll::Ready(Some(Ok(_))) = polled {
            since.insert(self.number, Instant::now());
        } else {
            since.remove(&self.number);
        }
        drop(since);
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.untaken.since().remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;
    use crate::patience::Busy;

    #[tokio::test(start_paused = true)]
    async fn time_counts_while_a_part_waits_and_at_no_other_time() {
        let (untaken, busy) = (Untaken::default(), Busy::default());
        let patience = Duration::from_secs(30);
        let mut body = untaken.watch(Body::from(Bytes::from_static(b"x")), busy.begin());
        let late = async |within| {
            tokio::time::timeout(within, untaken.longer_than(patience))
                .await
                .is_ok()
        };
        assert!(!late(patience * 3).await, "nobody has asked for it");
        body.frame().await.unwrap().unwrap();
        assert!(!late(patience / 2).await);
        assert!(late(patience).await);
        assert!(body.frame().await.is_none(), "it was taken");
        assert!(!late(patience * 3).await);
        drop(body);
    }
}
