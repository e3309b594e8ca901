//! The provider stack: what lies between an adapter's request and the wire. One stack for each connection,
//! one file for each layer, outermost first:
//!
//! ```
//! use std::num::NonZeroU32;
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use arc_swap::ArcSwap;
//! use bytes::Bytes;
//! use http_body_util::Full;
//! use layers::{Body, BoxError, Rate};
//! use layers::upstream::{
//!     AttemptLayer, CallLayer, CallObserver, Circuit, CircuitLayer, CircuitSettings, CollectLayer,
//!     CollectSettings, Credential, InjectLayer, PaceLayer, PaceSettings, RetryLayer, RetrySettings,
//!     UpstreamCall, WireFailure,
//! };
//! use model::{AuthScheme, ConnectionName, Error, UpstreamResponse};
//! use tower::{Service, ServiceBuilder};
//!
//! type WireRequest = http::Request<Body>;
//!
//! fn stack<C>(
//!     connection: ConnectionName,
//!     credential: Credential,
//!     observer: Arc<dyn CallObserver>,
//!     pool: C,
//! ) -> impl Service<UpstreamCall, Response = UpstreamResponse, Error = Error> + Clone
//! where
//!     C: Service<WireRequest, Response = http::Response<Full<Bytes>>, Error = BoxError>,
//!     C: Clone + Send + 'static,
//!     C::Future: Send,
//! {
//!     let second = Duration::from_secs(1);
//!     let retry = RetrySettings { max: 2, budget: 0.2, throttled_is_unsent: true };
//!     let circuit = Circuit::new(
//!         CircuitSettings { failure_ratio: 0.5, minimum_requests: 20, window: 10 * second, open: 5 * second },
//!         Arc::clone(&observer),
//!     );
//!     let fifty = NonZeroU32::new(50).unwrap();
//!     let pace = PaceSettings {
//!         rate: Some(Rate { requests: fifty, per: second, burst: fifty }),
//!         max_concurrency: 25,
//!         max_wait: 5 * second,
//!         max_pause: 3 * second,
//!     };
//!     let collect = CollectSettings {
//!         base_url: "https://api.example.com".into(),
//!         user_agent: http::HeaderValue::from_static("switchboard/0.1.0"),
//!         max_response: 8 << 20,
//!         classify: |_| WireFailure::Closed,
//!     };
//!     ServiceBuilder::new()
//!         .layer(CallLayer::new(connection, Arc::clone(&observer)))      // one call, whatever the attempts
//!         .layer(RetryLayer::new(retry, Arc::clone(&observer)))          // repeats everything below
//!         .layer(CircuitLayer::new(circuit))                             // sees each attempt, ends the loop
//!         .layer(PaceLayer::new(pace, Arc::clone(&observer)))            // every attempt waits and pays
//!         .layer(AttemptLayer::new(Some(5 * second), Some("x-request-id"), observer)) // time on the wire alone
//!         .layer(CollectLayer::new(collect))                             // a cut body is a failed attempt
//!         .layer(InjectLayer::new(Arc::new(ArcSwap::from_pointee(credential)))) // nothing above sees it
//!         .service(pool)
//! }
//! # let secret = |_: &'static str| Some("sandbox".to_owned().into());
//! # let credential = Credential::new(AuthScheme::Bearer, secret).unwrap();
//! # struct Silent;
//! # impl CallObserver for Silent {
//! #     fn finished(&self, _: &'static str, _: layers::upstream::Outcome, _: Duration) {}
//! #     fn attempt(&self, _: &'static str, _: bool) {}
//! #     fn on_wire(&self, _: &'static str, _: Duration) {}
//! #     fn queued(&self, _: Duration) {}
//! #     fn in_flight(&self, _: i64) {}
//! #     fn circuit(&self, _: layers::upstream::CircuitState) {}
//! #     fn limiter(&self, _: bool) {}
//! # }
//! # let pool = tower::service_fn(|_: WireRequest| async {
//! #     Ok::<_, BoxError>(http::Response::new(Full::new(Bytes::from_static(b"{}"))))
//! # });
//! # let mut stack = stack("acme".parse().unwrap(), credential, Arc::new(Silent), pool);
//! # let call = UpstreamCall {
//! #     request: Arc::new(model::UpstreamRequest::get(model::Path::of(["v1", "numbers"]))),
//! #     operation: "list_numbers",
//! #     deadline: tokio::time::Instant::now() + second(15),
//! #     trace: Arc::default(),
//! #     client: 0,
//! #     traced: None,
//! # };
//! # fn second(n: u64) -> Duration { Duration::from_secs(n) }
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
//! # let answer = runtime.block_on(async { stack.call(call).await }).unwrap();
//! # assert_eq!((answer.status, answer.body), (200, Bytes::from_static(b"{}")));
//! ```
//!
//! Every service here is always ready and cheap to clone, and asks the same of the one below it: what has to
//! wait, waits in the call, where the deadline is known.

