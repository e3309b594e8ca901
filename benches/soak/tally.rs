//! What became of every request, and what was not as promised.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Findings of one kind that are shown; all are counted.
const SHOWN: usize = 12;

/// Counts.
#[derive(Default)]
pub(crate) struct Tally(Mutex<Counts>);

/// What was counted.
#[derive(Default, Clone)]
pub(crate) struct Counts {
    /// By kind of request.
    pub(crate) kinds: BTreeMap<&'static str, Kind>,
    /// By promise that was broken.
    pub(crate) findings: BTreeMap<Promise, Findings>,
}

/// Requests of one kind.
#[derive(Default, Clone)]
pub(crate) struct Kind {
    /// How often each status was answered.
    pub(crate) statuses: BTreeMap<u16, u64>,
    /// Microseconds that each took.
    pub(crate) took: Vec<u32>,
}

/// What must not happen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Promise {
    /// A request that was sent has an answer.
    Lost,
    /// An answer is what it must be.
    Wrong,
    /// Disturbances themselves go as they should: a reload takes effect, a replica ends in order.
    Operated,
    /// Nothing grows.
    Flat,
}

/// How often, and the first of them.
#[derive(Default, Clone)]
pub(crate) struct Findings {
    pub(crate) count: u64,
    pub(crate) first: Vec<String>,
}

impl Tally {
    /// One more request of this kind has been answered.
    pub(crate) fn answered(&self, kind: &'static str, status: u16, took: Duration) {
        let mut counts = self.lock();
        let kind = counts.kinds.entry(kind).or_default();
        *kind.statuses.entry(status).or_default() += 1;
        kind.took
            .push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
    }

    /// Something was not as promised.
    pub(crate) fn broken(&self, promise: Promise, what: impl fmt::Display) {
        let mut counts = self.lock();
        let findings = counts.findings.entry(promise).or_default();
        findings.count += 1;
        if findings.first.len() < SHOWN {
            findings.first.push(what.to_string());
        }
    }

    /// How many answers and findings there are so far.
    pub(crate) fn totals(&self) -> (u64, u64) {
        let counts = self.lock();
        let answers = counts.kinds.values().flat_map(|kind| kind.statuses.values());
        let findings = counts.findings.values().map(|findings| findings.count);
        (answers.sum(), findings.sum())
    }

    /// What was counted so far.
    pub(crate) fn counts(&self) -> Counts {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
