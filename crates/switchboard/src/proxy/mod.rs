//! The pass-through face: `/proxy/{connection}/{path}` in the provider's own language, for its own libraries.
//!
//! The prefix of the path alone decides, so that whatever is refused, however early, has the provider's shape.

mod faces;
mod head;
mod links;
mod target;

use std::mem;
use std::sync::Arc;
use std::task::{Context as Task, Poll};

use futures_util::future::BoxFuture;
use http::{HeaderValue, Method, Uri};
use layers::cache::Purge;
use layers::upstream::UpstreamCall;
use layers::{Access, Context, Permission, Request, Response, RouteInfo};
use model::{Code, Error, Result};
use tower::Service;

pub use self::faces::Faces;
use self::target::Target;
use crate::audit;
use crate::connection::Connection;
use crate::gateway::Gateway;

/// The beginning of every path of this face.
pub const PREFIX: &str = "/proxy/";
/// What its calls are called in metrics, where others have an operation.
pub const OPERATION: &str = "proxy";
/// What no answer of this face may do in a browser.
pub const CONTENT_POLICY: HeaderValue = HeaderValue::from_static("sandbox; default-src 'none'");

const TEMPLATE: &str = "/proxy/{connection}/{path}";
/// `TRACE` and `CONNECT` are for the connection, not for who is at its end.
const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

/// Whether this is a path of this face.
pub fn is_proxy(path: &str) -> bool {
    path.starts_with(PREFIX)
}

/// The connection that a path of this face names.
pub fn connection<'g>(gateway: &'g Gateway, path: &str) -> Option<&'g Connection> {
    let (name, _) = target::split(path)?;
    gateway.connections.named(name)
}

/// Finds out what a request of this face takes to be served. What it asks of the provider is looked at first of all.
pub fn matched(gateway: &Gateway, request: &mut Request, context: &Context) -> Result<()> {
    context.route.get_or_init(|| RouteInfo {
        template: TEMPLATE,
        public: false,
    });
    let target = Target::of(request.uri())?;
    if request.method() == Method::TRACE {
        let detail = format!("This path has {METHODS}.");
        return Err(Error::client(Code::MethodNotAllowed, detail).allow(METHODS));
    }
    let connection = connection(gateway, request.uri().path());
    let permission = match *request.method() {
        Method::GET | Method::HEAD => Permission::ProxyRead,
        _ => Permission::ProxyWrite,
    };
    context.access.get_or_init(|| Access {
        permission,
        connection: connection.map(|connection| connection.name.clone()),
        sensitive: false,
    });
    request.extensions_mut().insert(target);
    Ok(())
}

/// Passes requests on: the innermost service of this face.
#[derive(Clone)]
pub struct Proxy(pub Arc<Gateway>);

impl Service<Request> for Proxy {
    type Response = Response;
    type Error = Error;
    type Future = BoxFuture<'static, Result<Response>>;

    fn poll_ready(&mut self, _: &mut Task<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        Box::pin(pass(Arc::clone(&self.0), request))
    }
}

async fn pass(gateway: Arc<Gateway>, mut request: Request) -> Result<Response> {
    let lost = || Error::internal("a request reached the pass-through face without its context");
    let context = Context::of(request.extensions()).cloned().ok_or_else(lost)?;
    let target: Target = request.extensions_mut().remove().ok_or_else(lost)?;
    let connection = connection(&gateway, request.uri().path()).ok_or_else(|| {
        Error::client(
            Code::NotFound,
            "There is no such connection; GET /v1/connections lists them.",
        )
    })?;
    let method = request.method().clone();
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let rewrites = connection.provider.rewrites_links(&connection.account);
    let call = UpstreamCall {
        request: outgoing(request, target.join(&connection.account.base_url)?, rewrites),
        operation: OPERATION,
        deadline: context.deadline,
        trace: Arc::clone(&context.calls),
        client: context.client.get().map_or(u32::MAX, |client| client.index),
        traced: None,
    };
    let mut forget = Forget {
        gateway: &gateway,
        connection,
        due: !is_safe,
    };
    // By its contract the stack is always ready.
    let answer = connection.streams.clone().call(call).await;
    forget.due &= match &answer {
        // A failure may have changed something before it failed.
        Ok(answer) => !answer.status().is_client_error(),
        Err(error) => !error.is_unsent(),
    };
    forget.now().await;
    if !is_safe {
        let outcome = match &answer {
            Ok(answer) if !answer.status().is_success() => "refused",
            answer => audit::outcome(answer),
        };
        audit::line(&context, &method, None, outcome);
    }
    let answer = answer.map_err(|error| if is_safe { error } else { error.of_write() })?;
    let mut answer = if rewrites {
        links::rewrite(&gateway, connection, answer)
            .await
            .map_err(|error| error.on(&connection.name))?
    } else {
        answer
    };
    head::back(answer.headers_mut(), &context);
    Ok(answer)
}

/// Forgets what a write may have changed; also if its client leaves before anybody knows.
struct Forget<'g> {
    gateway: &'g Gateway,
    connection: &'g Connection,
    due: bool,
}

impl Forget<'_> {
    /// And waits until other replicas have, too.
    async fn now(mut self) {
        if mem::take(&mut self.due) {
            self.forget().await;
        }
    }

    fn forget(&self) -> impl Future<Output = ()> + Send + use<> {
        self.gateway
            .cache
            .forget(Purge::Connection(&self.connection.name))
    }
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        if self.due {
            // They are told all the same.
            drop(self.forget());
        }
    }
}

/// The request as the provider gets it. Nothing that the layers know of it goes along.
fn outgoing(request: Request, uri: Uri, rewrites: bool) -> Request {
    let (head, body) = request.into_parts();
    let mut out = Request::new(body);
    *out.method_mut() = head.method;
    *out.uri_mut() = uri;
    *out.headers_mut() = head.headers;
    head::forth(out.headers_mut(), rewrites);
    out
}
