//! A collector of spans, by gRPC and by HTTP on one socket. It has a thread of its own, so that it listens while a test
//! waits for a process.

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, Span};
use prost::Message;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::Pair;

/// Listens until it is dropped.
pub(crate) struct Collector {
    pub(crate) address: SocketAddr,
    received: Arc<Received>,
    _stop: oneshot::Sender<()>,
}

/// What came: path, content type, message.
type Received = watch::Sender<Vec<(String, String, Bytes)>>;

/// What a collector takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Taking {
    All,
    AllBut(i64),
    Nothing,
}

impl Collector {
    pub(crate) fn start() -> Self {
        Self::taking(Taking::All)
    }

    /// By TLS, with this certificate.
    pub(crate) fn secure(pair: &Pair) -> Self {
        Self::new(Taking::All, Some(acceptor(pair)))
    }

    pub(crate) fn taking(taking: Taking) -> Self {
        Self::new(taking, None)
    }

    fn new(taking: Taking, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let received = Arc::new(Received::default());
        let (stop, stopped) = oneshot::channel::<()>();
        let noted = Arc::clone(&received);
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                tokio::select! {
                    _ = stopped => {}
                    () = accept(listener, noted, taking, tls) => {}
                }
            });
        });
        Self {
            address,
            received,
            _stop: stop,
        }
    }

    /// The configuration's key, for gRPC.
    pub(crate) fn by_grpc(&self) -> String {
        format!("otlp_endpoint = \"http://{}\"", self.address)
    }

    /// The configuration's key, for HTTP.
    pub(crate) fn by_http(&self) -> String {
        format!("otlp_endpoint = \"http://{}/v1/traces\"", self.address)
    }

    /// The paths and content types so far.
    pub(crate) fn requests(&self) -> Vec<(String, String)> {
        let received = self.received.borrow();
        let requests = received.iter();
        requests
            .map(|(path, kind, _)| (path.clone(), kind.clone()))
            .collect()
    }

    /// Everything that came, as text and read.
    pub(crate) fn texts(&self) -> Vec<String> {
        let received = self.received.borrow();
        let raw = received
            .iter()
            .map(|(.., message)| String::from_utf8_lossy(message).into_owned());
        let read = decoded(&received).into_iter().map(|spans| format!("{spans:#?}"));
        raw.chain(read).collect()
    }

    /// The spans so far, and where they are from.
    pub(crate) fn resources(&self) -> Vec<ResourceSpans> {
        decoded(&self.received.borrow())
    }

    /// The spans so far.
    pub(crate) fn spans(&self) -> Vec<Span> {
        let scopes = self.resources().into_iter().flat_map(|spans| spans.scope_spans);
        scopes.flat_map(|scope| scope.spans).collect()
    }

    /// Waits until there were so many spans.
    pub(crate) async fn told(&self, count: usize) {
        let mut received = self.received.subscribe();
        let spans = |resources: Vec<ResourceSpans>| {
            let scopes = resources.into_iter().flat_map(|spans| spans.scope_spans);
            scopes.map(|scope| scope.spans.len()).sum::<usize>()
        };
        let told = received
            .wait_for(|received| spans(decoded(received)) >= count)
            .await;
        drop(told.unwrap());
    }

    /// The only span of that name.
    pub(crate) fn span(&self, name: &str) -> Span {
        let spans = self.spans();
        let mut named = spans.iter().filter(|span| span.name == name);
        match (named.next(), named.next()) {
            (Some(span), None) => span.clone(),
            (span, _) => panic!(
                "{} of {name:?} among {spans:#?}",
                if span.is_some() { "several" } else { "none" }
            ),
        }
    }
}

fn decoded(received: &[(String, String, Bytes)]) -> Vec<ResourceSpans> {
    let messages = received.iter();
    let messages = messages.map(|(.., bytes)| ExportTraceServiceRequest::decode(bytes.clone()).unwrap());
    messages.flat_map(|message| message.resource_spans).collect()
}

/// An attribute of a span as text; empty if it is not there.
pub(crate) fn attribute(span: &Span, key: &str) -> String {
    let found = span.attributes.iter().find(|attribute| attribute.key == key);
    match found.and_then(|attribute| attribute.value.as_ref()?.value.as_ref()) {
        None => String::new(),
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::BoolValue(flag)) => flag.to_string(),
        Some(other) => panic!("{key} is {other:?}"),
    }
}

/// Of connections with this certificate, in either version of HTTP.
pub(crate) fn acceptor(pair: &Pair) -> TlsAcceptor {
    let (certificate, key) = pair.der();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider);
    let config = config
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth();
    let mut config = config.with_single_cert(vec![certificate], key).unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Arc::new(config).into()
}

async fn accept(listener: TcpListener, received: Arc<Received>, taking: Taking, tls: Option<TlsAcceptor>) {
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    let mut connections = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        let (received, tls) = (Arc::clone(&received), tls.clone());
        connections.spawn(async move {
            match tls {
                None => serve(socket, received, taking).await,
                Some(tls) => {
                    if let Ok(socket) = tls.accept(socket).await {
                        serve(socket, received, taking).await;
                    }
                }
            }
        });
    }
}

async fn serve<S>(socket: S, received: Arc<Received>, taking: Taking)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let answer = service_fn(|request| answer(request, Arc::clone(&received), taking));
    let served = Builder::new(TokioExecutor::new());
    drop(served.serve_connection(TokioIo::new(socket), answer).await);
}

async fn answer(
    request: Request<Incoming>,
    received: Arc<Received>,
    taking: Taking,
) -> Result<Response<impl hyper::body::Body<Data = Bytes, Error = Infallible>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let kind = head.headers["content-type"].to_str().unwrap().to_owned();
    let is_grpc = kind == "application/grpc";
    let message = if is_grpc { body.slice(5..) } else { body };
    let path = head.uri.path().to_owned();
    received.send_modify(|received| received.push((path, kind.clone(), message)));
    let partial = |rejected_spans| ExportTracePartialSuccess {
        rejected_spans,
        error_message: "too odd".to_owned(),
    };
    let message = ExportTraceServiceResponse {
        partial_success: match taking {
            Taking::AllBut(refused) => Some(partial(refused)),
            Taking::All | Taking::Nothing => None,
        },
    };
    let message = message.encode_to_vec();
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    let takes = taking != Taking::Nothing;
    let (status, answer) = match (is_grpc, takes) {
        (true, true) => (200, [&[0][..], &length, &message].concat()),
        (true, false) => (200, Vec::new()),
        (false, true) => (200, message),
        (false, false) => (400, Vec::new()),
    };
    // 3 is an argument that will not do.
    let grpc_status = HeaderValue::from_static(if takes { "0" } else { "3" });
    let trailers =
        is_grpc.then(|| HeaderMap::from_iter([(HeaderName::from_static("grpc-status"), grpc_status)]));
    let body = Full::new(Bytes::from(answer)).with_trailers(async { trailers.map(Ok) });
    let answer = Response::builder().status(status).header("content-type", kind);
    Ok(answer.body(body).unwrap())
}
