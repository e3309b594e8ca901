//! The first level, in memory: bounded by the weight of its entries, void once purged, and never overwritten by an
//! older fill.

use std::sync::Arc;
use std::time::Duration;

use model::Result;
use moka::Expiry;
use moka::ops::compute::Op;
use tokio::time::Instant;

use super::key::Key;
use super::policy::{Found, Lifetimes};
use super::purge::{Ledger, Tags};
use crate::answer::Answer;
use crate::hashed::AsIs;

/// What an entry costs beside its answer, roughly.
const OVERHEAD: usize = 256;

/// An answer, or the provider's word that there is none, and all that decides on its use.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) content: Result<Arc<Answer>>,
    /// The moment of the last upstream answer.
    pub(super) at: Instant,
    pub(super) lifetimes: Lifetimes,
    pub(super) tags: Tags,
    /// The number of the fill that it came from.
    pub(super) began: u64,
}

impl Entry {
    pub(super) fn found(&self, now: Instant) -> Found {
        let fresh = self.fresh();
        let more = match self.content {
            Ok(_) => self.lifetimes.stale_while_revalidate,
            Err(_) => Duration::ZERO,
        };
        Found {
            age: now.saturating_duration_since(self.at),
            fresh,
            revalidate: fresh + more,
        }
    }

    /// Since the last upstream answer.
    pub(super) fn age(&self) -> Duration {
        Instant::now().saturating_duration_since(self.at)
    }

    pub(super) fn fresh(&self) -> Duration {
        match self.content {
            Ok(_) => self.lifetimes.fresh,
            Err(_) => self.lifetimes.not_found,
        }
    }

    fn keep(&self) -> Duration {
        match self.content {
            Ok(_) => self.lifetimes.keep(),
            Err(_) => self.lifetimes.not_found,
        }
    }

    fn weight(&self) -> usize {
        OVERHEAD + self.content.as_ref().map_or(OVERHEAD, |answer| answer.weight())
    }
}

#[derive(Debug)]
pub(super) struct Memory {
    entries: moka::sync::Cache<Key, Arc<Entry>, AsIs>,
    pub(super) ledger: Arc<Ledger>,
    max_bytes: u64,
}

impl Memory {
    pub(super) fn new(max_bytes: u64) -> Self {
        let entries = moka::sync::Cache::builder()
            .max_capacity(max_bytes)
            .weigher(|_, entry: &Arc<Entry>| u32::try_from(entry.weight()).unwrap_or(u32::MAX))
            .expire_after(ByEntry)
            .build_with_hasher(AsIs::default());
        Self {
            entries,
            ledger: Arc::new(Ledger::new()),
            max_bytes,
        }
    }

    pub(super) fn find(&self, key: Key) -> Option<Arc<Entry>> {
        self.entries.get(&key).filter(|entry| self.stands(entry))
    }

    pub(super) fn stands(&self, entry: &Entry) -> bool {
        self.ledger.stands(&entry.tags, entry.began)
    }

    /// Stores it, unless it is void, too heavy, too short-lived, or there is news from a later fill.
    pub(super) fn put(&self, key: Key, entry: &Arc<Entry>) -> bool {
        let fits = u64::try_from(entry.weight()).is_ok_and(|weight| weight <= self.max_bytes);
        if !fits || entry.keep().is_zero() || !self.stands(entry) {
            self.revoke(key, entry.began);
            return false;
        }
        let mut stored = false;
        self.entries.entry(key).and_compute_with(|old| {
            stored = old.is_none_or(|old| old.value().began <= entry.began);
            if stored {
                Op::Put(Arc::clone(entry))
            } else {
                Op::Nop
            }
        });
        stored
    }

    /// Drops what is stored, unless it comes from a later fill.
    pub(super) fn revoke(&self, key: Key, began: u64) {
        self.entries.entry(key).and_compute_with(|old| match old {
            Some(old) if old.value().began <= began => Op::Remove,
            _ => Op::Nop,
        });
    }

    /// Frees what is void, and counts it.
    pub(super) fn sweep(&self) -> u64 {
        let mut void = 0;
        for (key, entry) in &self.entries {
            if !self.stands(&entry) {
                self.revoke(*key, entry.began);
                void += 1;
            }
        }
        void
    }

    pub(super) fn entries(&self) -> u64 {
        self.entries.run_pending_tasks();
        self.entries.entry_count()
    }

    pub(super) fn bytes(&self) -> u64 {
        self.entries.run_pending_tasks();
        self.entries.weighted_size()
    }
}

/// Memory is freed by the machine's clock; whether an entry is served is decided by its own age.
struct ByEntry;

impl Expiry<Key, Arc<Entry>> for ByEntry {
    fn expire_after_create(&self, _: &Key, entry: &Arc<Entry>, _: std::time::Instant) -> Option<Duration> {
        Some(entry.keep())
    }

    // The default would keep the old entry's end.
    fn expire_after_update(
        &self,
        _: &Key,
        entry: &Arc<Entry>,
        _: std::time::Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(entry.keep())
    }
}
