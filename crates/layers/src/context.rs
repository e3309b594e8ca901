//! What the layers know of one request: one typed, shared value instead of look-ups by type.
//!
//! Each field is written once, by the layer that finds it out; outer layers read it after the answer, also
//! when the answer is an error.

use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::{Extensions, HeaderValue, Uri};
use model::{ConnectionName, Error};
use tokio::time::Instant;

use crate::client::{Client, Permission};
use crate::trace::{Scope, SpanIds};
use crate::value::Writer;

/// The route that a request matched. The set of routes is closed, so its template can be a metric label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RouteInfo {
    /// The path template, `/v1/numbers/{id}`; `other` where none matched.
    pub template: &'static str,
    /// Whether it is served without a credential.
    pub public: bool,
}

/// What it takes to be served.
#[derive(Debug, Clone)]
pub struct Access {
    /// The permission that the operation needs.
    pub permission: Permission,
    /// The connection that the request names, if it names one.
    pub connection: Option<ConnectionName>,
    /// It asks to see what needs scope `sensitive`.
    pub sensitive: bool,
}

/// What is left of a quota after this request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    /// The policy, as it is advertised.
    pub policy: HeaderValue,
    /// The largest burst.
    pub limit: u32,
    /// Requests left.
    pub remaining: u32,
    /// Seconds until it is full again.
    pub reset: u64,
}

/// What the span of a request that may be traced needs.
#[derive(Debug)]
pub struct Tracing {
    /// Nothing but the client's wish speaks for it, which counts if the client is known in the end.
    pub wished: bool,
    /// Whether it goes on with a trace of the client's.
    pub continued: bool,
    /// What others on the way have noted of the trace.
    pub state: Option<Box<str>>,
}

/// Where a request goes. It is not shown: paths hold phone numbers.
pub(crate) struct Target(pub(crate) Uri);

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Target")
    }
}

/// What the layers know of one request.
#[derive(Debug)]
pub struct Context {
    /// As it came.
    pub(crate) target: Target,
    /// Accepted from the client or made here. Visible ASCII.
    pub(crate) request_id: HeaderValue,
    /// W3C trace context of this request, accepted or begun here.
    pub(crate) traceparent: HeaderValue,
    /// What else its own span needs; `None` if it is not traced.
    pub tracing: Option<Box<Tracing>>,
    /// The one clock reading at the beginning.
    pub started: Instant,
    /// When the request must be over.
    pub deadline: Instant,
    /// Microseconds to the head of the answer, once somebody has asked; one more, so that 0 is nobody.
    pub(crate) took: AtomicU64,
    /// Who is at the other end of the socket, or behind a trusted proxy.
    pub client_ip: IpAddr,
    /// The route, from the moment it is known.
    pub route: OnceLock<RouteInfo>,
    /// What it takes to be served, from the moment the route is known.
    pub access: OnceLock<Access>,
    /// Who asks, once authenticated.
    pub client: OnceLock<Arc<Client>>,
    /// Which of the client's keys opened the door: a prefix of its hash, for the log.
    pub key_id: OnceLock<Arc<str>>,
    /// What is left of the client's quota.
    pub quota: OnceLock<Quota>,
    /// What the cache did.
    pub cache: OnceLock<&'static str>,
    /// Set if the answer is one that was kept for this idempotency key.
    pub replayed: OnceLock<()>,
    /// The error, if it ended in one.
    pub error: OnceLock<Error>,
    /// What calls to providers cost.
    pub calls: Arc<CallTrace>,
}

impl Context {
    /// Of the request that carries these extensions. A request without one has not passed the first layer.
    pub fn of(extensions: &Extensions) -> Option<&Arc<Self>> {
        extensions.get::<Arc<Self>>()
    }

    /// The id of the request, as it is logged and returned.
    pub fn request_id(&self) -> &str {
        std::str::from_utf8(self.request_id.as_bytes()).unwrap_or_default()
    }

    /// The trace id of `traceparent`.
    pub fn trace_id(&self) -> &str {
        let id = self.traceparent.as_bytes().get(3..35).unwrap_or_default();
        std::str::from_utf8(id).unwrap_or_default()
    }

    /// Whether its span is exported. A client that is not known yet may be known later.
    pub fn is_traced(&self) -> bool {
        self.tracing
            .as_ref()
            .is_some_and(|tracing| !tracing.wished || self.client.get().is_some())
    }

    /// How long it took to the head of the answer. The clock is read for who asks first, and all are told the same.
    pub fn took(&self) -> Duration {
        let known = self.took.load(Ordering::Relaxed);
        if let Some(micros) = known.checked_sub(1) {
            return Duration::from_micros(micros);
        }
        let took = micros(self.started.elapsed());
        self.took.store(took.saturating_add(1), Ordering::Relaxed);
        Duration::from_micros(took)
    }

