//! THE provider stack: what lies between an adapter's request and the wire, one for each connection; and beside
//! it the one for what is passed through. Top is outermost; each line says why it stands exactly there.

use std::sync::Arc;

use arc_swap::ArcSwap;
use http::HeaderValue;
use layers::upstream::{
    AttemptLayer, CallLayer, CallObserver, Circuit, CircuitLayer, CollectLayer, CollectSettings, Credential,
    ForwardLayer, ForwardSettings, InjectLayer, PaceLayer, RetryLayer, RetrySettings, UpstreamCall,
};
use layers::{Request, Response};
use model::{Error, Profile, UpstreamResponse};
use tower::ServiceBuilder;
use tower::util::BoxCloneSyncService;
use url::Url;

use crate::config;
use crate::wire::{self, Pool};

/// A provider stack, boxed once here.
pub type ProviderStack = BoxCloneSyncService<UpstreamCall, UpstreamResponse, Error>;
/// A provider stack that passes through, boxed once here.
pub type Streams = BoxCloneSyncService<UpstreamCall<Request>, Response, Error>;

/// What one stack is built from.
pub struct Parts<'a> {
    /// The connection's table in the configuration.
    pub settings: &'a config::Connection,
    /// The provider's profile.
    pub profile: &'static Profile,
    /// Where requests go.
    pub base_url: Arc<str>,
    /// What they are sent with.
    pub credential: Arc<ArcSwap<Credential>>,
    /// The breaker, shared with whoever shows health.
    pub circuit: Circuit,
    /// The turns, shared with whoever shows how the limits stand.
    pub pace: PaceLayer,
    /// Who counts.
    pub observer: Arc<dyn CallObserver>,
    /// Connections to the provider.
    pub pool: Pool,
}

/// Builds the stacks of a connection. They share circuit, turns, credential and pool.
pub fn stacks(parts: &Parts<'_>) -> (ProviderStack, Streams) {
    let shared = Shared {
        call: calls(parts),
        circuit: CircuitLayer::new(parts.circuit.clone()),
        pace: parts.pace.clone(),
        inject: InjectLayer::new(Arc::clone(&parts.credential)),
    };
    (whole(parts, shared.clone()), streams(parts, shared))
}

/// Layers that both stacks have, with one state.
#[derive(Clone)]
struct Shared {
    call: CallLayer,
    circuit: CircuitLayer,
    pace: PaceLayer,
    inject: InjectLayer,
}

/// Spans name the provider's host.
fn calls(parts: &Parts<'_>) -> CallLayer {
    let layer = CallLayer::new(parts.settings.name.clone(), Arc::clone(&parts.observer));
    let url = Url::parse(&parts.base_url).ok();
    let server = url
        .as_ref()
        .and_then(|url| url.host_str().zip(url.port_or_known_default()));
    match server {
        Some((host, port)) => layer.to(host, port),
        None => layer,
    }
}

fn whole(parts: &Parts<'_>, shared: Shared) -> ProviderStack {
    let (limits, profile) = (&parts.settings.limits, parts.profile);
    let retry = RetrySettings {
        max: limits.retries.max,
        budget: limits.retries.budget,
        throttled_is_unsent: profile.throttled_is_unsent,
    };
    let watch = || Arc::clone(&parts.observer);
    ServiceBuilder::new()
        .layer(BoxCloneSyncService::layer())
        // One logical call, whatever the attempts: it is counted and traced once.
        .layer(shared.call)
        // Repeats everything below; a write only if it was provably never sent; never past the deadline.
        .layer(RetryLayer::new(retry, watch()))
        // Inside retry: it sees each attempt, and an open circuit ends the loop.
        .layer(shared.circuit)
        // Every attempt waits for its turn and pays; a provider's 429 pauses all of them.
        .layer(shared.pace)
        // Below the wait for a turn, so that waiting is not blamed on the provider.
        .layer(AttemptLayer::new(Some(limits.attempt_timeout), profile.request_id_header, watch()))
        // A truncated or oversized body is a failed attempt that everything above can see.
        .layer(collect(Arc::clone(&parts.base_url), limits.max_response))
        // Innermost: rotated keys apply to each attempt, and nothing above can hold one.
        .layer(shared.inject)
        .service(parts.pool.clone())
}

/// What makes HTTP requests of what adapters want sent.
pub fn collect(base_url: Arc<str>, max_response: usize) -> CollectLayer {
    CollectLayer::new(CollectSettings {
        base_url,
        user_agent: HeaderValue::from_static(concat!("switchboard/", env!("CARGO_PKG_VERSION"))),
        max_response,
        classify: wire::classify,
    })
}

fn streams(parts: &Parts<'_>, shared: Shared) -> Streams {
    let limits = &parts.settings.limits;
    let forward = ForwardSettings {
        idle: limits.attempt_timeout,
        max_response: limits.max_response,
        classify: wire::classify,
    };
    let watch = || Arc::clone(&parts.observer);
    ServiceBuilder::new()
        .layer(BoxCloneSyncService::layer())
        // As above, but without a retry: a body cannot be sent twice.
        .layer(shared.call)
        .layer(shared.circuit)
        // The turn lasts until the answer's body has ended.
        .layer(shared.pace)
        // Measures up to the head, and knows the request's deadline alone: bodies may take their time.
        .layer(AttemptLayer::new(None, parts.profile.request_id_header, watch()))
        // As long as they move.
        .layer(ForwardLayer::new(forward, watch()))
        .layer(shared.inject)
        .service(parts.pool.clone())
}
