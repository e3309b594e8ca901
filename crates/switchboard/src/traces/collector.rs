//! The way to the collector: one message, one answer, by gRPC or by HTTP. Redirects are not followed.
//!
//! A unary call of gRPC is one frame in a `POST` over HTTP/2, and a status in the trailers.

use std::fmt;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use http::header::{CONTENT_TYPE, TE, USER_AGENT};
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use layers::upstream::retry_after;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;

use crate::address_class::Reach;
use crate::config::{Collector, Protocol};
use crate::fetch::{self, Connector, Versions};

/// For one message, from the name to the last byte of the answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of an answer.
const LARGEST: usize = 64 << 10;
/// What stands before a message of gRPC: whether it is compressed, and its length.
const FRAME: usize = 5;
const METHOD: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
const AGENT: HeaderValue = HeaderValue::from_static(concat!("switchboard/", env!("CARGO_PKG_VERSION")));

/// Why a message was not taken.
#[derive(Debug)]
pub(super) enum Failure {
    /// It took too long.
    Timeout,
    /// The answer was another one than 200, and may say when to come back.
    Status(StatusCode, Option<Duration>),
    /// The call ended with another status than 0; `None` is none at all.
    Grpc(Option<u16>),
    /// There was no answer, or none to its end.
    Wire(String),
}

impl Failure {
    /// Whether the same message may be taken later, as OTLP has it.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Timeout | Self::Wire(_) => true,
            Self::Status(status, _) => matches!(status.as_u16(), 429 | 502 | 503 | 504),
            Self::Grpc(status) => matches!(status, Some(1 | 4 | 8 | 10 | 11 | 14 | 15)),
        }
    }

    /// How long the collector wants to be left alone, if it has said so.
    pub(super) const fn wait(&self) -> Option<Duration> {
        match self {
            Self::Status(_, wait) => *wait,
            Self::Timeout | Self::Grpc(_) | Self::Wire(_) => None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout => write!(f, "no answer in {} s", PATIENCE.as_secs()),
            Self::Status(status, _) => write!(f, "it answered {status}"),
            Self::Grpc(Some(status)) => write!(f, "it answered with gRPC status {status}"),
            Self::Grpc(None) => f.write_str("it does not speak gRPC"),
            Self::Wire(error) => f.write_str(error),
        }
    }
}

/// The way to the collector.
pub(super) struct Line {
    uri: String,
    protocol: Protocol,
    client: Client<Connector, Full<Bytes>>,
}

impl Line {
    pub(super) fn new(collector: &Collector) -> Result<Self, String> {
        let Collector { url, protocol } = collector;
        let versions = match protocol {
            Protocol::Grpc => Versions::Two,
            Protocol::Http => Versions::All,
        };
        let connector = fetch::connector(url, Reach::of_own(url)?, versions)?;
        let client = Client::builder(TokioExecutor::new())
            .http2_only(*protocol == Protocol::Grpc)
            .pool_timer(TokioTimer::new())
            .pool_max_idle_per_host(1)
            .timer(TokioTimer::new())
            // A connection that died in silence is found out before the message is given up.
            .http2_keep_alive_interval(Duration::from_secs(5))
            .http2_keep_alive_timeout(Duration::from_secs(3))
            .build(connector);
        let mut url = url.clone();
        if *protocol == Protocol::Grpc {
            url.set_path(METHOD);
        }
        Ok(Self {
            uri: url.into(),
            protocol: *protocol,
            client,
        })
    }

    /// Sends a message. Answers how many of its spans were refused.
    pub(super) async fn send(&self, message: Bytes) -> Result<usize, Failure> {
        let exchange = tokio::time::timeout(PATIENCE, self.exchange(message));
        let answer = exchange.await.unwrap_or(Err(Failure::Timeout))?;
        // Success is said by the status; what cannot be read adds nothing to it.
        let answer = ExportTraceServiceResponse::decode(answer).unwrap_or_default();
        let refused = answer.partial_success.map_or(0, |partial| partial.rejected_spans);
        Ok(usize::try_from(refused).unwrap_or(0))
    }

    async fn exchange(&self, message: Bytes) -> Result<Bytes, Failure> {
        let request = Request::post(&self.uri).header(USER_AGENT, AGENT);
        let request = match self.protocol {
            Protocol::Grpc => request
                .header(CONTENT_TYPE, "application/grpc")
                .header(TE, "trailers")
                .body(framed(&message)),
            Protocol::Http => request
                .header(CONTENT_TYPE, "application/x-protobuf")
                .body(message),
        };
        let request = request.map_err(|error| Failure::Wire(error.to_string()))?;
        let sent = self.client.request(request.map(Full::new)).await;
        let answer = sent.map_err(|error| Failure::Wire(fetch::with_causes(&error)))?;
        let (head, body) = answer.into_parts();
        if head.status != StatusCode::OK {
            return Err(Failure::Status(head.status, retry_after(&head.headers)));
        }
        let body = Limited::new(body, LARGEST).collect().await;
        let body = body.map_err(|error| Failure::Wire(fetch::with_causes(&*error)))?;
        if self.protocol == Protocol::Http {
            return Ok(body.to_bytes());
        }
        // An answer without a message has its status in the head.
        let status = grpc_status(&head.headers).or_else(|| grpc_status(body.trailers()?));
        match status {
            Some(0) => Ok(unframed(body.to_bytes())),
            status => Err(Failure::Grpc(status)),
        }
    }
}

fn framed(message: &Bytes) -> Bytes {
    let mut frame = BytesMut::with_capacity(FRAME + message.len());
    frame.put_u8(0);
    // A batch is bounded far below that.
    frame.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    frame.put_slice(message);
    frame.freeze()
}

fn grpc_status(headers: &HeaderMap) -> Option<u16> {
    headers.get("grpc-status")?.to_str().ok()?.parse().ok()
}

/// The message of an answer that has one.
fn unframed(mut frame: Bytes) -> Bytes {
    if frame.len() < FRAME {
        return Bytes::new();
    }
    frame.split_off(FRAME)
}
