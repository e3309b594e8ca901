//! Turns for writes: those to one thing come one after the other, so that a write's precondition still holds
//! when it is made. A fixed number of locks is shared by all things; two that meet by chance only wait.

use std::hash::{BuildHasher, Hash, RandomState};

use model::{Code, Error, Result};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, timeout_at};

const LOCKS: u64 = 1024;

/// The locks.
pub struct Locks {
    hasher: RandomState,
    locks: Box<[Mutex<()>]>,
}

impl Default for Locks {
    fn default() -> Self {
        Self {
            hasher: RandomState::new(),
            locks: (0..LOCKS).map(|_| Mutex::default()).collect(),
        }
    }
}

impl Locks {
    /// Waits for the turn of a write to this thing, until the deadline.
    pub async fn turn(&self, thing: &impl Hash, deadline: Instant) -> Result<MutexGuard<'_, ()>> {
        let index = usize::try_from(self.hasher.hash_one(thing) % LOCKS).unwrap_or_default();
        let lock = self
            .locks
            .get(index)
            .ok_or_else(|| Error::internal("no such lock"))?;
        timeout_at(deadline, lock.lock()).await.map_err(|_| {
            let detail = "Other writes to the same resource took until the request's deadline.";
            Error::gateway(Code::DeadlineExceeded, detail).unsent()
        })
    }
}
