//! Once per request: the client's own rate limit. Above it answers 429 `rate_limited`, origin `gateway`, and
//! says when to come back. Limits belong to configured clients, so there are as many as clients and no more;
//! where a client has one for each subject, those in use are remembered, up to a bound.

use std::sync::Arc;
use std::time::Duration;

use governor::RateLimiter;
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use model::{Code, Error, Origin};
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use crate::around::Around;
use crate::client::{Client, Subject};
use crate::context::{Context, Quota};
use crate::rate::Rate;
use crate::{Request, Response};

type Limiter = RateLimiter<NotKeyed, InMemoryState, DefaultClock, StateInformationMiddleware>;

/// Told of every decision: the client's name, and whether it was let through.
pub type OnDecision = Arc<dyn Fn(&str, bool) + Send + Sync>;

/// Subjects of one client that are remembered. Beyond that the one that was quiet longest starts anew.
const MAX_SUBJECTS: u64 = 65_536;

/// After which any subject starts anew.
const LONGEST_QUIET: Duration = Duration::from_hours(720);

/// The limit of a client.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// How much.
    pub rate: Rate,
    /// Whether each subject of the client's tokens has so much, rather than all together.
    pub by_subject: bool,
}

/// Limits clients.
#[derive(Clone)]
pub struct ClientLimit {
    limiters: Arc<[Option<Limiters>]>,
    clock: DefaultClock,
    on_decision: OnDecision,
}

/// Of one client.
struct Limiters {
    rate: Rate,
    whole: Arc<Limiter>,
    subjects: Option<Cache<Subject, Arc<Limiter>>>,
}

impl Limiters {
    fn new(limit: Limit) -> Option<Self> {
        let rate = limit.rate;
        let subjects = || {
            Cache::builder()
                .max_capacity(MAX_SUBJECTS)
                // Not by how often they come: a new one would be forgotten first, and have no limit.
                .eviction_policy(EvictionPolicy::lru())
                // A limiter that was quiet for so long is full, and as good as a new one.
                .time_to_idle((rate.interval() * rate.burst.get()).min(LONGEST_QUIET))
                .build()
        };
        Some(Self {
            rate,
            whole: Arc::new(limiter(rate)?),
            subjects: limit.by_subject.then(subjects),
        })
    }

    fn of(&self, client: &Client) -> Arc<Limiter> {
        let subjects = self.subjects.as_ref().zip(client.subject);
        let own = subjects.and_then(|(subjects, subject)| {
            subjects.optionally_get_with(subject, || limiter(self.rate).map(Arc::new))
        });
        own.unwrap_or_else(|| Arc::clone(&self.whole))
    }
}

fn limiter(rate: Rate) -> Option<Limiter> {
    Some(RateLimiter::direct(rate.quota()?).with_middleware::<StateInformationMiddleware>())
}

impl ClientLimit {
    /// One limit, or none, for each client by its place in the configuration.
    pub fn new(limits: impl IntoIterator<Item = Option<Limit>>, on_decision: OnDecision) -> Self {
        let limiters = limits.into_iter().map(|limit| limit.and_then(Limiters::new));
        Self {
            limiters: limiters.collect(),
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
        let limiters = self.limiters.get(client.index as usize).and_then(Option::as_ref);
        let Some(limiters) = limiters else {
            return Ok(());
        };
        let (rate, burst) = (limiters.rate, limiters.rate.burst.get());
        let (remaining, wait) = match limiters.of(client).check() {
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
