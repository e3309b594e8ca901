//! THE provider stack: what lies between an adapter's request and the wire, one for each connection.
//! Top is outermost; each line says why it stands exactly there.

use std::sync::Arc;

use arc_swap::ArcSwap;
use http::HeaderValue;
use layers::upstream::{
    AttemptLayer, CallLayer, CallObserver, Circuit, CircuitLayer, CollectLayer, CollectSettings, Credential,
    InjectLayer, PaceLayer, PaceSettings, RetryLayer, RetrySettings, UpstreamCall,
};
use model::{Error, Profile, UpstreamResponse};
use tower::ServiceBuilder;
use tower::util::BoxCloneSyncService;

use crate::config;
use crate::wire::{self, Pool};

/// A provider stack, boxed once here.
pub type ProviderStack = BoxCloneSyncService<UpstreamCall, UpstreamResponse, Error>;

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
    /// Who counts.
    pub observer: Arc<dyn CallObserver>,
    /// Connections to the provider.
    pub pool: Pool,
}

/// Builds the stack of a connection.
pub fn stack(parts: Parts<'_>) -> ProviderStack {
    let Parts {
        settings,
        profile,
        base_url,
        credential,
        circuit,
        observer,
        pool,
    } = parts;
    let limits = &settings.limits;
    let retry = RetrySettings {
        max: limits.retries.max,
        budget: limits.retries.budget,
        throttled_is_unsent: profile.throttled_is_unsent,
    };
    let pace = PaceSettings {
        rate: limits.rate.checked(),
        max_concurrency: limits.max_concurrency,
        max_wait: limits.max_wait,
        max_pause: limits.max_pause,
    };
    let collect = CollectSettings {
        base_url,
        user_agent: HeaderValue::from_static(concat!("switchboard/", env!("CARGO_PKG_VERSION"))),
        max_response: limits.max_response,
        classify: wire::classify,
    };
    let watch = || Arc::clone(&observer);
    ServiceBuilder::new()
        .layer(BoxCloneSyncService::layer())
        // One logical call, whatever the attempts: it is counted and traced once.
        .layer(CallLayer::new(settings.name.clone(), watch()))
        // Repeats everything below; a write only if it was provably never sent; never past the deadline.
        .layer(RetryLayer::new(retry, watch()))
        // Inside retry: it sees each attempt, and an open circuit ends the loop.
        .layer(CircuitLayer::new(circuit))
        // Every attempt waits for its turn and pays; a provider's 429 pauses all of them.
        .layer(PaceLayer::new(pace, watch()))
        // Below the wait for a turn, so that waiting is not blamed on the provider.
        .layer(AttemptLayer::new(limits.attempt_timeout, profile.request_id_header, watch()))
        // A truncated or oversized body is a failed attempt that everything above can see.
        .layer(CollectLayer::new(collect))
        // Innermost: rotated keys apply to each attempt, and nothing above can hold one.
        .layer(InjectLayer::new(credential))
        .service(pool)
}
