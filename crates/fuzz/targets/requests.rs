//! A client's request, through the whole client stack: whatever stands in its target, head and body, it is answered or
//! refused by name, and nothing in it leads out of a connection's own paths.
//!
//! An input is a method and a target on one line, headers on others, an empty line, a body.
#![no_main]

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::ready;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use http_body_util::BodyExt;
use layers::around::Around;
use layers::cache::Directives;
use layers::conditional::{accepts_gzip, held, matches, tags};
use layers::request_id::{Peer, RequestId};
use layers::upstream::retry_after;
use layers::{Answer, Body, Context, Draft, Request};
use libfuzzer_sys::{Corpus, fuzz_target};
use model::{Error, Node};
use switchboard::api::Call;
use switchboard::client_ip::client_ip;
use switchboard::config::Loader;
use switchboard::front::{self, ClientStack};
use switchboard::gateway::Gateway;
use switchboard::metrics::Metrics;
use switchboard::proxy;
use tokio::runtime::{Builder, Runtime};
use tower::{Service, service_fn};
use url::Url;

const CONFIGURATION: &str = r#"
server.secret = "env:SECRET"
telemetry.access_log = false
cache = { max_bytes = "1MiB" }
[connections.twilio]
provider = "twilio"
base_url = "sandbox"
username = "user"
password = "password"
[connections.bland]
provider = "bland"
base_url = "sandbox"
api_key = "key"
redelivery = true
clear_webhook = true
"#;
const OURS: SocketAddr = SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
    static GATEWAY: Arc<Gateway> = RUNTIME.with(|runtime| {
        let _entered = runtime.enter();
        Arc::new(gateway())
    });
}

static ANSWER: LazyLock<Arc<Answer>> = LazyLock::new(|| {
    let body = format!(r#"{{"data":"{}"}}"#, "a".repeat(2_000));
    Arc::new(Answer::from(Draft::json(body)))
});

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some(request) = request(data) else {
        return Corpus::Reject;
    };
    headers(request.headers());
    GATEWAY.with(|gateway| {
        if proxy::is_proxy(request.uri().path()) {
            return passes(gateway, request);
        }
        let api = service_fn(|_: Call| ready(Ok::<_, Error>(Arc::clone(&ANSWER))));
        let stack = front::around(gateway, api);
        RUNTIME.with(|runtime| runtime.block_on(answered(stack, request)));
    });
    Corpus::Keep
});

fn gateway() -> Gateway {
    let profiles: Vec<_> = providers::all()
        .iter()
        .map(|provider| provider.profile())
        .collect();
    let loader = Loader {
        profiles: &profiles,
        environment: &|_| Some("0123456789abcdef0123456789abcdef".to_owned()),
    };
    let loaded = loader
        .parse("gateway.toml", CONFIGURATION, Path::new("/nowhere"))
        .expect("a configuration");
    let metrics = Metrics::new().expect("metrics");
    Gateway::new(loaded.config, OURS, Some(OURS), metrics, None).expect("a gateway")
}

fn request(data: &[u8]) -> Option<Request> {
    let end = data
        .windows(2)
        .position(|pair| pair == b"\n\n")
        .unwrap_or(data.len());
    let (head, body) = data.split_at(end);
    let mut lines = head.split(|byte| *byte == b'\n');
    let (method, target) = fuzz::split(lines.next()?, b' ');
    let body = Bytes::copy_from_slice(body.get(2..).unwrap_or_default());
    let mut request = Request::new(Body::from(body));
    *request.method_mut() = Method::from_bytes(method).ok()?;
    *request.uri_mut() = Uri::try_from(target).ok()?;
    let headers = request.headers_mut();
    for line in lines {
        let (name, value) = fuzz::split(line, b':');
        headers.append(
            HeaderName::from_bytes(name).ok()?,
            HeaderValue::from_bytes(value.trim_ascii()).ok()?,
        );
    }
    if !headers.contains_key(HOST) {
        headers.insert(HOST, HeaderValue::from_static("127.0.0.1:8080"));
    }
    let trusted = ["127.0.0.0/8".parse().ok()?, "fd00::/8".parse().ok()?];
    let ip = client_ip(OURS.ip(), headers, &trusted);
    assert!(ip == OURS.ip() || headers.contains_key("forwarded") || headers.contains_key("x-forwarded-for"));
    request.extensions_mut().insert(Peer(ip));
    Some(request)
}

/// Parsers of single headers, those that no request of the stack reaches too.
fn headers(headers: &HeaderMap) {
    Directives::of(headers);
    accepts_gzip(headers);
    assert!(retry_after(headers).is_none_or(|wait| wait <= Duration::from_hours(24)));
    let values: Vec<HeaderValue> = headers.values().cloned().collect();
    for gzip in [true, false] {
        let form = held(&values, &ANSWER, gzip);
        let text = |value: &HeaderValue| value.to_str().is_ok_and(|text| text.contains(['*', '"']));
        assert!(form.is_none() || values.iter().any(text));
    }
    let own = HeaderValue::try_from(format!("\"{}\"", ANSWER.tag())).expect("a tag");
    assert!(matches(&[own], &ANSWER) && matches(&values, &ANSWER) <= !values.is_empty());
    for text in values.iter().filter_map(|value| value.to_str().ok()) {
        assert!(tags(text).count() <= text.len());
    }
}

async fn answered(mut stack: ClientStack, request: Request) {
    let (method, target) = (request.method().clone(), request.uri().clone());
    let Ok(answer) = stack.call(request).await;
    let (head, body) = answer.into_parts();
    let body = body.collect().await.expect("a body at hand").to_bytes();
    let status = head.status.as_u16();
    assert!(
        (200..500).contains(&status) || status == 504,
        "{status} to {method} {target}"
    );
    assert!(head.headers.contains_key("x-request-id") && head.headers.contains_key("traceparent"));
    if matches!(status, 204 | 304 | 431) {
        assert!(body.is_empty(), "{status}");
    } else if status >= 400 {
        assert_eq!(
            head.headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes),
            Some(&b"application/problem+json"[..])
        );
        let problem = Node::parse(&body).expect("a problem is JSON");
        assert_eq!(
            problem.member("status").map(Node::text),
            Some(status.to_string().as_str())
        );
        assert!(
            problem
                .member("code")
                .and_then(Node::as_str)
                .is_some_and(|code| !code.is_empty())
        );
        assert!(body.len() <= 8 * target.to_string().len() + 64 * 1024);
    }
}

/// What passes through stays below the base URL, as browsers resolve it.
fn passes(gateway: &Gateway, mut request: Request) {
    let target = request
        .uri()
        .path_and_query()
        .map(ToString::to_string)
        .unwrap_or_default();
    let Ok(_) =
        Around::<_, layers::Response, Error>::before(&RequestId::new(Duration::from_secs(1)), &mut request)
    else {
        return;
    };
    let context = Arc::clone(Context::of(request.extensions()).expect("it was just made"));
    if proxy::matched(gateway, &mut request, &context).is_err() {
        return;
    }
    let rest = target.strip_prefix(proxy::PREFIX).expect("the prefix");
    let rest = &rest[rest.find(['/', '?']).unwrap_or(rest.len())..];
    let url = Url::parse(&format!("https://api.example/base{rest}")).expect("a URL");
    assert_eq!(url.host_str(), Some("api.example"));
    assert!(url.path() == "/base" || url.path().starts_with("/base/"), "{url}");
}
