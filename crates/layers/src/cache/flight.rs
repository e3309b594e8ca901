//! Coalescing: at most one fill per key is under way for requests that may share it, and its end, whatever it
//! is, reaches all who wait. The number of fills is bounded.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::{Error, Result};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;

use super::Cacheable;
use super::key::Key;
use super::purge::Tags;
use super::store::{Entry as Stored, Store};
use crate::answer::Answer;
use crate::context::CallTrace;

/// How a fill ended.
#[derive(Debug, Clone)]
pub(super) struct Landed {
    pub(super) result: Result<Arc<Answer>>,
    pub(super) stored: bool,
}

impl Landed {
    pub(super) const fn failed(error: Error) -> Self {
        Self {
            result: Err(error),
            stored: false,
        }
    }
}

/// A fill under way, as those see it who wait for it.
#[derive(Debug)]
pub(super) struct Flight {
    pub(super) key: Key,
    /// Its number on the ledger's clock.
    pub(super) number: u64,
    pub(super) tags: Tags,
    pub(super) trace: Arc<CallTrace>,
    began: Instant,
    landed: watch::Receiver<Option<Landed>>,
}

impl Flight {
    pub(super) async fn landed(&self) -> Landed {
        match self.landed.clone().wait_for(Option::is_some).await.as_deref() {
            Ok(Some(landed)) => landed.clone(),
            _ => Landed::failed(Error::internal("the fill panicked or was cancelled")),
        }
    }
}

/// The right and duty to fly. Dropped in any way, it ends the flight for all who wait.
#[derive(Debug)]
pub(super) struct Pilot {
    pub(super) flight: Arc<Flight>,
    flights: Arc<Flights>,
    landing: watch::Sender<Option<Landed>>,
    _permit: OwnedSemaphorePermit,
}

impl Pilot {
    pub(super) fn land(self, landed: Landed) {
        self.landing.send_replace(Some(landed));
    }
}

impl Drop for Pilot {
    fn drop(&mut self) {
        let mut under_way = self.flights.lock();
        // A later flight may have taken the place.
        if let Entry::Occupied(place) = under_way.entry(self.flight.key)
            && place.get().number == self.flight.number
        {
            place.remove();
        }
    }
}

/// What came of looking for a flight.
#[derive(Debug)]
pub(super) enum Boarding<C> {
    Joined(Arc<Flight>),
    /// A flight has just ended, and left this.
    Landed(Arc<Stored>),
    /// The call is the one to fly.
    Started(Pilot, C),
    /// Too many fills are under way.
    Full,
}

/// The fills under way.
#[derive(Debug)]
pub(super) struct Flights {
    under_way: Mutex<HashMap<Key, Arc<Flight>>>,
    permits: Arc<Semaphore>,
}

impl Flights {
    pub(super) fn new(most: usize) -> Self {
        Self {
            under_way: Mutex::default(),
            permits: Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))),
        }
    }

    /// Joins the flight under way if it began no earlier than `since` and no purge has made it void;
    /// otherwise starts one that takes its place for all who come later. `seen` is what the call found
    /// stored.
    pub(super) fn board<C: Cacheable>(
        self: &Arc<Self>,
        key: Key,
        since: Option<Instant>,
        seen: Option<&Stored>,
        store: &Store,
        open: impl FnOnce() -> C,
    ) -> Boarding<C> {
        let mut under_way = self.lock();
        if let Some(flight) = under_way.get(&key)
            && since.is_none_or(|since| flight.began >= since)
            && store.ledger.stands(&flight.tags, flight.number)
        {
            return Boarding::Joined(Arc::clone(flight));
        }
        // What a flight stores is there before it leaves the map: without this second look, a call that
        // looked just before and boards just after would make another one.
        if since.is_none()
            && let Some(stored) = store.find(key)
            && seen.is_none_or(|seen| stored.began > seen.began)
        {
            return Boarding::Landed(stored);
        }
        let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() else {
            return Boarding::Full;
        };
        let (landing, landed) = watch::channel(None);
        let fill = open();
        let flight = Arc::new(Flight {
            key,
            number: store.ledger.tick(),
            tags: fill.tags(),
            trace: Arc::clone(fill.trace()),
            began: Instant::now(),
            landed,
        });
        under_way.insert(key, Arc::clone(&flight));
        let pilot = Pilot {
            flight,
            flights: Arc::clone(self),
            landing,
            _permit: permit,
        };
        Boarding::Started(pilot, fill)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Arc<Flight>>> {
        // No code that holds the lock leaves the map half changed.
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
