//! The cache: stored answers, one fill for all who ask at once, stale answers while the provider is down.
//!
//! Runs once per request, last before work. A fill is a task of its own with its own deadline, so it outlives
//! the request that began it, and its end reaches everybody who waits. Refuses with `not_cached` what
//! `only-if-cached` does not find, with `overloaded` a fill too many, with `deadline_exceeded` whoever can
//! wait no longer and has no stale answer.

mod flight;
mod key;
mod policy;
mod purge;
mod service;
mod status;
mod store;

use std::fmt;
use std::sync::Arc;

use model::{Error, Result};
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

pub use self::key::{Key, KeyMaker};
pub use self::policy::{Directives, Lifetimes};
pub use self::purge::{Purge, Tags};
pub use self::service::{CacheFuture, CacheLayer, CacheService};
pub use self::status::{CacheStatus, Then, Why};

use self::flight::{Flights, Landed};
use self::store::{Entry, Store};
use crate::answer::Answer;
use crate::context::CallTrace;

/// A call whose answer may be kept and shared.
pub trait Cacheable: Send + 'static {
    /// What is the same for all calls that may share an answer. `None` goes straight through.
    fn key(&self) -> Option<Key>;
    /// The resource's label.
    fn resource(&self) -> &'static str;
    /// How long its answer is good for what.
    fn lifetimes(&self) -> Lifetimes;
    /// What its answer concerns.
    fn tags(&self) -> Tags;
    /// What the client asks of the cache.
    fn directives(&self) -> Directives;
    /// The clock reading at the beginning of the request.
    fn arrived(&self) -> Instant;
    /// Until when its client can wait: a little before the end of the request, or a stale answer comes late.
    fn deadline(&self) -> Instant;
    /// The same call for a fill, with its own deadline and trace.
    #[must_use]
    fn fill(&self) -> Self;
    /// What the work for it cost.
    fn trace(&self) -> &Arc<CallTrace>;
}

/// Counts what the cache does.
pub trait CacheObserver: Send + Sync {
    /// A request for the resource ended as `hit`, `miss`, `stale`, `collapsed` or `bypass`.
    fn request(&self, resource: &'static str, result: &'static str);
}

/// An answer, and what the cache had to do with it.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The answer; the stale one if it is served stale.
    pub answer: Arc<Answer>,
    /// `None` if the call was none of the cache's business.
    pub status: Option<CacheStatus>,
}

/// How much the cache may hold.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Bytes of all entries together.
    pub max_bytes: u64,
    /// Fills under way at once.
    pub max_fills: usize,
}

/// The cache. Clones are the same cache.
#[derive(Clone)]
pub struct Cache(Arc<Shared>);

struct Shared {
    store: Store,
    flights: Arc<Flights>,
    tasks: TaskTracker,
    observer: Arc<dyn CacheObserver>,
}

impl Cache {
    /// An empty one. Fills run on `tasks`.
    pub fn new(settings: Settings, tasks: TaskTracker, observer: Arc<dyn CacheObserver>) -> Self {
        Self(Arc::new(Shared {
            store: Store::new(settings.max_bytes),
            flights: Arc::new(Flights::new(settings.max_fills)),
            tasks,
            observer,
        }))
    }

    /// The layer that uses it.
    pub fn layer(&self) -> CacheLayer {
        CacheLayer::new(self.clone())
    }

    /// From now on nothing is served that was read before now, and fills under way are not kept. Constant
    /// time, for use after each write.
    pub fn forget(&self, purge: Purge<'_>) {
        self.0.store.ledger.forget(purge);
    }

    /// Forgets, frees the memory at once, and counts the entries. Walks through the whole cache.
    pub fn purge(&self, purge: Purge<'_>) -> u64 {
        self.0.store.purge(purge)
    }

    /// How many entries there are.
    pub fn entries(&self) -> u64 {
        self.0.store.entries()
    }

    /// How much they weigh.
    pub fn bytes(&self) -> u64 {
        self.0.store.bytes()
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").finish_non_exhaustive()
    }
}

impl Shared {
    /// Draws from a fill's end what it means for the entry.
    fn settle(&self, flight: &flight::Flight, lifetimes: Lifetimes, result: Result<Arc<Answer>>) -> Landed {
        let keep = match &result {
            Ok(answer) => answer.is_cacheable(),
            Err(error) => policy::is_absence(error),
        };
        let stored = keep
            && self.store.put(
                flight.key,
                Entry {
                    content: result.clone(),
                    at: Instant::now(),
                    lifetimes,
                    tags: flight.tags.clone(),
                    began: flight.number,
                },
            );
        if !stored && result.as_ref().is_err_and(policy::revokes) {
            self.store.revoke(flight.key, flight.number);
        }
        Landed { result, stored }
    }

    fn count(&self, resource: &'static str, result: &'static str) {
        self.observer.request(resource, result);
    }
}

fn too_late() -> Error {
    Error::gateway(
        model::Code::DeadlineExceeded,
        "The answer did not come before the request's deadline.",
    )
}
