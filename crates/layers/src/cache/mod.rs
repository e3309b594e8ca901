//! The cache: stored answers, one fill for all who ask at once, stale answers while the provider is down.
//!
//! Runs once per request, last before work. A fill is a task of its own with its own deadline, so it outlives
//! the request that began it, and its end reaches everybody who waits. Refuses with `not_cached` what
//! `only-if-cached` does not find, with `overloaded` a fill too many, with `deadline_exceeded` whoever can
//! wait no longer and has no stale answer.

mod fill;
mod flight;
mod key;
mod memory;
mod policy;
mod purge;
mod second;
mod service;
mod status;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use model::Error;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

pub use self::key::{Key, KeyMaker};
pub use self::policy::{Directives, Lifetimes, Standing};
pub use self::purge::{Purge, Tags};
pub use self::service::{CacheFuture, CacheLayer, CacheService};
pub use self::status::{CacheStatus, Served, Then, Why};

use self::flight::Flights;
use self::memory::Memory;
use self::second::Second;
use crate::answer::Answer;
use crate::context::CallTrace;
use crate::replicas::Replicas;
use crate::trace::Scope;

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
    /// The same call for a fill, with its own deadline and, inside of this one's, trace.
    #[must_use]
    fn fill(&self) -> Self;
    /// What the work for it cost.
    fn trace(&self) -> &Arc<CallTrace>;
    /// It ended as `hit`, `miss`, `stale`, `collapsed` or `bypass`, as the cache's observer is told too.
    fn counted(&self, result: &'static str);
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
    memory: Memory,
    /// What replicas share, where they do.
    second: Option<Second>,
    flights: Arc<Flights>,
    tasks: TaskTracker,
    observer: Arc<dyn CacheObserver>,
}

impl Cache {
    /// An empty one. Fills run on `tasks`.
    pub fn new(settings: Settings, tasks: TaskTracker, observer: Arc<dyn CacheObserver>) -> Self {
        Self::build(settings, tasks, observer, None)
    }

    /// One that looks at what other replicas have kept before it asks further in, and tells them what it forgets.
    pub fn shared(settings: Settings, replicas: &Replicas, observer: Arc<dyn CacheObserver>) -> Self {
        Self::build(settings, replicas.tasks.clone(), observer, Some(replicas))
    }

    fn build(
        settings: Settings,
        tasks: TaskTracker,
        observer: Arc<dyn CacheObserver>,
        replicas: Option<&Replicas>,
    ) -> Self {
        let memory = Memory::new(settings.max_bytes);
        Self(Arc::new(Shared {
            second: replicas.map(|replicas| Second::new(replicas, &memory.ledger)),
            flights: Arc::new(Flights::new(settings.max_fills, replicas.is_some())),
            memory,
            tasks,
            observer,
        }))
    }

    /// The layer that uses it.
    pub fn layer(&self) -> CacheLayer {
        CacheLayer::new(self.clone())
    }

    /// From now on nothing is served that was read before now, and fills under way are not kept. Constant
    /// time, for use after each write. The future ends when the other replicas were told, or cannot be for now; they
    /// are told whether or not it is awaited.
    pub fn forget(&self, purge: Purge<'_>) -> impl Future<Output = ()> + Send + use<> {
        self.forget_for(purge, None)
    }

    /// The same, on behalf of what happens in that span.
    pub fn forget_for(
        &self,
        purge: Purge<'_>,
        within: Option<&Scope>,
    ) -> impl Future<Output = ()> + Send + use<> {
        let slot = purge.slot();
        self.0.memory.ledger.forget(slot);
        let second = self.0.second.as_ref();
        let told = second.map(|second| second.forget(slot, within.cloned()));
        async {
            if let Some(told) = told {
                told.await;
            }
        }
    }

    /// Forgets, frees the memory at once, and counts the entries here. Walks through the whole cache. The future is like
    /// that of [`Cache::forget`].
    pub fn purge(&self, purge: Purge<'_>) -> impl Future<Output = u64> + Send + use<> {
        let memory = &self.0.memory;
        memory.sweep();
        let told = self.forget(purge);
        let void = memory.sweep();
        async move {
            told.await;
            void
        }
    }

    /// Whether answers are shared with other replicas at the moment, or never are.
    pub fn is_in_step(&self) -> bool {
        self.0.second.as_ref().is_none_or(Second::is_in_use)
    }

    /// What a request with this key and no wish of its own would find here now, and how old that is.
    pub fn look(&self, key: Key) -> (Standing, Option<Duration>) {
        let entry = self.0.memory.find(key);
        let found = entry.map(|entry| entry.found(Instant::now()));
        (policy::standing(found), found.map(|found| found.age))
    }

    /// How many entries there are.
    pub fn entries(&self) -> u64 {
        self.0.memory.entries()
    }

    /// How much they weigh.
    pub fn bytes(&self) -> u64 {
        self.0.memory.bytes()
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").finish_non_exhaustive()
    }
}

impl Shared {
    fn count(&self, call: &impl Cacheable, result: &'static str) {
        self.observer.request(call.resource(), result);
        call.counted(result);
    }
}

fn too_late() -> Error {
    Error::gateway(
        model::Code::DeadlineExceeded,
        "The answer did not come before the request's deadline.",
    )
}
