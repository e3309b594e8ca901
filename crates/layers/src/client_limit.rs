//! Once per request: the client's own rate limit. Above it answers 429 `rate_limited`, origin `gateway`, and
//! says when to come back. Limits belong to configured clients, so there are as many as clients and no more.

use std::sync::Arc;

use governor::RateLimiter;
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use model::{Code, Error, Origin};

use crate::around::Around;
use crate::context::{Context, Quota};
use crate::rate::Rate;
use crate::{Request, Response};

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
                RateLimiter::direct(rate.quota()?).with_middleware::<StateInformationMiddleware>(),
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
