//! What the other replicas have yet to be told. Bounded, because slots are.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// What is to be told before anything of the shelf is used again.
#[derive(Debug, Default)]
pub(super) struct Debts {
    owed: Mutex<Owed>,
    more: Notify,
}

#[derive(Debug, Default)]
struct Owed {
    due: Due,
    /// Part of it is on its way.
    paying: bool,
}

/// What is due.
#[derive(Debug, Default)]
pub(super) struct Due {
    /// Slots to forget.
    pub(super) slots: BTreeSet<u16>,
    /// The server may be another one, or not know what it knew.
    pub(super) renew: bool,
}

impl Due {
    pub(super) const RENEWAL: Self = Self {
        slots: BTreeSet::new(),
        renew: true,
    };

    fn is_nothing(&self) -> bool {
        self.slots.is_empty() && !self.renew
    }

    fn add(&mut self, mut other: Self) {
        self.slots.append(&mut other.slots);
        self.renew |= other.renew;
    }
}

impl Debts {
    pub(super) fn owe(&self, due: Due) {
        self.lock().due.add(due);
        self.more.notify_one();
    }

    pub(super) fn are_paid(&self) -> bool {
        let owed = self.lock();
        owed.due.is_nothing() && !owed.paying
    }

    /// Waits for some.
    pub(super) async fn some(&self) {
        while self.are_paid() {
            self.more.notified().await;
        }
    }

    /// Takes all that there is. It is owed until [`Debts::paid`].
    pub(super) fn take(&self) -> Due {
        let mut owed = self.lock();
        owed.paying = true;
        std::mem::take(&mut owed.due)
    }

    /// What was taken is paid, all but this.
    pub(super) fn paid(&self, all_but: Option<Due>) {
        let mut owed = self.lock();
        owed.paying = false;
        owed.due.add(all_but.unwrap_or_default());
    }

    fn lock(&self) -> MutexGuard<'_, Owed> {
        // No code that holds the lock leaves it half changed.
        self.owed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
