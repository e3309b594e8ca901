//! Leaves a provider alone that keeps failing. Runs once per attempt; while the circuit is open it answers
//! `circuit_open` at once, and nothing below is called.
//!
//! After a while one attempt is let through as a probe: its success closes the circuit, its failure opens it
//! again. A probe that proves nothing, because it was dropped or never got its turn, makes way for the next.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use model::{Code, Error, Health};
use tokio::time::Instant;
use tower_layer::Layer;

use super::window::Window;
use super::{CallObserver, Outcome, Received, Result, UpstreamCall, lock, seconds};
use crate::around::{After, Around, AroundLayer, AroundService};

/// When to leave a provider alone.
#[derive(Debug, Clone, Copy)]
pub struct CircuitSettings {
    /// The share of failures that opens the circuit.
    pub failure_ratio: f64,
    /// Fewer attempts than this say nothing.
    pub minimum_requests: u32,
    /// The time that counts look back.
    pub window: Duration,
    /// How long the provider is left alone before a probe.
    pub open: Duration,
}

/// The state of a circuit; its number is the metric's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CircuitState {
    /// Attempts go through.
    Closed = 0,
    /// One attempt at a time may go through, to see.
    HalfOpen = 1,
    /// No attempt goes through.
    Open = 2,
}

/// What came of the attempts of the last while, as far as it tells about the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recent {
    /// It answered.
    pub successes: u32,
    /// It failed, or did not answer.
    pub failures: u32,
}

/// A circuit. Clones share it.
#[derive(Clone)]
pub struct Circuit(Arc<Shared>);

struct Shared {
    settings: CircuitSettings,
    observer: Arc<dyn CallObserver>,
    memory: Mutex<Memory>,
}

struct Memory {
    phase: Phase,
    /// Changes with the phase, so that attempts of an earlier one do not count in a later one.
    epoch: u64,
    successes: Window,
    failures: Window,
}

#[derive(Clone, Copy)]
enum Phase {
    Closed,
    Open { since: Instant, until: Instant },
    HalfOpen { since: Instant, probing: bool },
}

impl Circuit {
    /// A closed one.
    pub fn new(settings: CircuitSettings, observer: Arc<dyn CallObserver>) -> Self {
        let memory = Memory {
            phase: Phase::Closed,
            epoch: 0,
            successes: Window::new(settings.window),
            failures: Window::new(settings.window),
        };
        Self(Arc::new(Shared {
            settings,
            observer,
            memory: Mutex::new(memory),
        }))
    }

    /// Its state now.
    pub fn state(&self) -> CircuitState {
        match lock(&self.0.memory).phase {
            Phase::Closed => CircuitState::Closed,
            Phase::Open { until, .. } if Instant::now() < until => CircuitState::Open,
            Phase::Open { .. } | Phase::HalfOpen { .. } => CircuitState::HalfOpen,
        }
    }

    /// What came of the latest attempts. Empty after a change of state.
    pub fn recent(&self) -> Recent {
        let now = Instant::now();
        let mut memory = lock(&self.0.memory);
        Recent {
            successes: memory.successes.sum(now),
            failures: memory.failures.sum(now),
        }
    }

    /// In one word: a tenth of failures is worth telling, fewer are everyday life.
    pub fn health(&self) -> Health {
        let Recent { successes, failures } = self.recent();
        match self.state() {
            CircuitState::Open => Health::Down,
            CircuitState::HalfOpen => Health::Degraded,
            CircuitState::Closed if failures > 0 && failures.saturating_mul(9) >= successes => {
                Health::Degraded
            }
            CircuitState::Closed => Health::Up,
        }
    }

    fn enter(&self) -> std::result::Result<Pass, Error> {
        let now = Instant::now();
        let mut memory = lock(&self.0.memory);
        match memory.phase {
            Phase::Closed => {}
            Phase::Open { since, until } if now < until => return Err(refusal(now - since, until - now)),
            // How long the probe will take is not known; a second is worth a try.
            Phase::HalfOpen { since, probing: true } => {
                return Err(refusal(now - since, Duration::from_secs(1)));
            }
            Phase::Open { since, .. } => self.change(&mut memory, Phase::HalfOpen { since, probing: true }),
            Phase::HalfOpen { since, .. } => memory.phase = Phase::HalfOpen { since, probing: true },
        }
        Ok(Pass {
            circuit: self.clone(),
            epoch: memory.epoch,
            verdict: Verdict::Neutral,
        })
    }

