//! Forgetting, in constant time. One logical clock numbers fills and purges; a fill whose tags were purged
//! after it began is void, whether it is still under way or long stored. Nothing has to be found for that.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::digest::{SHA256, digest};
use model::ConnectionName;

/// Tags share slots, so that their number is bounded: rarely, a purge forgets a little more than asked.
const SLOTS: u16 = 4096;

/// The slot of everything.
pub(super) const WHOLE: u16 = SLOTS;

/// What to forget.
#[derive(Debug, Clone, Copy)]
pub enum Purge<'a> {
    /// Everything.
    All,
    /// What concerns a connection.
    Connection(&'a ConnectionName),
    /// What concerns a global id.
    Id(&'a str),
}

impl Purge<'_> {
    pub(super) fn slot(self) -> u16 {
        match self {
            Self::All => WHOLE,
            Self::Connection(name) => slot("connection", name.as_str()),
            Self::Id(id) => slot("id", id),
        }
    }
}

/// What an entry concerns.
#[derive(Debug, Clone, Default)]
pub struct Tags(Vec<u16>);

impl Tags {
    /// Adds a connection.
    #[must_use]
    pub fn connection(mut self, name: &ConnectionName) -> Self {
        self.0.push(slot("connection", name.as_str()));
        self
    }

    /// Adds a global id.
    #[must_use]
    pub fn id(mut self, id: &str) -> Self {
        self.0.push(slot("id", id));
        self
    }

    pub(super) fn slots(&self) -> &[u16] {
        &self.0
    }
}

/// When what was purged last.
#[derive(Debug)]
pub(super) struct Ledger {
    clock: AtomicU64,
    slots: Box<[AtomicU64]>,
}

impl Ledger {
    pub(super) fn new() -> Self {
        Self {
            clock: AtomicU64::new(1),
            slots: (0..=WHOLE).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// The number of something that begins now.
    pub(super) fn tick(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::SeqCst)
    }

    pub(super) fn forget(&self, slot: u16) {
        let now = self.tick();
        if let Some(slot) = self.slot(slot) {
            slot.fetch_max(now, Ordering::SeqCst);
        }
    }

    /// Whether what began then is still worth serving.
    pub(super) fn stands(&self, tags: &Tags, began: u64) -> bool {
        [WHOLE].iter().chain(&tags.0).all(|slot| {
            self.slot(*slot)
                .is_none_or(|slot| slot.load(Ordering::SeqCst) < began)
        })
    }

    fn slot(&self, index: u16) -> Option<&AtomicU64> {
        self.slots.get(usize::from(index))
    }
}

/// The same in every version of the gateway: replicas of two versions tell each other of slots.
fn slot(kind: &str, name: &str) -> u16 {
    let digest = digest(&SHA256, [kind, " ", name].concat().as_bytes());
    digest
        .as_ref()
        .first_chunk()
        .map_or(0, |two| u16::from_be_bytes(*two) % SLOTS)
}
