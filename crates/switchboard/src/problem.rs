//! Errors as clients see them: RFC 9457 documents. The only place that chooses an HTTP status for an error.

mod catalogue;

use std::sync::Arc;
use std::time::Duration;

use http::header::{
    ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use layers::idempotency::REPLAYED;
use layers::rescue::Render;
use layers::{Body, Context, Response};
use model::{Code, Error, Origin, Place};
use schemars::JsonSchema;
use serde::Serialize;

pub use self::catalogue::{describe, names};
use crate::gateway::Gateway;
use crate::proxy;

const PROXY_STATUS: HeaderName = HeaderName::from_static("proxy-status");
/// The longest wait that is passed on.
const MAX_RETRY_AFTER: Duration = Duration::from_mins(1);

/// The status of an error.
pub const fn status(code: Code) -> StatusCode {
    match code {
        Code::MalformedRequest => StatusCode::BAD_REQUEST,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::Forbidden => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::MethodNotAllowed | Code::UnsupportedByProvider => StatusCode::METHOD_NOT_ALLOWED,
        Code::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
        Code::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
        Code::Conflict => StatusCode::CONFLICT,
        Code::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
        Code::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::Misdirected => StatusCode::MISDIRECTED_REQUEST,
        Code::InvalidRequest => StatusCode::UNPROCESSABLE_ENTITY,
        Code::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        Code::ProviderAuthFailed | Code::ProviderUnavailable | Code::ProviderProtocolError => {
            StatusCode::BAD_GATEWAY
        }
        Code::CircuitOpen | Code::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
        Code::ProviderTimeout | Code::DeadlineExceeded | Code::NotCached => StatusCode::GATEWAY_TIMEOUT,
    }
}

/// The document of an error (RFC 9457).
#[derive(Debug, Serialize, JsonSchema)]
pub struct Problem<'a> {
    /// `/problems/<code>`, where it is explained.
    #[serde(rename = "type")]
    kind: String,
    /// The code in a few words.
    title: &'static str,
    /// The HTTP status.
    #[schemars(range(min = 400, max = 599))]
    status: u16,
    /// What is wrong in this case.
    detail: &'a str,
    /// The path of the request.
    instance: &'a str,
    /// A stable name to branch on; clients treat one that they do not know by its status.
    #[schemars(extend("examples" = names().collect::<Vec<_>>()))]
    code: &'static str,
    /// Who caused it.
    #[schemars(extend("enum" = [Origin::Client, Origin::Gateway, Origin::Provider].map(Origin::as_str)))]
    origin: &'static str,
    /// The connection that it is about.
    connection: Option<&'a str>,
    /// The provider's HTTP status.
    #[schemars(range(min = 100, max = 599))]
    provider_status: Option<u16>,
    /// The provider's own code.
    provider_code: Option<&'a str>,
    /// The provider's own message.
    provider_message: Option<&'a str>,
    /// The provider's id of the request, for its support.
    provider_request_id: Option<&'a str>,
    /// Whether the same request may succeed later.
    retryable: bool,
    /// The gateway's id of the request; null inside a list.
    request_id: Option<&'a str>,
    /// What is wrong with the request, part by part.
    errors: Vec<Fault<'a>>,
}

/// A part of a request that is wrong.
#[derive(Debug, Serialize, JsonSchema)]
struct Fault<'a> {
    /// Where in the body: a JSON pointer as a URI fragment, `#/target/url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<&'a str>,
    /// Or which parameter of the path, the query or the head.
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<&'a str>,
    /// What is wrong with it.
    detail: &'a str,
}

