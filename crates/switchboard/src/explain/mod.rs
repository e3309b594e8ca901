//! `POST /explain`: what the gateway would do with a request, told without doing it. The request goes through the
//! layers that decide, and its handler, of a gateway whose connections note down what they are asked to send.

mod explanation;
mod question;
mod rehearsal;

use std::collections::BTreeMap;
use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use layers::around::Around;
use layers::authorize::Authorize;
use layers::cache::{Cacheable, Standing};
use layers::conditional::FromRequest;
use layers::head::CheckHead;
use layers::request_id::RequestId;
use layers::{Context, Request, Response};
use model::{Code, ConnectionName, Error, Result};
use serde_json::{Value, json};
use tower::{Service, ServiceExt};
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

pub use self::explanation::Explanation;
use self::explanation::{Budget, Kept, Limits, Sent};
pub use self::question::Question;
use self::rehearsal::{Noted, Rehearsal};
use crate::api::endpoint::{Endpoint, Parsed};
use crate::api::{Api, Call, routes::MatchRoute};
use crate::gateway::Gateway;
use crate::problem::Problem;
use crate::proxy::{self, Proxy};

/// How a rehearsal went.
struct Course {
    context: Option<Arc<Context>>,
    operation: Option<&'static str>,
    /// The call, if it came so far.
    call: Option<Call>,
    error: Option<Error>,
}

/// Tells what would be done.
pub async fn explain(gateway: &Arc<Gateway>, question: Question) -> Result<Explanation> {
    let rehearsal = Rehearsal::of(gateway).map_err(Error::internal)?;
    // Logs are about what was done.
    let course = run(&rehearsal.gateway, &question)
        .with_subscriber(NoSubscriber::default())
        .await;
    let noted = rehearsal.noted();
    let (cache, serves) = course
        .call
        .as_ref()
        .map_or((None, false), |call| cache(gateway, call));
    let problem = course
        .error
        .as_ref()
        .filter(|_| noted.is_empty())
        .map(|error| json!(Problem::of(error, question.path(), None)));
    let answered_by = match (&problem, serves, noted.is_empty()) {
        (None, true, _) => "cache",
        (None, false, false) => "provider",
        _ => "gateway",
    };
    let context = course.context.as_deref();
    let access = context.and_then(|context| context.access.get());
    Ok(Explanation {
        route: context.map_or("other", Context::template),
        operation: course.operation,
        scope: access.map(|access| access.permission.as_str()),
        connection: context.and_then(Context::connection).map(ToString::to_string),
        answered_by,
        problem,
        cache,
        limits: limits(gateway, &question, &noted),
        upstream: noted.into_iter().map(|noted| sent(gateway, noted)).collect(),
        method: question.method.to_string(),
        path: question.target,
        client: question.client.map(|client| client.name.clone()),
    })
}

async fn run(gateway: &Arc<Gateway>, question: &Question) -> Course {
    let mut request = question.request();
    let mut course = Course {
        context: None,
        operation: None,
        call: None,
        error: None,
    };
    let admitted = admit(gateway, question, &mut request);
    course.context = Context::of(request.extensions()).cloned();
    let parsed = request.extensions().get::<Parsed>();
    course.operation = match parsed {
        Some(parsed) => parsed.route.action(&question.method).map(|action| action.name),
        None => proxy::is_proxy(question.path()).then_some(proxy::OPERATION),
    };
    let answered = match admitted {
        Err(error) => Err(error),
        Ok(()) if proxy::is_proxy(question.path()) => {
            let mut proxy = Proxy(Arc::clone(gateway));
            proxy.call(request).await.map(drop)
        }
        Ok(()) => match Call::from_request(request) {
            Err(error) => Err(error),
            // To explain an explanation there is nothing to rehearse, and no end to it.
            Ok(call) if call.endpoint == Endpoint::Explain => Ok(()),
            Ok(call) => {
                course.call = Some(call.clone());
                Api.oneshot(call).await.map(drop)
            }
        },
    };
    course.error = answered.err();
    course
}

