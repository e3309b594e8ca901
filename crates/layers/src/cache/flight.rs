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
use super::memory::{Entry as Stored, Memory};
use super::purge::Tags;
use crate::answer::Answer;
use crate::context::CallTrace;
use crate::hashed::AsIs;

/// How a fill ended.
#[derive(Debug, Clone)]
pub(super) enum Landed {
    /// Another replica had kept this.
    Found(Arc<Stored>),
    /// The service was asked.
    Filled {
        result: Result<Arc<Answer>>,
        stored: bool,
        /// What another replica had kept was too old for more than to be served after an error.
        older: Option<Arc<Stored>>,
    },
}

impl Landed {
    pub(super) const fn failed(error: Error) -> Self {
        Self::Filled {
            result: Err(error),
            stored: false,
            older: None,
        }
    }
}

/// What a call asks of a flight.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wish {
    /// It begins no earlier.
    pub(super) since: Option<Instant>,
    /// What it brings is no older, in seconds.
    pub(super) oldest: Option<u64>,
}

impl Wish {
    fn accepts(&self, flight: &Flight) -> bool {
        self.since.is_none_or(|since| flight.began >= since)
            && self
                .oldest
                .is_none_or(|most| flight.oldest.is_some_and(|oldest| oldest <= most))
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
    /// How old what it brings may be, in seconds.
    pub(super) oldest: Option<u64>,
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
    /// Tells all who wait. Whoever comes later does not meet this flight any more.
    pub(super) fn land(&self, landed: Landed) {
        self.landing.send_replace(Some(landed));
        self.leave();
    }

    fn leave(&self) {
        let mut under_way = self.flights.lock();
        // A later flight may have taken the place.
        if let Entry::Occupied(place) = under_way.entry(self.flight.key)
            && place.get().number == self.flight.number
        {
            place.remove();
        }
    }
}

impl Drop for Pilot {
    fn drop(&mut self) {
        self.leave();
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
    under_way: Mutex<HashMap<Key, Arc<Flight>, AsIs>>,
    permits: Arc<Semaphore>,
    /// They may bring what other replicas have kept.
    looking: bool,
}

impl Flights {
    pub(super) fn new(most: usize, looking: bool) -> Self {
        Self {
            looking,
            under_way: Mutex::default(),
            permits: Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))),
        }
    }

    /// Joins the flight under way if it is what the call wishes for and no purge has made it void; otherwise
    /// starts one that takes its place for all who come later. `seen` is what the call found stored.
    pub(super) fn board<C: Cacheable>(
        self: &Arc<Self>,
        key: Key,
        wish: Wish,
        seen: Option<&Stored>,
        memory: &Memory,
        open: impl FnOnce() -> C,
    ) -> Boarding<C> {
        let mut under_way = self.lock();
        if let Some(flight) = under_way.get(&key)
            && wish.accepts(flight)
            && memory.ledger.stands(&flight.tags, flight.number)
        {
            return Boarding::Joined(Arc::clone(flight));
        }
        // What a flight stores is there before it leaves the map: without this second look, a call that
        // looked just before and boards just after would make another one.
        if wish.since.is_none()
            && let Some(stored) = memory.find(key)
            && seen.is_none_or(|seen| stored.began > seen.began)
            && wish.oldest.is_none_or(|most| stored.age().as_secs() <= most)
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
            number: memory.ledger.tick(),
            tags: fill.tags(),
            trace: Arc::clone(fill.trace()),
            oldest: if self.looking { wish.oldest } else { Some(0) },
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

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Arc<Flight>, AsIs>> {
        // No code that holds the lock leaves the map half changed.
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
