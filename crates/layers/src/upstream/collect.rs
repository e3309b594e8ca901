//! Sends the request and collects the whole answer. Runs once per attempt, so that a body that is cut off is
//! a failed attempt.
//!
//! A provider that cannot be reached, or goes away before its answer, is `provider_unavailable`; an answer
//! that is cut off, too large or in an unknown coding is `provider_protocol_error`. Their texts name no
//! address; the reasons for the log do.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderValue, TRANSFER_ENCODING};
use http_body_util::BodyExt;
use model::{Code, Error, UpstreamResponse};
use tower_layer::Layer;
use tower_service::Service;

use super::attempt::too_slow;
use super::conceal::Conceal;
use super::decode::{Decoder, Unusable};
use super::encode::encode;
use super::idle::Stalled;
use super::{Result, UpstreamCall};
use crate::body::{Body, BoxError};

/// How sending failed, as far as whoever owns the connections can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WireFailure {
    /// The name does not resolve.
    Dns,
    /// Nobody listens there.
    Refused,
    /// No connection came about in time.
    ConnectTimeout,
    /// No connection came about for another reason.
    Unreachable,
    /// The TLS handshake failed.
    Tls,
    /// The provider's certificate is not to be trusted.
    Certificate,
    /// The connection had ended before anything was sent.
    Unsent,
    /// The connection ended before the answer began; the request may have been read.
    Closed,
    /// What came back is not HTTP.
    Protocol,
}

/// How requests are sent.
#[derive(Clone)]
pub struct CollectSettings {
    /// Where the API lives, without a trailing slash.
    pub base_url: Arc<str>,
    /// How we introduce ourselves.
    pub user_agent: HeaderValue,
    /// The largest body in bytes, compressed and decompressed.
    pub max_response: usize,
    /// Tells what an error of the inner service means.
    pub classify: fn(&BoxError) -> WireFailure,
}

/// Makes a [`CollectService`].
#[derive(Clone)]
pub struct CollectLayer(Arc<CollectSettings>);

impl CollectLayer {
    /// For one connection.
    pub fn new(settings: CollectSettings) -> Self {
        Self(Arc::new(settings))
    }
}

impl<S> Layer<S> for CollectLayer {
    type Service = CollectService<S>;

    fn layer(&self, inner: S) -> CollectService<S> {
        CollectService {
            settings: Arc::clone(&self.0),
            inner,
        }
    }
}

/// Turns calls into HTTP requests, and answers into whole ones.
#[derive(Clone)]
pub struct CollectService<S> {
    settings: Arc<CollectSettings>,
    inner: S,
}

impl<S, B> Service<UpstreamCall> for CollectService<S>
where
    S: Service<http::Request<Body>, Response = http::Response<B>, Error = BoxError>,
    S: Clone + Send + 'static,
    S::Future: Send,
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send,
{
    type Response = UpstreamResponse;
    type Error = Error;
    type Future = BoxFuture<'static, Result>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), Error>> {
        // By the contract of the stack the inner service is always ready.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, call: UpstreamCall) -> Self::Future {
        let Self { settings, mut inner } = self.clone();
        Box::pin(async move {
            let request = encode(&settings.base_url, &settings.user_agent, &call.request)?;
            let answer = inner.call(request).await;
            let answer = answer.map_err(|error| unreachable((settings.classify)(&error), &error))?;
            collect(answer, settings.max_response).await
        })
    }
}

/// The whole of an answer, decoded, at most `limit` bytes of it. A refusal shows no credential of ours.
pub async fn collect<B>(answer: http::Response<B>, limit: usize) -> Result
where
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>>,
{
    let (mut head, body) = answer.into_parts();
    let mut decoder = Decoder::new(&head.headers, limit).map_err(|fault| unusable(&fault))?;
    let mut body = pin!(body);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| cut_off(&error.into()))?;
        if let Ok(data) = frame.into_data() {
            decoder.push(data).map_err(|fault| unusable(&fault))?;
        }
    }
    let mut body = decoder.finish().map_err(|fault| unusable(&fault))?;
    if let Some(conceal) = head.extensions.get::<Conceal>() {
        body = conceal.apply(&body);
    }
    // They described what was on the wire.
    for name in [CONTENT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING] {
        head.headers.remove(name);
    }
    Ok(UpstreamResponse {
        status: head.status.as_u16(),
        headers: head.headers,
        body,
    })
}

/// The error for a request that brought no answer.
pub(super) fn unreachable(failure: WireFailure, error: &BoxError) -> Error {
    let (word, detail) = match failure {
        WireFailure::Dns => ("dns_error", "The provider's name could not be resolved."),
        WireFailure::Refused => ("connection_refused", "The provider refused the connection."),
        WireFailure::ConnectTimeout => (
            "connection_timeout",
            "No connection to the provider came about in time.",
        ),
        WireFailure::Unreachable => ("destination_unavailable", "The provider could not be reached."),
        WireFailure::Tls => (
            "tls_protocol_error",
            "The TLS handshake with the provider failed.",
        ),
        WireFailure::Certificate => (
            "tls_certificate_error",
            "The provider's certificate could not be verified.",
        ),
        WireFailure::Unsent | WireFailure::Closed => (
            "connection_terminated",
            "The provider closed the connection before it answered.",
        ),
        WireFailure::Protocol => (
            "http_protocol_error",
            "What the provider answered is not valid HTTP.",
        ),
    };
    let code = match failure {
        WireFailure::Protocol => Code::ProviderProtocolError,
        _ => Code::ProviderUnavailable,
    };
    let error = Error::provider(code, detail)
        .proxy_error(word)
        .caused_by(chain(error));
    match failure {
        WireFailure::Closed | WireFailure::Protocol => error,
        // It will not be another one in a second.
        WireFailure::Certificate => error.unsent().retryable(false),
        _ => error.unsent(),
    }
}

fn cut_off(error: &BoxError) -> Error {
    if error.is::<Stalled>() {
        return too_slow();
    }
    Error::provider(
        Code::ProviderProtocolError,
        "The provider's answer ended before it was complete.",
    )
    .proxy_error("http_response_incomplete")
    .caused_by(chain(error))
    .retryable(true)
}

fn unusable(fault: &Unusable) -> Error {
    let (word, detail) = match fault {
        Unusable::TooLarge => (
            "http_response_body_size",
            "The provider's answer is larger than this gateway accepts.",
        ),
        Unusable::UnknownCoding(_) => (
            "http_response_content_coding",
            "The provider's answer is compressed in a way that it was not asked for.",
        ),
        Unusable::Corrupt(_) => (
            "http_response_content_coding",
            "The provider's answer could not be decompressed.",
        ),
    };
    Error::provider(Code::ProviderProtocolError, detail)
        .proxy_error(word)
        .caused_by(fault.to_string())
}

/// An error and its sources, for the log.
fn chain(error: &BoxError) -> String {
    let first: &(dyn std::error::Error + 'static) = error.as_ref();
    let texts: Vec<String> = std::iter::successors(Some(first), |error| error.source())
        .map(ToString::to_string)
        .collect();
    texts.join(": ")
}
