//! The pass-through face: errors of the gateway's own look like the provider's.

use std::convert::Infallible;
use std::time::Duration;

use http::{Method, Request};
use http_body_util::BodyExt;
use layers::around::AroundLayer;
use layers::request_id::RequestId;
use layers::rescue::CatchPanic;
use tower::{ServiceBuilder, ServiceExt};

use crate::proxy_request::{configuration, gateway, request};
use crate::rig::{Answer, Gateway, Script, Upstream, Wire, key_of};

/// Checks that the answer has the shape that the connection's provider gives to its errors.
#[track_caller]
pub(crate) fn assert_native(answer: &Answer, connection: &str, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/json", "{answer:?}");
    assert_eq!(
        answer.header("content-security-policy"),
        "sandbox; default-src 'none'"
    );
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert!(!format!("{answer:?}").contains("access-control"));
    let body = answer.json();
    let keys: Vec<_> = body.as_object().unwrap().keys().cloned().collect();
    if connection == "twilio" {
        assert_eq!(keys, ["code", "message", "more_info", "status"], "{body}");
        assert_eq!((&body["code"], &body["status"]), (&status.into(), &status.into()));
        assert_eq!(body["more_info"], format!("/problems/{code}"));
        assert!(!body["message"].as_str().unwrap().is_empty());
    } else {
        assert_eq!(keys, ["data", "errors"], "{body}");
        assert!(body["data"].is_null());
        assert_eq!(body["errors"].as_array().unwrap().len(), 1);
        let error = &body["errors"][0];
        assert_eq!(error["error"], code.to_ascii_uppercase());
        assert!(!error["message"].as_str().unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_panic_has_the_shape_too() {
    let upstream = Upstream::always(Script::json(200, "{}")).await;
    let gateway = gateway(upstream.address, "").await;
    let render = switchboard::problem::for_faces(&gateway.shared);
    let stack = ServiceBuilder::new()
        .layer(AroundLayer(RequestId::new(Duration::from_secs(1))))
        .layer(CatchPanic(render))
        .service(tower::service_fn(|request: layers::Request| async move {
            assert!(request.uri().path().is_empty(), "a panic");
            Ok::<_, Infallible>(layers::Response::default())
        }));
    for connection in ["twilio", "bland"] {
        let request = Request::get(format!("/proxy/{connection}/x"))
            .body(layers::Body::empty())
            .unwrap();
        let (head, body) = stack.clone().oneshot(request).await.unwrap().into_parts();
        let answer = Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body: body.collect().await.unwrap().to_bytes(),
        };
        assert_eq!(answer.status, 500);
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        assert!(
            text.contains(if connection == "twilio" {
                "more_info"
            } else {
                "INTERNAL"
            }),
            "{text}"
        );
        assert!(!text.contains("a panic"));
    }
}

#[tokio::test]
async fn a_full_gateway_says_so_in_the_providers_shape() {
    let silent = Upstream::always(Script::Hang(Vec::new())).await;
    let config = configuration(silent.address, "");
    let gateway = Gateway::start(&format!("[server]\nmax_in_flight = 1\n{config}")).await;
    let mut held = Wire::to(gateway.client.0).await;
    held.send(format!(
        "GET /proxy/bland/x HTTP/1.1\r\nhost: {}\r\nx-api-key: {}\r\n\r\n",
        gateway.client.0,
        key_of("app")
    ))
    .await;
    silent.arrived(1).await;
    for connection in ["twilio", "bland"] {
        let path = format!("/proxy/{connection}/x");
        let answer = gateway.client.request(request(&gateway, "GET", &path, &[])).await;
        assert_native(&answer, connection, 503, "overloaded");
    }
}

#[tokio::test]
async fn refusals_of_every_layer_have_the_providers_shape() {
    let upstream = Upstream::always(Script::json(200, "{}")).await;
    let limited = "rate_limit = { requests = 1, per = \"1h\", burst = 2 }";
    let config = configuration(upstream.address, "");
    let config = config.replacen(
        "connections = [\"*\"]",
        &format!("connections = [\"*\"]\n{limited}"),
        1,
    );
    let gateway = Gateway::start(&format!("[server]\nmax_body = \"4B\"\n{config}")).await;
    let mut large = request(&gateway, "POST", "/proxy/twilio/x", &[]);
    *large.body_mut() = bytes::Bytes::from_static(b"12345");
    assert_native(
        &gateway.client.request(large).await,
        "twilio",
        413,
        "payload_too_large",
    );
    let chunked = format!(
        "POST /proxy/bland/x HTTP/1.1\r\nhost: {}\r\nauthorization: {}\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n",
        gateway.client.0,
        key_of("app")
    );
    assert_native(
        &gateway.client.raw(&chunked).await,
        "bland",
        413,
        "payload_too_large",
    );
    let answer = gateway
        .client
        .request(request(&gateway, "GET", "/proxy/bland/x", &[]))
        .await;
    assert_eq!(
        (answer.status, answer.header("ratelimit")),
        (200, "\"client\";r=0;t=7200")
    );
    for connection in ["twilio", "bland"] {
        let path = format!("/proxy/{connection}/x");
        let answer = gateway.client.request(request(&gateway, "GET", &path, &[])).await;
        assert_native(&answer, connection, 429, "rate_limited");
        assert!(!answer.header("retry-after").is_empty() && !answer.header("ratelimit").is_empty());
        let answer = gateway
            .client
            .send(Method::GET, &path, &[("host", "evil.example")])
            .await;
        assert_native(&answer, connection, 421, "misdirected");
    }
}

#[tokio::test]
async fn a_head_that_is_refused_has_the_shape_too() {
    let upstream = Upstream::always(Script::json(200, "{}")).await;
    let gateway = gateway(upstream.address, "").await;
    let answer = gateway.client.raw("GET /proxy/bland/x HTTP/1.1\r\n\r\n").await;
    assert_native(&answer, "bland", 400, "invalid_request");
}

#[tokio::test]
async fn a_provider_that_cannot_answer_is_told_in_its_own_words() {
    let closed = Upstream::always(Script::Close(Vec::new())).await;
    let nonsense = Upstream::always(Script::Close(b"SSH-2.0\r\n\r\n".to_vec())).await;
    let silent = Upstream::always(Script::Hang(Vec::new())).await;
    let gone = Upstream::always(Script::Close(Vec::new())).await.address;
    let short = "attempt_timeout = \"50ms\"";
    for (address, status, code) in [
        (closed.address, 502, "provider_unavailable"),
        (nonsense.address, 502, "provider_protocol_error"),
        (silent.address, 504, "provider_timeout"),
        (gone, 502, "provider_unavailable"),
    ] {
        let gateway = gateway(address, short).await;
        for connection in ["twilio", "bland"] {
            let path = format!("/proxy/{connection}/x");
            let answer = gateway
                .client
                .request(request(&gateway, "POST", &path, &[]))
                .await;
            assert_native(&answer, connection, status, code);
            let proxy_status = answer.header("proxy-status");
            assert!(
                proxy_status.starts_with("switchboard; error=")
                    && proxy_status.ends_with(&format!("next-hop={connection}")),
                "{proxy_status}"
            );
        }
    }
    assert_eq!(closed.count(), 2, "nothing is sent twice");
}
