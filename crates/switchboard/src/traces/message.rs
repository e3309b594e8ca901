//! Spans as a message of OTLP, in the words of OpenTelemetry's semantic conventions. An attribute is a name of the
//! configuration, a word of the code, a status or a figure: paths, queries, ids of resources and texts hold phone numbers
//! and what people wrote, so `url.path` and `url.full` are left out on purpose.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand;
use bytes::Bytes;
use data_encoding::HEXLOWER;
use http::Method;
use layers::Context;
use layers::trace::{Destination, Span, SpanIds, What};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Link, SpanKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode as SpanStatus;
use opentelemetry_proto::tonic::trace::v1::{self as otlp, ResourceSpans, ScopeSpans, Status};
use prost::Message;
use tokio::time::Instant;

use crate::config::Config;
use crate::metrics::method_label;

/// Trace flags of a span: sampled, and whether its parent is in another process is known.
const SAMPLED: u32 = 0x101;
/// Its parent is in another process.
const REMOTE: u32 = 0x200;
/// What a span that was given up has as its error.
const GIVEN_UP: &str = "cancelled";

/// Makes messages.
pub(super) struct Messages {
    resource: Resource,
    scope: InstrumentationScope,
    /// What clients speak to the listener.
    scheme: &'static str,
}

impl Messages {
    pub(super) fn new(config: &Config) -> Result<Self, String> {
        let mut id = [0; 16];
        rand::fill(&mut id).map_err(|_| "the system has no random numbers".to_owned())?;
        let version = env!("CARGO_PKG_VERSION");
        let mut attributes = Attributes::default();
        attributes.text("service.name", "switchboard");
        attributes.text("service.version", version);
        // Tells replicas apart.
        attributes.text("service.instance.id", &HEXLOWER.encode(&id));
        Ok(Self {
            resource: Resource {
                attributes: attributes.0,
                ..Resource::default()
            },
            scope: InstrumentationScope {
                name: "switchboard".to_owned(),
                version: version.to_owned(),
                ..InstrumentationScope::default()
            },
            scheme: if config.server.tls.is_some() {
                "https"
            } else {
                "http"
            },
        })
    }

    /// One message of these spans.
    pub(super) fn of(&self, spans: Vec<Span>) -> Bytes {
        let clock = Clock::now();
        let spans = spans.into_iter().map(|span| self.span(&span, &clock)).collect();
        let message = ExportTraceServiceRequest {
            resource_spans: vec![ResourceSpans {
                resource: Some(self.resource.clone()),
                scope_spans: vec![ScopeSpans {
                    scope: Some(self.scope.clone()),
                    spans,
                    ..ScopeSpans::default()
                }],
                ..ResourceSpans::default()
            }],
        };
        message.encode_to_vec().into()
    }

    fn span(&self, span: &Span, clock: &Clock) -> otlp::Span {
        let mut attributes = Attributes::default();
        let (name, kind) = self.named(&mut attributes, &span.what);
        let error = end(&mut attributes, span);
        let (trace_state, remote, links) = origin(span);
        otlp::Span {
            trace_id: span.ids.trace.to_vec(),
            span_id: span.ids.span.to_vec(),
            trace_state,
            parent_span_id: span.parent.map(Vec::from).unwrap_or_default(),
            flags: if remote { SAMPLED | REMOTE } else { SAMPLED },
            name,
            kind: kind.into(),
            start_time_unix_nano: clock.nanos(span.started),
            end_time_unix_nano: clock.nanos(span.ended),
            attributes: attributes.0,
            links: links.map(link).into_iter().collect(),
            status: error.then(|| Status {
                code: SpanStatus::Error.into(),
                message: String::new(),
            }),
            ..otlp::Span::default()
        }
    }

    /// What it is called, and its kind.
    fn named(&self, attributes: &mut Attributes, what: &What) -> (String, SpanKind) {
        match what {
            What::Request { context, method } => {
                (self.request(attributes, context, method), SpanKind::Server)
            }
            What::Fill { resource } => {
                attributes.text("switchboard.resource", resource);
                ("cache fill".to_owned(), SpanKind::Internal)
            }
            What::Call { to, operation } => {
                called(attributes, to, Some(operation));
                ((*operation).to_owned(), SpanKind::Internal)
            }
            What::Store { operation } => {
                attributes.text("db.system.name", "redis");
                attributes.text("db.operation.name", operation.as_str());
                (format!("store {}", operation.as_str()), SpanKind::Client)
            }
            What::Queue { to } => {
                called(attributes, to, None);
                ("wait for a turn".to_owned(), SpanKind::Internal)
            }
            What::Attempt {
                to,
                operation,
                method,
                resends,
            } => {
                called(attributes, to, Some(operation));
                if let Some((host, port)) = &to.server {
                    attributes.text("server.address", host);
                    attributes.number("server.port", u32::from(*port));
                }
                if *resends > 0 {
                    attributes.number("http.request.resend_count", *resends);
                }
                (method_name(attributes, method), SpanKind::Client)
            }
        }
    }

