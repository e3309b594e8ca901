//! Once per request: the client's own rate limit. Above it answers 429 `rate_limited`, origin `gateway`, and
//! says when to come back. Limits belong to configured clients, so there are as many as clients and no more;
//! where a client has one for each subject, those in use are remembered, up to a bound.
//!
//! [`ClientLimit`] counts in this replica alone, [`shared`] for all of them.

pub mod shared;

use std::sync::Arc;
use std::time::Duration;

use governor::RateLimiter;
use governor::clock::{Clock, DefaultClock, Reference};
use governor::middleware::StateInformationMiddleware;
use governor::state::NotKeyed;
use http::HeaderValue;
use model::{Code, Error, Origin};
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use store::Rate;

use crate::around::Around;
use crate::client::{Client, Subject};
use crate::context::{Context, Quota};
use crate::rate::{Level, quota};
use crate::value::Writer;
use crate::{Request, Response};

type Limiter = RateLimiter<NotKeyed, Level, DefaultClock, StateInformationMiddleware>;

/// Told of every decision: the client's name, and whether it was let through.
pub type OnDecision = Arc<dyn Fn(&str, bool) + Send + Sync>;

/// Subjects of one client that are remembered. Beyond that the one that was quiet longest starts anew.
const MAX_SUBJECTS: u64 = 65_536;

/// After which any subject starts anew.
const LONGEST_QUIET: Duration = Duration::from_hours(720);

/// The limit of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// The client's name.
    pub client: String,
    /// How much.
    pub rate: Rate,
    /// Whether each subject of the client's tokens has so much, rather than all together.
    pub by_subject: bool,
}

/// Limits clients.
#[derive(Clone)]
pub struct ClientLimit {
    limiters: Arc<[Option<Arc<Limiters>>]>,
    on_decision: OnDecision,
}

/// Of one client.
struct Limiters {
    limit: Limit,
    rate: Rate,
    /// Of the rate, as it is advertised.
    policy: HeaderValue,
    whole: Arc<Limiter>,
    level: Level,
    began: <DefaultClock as Clock>::Instant,
    subjects: Option<Cache<Subject, Arc<Limiter>>>,
}

/// What a limiter says.
struct Count {
    remaining: u32,
    /// In so much time it is full again, if nothing comes.
    full_in: Duration,
    /// Refused, and for so long.
    wait: Option<Duration>,
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
        let burst = rate.burst.get();
        let window = seconds(rate.interval() * burst).max(1);
        let mut policy = Writer::new();
        policy
            .text("\"client\";q=")
            .number(burst)
            .text(";w=")
            .number(window);
        let level = Level::default();
        let whole = limiter(rate, level.clone())?;
        Some(Self {
            rate,
            policy: policy.finish(),
            began: whole.clock().now(),
            whole: Arc::new(whole),
            level,
            subjects: limit.by_subject.then(subjects),
            limit,
        })
    }

    fn of(&self, client: &Client) -> Arc<Limiter> {
        let own = self.own(client).and_then(|(subjects, subject)| {
            subjects.optionally_get_with(subject, || limiter(self.rate, Level::default()).map(Arc::new))
        });
        own.unwrap_or_else(|| Arc::clone(&self.whole))
    }

    /// The subject whose limit it is, where it is not the client's.
    fn own(&self, client: &Client) -> Option<(&Cache<Subject, Arc<Limiter>>, Subject)> {
        self.subjects.as_ref().zip(client.subject)
    }

    fn charge(&self, client: &Client) -> Count {
        let limiter = self.of(client);
        let burst = self.rate.burst.get();
        let (remaining, wait) = match limiter.check() {
            Ok(state) => (state.remaining_burst_capacity().min(burst), None),
            Err(refusal) => (0, Some(refusal.wait_time_from(limiter.clock().now()))),
        };
        Count {
            remaining,
            full_in: self.rate.interval() * (burst - remaining),
            wait,
        }
    }
}

fn limiter(rate: Rate, level: Level) -> Option<Limiter> {
    Some(RateLimiter::new(quota(rate)?, level, DefaultClock::default()))
}

impl ClientLimit {
    /// One limit, or none, for each client by its place in the configuration. A limit that there was before goes on
    /// with what has been used of it.
    pub fn new(
        limits: impl IntoIterator<Item = Option<Limit>>,
        before: Option<&Self>,
        on_decision: OnDecision,
    ) -> Self {
        let known = |limit: &Limit| {
            let mut known = before?.limiters.iter().flatten();
            known.find(|limiters| limiters.limit == *limit).cloned()
        };
        let limiters = |limit: Limit| known(&limit).or_else(|| Limiters::new(limit).map(Arc::new));
        Self {
            limiters: limits.into_iter().map(|limit| limit.and_then(limiters)).collect(),
            on_decision,
        }
    }

    /// What is left in this replica of a client's limit; `None` if it has none, or each of its subjects has one.
    pub fn remaining(&self, index: u32) -> Option<u32> {
        let limiters = self.limiters.get(index as usize)?.as_ref()?;
        let age = limiters.whole.clock().now().duration_since(limiters.began);
        let one = limiters.subjects.is_none();
        one.then(|| limiters.level.remaining(limiters.rate, age.into()))
    }

    /// Whose request it is, if that client has a limit.
    fn find<'a>(&'a self, context: &'a Context) -> Option<(&'a Client, &'a Limiters)> {
        let client = context.client.get()?;
        let limiters = self.limiters.get(client.index as usize)?.as_ref()?;
        Some((client, limiters))
    }

    /// Says what was counted to whoever wants to know: the client, by headers, among them.
    fn conclude(
        &self,
        context: &Context,
        client: &Client,
        of: &Limiters,
        count: &Count,
    ) -> Result<(), Error> {
        context.quota.get_or_init(|| Quota {
            policy: of.policy.clone(),
            limit: of.rate.burst.get(),
            remaining: count.remaining,
            reset: seconds(count.full_in),
        });
        (self.on_decision)(&client.name, count.wait.is_none());
        let Some(wait) = count.wait else {
            return Ok(());
        };
        let detail = format!(
            "Client `{}` has used up its rate limit at this gateway.",
            client.name
        );
        Err(Error::new(Code::RateLimited, Origin::Gateway, detail).retry_after(wait))
    }
}

impl Around<Request, Response, Error> for ClientLimit {
    type After = ();

    fn before(&self, request: &mut Request) -> Result<(), Result<Response, Error>> {
        let Some(context) = Context::of(request.extensions()) else {
            return Ok(());
        };
        let Some((client, limiters)) = self.find(context) else {
            return Ok(());
        };
        let count = limiters.charge(client);
        self.conclude(context, client, limiters, &count).map_err(Err)
    }
}

/// Whole seconds, rounded up.
fn seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}
