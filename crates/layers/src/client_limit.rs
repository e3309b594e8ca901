//! Once per request: the client's own rate limit. Above it answers 429 `rate_limited`, origin `gateway`, and
//! says when to come back. Limits belong to configured clients, so there are as many as clients and no more.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota as Allowance, RateLimiter};
use model::{Code, Error, Origin};

use crate::around::Around;
use crate::context::{Context, Quota};
use crate::{Request, Response};

/// A limit: so many requests in so much time, and how many may come at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests.
    pub requests: NonZeroU32,
    /// In this time.
    pub per: Duration,
    /// At once.
    pub burst: NonZeroU32,
}

impl Rate {
    /// The time in which one request's worth comes back.
    pub fn interval(&self) -> Duration {
        (self.per / self.requests.get()).max(Duration::from_nanos(1))
    }

    /// In the limiter's own terms.
    pub fn allowance(&self) -> Option<Allowance> {
        Some(Allowance::with_period(self.interval())?.allow_burst(self.burst))
    }
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, DefaultClock, StateInformationMiddleware>;

/// Told of every decision: the client's name, and whether it was let through.
pub type OnDecision = Arc<dyn Fn(&str, bool) + Send + Sync>;

/// Limits clients.
#[derive(Clone)]
pub struct ClientLimit {
    limiters: Arc<[Option<(Rate, Limiter)>]>,
    clock: DefaultClock,
    on_decision: OnDecision,
}

impl ClientLimit {
    /// One limit, or none, for each client by its place in the configuration.
    pub fn new(rates: impl IntoIterator<Item = Option<Rate>>, on_decision: OnDecision) -> Self {
        let limiter = |rate: Rate| {
            Some((
                rate,
                RateLimiter::direct(rate.allowance()?).with_middleware::<StateInformationMiddleware>(),
            ))
        };
        let limiters = rates.into_iter().map(|rate| rate.and_then(limiter)).collect();
        Self {
            limiters,
            clock: DefaultClock::default(),
            on_decision,
        }
    }
}

impl Around<Request, Response, Error> for ClientLimit {
    type After = ();

    fn before(&self, request: &mut Request) -> Result<(), Result<Response, Error>> {
        let Some(context) = Context::of(request.extensions()) else {
            return Ok(());
        };
        let Some(client) = context.client.get() else {
            return Ok(());
        };
        let limiter = self.limiters.get(client.index as usize).and_then(Option::as_ref);
        let Some((rate, limiter)) = limiter else {
            return Ok(());
        };
        let burst = rate.burst.get();
        let (remaining, wait) = match limiter.check() {
            Ok(state) => (state.remaining_burst_capacity().min(burst), None),
            Err(refusal) => (0, Some(refusal.wait_time_from(self.clock.now()))),
        };
        let seconds = |units: u32| (rate.interval() * units).as_secs_f64().ceil().max(1.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "whole, positive seconds"
        )]
        let quota = Quota {
            limit: burst,
            window: seconds(burst) as u64,
            remaining,
            reset: if remaining == burst {
                0
            } else {
                seconds(burst - remaining) as u64
            },
        };
        context.quota.get_or_init(|| quota);
        (self.on_decision)(&client.name, wait.is_none());
        match wait {
            None => Ok(()),
            Some(wait) => {
                let detail = format!(
                    "Client `{}` has used up its rate limit at this gateway.",
                    client.name
                );
                Err(Err(
                    Error::new(Code::RateLimited, Origin::Gateway, detail).retry_after(wait)
                ))
            }
        }
    }
}