    fn request(&self, attributes: &mut Attributes, context: &Context, method: &Method) -> String {
        let mut name = method_name(attributes, method);
        attributes.text("url.scheme", self.scheme);
        attributes.text("client.address", &context.client_ip.to_string());
        if let Some(route) = context.route.get() {
            attributes.text("http.route", route.template);
            name = format!("{name} {}", route.template);
        }
        attributes.text("switchboard.request_id", context.request_id());
        attributes.text("switchboard.client", context.client_name());
        let error = context.error.get();
        if let Some(error) = error {
            attributes.text("switchboard.code", error.code().as_str());
            attributes.text("switchboard.origin", error.origin().as_str());
        }
        let connection = error.and_then(|error| error.connection());
        if let Some(connection) = connection.or_else(|| context.connection()) {
            attributes.text("switchboard.connection", connection.as_str());
        }
        if let Some(cache) = context.cache.get() {
            attributes.text("switchboard.cache", cache);
        }
        if context.replayed.get().is_some() {
            attributes.flag("switchboard.replayed");
        }
        if let Some(status) = context.calls.status() {
            attributes.number("switchboard.provider_status", status);
        }
        attributes.number("switchboard.attempts", context.calls.attempts());
        name
    }
}

fn called(attributes: &mut Attributes, to: &Destination, operation: Option<&str>) {
    attributes.text("switchboard.connection", to.connection.as_str());
    if let Some(operation) = operation {
        attributes.text("switchboard.operation", operation);
    }
}

/// A method that nobody has defined is whatever a client has made up.
fn method_name(attributes: &mut Attributes, method: &Method) -> String {
    let (value, name) = match method_label(method) {
        "other" => ("_OTHER", "HTTP"),
        known => (known, known),
    };
    attributes.text("http.request.method", value);
    name.to_owned()
}

/// How it ended, and whether that is an error: of a server what it has failed at, of a client all that is refused.
fn end(attributes: &mut Attributes, span: &Span) -> bool {
    let is_server = matches!(span.what, What::Request { .. });
    let Some(end) = &span.end else {
        attributes.text("error.type", GIVEN_UP);
        return !is_server;
    };
    if let Some(outcome) = end.outcome {
        attributes.text("switchboard.outcome", outcome.as_str());
    }
    if let Some(status) = end.status {
        attributes.number("http.response.status_code", u32::from(status));
    }
    let code = match &span.what {
        What::Request { context, .. } => context.error.get().map(model::Error::code),
        _ => end.code,
    };
    let is_refusal = match end.status {
        Some(status) => status >= if is_server { 500 } else { 400 },
        None => code.is_some(),
    };
    if is_refusal {
        let status = || end.status.map(|status| status.to_string());
        let error = code.map(|code| code.as_str().to_owned()).or_else(status);
        attributes.text("error.type", &error.unwrap_or_default());
    } else if let Some(fault) = end.fault {
        attributes.text("error.type", fault.as_str());
    }
    is_refusal || end.fault.is_some()
}

/// What a request's span has of others: the state of its trace, whether it goes on with it, and the fill that it shares.
fn origin(span: &Span) -> (String, bool, Option<SpanIds>) {
    let What::Request { context, .. } = &span.what else {
        return Default::default();
    };
    let tracing = context.tracing.as_deref();
    let state = tracing.and_then(|tracing| tracing.state.as_deref());
    (
        state.unwrap_or_default().to_owned(),
        tracing.is_some_and(|tracing| tracing.continued),
        context.calls.shared_fill(),
    )
}

fn link(to: SpanIds) -> Link {
    Link {
        trace_id: to.trace.to_vec(),
        span_id: to.span.to_vec(),
        flags: SAMPLED,
        ..Link::default()
    }
}

#[derive(Default)]
struct Attributes(Vec<KeyValue>);

impl Attributes {
    fn text(&mut self, key: &str, text: &str) {
        self.add(key, Value::StringValue(text.to_owned()));
    }

    fn number(&mut self, key: &str, number: u32) {
        self.add(key, Value::IntValue(number.into()));
    }

    fn flag(&mut self, key: &str) {
        self.add(key, Value::BoolValue(true));
    }

    fn add(&mut self, key: &str, value: Value) {
        self.0.push(KeyValue {
            key: key.to_owned(),
            value: Some(AnyValue { value: Some(value) }),
            ..KeyValue::default()
        });
    }
}

/// Both clocks at one moment.
struct Clock {
    wall: SystemTime,
    steady: Instant,
}

impl Clock {
    fn now() -> Self {
        Self {
            wall: SystemTime::now(),
            steady: Instant::now(),
        }
    }

    fn nanos(&self, moment: Instant) -> u64 {
        let time = self
            .wall
            .checked_sub(self.steady.saturating_duration_since(moment));
        let since = time.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        since.map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
    }
}