impl<'a> Problem<'a> {
    /// The document for a request; inside a list, where it explains one source, it has no request id.
    pub fn of(error: &'a Error, instance: &'a str, request_id: Option<&'a str>) -> Self {
        let fault = error.provider_fault();
        let text = |field: Option<&'a String>| field.map(String::as_str);
        Self {
            kind: format!("/problems/{}", error.code().as_str()),
            title: describe(error.code()).0,
            status: status(error.code()).as_u16(),
            detail: error.detail(),
            instance,
            code: error.code().as_str(),
            origin: error.origin().as_str(),
            connection: error.connection().map(model::ConnectionName::as_str),
            provider_status: fault.and_then(|fault| fault.status),
            provider_code: fault.and_then(|fault| text(fault.code.as_ref())),
            provider_message: fault.and_then(|fault| text(fault.message.as_ref())),
            provider_request_id: fault.and_then(|fault| text(fault.request_id.as_ref())),
            retryable: error.is_retryable(),
            request_id,
            errors: error.fields().iter().map(Fault::of).collect(),
        }
    }
}

impl<'a> Fault<'a> {
    fn of(field: &'a model::FieldError) -> Self {
        let (pointer, parameter) = match &field.place {
            Place::Pointer(pointer) => (Some(pointer.as_str()), None),
            Place::Parameter(name) => (None, Some(name.as_str())),
        };
        Self {
            pointer,
            parameter,
            detail: &field.detail,
        }
    }
}

/// Renders errors for both faces: on the pass-through face of a provider in its own form.
pub fn for_faces(gateway: &Arc<Gateway>) -> Render {
    let gateway = Arc::clone(gateway);
    Arc::new(move |error, context, path| {
        let mut response = render(error, context, path);
        if proxy::is_proxy(path) {
            native(&gateway, error, path, &mut response);
        }
        response
    })
}

fn native(gateway: &Gateway, error: &Error, path: &str, response: &mut Response) {
    if let Some(connection) = proxy::connection(gateway, path) {
        let body = connection
            .provider
            .render_error(status(error.code()).as_u16(), error);
        *response.body_mut() = Body::from(body);
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, proxy::CONTENT_POLICY);
    if error.code() == Code::Unauthenticated {
        // Libraries that wait to be asked; no browser comes here.
        headers.append(
            WWW_AUTHENTICATE,
            HeaderValue::from_static("Basic realm=\"switchboard\""),
        );
    }
}

/// Renders the answer to a request that ended in an error.
pub fn render(error: &Error, context: &Context, path: &str) -> Response {
    let problem = Problem::of(error, path, Some(context.request_id()));
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    let mut response = Response::new(Body::from(bytes::Bytes::from(body)));
    *response.status_mut() = status(error.code());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    if error.code() == Code::MalformedRequest {
        // What follows on this connection cannot be trusted to be a request.
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    if let Some(methods) = error.allowed().and_then(|methods| methods.try_into().ok()) {
        headers.insert(ALLOW, methods);
    }
    if error.code() == Code::Unauthenticated {
        headers.insert(
            WWW_AUTHENTICATE,
            HeaderValue::from_static("Bearer realm=\"switchboard\""),
        );
    }
    if matches!(
        status(error.code()),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
    ) {
        // Never "at once": a client that comes back in the same second would only be refused again.
        let wait = error
            .wait()
            .unwrap_or_default()
            .clamp(Duration::from_secs(1), MAX_RETRY_AFTER);
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if context.replayed.get().is_some() {
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
    proxy_status(headers, error);
    response
}

/// RFC 9209: whose failure it was, where a provider's was the cause.
fn proxy_status(headers: &mut HeaderMap, error: &Error) {
    let Some(connection) = error.connection().filter(|_| error.origin() == Origin::Provider) else {
        return;
    };
    let word = error.proxy_word().map(|word| format!("error={word}"));
    let received = error.provider_fault().and_then(|fault| fault.status);
    let received = received.map(|status| format!("received-status={status}"));
    let parts = [
        Some("switchboard".to_owned()),
        word,
        received,
        Some(format!("next-hop={connection}")),
    ];
    if let Ok(value) = HeaderValue::try_from(parts.into_iter().flatten().collect::<Vec<_>>().join("; ")) {
        headers.insert(PROXY_STATUS, value);
    }
}
