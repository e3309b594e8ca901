//! The admin listener: metrics and health for machines; configuration, drift, purging and explaining for operators. Off
//! loopback the latter need a client with scope `admin`.

use std::net::IpAddr;
use std::sync::Arc;
use std::task::{Context as Task, Poll};

use futures_util::future::BoxFuture;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, ORIGIN};
use http::{HeaderValue, Method, StatusCode};
use layers::around::{After, Around, AroundLayer};
use layers::authorize::Authorize;
use layers::body_limit::BodyLimit;
use layers::cache::Purge;
use layers::head::CheckHead;
use layers::request_id::RequestId;
use layers::rescue::{CatchPanic, Rescue};
use layers::write_shield::whole;
use layers::{Access, Body, Context, Permission, Request, Response, RouteInfo};
use model::{Code, Error, InvalidId, ResourceId, Result};
use serde_json::json;
use tower::ServiceBuilder;
use tower::util::BoxCloneSyncService;
use tower_service::Service;

use crate::api::{Input, input::Params};
use crate::explain::{Question, explain};
use crate::front::ClientStack;
use crate::gateway::Gateway;
use crate::live::Draining;
use crate::metrics::Metrics;
use crate::problem;
use crate::sight::Sight;
use crate::{access, audit};

/// Builds the admin stack.
pub fn stack(gateway: &Arc<Gateway>, draining: &Draining) -> ClientStack {
    let config = &gateway.config;
    let guard = Guard {
        local: config.server.admin_listen.ip().is_loopback(),
    };
    ServiceBuilder::new()
        .layer(BoxCloneSyncService::layer())
        .layer(AroundLayer(RequestId::new(config.server.request_timeout)))
        .layer(CatchPanic(Arc::new(problem::render)))
        .layer(Rescue(Arc::new(problem::render)))
        .layer(AroundLayer(CheckHead {
            max: config.server.max_header,
        }))
        // Refusals too.
        .layer(AroundLayer(Audit))
        .layer(AroundLayer(guard))
        .layer(access::authenticate(gateway, None))
        .layer(AroundLayer(Authorize))
        .layer(AroundLayer(BodyLimit(config.server.max_body as u64)))
        .service(Admin {
            gateway: Arc::clone(gateway),
            draining: draining.clone(),
        })
}

/// What anybody may read, machines above all.
const OPEN: [&str; 3] = ["/metrics", "/livez", "/readyz"];
/// What operators ask for.
const OPERATORS: [&str; 4] = ["/config", "/drift", "/cache/purge", "/explain"];

/// Writes a line for each call of an operator.
#[derive(Debug, Clone, Copy)]
struct Audit;

impl Around<Request, Response, Error> for Audit {
    type After = Audited;

    fn before(&self, request: &mut Request) -> Result<Self::After, Result<Response>> {
        let path = request.uri().path();
        let resource = OPERATORS.into_iter().find(|known| *known == path);
        let context = Context::of(request.extensions()).cloned();
        let call = resource.zip(context);
        Ok(Audited(call.map(|(resource, context)| {
            (context, request.method().clone(), resource)
        })))
    }
}