/// The layers that decide, in the order of the client stack. Those that count, keep or wait are left out, and those
/// that ask who it is and where from: that is given.
fn admit(gateway: &Arc<Gateway>, question: &Question, request: &mut Request) -> Result<()> {
    let server = &gateway.config.server;
    passed(RequestId::new(server.request_timeout).before(request))?;
    passed(
        CheckHead {
            max: server.max_header,
        }
        .before(request),
    )?;
    passed(MatchRoute(Arc::clone(gateway)).before(request))?;
    let context = Context::of(request.extensions()).cloned();
    let public = |context: &Context| context.route.get().is_some_and(|route| route.public);
    match (&context, &question.client) {
        (Some(context), Some(client)) => {
            context.client.get_or_init(|| Arc::clone(client));
        }
        (Some(context), None) if !public(context) => {
            let detail = "This path needs a credential, and the question names no client.";
            return Err(Error::client(Code::Unauthenticated, detail));
        }
        _ => {}
    }
    passed(Authorize.before(request))
}

fn passed<A>(before: std::result::Result<A, Result<Response>>) -> Result<()> {
    match before {
        Ok(_) => Ok(()),
        Err(Err(error)) => Err(error),
        Err(Ok(_)) => Err(Error::client(
            Code::MalformedRequest,
            "The head is larger than `server.max_header`.",
        )),
    }
}

/// What the cache has to do with a call, and whether it would answer.
fn cache(gateway: &Gateway, call: &Call) -> (Option<Kept>, bool) {
    let Some(key) = call.key() else {
        return (None, false);
    };
    let (standing, age) = gateway.cache.look(key);
    let (word, serves) = match standing {
        Standing::Absent => ("absent", false),
        Standing::Fresh => ("fresh", true),
        Standing::Revalidated => ("revalidated", true),
        Standing::Stale => ("stale", false),
    };
    let kept = Kept {
        key: key.to_string(),
        key_parts: call.key_parts(),
        resource: call.resource(),
        ttl_seconds: call.lifetimes().fresh.as_secs(),
        entry: word,
        age_seconds: age.map(|age| age.as_secs()),
    };
    (Some(kept), serves)
}

/// In the words of the configuration.
fn limits(gateway: &Gateway, question: &Question, noted: &[Noted]) -> Limits {
    let client = question.client.as_ref().and_then(|client| {
        let mut clients = gateway.config.redacted().get("clients")?.as_array()?.iter();
        let own = clients.find(|view| view.get("name").and_then(Value::as_str) == Some(&client.name))?;
        own.get("rate_limit").cloned()
    });
    let of_connection = |name: &ConnectionName| {
        let limit = |key| {
            settings(gateway, name)
                .and_then(|settings| settings.get(key))
                .cloned()
        };
        let connection = gateway.connection(name).ok();
        Budget {
            rate_limit: limit("rate_limit"),
            max_concurrency: limit("max_concurrency"),
            max_wait: limit("max_wait"),
            health: connection.map(|connection| connection.circuit.health()),
        }
    };
    let connections = noted.iter().map(|noted| &noted.connection);
    let connections = connections.map(|name| (name.to_string(), of_connection(name)));
    Limits {
        client,
        connections: connections.collect(),
    }
}

fn sent(gateway: &Gateway, noted: Noted) -> Sent {
    let from = |key: &str| {
        Some((
            key.to_owned(),
            settings(gateway, &noted.connection)?.get(key)?.clone(),
        ))
    };
    let credential = ["username", "password", "api_key"].into_iter().filter_map(from);
    Sent {
        credential: credential.collect(),
        connection: noted.connection.to_string(),
        method: noted.method.to_string(),
        url: noted.url,
        headers: shown(&noted.headers),
        body: noted.body,
    }
}

fn settings<'g>(gateway: &'g Gateway, name: &ConnectionName) -> Option<&'g Value> {
    gateway.config.redacted().get("connections")?.get(name.as_str())
}

fn shown(headers: &HeaderMap) -> BTreeMap<String, String> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let pair = |name: &HeaderName| {
        let values: Vec<_> = headers.get_all(name).iter().map(text).collect();
        (name.to_string(), values.join(", "))
    };
    headers.keys().map(pair).collect()
}