    /// `Server-Timing`: `provider` is time on the wire, `gateway` all the rest, both in milliseconds. A shared fill
    /// may have been on the wire for longer than this request waited for it.
    pub fn timing(&self) -> HeaderValue {
        let total = micros(Instant::now().saturating_duration_since(self.started));
        let provider = micros(self.calls.provider_time());
        Writer::new()
            .text("gateway;dur=")
            .milliseconds(total.saturating_sub(provider))
            .text(", provider;dur=")
            .milliseconds(provider)
            .finish()
    }

    /// The connection that the request names.
    pub fn connection(&self) -> Option<&ConnectionName> {
        self.access.get()?.connection.as_ref()
    }

    /// The route's label.
    pub fn template(&self) -> &'static str {
        self.route.get().map_or("other", |route| route.template)
    }

    /// The client's label.
    pub fn client_name(&self) -> &str {
        self.client.get().map_or("none", |client| &client.name)
    }
}

/// What the calls to providers behind one answer cost. A coalesced answer shares the trace of its fill.
#[derive(Debug, Default)]
pub struct CallTrace {
    provider_micros: AtomicU64,
    queue_micros: AtomicU64,
    attempts: AtomicU32,
    status: AtomicU32,
    request_id: OnceLock<Box<str>>,
    traced: Option<Box<TracedCalls>>,
}

/// What a trace of calls has if it is part of a trace.
#[derive(Debug)]
struct TracedCalls {
    scope: Scope,
    shared: OnceLock<SpanIds>,
}

impl CallTrace {
    /// Of what happens in this span.
    pub(crate) fn within(scope: Option<Scope>) -> Self {
        let traced = scope.map(|scope| TracedCalls {
            scope,
            shared: OnceLock::new(),
        });
        Self {
            traced: traced.map(Box::new),
            ..Self::default()
        }
    }

    /// That of a fill, in a span of its own inside of this one.
    #[must_use]
    pub fn of_fill(&self) -> Self {
        Self::within(self.scope().map(Scope::child))
    }

    /// The span that the calls happen in, if they are traced.
    pub fn scope(&self) -> Option<&Scope> {
        self.traced.as_ref().map(|traced| &traced.scope)
    }

    /// The span of the fill whose answer this request shares, if another one had begun it.
    pub fn shared_fill(&self) -> Option<SpanIds> {
        self.traced.as_ref()?.shared.get().copied()
    }

    /// One attempt was on the wire for this long.
    pub fn attempted(&self, on_wire: Duration) {
        self.attempts.fetch_add(1, Ordering::Relaxed);
        self.provider_micros.fetch_add(micros(on_wire), Ordering::Relaxed);
    }

    /// A call waited this long for its turn.
    pub fn queued(&self, waited: Duration) {
        self.queue_micros.fetch_add(micros(waited), Ordering::Relaxed);
    }

    /// A provider answered.
    pub fn answered(&self, status: u16, request_id: Option<&str>) {
        self.status.store(u32::from(status), Ordering::Relaxed);
        if let Some(id) = request_id {
            // The first one stays: a retry's id adds nothing that the log line could hold.
            self.request_id.get_or_init(|| id.into());
        }
    }

    /// Adds the cost of another trace, that of the fill whose answer this request shares.
    pub fn adopt(&self, other: &Self) {
        self.provider_micros
            .fetch_add(other.provider_micros.load(Ordering::Relaxed), Ordering::Relaxed);
        self.queue_micros
            .fetch_add(other.queue_micros.load(Ordering::Relaxed), Ordering::Relaxed);
        self.attempts.fetch_add(other.attempts(), Ordering::Relaxed);
        self.status
            .store(other.status.load(Ordering::Relaxed), Ordering::Relaxed);
        if let Some(id) = other.request_id.get() {
            self.request_id.get_or_init(|| id.clone());
        }
        if let (Some(own), Some(fill)) = (&self.traced, other.scope())
            && !fill.is_child_of(&own.scope)
        {
            own.shared.get_or_init(|| fill.ids());
        }
    }

    /// It was waited for so long, in vain. What no attempt or queue has been charged with yet was an attempt's that goes
    /// on.
    pub(crate) fn waited(&self, time: Duration) {
        let rest = time.saturating_sub(self.provider_time() + self.queue_time());
        self.provider_micros.fetch_add(micros(rest), Ordering::Relaxed);
    }

    /// Time on the wire, all attempts together.
    pub fn provider_time(&self) -> Duration {
        Duration::from_micros(self.provider_micros.load(Ordering::Relaxed))
    }

    /// Time in the queue for a turn.
    pub fn queue_time(&self) -> Duration {
        Duration::from_micros(self.queue_micros.load(Ordering::Relaxed))
    }

    /// Attempts made.
    pub fn attempts(&self) -> u32 {
        self.attempts.load(Ordering::Relaxed)
    }

    /// The provider's last status.
    pub fn status(&self) -> Option<u32> {
        Some(self.status.load(Ordering::Relaxed)).filter(|status| *status != 0)
    }

    /// The provider's request id.
    pub fn provider_request_id(&self) -> Option<&str> {
        self.request_id.get().map(|id| &**id)
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