mod attempt;
mod call;
mod circuit;
mod collect;
mod conceal;
mod decode;
mod encode;
mod forward;
mod hint;
mod idle;
mod inject;
mod outcome;
mod outgoing;
mod pace;
mod queue;
mod received;
mod retry;
mod shared_rate;
mod turns;
mod upload;
mod window;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::UpstreamRequest;
use tokio::time::Instant;

use crate::context::CallTrace;
use crate::trace::{Destination, Scope};

pub use attempt::{AttemptLayer, AttemptService};
pub use call::{CallLayer, CallService};
pub use circuit::{Circuit, CircuitLayer, CircuitService, CircuitSettings, CircuitState, Recent};
pub use collect::{CollectLayer, CollectService, CollectSettings, WireFailure, collect};
pub use conceal::Conceal;
pub use forward::{ForwardLayer, ForwardService, ForwardSettings};
pub use hint::retry_after;
pub use inject::{Credential, InjectLayer, InjectService, InvalidCredential};
pub use outcome::Outcome;
pub use outgoing::Outgoing;
pub use pace::{PaceLayer, PaceService, PaceSettings, Standing};
pub use received::Received;
pub use retry::{RetryLayer, RetryService, RetrySettings};

/// One logical call of a provider, as it goes down the stack.
///
/// What to send is an adapter's request, shared, so that an attempt costs no copy; or an HTTP request that is
/// passed through.
#[derive(Debug, Clone)]
pub struct UpstreamCall<R = Arc<UpstreamRequest>> {
    /// What to send.
    pub request: R,
    /// The operation that it serves, a metric label.
    pub operation: &'static str,
    /// When the answer must be there. No wait and no attempt goes beyond it.
    pub deadline: Instant,
    /// Where its cost is noted.
    pub trace: Arc<CallTrace>,
    /// Whose call it is: calls that wait are served in turns between clients.
    pub client: u32,
    /// Its span, which the outermost layer begins.
    pub traced: Option<Traced>,
}

/// The span of a call that is traced.
#[derive(Debug, Clone)]
pub struct Traced {
    /// What happens on its behalf is inside of this one.
    pub(crate) scope: Scope,
    pub(crate) to: Arc<Destination>,
    /// Attempts before this one.
    pub(crate) resends: u32,
}

/// Who wants to know what the stack of one connection does: its metrics. Called in passing and sometimes
/// under a lock, so it must neither wait nor call back.
pub trait CallObserver: Send + Sync + 'static {
    /// A logical call has ended.
    fn finished(&self, operation: &'static str, outcome: Outcome, took: Duration);
    /// An attempt was made: the first, or a retry. What was refused for want of a turn is none.
    fn attempt(&self, operation: &'static str, retry: bool);
    /// An attempt was on the wire for this long.
    fn on_wire(&self, operation: &'static str, took: Duration);
    /// An attempt waited this long for its turn.
    fn queued(&self, waited: Duration);
    /// So many more, or fewer, attempts have a turn.
    fn in_flight(&self, delta: i64);
    /// The circuit has changed.
    fn circuit(&self, state: CircuitState);
    /// The limiter has let an attempt through, or refused it.
    fn limiter(&self, allowed: bool);
}

type Result<A = model::UpstreamResponse> = model::Result<A>;

/// The states behind these locks are valid after each statement, so a panic elsewhere spoils nothing.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whole seconds for a text, rounded up.
fn seconds(duration: Duration) -> u128 {
    duration.as_millis().div_ceil(1000)
}