/// A call of an operator under way, if it is one.
struct Audited(Option<(Arc<Context>, Method, &'static str)>);

impl After<Response, Error> for Audited {
    fn after(self, result: Result<Response>) -> Result<Response> {
        if let Some((context, method, resource)) = self.0 {
            audit::line(&context, &method, Some(resource), audit::outcome(&result));
        }
        result
    }
}

/// Marks what machines read as public, and refuses what a page in an operator's browser might try.
#[derive(Debug, Clone, Copy)]
struct Guard {
    local: bool,
}

impl Around<Request, Response, Error> for Guard {
    type After = ();

    fn before(&self, request: &mut Request) -> Result<(), std::result::Result<Response, Error>> {
        let open = OPEN.contains(&request.uri().path());
        if self.local && !open && !host_is_local(request) {
            let detail = "The admin listener on loopback answers for loopback names alone.";
            return Err(Err(Error::client(Code::Misdirected, detail)));
        }
        if !open && request.headers().contains_key(ORIGIN) {
            return Err(Err(Error::client(
                Code::Forbidden,
                "The admin listener is not for browsers.",
            )));
        }
        if let Some(context) = Context::of(request.extensions()) {
            context.route.get_or_init(|| RouteInfo {
                template: "admin",
                public: open || self.local,
            });
            context.access.get_or_init(|| Access {
                permission: Permission::Admin,
                connection: None,
                sensitive: false,
            });
        }
        Ok(())
    }
}

fn host_is_local(request: &Request) -> bool {
    layers::head::host(request).is_some_and(|host| {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    })
}

#[derive(Clone)]
struct Admin {
    gateway: Arc<Gateway>,
    draining: Draining,
}

impl Service<Request> for Admin {
    type Response = Response;
    type Error = Error;
    type Future = BoxFuture<'static, Result<Response>>;

    fn poll_ready(&mut self, _: &mut Task<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        Box::pin(self.clone().answer(request))
    }
}

impl Admin {
    async fn answer(self, request: Request) -> Result<Response> {
        let path = request.uri().path();
        let methods = match path {
            "/metrics" | "/livez" | "/readyz" | "/config" | "/drift" => "GET, HEAD, OPTIONS",
            "/cache/purge" | "/explain" => "POST, OPTIONS",
            _ => {
                return Err(Error::client(
                    Code::NotFound,
                    "The admin listener has no such path.",
                ));
            }
        };
        let method = request.method();
        if method == Method::OPTIONS {
            let mut response = Response::default();
            *response.status_mut() = StatusCode::NO_CONTENT;
            response
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static(methods));
            return Ok(response);
        }
        let verb = if method == Method::HEAD {
            Method::GET
        } else {
            method.clone()
        };
        if !methods.starts_with(verb.as_str()) {
            return Err(
                Error::client(Code::MethodNotAllowed, format!("This path has {methods}.")).allow(methods),
            );
        }
        Ok(match path {
            "/metrics" => self.metrics().await?,
            "/livez" => json(StatusCode::OK, &json!({ "status": "ok", "checks": [] })),
            "/readyz" => self.ready(),
            "/config" => json(
                StatusCode::OK,
                &json!({
                    "hash": self.gateway.config.hash(),
                    "config": self.gateway.config.redacted(),
                }),
            ),
            "/drift" => json(StatusCode::OK, &json!({ "drift": self.gateway.drift.entries() })),
            "/explain" => self.explain(request).await?,
            _ => {
                let purged = self.purge(&request)?;
                json(StatusCode::OK, &json!({ "purged": purged.await }))
            }
        })
    }

    /// With many connections it is megabytes, and the workers have requests to serve.
    async fn metrics(&self) -> Result<Response> {
        let gateway = Arc::clone(&self.gateway);
        let render = move || {
            let cache = &gateway.cache;
            gateway.metrics.render(cache.entries(), cache.bytes())
        };
        let text = tokio::task::spawn_blocking(render)
            .await
            .map_err(|error| Error::internal(error.to_string()))?;
        Ok(respond(StatusCode::OK, Metrics::content_type(), text))
    }

    /// A provider that is down does not make us unready: others may be up, and stale answers may do. Nor does an
    /// issuer of tokens: the keys that we have may do, and keys of clients need none. Nor does the store: `on_error` says
    /// what to do without it.
    fn ready(&self) -> Response {
        let draining = self.draining.is_on();
        let status = if draining {
            StatusCode::SERVICE_UNAVAILABLE
        } else {
            StatusCode::OK
        };
        let word = |ok: bool| if ok { "ok" } else { "failed" };
        let mut checks = vec![json!({ "name": "accepting", "status": word(!draining) })];
        if let Some(tokens) = &self.gateway.tokens {
            checks.push(json!({ "name": "jwks", "status": word(tokens.keys().are_fresh()) }));
        }
        if let Some(store) = self.gateway.store_status() {
            checks.push(json!({ "name": "store", "status": store }));
        }
        json(status, &json!({ "status": word(!draining), "checks": checks }))
    }

    async fn explain(&self, request: Request) -> Result<Response> {
        let request = whole(request).await?;
        let body = request.body().at_hand().cloned().unwrap_or_default();
        let question = Question::read(&body, &self.gateway.config, Sight::WHOLE)?;
        let explanation = explain(&self.gateway, question).await?;
        Ok(json(StatusCode::OK, &json!(explanation)))
    }

    fn purge(&self, request: &Request) -> Result<impl Future<Output = u64> + Send + use<>> {
        let mut input = Input::new(Params::default(), request.uri().query())?;
        let (connection, id) = (input.take_connection()?, input.take("id"));
        input.finish()?;
        match (connection, id) {
            (None, None) => Ok(self.gateway.cache.purge(Purge::All)),
            (Some(name), None) => {
                self.gateway.connection(&name)?;
                Ok(self.gateway.cache.purge(Purge::Connection(&name)))
            }
            (None, Some(id)) => {
                let id: ResourceId = id.parse().map_err(|error: InvalidId| {
                    Error::parameter("id", format!("{error}; a `+` in a query is written `%2B`"))
                })?;
                self.gateway.connection(&id.connection)?;
                Ok(self.gateway.cache.purge(Purge::Id(&self.gateway.subject(&id))))
            }
            (Some(_), Some(_)) => Err(Error::parameter("id", "name a connection or an id, not both")),
        }
    }
}

fn json(status: StatusCode, value: &serde_json::Value) -> Response {
    respond(status, "application/json", value.to_string().into_bytes())
}

fn respond(status: StatusCode, content_type: &'static str, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(bytes::Bytes::from(body)));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
