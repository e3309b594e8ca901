//! Stores, and what they say.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use store::{Address, Observer, Operation, Rate, Store, Verdict};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Counts failures.
#[derive(Default)]
pub(crate) struct Failures {
    asked: AtomicUsize,
    probes: AtomicUsize,
}

impl Observer for Failures {
    fn failed(&self, operation: Operation) {
        let counter = match operation {
            Operation::Probe => &self.probes,
            _ => &self.asked,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

impl Failures {
    /// Of operations that somebody waited for.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    /// Of probes.
    pub(crate) fn probes(&self) -> usize {
        self.probes.load(Ordering::Relaxed)
    }
}

/// One replica's store, with what it needs to live.
pub(crate) struct Replica {
    pub(crate) store: Store,
    pub(crate) failures: Arc<Failures>,
    pub(crate) tasks: TaskTracker,
    pub(crate) end: CancellationToken,
}

impl Replica {
    /// With so much patience that the load of the machine makes no difference.
    pub(crate) fn of(url: &str) -> Self {
        Self::with_patience(Duration::from_secs(30), url)
    }

    pub(crate) fn with_patience(patience: Duration, url: &str) -> Self {
        let (failures, tasks, end) = <(Arc<Failures>, TaskTracker, CancellationToken)>::default();
        let address = Address::parse(&url.into()).unwrap();
        let store = Store::new(
            patience,
            address,
            "test",
            Arc::clone(&failures) as _,
            &tasks,
            &end,
        );
        Self {
            store,
            failures,
            tasks,
            end,
        }
    }

    /// Until the store is there, or is known to be away.
    pub(crate) async fn becomes(&self, here: bool) {
        while self.store.is_here() != here {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

pub(crate) fn rate(requests: u32, per: Duration, burst: u32) -> Rate {
    Rate {
        requests: NonZeroU32::new(requests).unwrap(),
        per,
        burst: NonZeroU32::new(burst).unwrap(),
    }
}

/// So slow that a test sees its burst alone.
pub(crate) fn slow(burst: u32) -> Rate {
    rate(1, Duration::from_hours(1), burst)
}

pub(crate) fn is_allowed(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Allowed { .. })
}
