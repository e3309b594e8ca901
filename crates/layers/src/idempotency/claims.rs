//! What all replicas know of requests with a key: who carries one out, and how those ended that are over. An end is
//! sealed, since it is an answer. One that does not open is none.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use data_encoding::HEXLOWER;
use model::{Code, Error, Result};
use store::{Away, Claim, Operation};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

use super::end::{End, pack, unpack};
use super::{Asked, KEPT, still_under_way, taken};
use crate::keyring::Name;
use crate::replicas::Replicas;
use crate::shared_limits::OnAway;
use crate::trace::{Scope, storing};

/// How much longer than its request a claim lasts, so that it does not end before its end is told.
const MARGIN: Duration = Duration::from_secs(5);
/// The largest end that is kept there. The claim to a larger one lasts as long as any.
const MAX_BYTES: usize = 1 << 20;
/// Between two attempts to tell an end.
const RETRY: Duration = Duration::from_millis(100);
/// Ends that may wait for another attempt at once.
const MAX_UNTOLD: usize = 64;
/// When to come back if the store is away and must not be.
const AWAY_WAIT: Duration = Duration::from_secs(1);

/// The claims of all replicas. Clones share it.
#[derive(Clone)]
pub(super) struct Claims(Arc<Shared>);

struct Shared {
    replicas: Replicas,
    on_away: OnAway,
    /// Tells our claims from those of other replicas, and
    replica: u64,
    /// from each other.
    count: AtomicU64,
    untold: Arc<Semaphore>,
    runtime: Handle,
}

pub(super) enum Begun {
    First(Claimed),
    Again(End),
}

/// A request that this replica carries out. Dropped, it is given up.
pub(super) struct Claimed {
    claims: Claims,
    place: String,
    fingerprint: Name,
    owner: String,
    within: Option<Scope>,
    is_over: bool,
}

impl Claims {
    pub(super) fn new(replicas: &Replicas, on_away: OnAway) -> Self {
        Self(Arc::new(Shared {
            replicas: replicas.clone(),
            on_away,
            replica: RandomState::new().hash_one(0),
            count: AtomicU64::new(0),
            untold: Arc::new(Semaphore::new(MAX_UNTOLD)),
            runtime: Handle::current(),
        }))
    }

    /// Begins a request, unless another replica has.
    pub(super) async fn begin(&self, asked: &Asked) -> Result<Begun> {
        let Shared {
            replicas, replica, ..
        } = &*self.0;
        let Replicas { store, keyring, .. } = replicas;
        let place = store.key("idempotency", &HEXLOWER.encode(&asked.name));
        let count = self.0.count.fetch_add(1, Ordering::Relaxed);
        let owner = format!("{replica:016x} {count}");
        let life = asked.deadline.saturating_duration_since(Instant::now()) + MARGIN;
        // A second time for what was no end.
        for _ in 0..2 {
            let begin = store.begin(&place, &asked.fingerprint, owner.as_bytes(), life);
            match storing(asked.within.as_ref(), Operation::Begin, begin).await {
                Err(Away) if self.0.on_away == OnAway::Deny => return Err(away()),
                // If the store is away it may be ours all the same, and ends as if it were.
                Ok(Claim::Made) | Err(Away) => {
                    return Ok(Begun::First(Claimed {
                        claims: self.clone(),
                        fingerprint: asked.fingerprint,
                        place,
                        owner,
                        within: asked.within.clone(),
                        is_over: false,
                    }));
                }
                Ok(Claim::Taken) => return Err(taken()),
                Ok(Claim::UnderWay) => return Err(still_under_way()),
                Ok(Claim::Ended(sealed)) => {
                    if let Some(end) = keyring.open(&place, &sealed).and_then(unpack) {
                        return Ok(Begun::Again(end));
                    }
                    store.dismiss(&place, &sealed).await.unwrap_or_default();
                }
            }
        }
        Err(still_under_way())
    }
}

impl Claimed {
    /// The request is over, and this is how it ended. What cannot be told at once is told a little later, if it can: until
    /// then others take the request for one under way, and after that for none.
    pub(super) async fn end(mut self, end: &End) {
        self.is_over = true;
        let Shared {
            replicas,
            untold,
            runtime,
            ..
        } = &*self.claims.0;
        let packed = Some(pack(end)).filter(|packed| packed.len() <= MAX_BYTES);
        let sealed = packed.and_then(|packed| replicas.keyring.seal(&self.place, packed));
        let Some(sealed) = sealed else { return };
        if self.tell(&sealed).await.is_ok() {
            return;
        }
        if let Ok(permit) = Arc::clone(untold).try_acquire_owned() {
            let (tasks, runtime) = (replicas.tasks.clone(), runtime.clone());
            let again = async move {
                let give_up = Instant::now() + MARGIN;
                while Instant::now() < give_up {
                    sleep(RETRY).await;
                    if self.tell(&sealed).await.is_ok() {
                        break;
                    }
                }
                drop(permit);
            };
            tasks.spawn_on(again, &runtime);
        }
    }

    async fn tell(&self, sealed: &[u8]) -> Result<bool, Away> {
        let store = &self.claims.0.replicas.store;
        let owner = self.owner.as_bytes();
        let end = store.end(&self.place, &self.fingerprint, owner, sealed, KEPT);
        storing(self.within.as_ref(), Operation::End, end).await
    }

    /// The request is over, and nothing came of it.
    pub(super) async fn give_up(mut self) {
        self.is_over = true;
        self.giving_up().await;
    }

    fn giving_up(&self) -> impl Future<Output = ()> + Send + use<> {
        let (claims, within) = (self.claims.clone(), self.within.clone());
        let (place, owner) = (self.place.clone(), self.owner.clone());
        async move {
            // A store that is away lets it end by itself.
            let store = &claims.0.replicas.store;
            let give_up = store.give_up(&place, owner.as_bytes());
            let told = storing(within.as_ref(), Operation::End, give_up).await;
            told.unwrap_or_default();
        }
    }
}

impl Drop for Claimed {
    fn drop(&mut self) {
        if !self.is_over {
            let Shared {
                replicas, runtime, ..
            } = &*self.claims.0;
            replicas.tasks.spawn_on(self.giving_up(), runtime);
        }
    }
}

fn away() -> Error {
    let detail = "The store that replicas share does not answer, so nobody knows whether this request was carried out.";
    Error::gateway(Code::Overloaded, detail).retry_after(AWAY_WAIT)
}
