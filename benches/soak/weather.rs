//! What disturbs at the moment, so that an answer can be judged by it.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// For so long after a fault of a provider its consequences may still be seen: the circuit is open for 2 s and looks
/// back 5 s, a pause takes 1 s at the most, and what was read during it is served for 5 s.
const SETTLE: Duration = Duration::from_secs(12);

/// What disturbs at the moment.
pub(crate) struct Weather(Mutex<State>);

struct State {
    mood: String,
    mood_since: Instant,
    provider_fails: bool,
    provider_recovered: Option<Instant>,
    /// Requests that began before this are not judged by what replicas share.
    sharing_since: Option<Instant>,
    calm: bool,
    epoch: u64,
    stumbles: u64,
}

impl Weather {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(State {
            mood: "start".to_owned(),
            mood_since: Instant::now(),
            provider_fails: false,
            provider_recovered: None,
            sharing_since: None,
            calm: false,
            epoch: 0,
            stumbles: 0,
        }))
    }

    /// Something begins that has a name; it is calm only if `calm`.
    pub(crate) fn set_mood(&self, mood: impl fmt::Display, calm: bool) {
        let mut state = self.lock();
        (state.mood, state.mood_since) = (mood.to_string(), Instant::now());
        state.calm = calm;
    }

    /// The name of what is going on, and for how long.
    pub(crate) fn mood(&self) -> (String, Duration) {
        let state = self.lock();
        (state.mood.clone(), state.mood_since.elapsed())
    }

    /// Whether nothing disturbs.
    pub(crate) fn is_calm(&self) -> bool {
        self.lock().calm
    }

    pub(crate) fn provider_fails(&self, fails: bool) {
        let mut state = self.lock();
        if state.provider_fails && !fails {
            state.provider_recovered = Some(Instant::now());
        }
        state.provider_fails = fails;
    }

    /// Whether a request that began then may meet with a provider's failure.
    pub(crate) fn may_meet_fault(&self, began: Instant) -> bool {
        let state = self.lock();
        state.provider_fails || state.provider_recovered.is_some_and(|at| began < at + SETTLE)
    }

    /// When the last consequence of a fault is over.
    pub(crate) fn settled_at(&self) -> Option<Instant> {
        self.lock().provider_recovered.map(|at| at + SETTLE)
    }

    /// Something begins, or has just ended, that makes replicas forget what they share or have counted.
    pub(crate) fn forget(&self, shares: bool) {
        let mut state = self.lock();
        state.epoch += 1;
        state.sharing_since = shares.then(Instant::now);
    }

    /// Limits may begin anew.
    pub(crate) fn recount(&self) {
        self.lock().epoch += 1;
    }

    /// Whether the store has been there, and no replica was restarted, for this long.
    pub(crate) fn has_shared_for(&self, span: Duration) -> bool {
        self.lock()
            .sharing_since
            .is_some_and(|since| since.elapsed() >= span)
    }

    /// A replica has given up the store for a moment, although nobody has killed it: an operation took too long.
    pub(crate) fn store_stumbled(&self) {
        let mut state = self.lock();
        if state.sharing_since.is_some() {
            state.sharing_since = Some(Instant::now());
            state.epoch += 1;
            state.stumbles += 1;
        }
    }

    /// How often that was.
    pub(crate) fn stumbles(&self) -> u64 {
        self.lock().stumbles
    }

    /// Whether replicas have a store at the moment.
    pub(crate) fn is_shared(&self) -> bool {
        self.lock().sharing_since.is_some()
    }

    /// Changes when something is forgotten.
    pub(crate) fn epoch(&self) -> u64 {
        self.lock().epoch
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
