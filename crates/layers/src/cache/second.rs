//! The second level, in the store: what one replica has read, the others need not ask for again. It is looked at only
//! when a fill begins, and holds answers alone, sealed. Whatever cannot be had from it is a miss.

use std::sync::Arc;
use std::time::Duration;

use store::{Forgotten, Numbers, Operation, Shelf};
use tokio::runtime::Handle;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use super::flight::Flight;
use super::key::Key;
use super::memory::Entry;
use super::policy::Lifetimes;
use super::purge::{Ledger, WHOLE};
use crate::answer::Answer;
use crate::keyring::Keyring;
use crate::replicas::Replicas;
use crate::trace::{Scope, storing};

/// The largest answer that is kept there. A larger one would hold up what others ask of the store.
const MAX_BYTES: usize = 1 << 20;

/// What replicas share of the cache.
pub(super) struct Second {
    shelf: Shelf,
    keyring: Keyring,
    ledger: Arc<Ledger>,
    tasks: TaskTracker,
    runtime: Handle,
}

impl Second {
    /// What others forget, the ledger forgets too.
    pub(super) fn new(replicas: &Replicas, ledger: &Arc<Ledger>) -> Self {
        let heeding = Arc::clone(ledger);
        let heed = move |forgotten| match forgotten {
            Forgotten::Slot(slot) => heeding.forget(slot),
            Forgotten::Missed => heeding.forget(WHOLE),
        };
        Self {
            shelf: Shelf::new(replicas.store.clone(), WHOLE, heed),
            keyring: replicas.keyring.clone(),
            ledger: Arc::clone(ledger),
            tasks: replicas.tasks.clone(),
            runtime: Handle::current(),
        }
    }

    /// Whether anything is shared at the moment.
    pub(super) fn is_in_use(&self) -> bool {
        self.shelf.is_in_use()
    }

    /// What must still hold for what this flight brings to be kept, and what another one has kept, as an entry of
    /// this one: with its own age, and void when this flight is.
    pub(super) async fn look(
        &self,
        flight: &Flight,
        lifetimes: Lifetimes,
    ) -> Option<(Numbers, Option<Arc<Entry>>)> {
        let place = self.place(flight.key);
        let wanted = (flight.oldest != Some(0)).then_some(place.as_str());
        let look = self.shelf.look(wanted, flight.tags.slots());
        let (numbers, found) = storing(flight.trace.scope(), Operation::Look, look).await.ok()?;
        let entry = found.and_then(|found| {
            let answer = Answer::unpack(self.keyring.open(&place, &found.value)?)?;
            Some(Arc::new(Entry {
                content: Ok(Arc::new(answer)),
                at: Instant::now().checked_sub(found.age)?,
                lifetimes,
                tags: flight.tags.clone(),
                began: flight.number,
            }))
        });
        Some((numbers, entry))
    }

    /// Keeps an answer, or nothing in the place of what was there.
    pub(super) async fn keep(
        &self,
        flight: &Flight,
        numbers: &Numbers,
        answer: Option<&Answer>,
        life: Duration,
    ) {
        let place = self.place(flight.key);
        let sealed = match answer {
            None => Some(Vec::new()),
            Some(answer) => answer
                .pack()
                .filter(|packed| packed.len() <= MAX_BYTES)
                .and_then(|packed| self.keyring.seal(&place, packed)),
        };
        if let Some(sealed) = sealed {
            // A store that is away keeps nothing, which is no loss but of time.
            let keep = self.shelf.keep(&place, numbers, &sealed, life);
            let kept = storing(flight.trace.scope(), Operation::Keep, keep).await;
            kept.unwrap_or_default();
        }
    }

    /// Tells the others. What was found there meanwhile is void then, too.
    pub(super) fn forget(&self, slot: u16, within: Option<Scope>) -> impl Future<Output = ()> + Send + use<> {
        let (others, ledger) = (self.shelf.clone(), Arc::clone(&self.ledger));
        let telling = async move {
            // What could not be told is owed, and until then nothing is found there.
            let told = storing(within.as_ref(), Operation::Forget, others.forget(slot)).await;
            told.unwrap_or_default();
            ledger.forget(slot);
        };
        // A task, because a write that nobody waits for any more is to be told all the same.
        let told = self.tasks.spawn_on(telling, &self.runtime);
        async {
            // It fails only with the whole process.
            told.await.unwrap_or_default();
        }
    }

    fn place(&self, key: Key) -> String {
        self.shelf.key("cache", &key.to_string())
    }
}
