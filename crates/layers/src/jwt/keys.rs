//! The issuer's keys as they are now. Somebody else fetches them; here is who asks for that, and who waits.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use serde_json::Value;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, timeout};

use super::key::{Algorithm, Key};

/// Keys of one issuer; more are a mistake.
const MOST: usize = 64;
/// Between two fetches that tokens with an unknown key cause.
const PAUSE: Duration = Duration::from_secs(10);
/// How long a request waits for a fetch.
const PATIENCE: Duration = Duration::from_secs(2);

/// The keys of a JWKS document that tokens may be signed with.
#[derive(PartialEq)]
pub struct KeySet(Vec<Key>);

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeySet of {}", self.0.len())
    }
}

impl KeySet {
    /// Reads a document. Keys of other kinds and for other uses are left out; without a usable one it is refused.
    pub fn parse(json: &[u8]) -> Result<Self, &'static str> {
        let document: Value = serde_json::from_slice(json).map_err(|_| "is no JSON")?;
        let keys = document.get("keys").and_then(Value::as_array);
        let keys = keys.ok_or("has no list `keys`")?;
        if keys.len() > MOST {
            return Err("has more than 64 keys");
        }
        let usable: Vec<Key> = keys.iter().filter_map(Key::from_jwk).collect();
        if usable.is_empty() {
            return Err("has no key for RS256, ES256 or EdDSA");
        }
        Ok(Self(usable))
    }

    /// The key of that name and algorithm. A token that names none is signed with the only one there is.
    pub(super) fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<&Key> {
        let mut fitting = self
            .0
            .iter()
            .filter(|key| key.algorithm == algorithm && (id.is_none() || key.id.as_deref() == id));
        fitting
            .next()
            .filter(|_| id.is_some() || fitting.next().is_none())
    }
}

/// The keys, shared by those who verify and the one who fetches.
#[derive(Debug)]
pub struct Keys {
    current: ArcSwap<Current>,
    fetches: watch::Sender<Fetches>,
    asked: Notify,
}

/// A set of keys, and the number of sets before it.
#[derive(Debug)]
pub(super) struct Current {
    pub(super) generation: u64,
    pub(super) set: KeySet,
}

#[derive(Debug, Clone, Copy)]
struct Fetches {
    ended: u64,
    under_way: bool,
    /// Whether one is wanted whenever the last one was.
    wanted: bool,
    begun: Instant,
    /// Whether the last one that has ended brought keys.
    succeeded: bool,
}

impl Default for Keys {
    /// None yet, and the first fetch is taken for begun.
    fn default() -> Self {
        let none = Current {
            generation: 0,
            set: KeySet(Vec::new()),
        };
        let first = Fetches {
            ended: 0,
            under_way: true,
            wanted: false,
            begun: Instant::now(),
            succeeded: false,
        };
        Self {
            current: ArcSwap::from_pointee(none),
            fetches: watch::Sender::new(first),
            asked: Notify::new(),
        }
    }
}

impl Keys {
    pub(super) fn current(&self) -> Arc<Current> {
        self.current.load_full()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.current.load().set.0.len()
    }

    /// Whether the last fetch brought them.
    pub fn are_fresh(&self) -> bool {
        self.fetches.borrow().succeeded
    }

    /// A fetch begins.
    pub fn begin(&self) {
        self.fetches.send_modify(|fetches| {
            fetches.under_way = true;
            fetches.wanted = false;
            fetches.begun = Instant::now();
        });
    }

    /// A fetch is over. Without a result the keys stay as they are. Says whether they are others now.
    pub fn end(&self, fetched: Option<KeySet>) -> bool {
        let succeeded = fetched.is_some();
        let current = self.current.load();
        let changed = fetched.filter(|set| *set != current.set);
        let is_new = changed.is_some();
        if let Some(set) = changed {
            let generation = current.generation + 1;
            self.current.store(Arc::new(Current { generation, set }));
        }
        self.fetches.send_modify(|fetches| {
            fetches.under_way = false;
            fetches.ended += 1;
            fetches.succeeded = succeeded;
        });
        is_new
    }

    /// Asks for a fetch at once, whenever the last one was.
    pub fn ask(&self) {
        self.fetches.send_modify(|fetches| fetches.wanted = true);
        self.asked.notify_one();
    }

    /// Waits until somebody asks for a fetch that may be.
    pub async fn asked(&self) {
        loop {
            self.asked.notified().await;
            // One who asked while the last fetch was about to begin has had it.
            let fetches = *self.fetches.borrow();
            if fetches.wanted || fetches.begun.elapsed() >= PAUSE {
                return;
            }
        }
    }

    /// Waits for the fetch that is under way, or asks for one unless the last one was a moment ago. Says whether
    /// one has ended.
    pub(crate) async fn newer(&self) -> bool {
        let mut fetches = self.fetches.subscribe();
        let before = *fetches.borrow_and_update();
        if !before.under_way {
            if before.begun.elapsed() < PAUSE {
                return false;
            }
            self.asked.notify_one();
        }
        let ended = fetches.wait_for(|fetches| fetches.ended > before.ended);
        timeout(PATIENCE, ended).await.is_ok_and(|ended| ended.is_ok())
    }
}
