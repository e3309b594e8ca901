//! A provider's rate and concurrency limits, kept by us. Runs once per attempt, and every attempt pays. Its turn
//! lasts until the answer has come to its end.
//!
//! An attempt waits for its turn at most `max_wait`, never beyond its deadline, in turns between clients. If
//! none comes, the answer is `overloaded`, on behalf of the provider if it has asked for a pause, else of the
//! gateway. A 429 or 503 with `Retry-After` pauses the connection.
//!
//! Where replicas share the rate, a turn is one of this replica's, and the store is asked after it.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use model::{Code, Error};
use store::Rate;
use tokio::time::Instant;
use tower_layer::Layer;
use tower_service::Service;

use super::shared_rate::{NotNow, SharedRate};
use super::turns::{Permit, Refused, Turns};
use super::{CallObserver, Received, Result, Traced, UpstreamCall, retry_after, seconds};
use crate::context::CallTrace;
use crate::shared_limits::SharedLimits;
use crate::trace::{End, OpenSpan, Scope, What};

/// A longer hint is not passed on.
const LONGEST_HINT: Duration = Duration::from_mins(1);
/// When to come back if the gateway is busy. Turns come free all the time.
const SOON: Duration = Duration::from_secs(1);
/// A shorter wait is no span.
const NOTICEABLE: Duration = Duration::from_millis(1);

/// How fast a provider is asked.
#[derive(Debug, Clone, Copy)]
pub struct PaceSettings {
    /// Attempts in a time, if that is limited.
    pub rate: Option<Rate>,
    /// Attempts at once.
    pub max_concurrency: usize,
    /// The longest wait for a turn.
    pub max_wait: Duration,
    /// The longest pause that a provider's hint causes.
    pub max_pause: Duration,
}

/// How a connection stands with its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Attempts that its rate lets through now; `None` if it has none, or replicas share it.
    pub remaining: Option<u32>,
    /// Until when it pauses, because the provider has asked for it.
    pub paused_until: Option<Instant>,
}

/// Makes a [`PaceService`]. All that one layer makes share its turns.
#[derive(Clone)]
pub struct PaceLayer {
    settings: PaceSettings,
    turns: Arc<Turns>,
    shared: Option<Arc<SharedRate>>,
    observer: Arc<dyn CallObserver>,
}

impl PaceLayer {
    /// For one connection.
    pub fn new(settings: PaceSettings, observer: Arc<dyn CallObserver>) -> Self {
        let turns = Turns::new(settings.max_concurrency, settings.rate, Arc::clone(&observer));
        Self {
            settings,
            turns: Arc::new(turns),
            shared: None,
            observer,
        }
    }

    /// Shares the rate with other replicas, by this name.
    #[must_use]
    pub fn sharing(mut self, limits: SharedLimits, name: &str) -> Self {
        let rate = self.settings.rate;
        self.shared = rate.map(|rate| Arc::new(SharedRate::new(limits, name, rate)));
        self
    }

    /// How the connection stands now.
    pub fn standing(&self) -> Standing {
        let own = self.settings.rate.filter(|_| self.shared.is_none());
        Standing {
            remaining: own.and_then(|rate| self.turns.remaining(rate)),
            paused_until: self.turns.paused_until(),
        }
    }

    async fn turn(
        &self,
        client: u32,
        deadline: Instant,
        trace: &CallTrace,
        traced: Option<&Traced>,
    ) -> std::result::Result<Permit, Error> {
        let span = traced.map(span);
        let started = Instant::now();
        let give_up = deadline.min(started + self.settings.max_wait);
        let turn = self
            .admit(client, give_up, traced.map(|traced| &traced.scope))
            .await;
        let waited = started.elapsed();
        trace.queued(waited);
        match span {
            Some(span) if turn.is_ok() && waited < NOTICEABLE => span.discard(),
            Some(span) => drop(span.ending(End::of(&turn))),
            None => {}
        }
        self.observer.queued(waited);
        self.observer.limiter(turn.is_ok());
        turn
    }

    async fn admit(
        &self,
        client: u32,
        give_up: Instant,
        within: Option<&Scope>,
    ) -> std::result::Result<Permit, Error> {
        let turn = self.turns.take(client, give_up).await;
        let turn = turn.map_err(|refused| refusal(&refused))?;
        if let Some(shared) = &self.shared {
            shared
                .take(give_up, within)
                .await
                .map_err(|not_now| match not_now {
                    NotNow::Busy => refusal(&Refused::Busy),
                    NotNow::Away(error) => error.unsent(),
                })?;
            let passed = self.turns.pass_pause(give_up).await;
            passed.map_err(|refused| refusal(&refused))?;
        }
        Ok(turn)
    }

    fn heed(&self, answer: &impl Received) {
        if matches!(answer.status(), 429 | 503)
            && let Some(hint) = retry_after(answer.headers())
        {
            let now = Instant::now();
            let asked = now + hint.min(LONGEST_HINT);
            let until = now + hint.min(self.settings.max_pause);
            self.turns.pause(until, asked.max(until));
        }
    }
}

impl<S> Layer<S> for PaceLayer {
    type Service = PaceService<S>;

    fn layer(&self, inner: S) -> PaceService<S> {
        PaceService {
            pace: self.clone(),
            inner,
        }
    }
}

/// Lets attempts through in their turn.
#[derive(Clone)]
pub struct PaceService<S> {
    pace: PaceLayer,
    inner: S,
}

impl<S, R, A> Service<UpstreamCall<R>> for PaceService<S>
where
    S: Service<UpstreamCall<R>, Response = A, Error = Error> + Clone + Send + 'static,
    S::Future: Send,
    R: Send + 'static,
    A: Received,
{
    type Response = A;
    type Error = Error;
    type Future = BoxFuture<'static, Result<A>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<std::result::Result<(), Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, call: UpstreamCall<R>) -> Self::Future {
        let Self { pace, mut inner } = self.clone();
        Box::pin(async move {
            let traced = call.traced.as_ref();
            let permit = pace.turn(call.client, call.deadline, &call.trace, traced).await?;
            let answer = inner.call(call).await?;
            pace.heed(&answer);
            Ok(answer.holding(permit))
        })
    }
}

/// The span of the wait.
fn span(traced: &Traced) -> OpenSpan {
    let to = Arc::clone(&traced.to);
    traced.scope.child().open(What::Queue { to })
}

fn refusal(refused: &Refused) -> Error {
    let error = match refused {
        Refused::Paused(rest) => {
            let detail = format!("The provider wants no calls for another {} s.", seconds(*rest));
            Error::provider(Code::Overloaded, detail).retry_after(*rest)
        }
        Refused::Busy => {
            let detail = "Too many calls wait for this provider: no turn came free in time.";
            Error::gateway(Code::Overloaded, detail).retry_after(SOON)
        }
    };
    error.unsent()
}