    fn settle(&self, epoch: u64, verdict: Verdict) {
        let now = Instant::now();
        let mut memory = lock(&self.0.memory);
        if epoch != memory.epoch {
            return;
        }
        let until = now + self.0.settings.open;
        match (memory.phase, verdict) {
            (Phase::Closed, Verdict::Success) => memory.successes.add(now),
            (Phase::Closed, Verdict::Failure) => {
                memory.failures.add(now);
                if self.has_had_enough(&mut memory, now) {
                    self.change(&mut memory, Phase::Open { since: now, until });
                }
            }
            (Phase::HalfOpen { .. }, Verdict::Success) => self.change(&mut memory, Phase::Closed),
            (Phase::HalfOpen { since, .. }, Verdict::Failure) => {
                self.change(&mut memory, Phase::Open { since, until });
            }
            (Phase::HalfOpen { since, .. }, Verdict::Neutral) => {
                memory.phase = Phase::HalfOpen {
                    since,
                    probing: false,
                };
            }
            // An open circuit gives no pass, so it has none to settle.
            (Phase::Closed, Verdict::Neutral) | (Phase::Open { .. }, _) => {}
        }
    }

    fn has_had_enough(&self, memory: &mut Memory, now: Instant) -> bool {
        let failures = memory.failures.sum(now);
        let total = failures.saturating_add(memory.successes.sum(now));
        total >= self.0.settings.minimum_requests
            && f64::from(failures) >= self.0.settings.failure_ratio * f64::from(total)
    }

    fn change(&self, memory: &mut Memory, phase: Phase) {
        memory.phase = phase;
        memory.epoch += 1;
        memory.successes.clear();
        memory.failures.clear();
        let state = match phase {
            Phase::Closed => CircuitState::Closed,
            Phase::Open { .. } => CircuitState::Open,
            Phase::HalfOpen { .. } => CircuitState::HalfOpen,
        };
        self.0.observer.circuit(state);
    }
}

impl<R, A: Received> Around<UpstreamCall<R>, A, Error> for Circuit {
    type After = Pass;

    fn before(&self, _: &mut UpstreamCall<R>) -> std::result::Result<Pass, Result<A>> {
        self.enter().map_err(Err)
    }
}

/// The right to one attempt. Dropped without a verdict it is neutral.
pub struct Pass {
    circuit: Circuit,
    epoch: u64,
    verdict: Verdict,
}

impl<A: Received> After<A, Error> for Pass {
    fn after(mut self, result: Result<A>) -> Result<A> {
        self.verdict = Verdict::of(&result);
        result
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.circuit.settle(self.epoch, self.verdict);
    }
}

/// What an attempt tells about the provider.
#[derive(Clone, Copy)]
enum Verdict {
    Success,
    Failure,
    Neutral,
}

impl Verdict {
    fn of(result: &Result<impl Received>) -> Self {
        match Outcome::of(result) {
            // The request's own deadline cut it short, perhaps after a long wait for a turn.
            Outcome::Timeout if has_code(result, Code::DeadlineExceeded) => Self::Neutral,
            Outcome::ServerError | Outcome::Timeout | Outcome::Network | Outcome::Protocol => Self::Failure,
            // A refusal is an answer. An error without one comes from the gateway.
            _ if result.is_ok() => Self::Success,
            _ => Self::Neutral,
        }
    }
}

fn has_code<A>(result: &Result<A>, code: Code) -> bool {
    result.as_ref().is_err_and(|error| error.code() == code)
}

fn refusal(since: Duration, next: Duration) -> Error {
    let (since, wait) = (seconds(since), seconds(next));
    let detail = format!(
        "The provider is left alone because its calls fail, since {since} s; the next try is due in {wait} s."
    );
    Error::gateway(Code::CircuitOpen, detail)
        .retry_after(next)
        .unsent()
}

/// Makes a [`CircuitService`]. All that one layer makes share its circuit.
#[derive(Clone)]
pub struct CircuitLayer(Circuit);

impl CircuitLayer {
    /// With this circuit, of which the caller may keep a clone.
    pub const fn new(circuit: Circuit) -> Self {
        Self(circuit)
    }
}

/// Lets attempts through while the circuit is closed.
pub type CircuitService<S> = AroundService<Circuit, S>;

impl<S> Layer<S> for CircuitLayer {
    type Service = CircuitService<S>;

    fn layer(&self, inner: S) -> CircuitService<S> {
        AroundLayer(self.0.clone()).layer(inner)
    }
}
