//! THE client stack: what lies between a socket and the API. Top is outermost; each line says why it stands
//! exactly there. A layer is added here and nowhere else.

use std::convert::Infallible;
use std::sync::Arc;

use http::HeaderName;
use http::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION};
use layers::access_log::{AccessLog, RequestSpan};
use layers::admission::Admission;
use layers::around::AroundLayer;
use layers::authorize::Authorize;
use layers::body_limit::BodyLimit;
use layers::conditional::ConditionalLayer;
use layers::cors::Cors;
use layers::deadline::Deadline;
use layers::head::CheckHead;
use layers::observe::Observe;
use layers::origin::CheckOrigin;
use layers::request_id::RequestId;
use layers::rescue::{CatchPanic, Rescue};
use layers::sensitive::MarkSensitive;
use layers::trace_request::TraceRequest;
use layers::write_shield::WriteShield;
use layers::{Request, Response};
use tower::util::BoxCloneSyncService;
use tower::{Service, ServiceBuilder};

use crate::access;
use crate::api::{Api, Call, routes::MatchRoute};
use crate::config::Config;
use crate::gateway::Gateway;
use crate::problem;
use crate::proxy::{self, Faces, Proxy};
use crate::replicas;

/// The client stack, boxed once here. It always answers.
pub type ClientStack = BoxCloneSyncService<Request, Response, Infallible>;

/// Headers that hold a credential of the client's.
static SECRET_HEADERS: [HeaderName; 4] = [
    AUTHORIZATION,
    PROXY_AUTHORIZATION,
    COOKIE,
    HeaderName::from_static("x-api-key"),
];

/// Builds the stack around the API.
pub fn stack(gateway: &Arc<Gateway>) -> ClientStack {
    around(gateway, Api)
}

/// Builds the stack around whatever answers calls.
pub fn around<S>(gateway: &Arc<Gateway>, api: S) -> ClientStack
where
    S: Service<Call, Response = Arc<layers::Answer>, Error = model::Error> + Clone + Send + Sync + 'static,
    S::Future: Send,
{
    let config = &gateway.config;
    let server = &config.server;
    let hosts = server.allowed_hosts(gateway.address).into();
    let render = problem::for_faces(gateway);
    ServiceBuilder::new()
        .layer(BoxCloneSyncService::layer())
        // Everything below, panics and refusals too, can carry the request's id.
        .layer(AroundLayer(RequestId::new(server.request_timeout).tracing(gateway.tracer())))
        // Before anything that could print a header.
        .layer(AroundLayer(MarkSensitive(&SECRET_HEADERS)))
        // Covers all the rest; needs the id, and headers that do not show.
        .layer(RequestSpan)
        .layer(AroundLayer(AccessLog { enabled: config.telemetry.access_log }))
        // Traces what the next one counts, and for longer: to the end of the answer.
        .layer(AroundLayer(TraceRequest { enabled: gateway.traces.is_some() }))
        // Counts refusals, panics and clients that hang up; its route label is what was matched below.
        .layer(AroundLayer(Observe(gateway.metrics.http.clone())))
        // Preflights carry no credential; browsers can read errors, those of a panic too.
        .layer(AroundLayer(cors(config)))
        // So that a panic is logged, counted and readable.
        .layer(CatchPanic(Arc::clone(&render)))
        // Above this line services cannot fail; only here an error gets its status.
        .layer(Rescue(render))
        // What the HTTP library lets through and must not reach anything that trusts it.
        .layer(AroundLayer(CheckHead { max: server.max_header }))
        // Refuses before anything is spent.
        .layer(AroundLayer(Admission::new(server.max_in_flight)))
        // One absolute deadline that every wait below respects; no body escapes its limit.
        .layer(Deadline)
        .layer(AroundLayer(BodyLimit(server.max_body as u64)))
        // Fixes the template, the connection and the permission that the rest needs.
        .layer(AroundLayer(MatchRoute(Arc::clone(gateway))))
        // Everything below is for clients that are known, but for the routes marked public.
        .layer(AroundLayer(CheckOrigin { hosts, origins: access::own_origins(gateway), allowed: access::origins(config) }))
        .layer(access::authenticate(gateway, Some(proxy::PREFIX)))
        // Needs to know who, and what.
        .layer(AroundLayer(Authorize))
        // For each client, so below authentication; above the cache, so that hits do not change the contract.
        .layer(replicas::client_limit(gateway))
        // Same admission for both faces; what follows is about neutral resources alone.
        .layer(Faces(Proxy(Arc::clone(gateway))))
        // From here a write runs to its end, whoever leaves.
        .layer(WriteShield(gateway.tasks.clone()))
        // Inside the shield, so that the end is kept for a client that left.
        .layer(gateway.idempotency.clone())
        // Validators are the client's, the cached answer is everybody's.
        .layer(ConditionalLayer::<Call>::new())
        // Last before work: all clients that came this far share it.
        .layer(gateway.cache.layer())
        .service(api)
}

fn cors(config: &Config) -> Cors {
    Cors {
        origins: access::origins(config),
        exempt: proxy::PREFIX,
        legacy_rate_limit: config.rate_limit.legacy_headers,
    }
}
