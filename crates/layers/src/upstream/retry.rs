//! Sends a call again, if that can help and does no harm. Runs once per call and repeats everything below
//! it; the last answer is returned as it is, also if it is none of 2xx.
//!
//! A budget bounds the retries of a connection to a share of its calls, because what fails for everybody is
//! made worse by asking thrice. An open circuit or a refused turn ends the loop; after a refused turn the answer
//! is that of the attempt before.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use model::{Code, Error, Safety, UpstreamResponse};
use tokio::time::Instant;
use tower_layer::Layer;
use tower_service::Service;

use super::window::Window;
use super::{CallObserver, Result, UpstreamCall, lock, retry_after};

/// The first retry waits up to this long, each further one up to twice as long.
const BASE: Duration = Duration::from_millis(100);
/// No wait of our own choice is longer.
const LONGEST: Duration = Duration::from_secs(3);
/// The time that the budget looks back.
const BUDGET_WINDOW: Duration = Duration::from_secs(10);
/// Retries that a connection has in that time however few its calls.
const RESERVE: u32 = 3;

/// When to try again.
#[derive(Debug, Clone, Copy)]
pub struct RetrySettings {
    /// Attempts after the first, at most.
    pub max: u32,
    /// Retries of the last ten seconds as a share of their calls, at most.
    pub budget: f64,
    /// A 429 says that the request was not processed, so that even a write may be sent again.
    pub throttled_is_unsent: bool,
}

/// Makes a [`RetryService`]. All that one layer makes share one budget.
#[derive(Clone)]
pub struct RetryLayer {
    policy: Arc<Policy>,
    observer: Arc<dyn CallObserver>,
}

impl RetryLayer {
    /// With waits that nobody can foretell.
    pub fn new(settings: RetrySettings, observer: Arc<dyn CallObserver>) -> Self {
        Self::seeded(settings, observer, RandomState::new().build_hasher().finish())
    }

    /// With the same waits for the same seed.
    pub fn seeded(settings: RetrySettings, observer: Arc<dyn CallObserver>, seed: u64) -> Self {
        let policy = Policy {
            settings,
            budget: Mutex::new(Budget {
                calls: Window::new(BUDGET_WINDOW),
                retries: Window::new(BUDGET_WINDOW),
            }),
            jitter: Jitter(AtomicU64::new(seed)),
        };
        Self {
            policy: Arc::new(policy),
            observer,
        }
    }
}

impl<S> Layer<S> for RetryLayer {
    type Service = RetryService<S>;

    fn layer(&self, inner: S) -> RetryService<S> {
        RetryService {
            policy: Arc::clone(&self.policy),
            observer: Arc::clone(&self.observer),
            inner,
        }
    }
}

/// Sends a call until its answer is good, or no retry is due.
#[derive(Clone)]
pub struct RetryService<S> {
    policy: Arc<Policy>,
    observer: Arc<dyn CallObserver>,
    inner: S,
}

impl<S> Service<UpstreamCall> for RetryService<S>
where
    S: Service<UpstreamCall, Response = UpstreamResponse, Error = Error> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = UpstreamResponse;
    type Error = Error;
    type Future = BoxFuture<'static, Result>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<std::result::Result<(), Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, call: UpstreamCall) -> Self::Future {
        Box::pin(run(self.clone(), call))
    }
}

async fn run<S>(mut service: RetryService<S>, call: UpstreamCall) -> Result
where
    S: Service<UpstreamCall, Response = UpstreamResponse, Error = Error>,
{
    let mut call = call;
    service.policy.called();
    let mut retries = 0;
    let mut last = None;
    loop {
        let result = service.inner.call(call.clone()).await;
        if !result.as_ref().is_err_and(was_refused) {
            service.observer.attempt(call.operation, retries > 0);
        } else if let Some(last) = last {
            // That a retry was not made, for want of a turn or because the last attempt opened the circuit, is less
            // than what the provider said.
            return last;
        }
        let Some(wait) = service.policy.wait(&call, &result, retries) else {
            return result;
        };
        tracing::debug!(wait_ms = wait.as_millis(), "the attempt failed, it is repeated");
        tokio::time::sleep(wait).await;
        retries += 1;
        if let Some(traced) = &mut call.traced {
            traced.resends = retries;
        }
        last = Some(result);
    }
}

/// Whether the attempt was never made. Then the provider has to be left alone, not asked again.
fn was_refused(error: &Error) -> bool {
    matches!(error.code(), Code::CircuitOpen | Code::Overloaded)
}

struct Policy {
    settings: RetrySettings,
    budget: Mutex<Budget>,
    jitter: Jitter,
}

impl Policy {
    fn called(&self) {
        lock(&self.budget).calls.add(Instant::now());
    }

    /// How long to wait before the next attempt, if there is to be one. It is then paid for.
    fn wait(&self, call: &UpstreamCall, result: &Result, retries: u32) -> Option<Duration> {
        let (hint, unsent) = match result {
            Ok(answer) if matches!(answer.status, 429 | 500 | 502 | 503 | 504) => (
                retry_after(&answer.headers),
                answer.status == 429 && self.settings.throttled_is_unsent,
            ),
            Err(error) if error.is_retryable() && !was_refused(error) => (error.wait(), error.is_unsent()),
            _ => return None,
        };
        let harmless = unsent || matches!(call.request.safety, Safety::Safe | Safety::Idempotent);
        if !harmless || retries >= self.settings.max {
            return None;
        }
        let wait = self
            .jitter
            .up_to(backoff(retries))
            .max(hint.unwrap_or(Duration::ZERO));
        let now = Instant::now();
        let in_time = now + wait < call.deadline;
        (in_time && lock(&self.budget).spend(now, self.settings.budget)).then_some(wait)
    }
}

fn backoff(retries: u32) -> Duration {
    BASE.saturating_mul(1 << retries.min(16)).min(LONGEST)
}

struct Budget {
    calls: Window,
    retries: Window,
}

impl Budget {
    /// Takes one retry, if there is one left.
    fn spend(&mut self, now: Instant, share: f64) -> bool {
        let allowed = f64::from(RESERVE) + share * f64::from(self.calls.sum(now));
        let granted = f64::from(self.retries.sum(now).saturating_add(1)) <= allowed;
        if granted {
            self.retries.add(now);
        }
        granted
    }
}

/// Spreads retries in time. `SplitMix64`: good enough for that, and for nothing that has to be secret.
struct Jitter(AtomicU64);

impl Jitter {
    fn up_to(&self, longest: Duration) -> Duration {
        let mut bits = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        // The bits as a fraction of 2^64, so the product fits again.
        let nanos = (longest.as_nanos() * u128::from(bits)) >> 64;
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn waits_stay_below_their_ceiling(seed: u64, retries in 0_u32..80) {
            let jitter = Jitter(AtomicU64::new(seed));
            for _ in 0..32 {
                prop_assert!(jitter.up_to(backoff(retries)) < LONGEST.min(BASE * 2_u32.pow(retries.min(20))));
            }
        }
    }

    #[test]
    fn waits_are_spread_evenly() {
        let jitter = Jitter(AtomicU64::new(1));
        let mut tenths = [0; 10];
        for _ in 0..10_000 {
            let wait = jitter.up_to(Duration::from_secs(1));
            tenths[usize::try_from(wait.as_millis() / 100).unwrap()] += 1;
        }
        assert!(
            tenths.iter().all(|count| (800..1200).contains(count)),
            "{tenths:?}"
        );
    }
}
