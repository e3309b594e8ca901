//! Who and what the client stack lets in.

use bytes::Bytes;
use http::{Method, Request};
use switchboard::api::routes;

use crate::contract_client::{FOREIGN, PAGE, start};
use crate::rig::{KEY, NUMBER};

/// Served without a key; everything else is not.
const PUBLIC: [&str; 6] = [
    "/",
    "/console/{asset}",
    "/docs",
    "/docs/{asset}",
    "/openapi.json",
    "/problems/{code}",
];

#[tokio::test]
async fn public_routes_need_no_key_and_everything_else_does() {
    let (gateway, upstream) = start("", "").await;
    for route in routes::TABLES.into_iter().flatten() {
        let segments = route.template.split('/').map(|part| match part {
            "{code}" => "not_found",
            "{asset}" if route.template.starts_with("/docs/") => "start.js",
            "{asset}" => "main.js",
            "{connection}" => "bland",
            part if part.starts_with('{') => "bland:sms:+14155552671",
            part => part,
        });
        let path = segments.collect::<Vec<_>>().join("/");
        for method in [
            Method::GET,
            Method::HEAD,
            Method::OPTIONS,
            Method::POST,
            Method::DELETE,
        ] {
            let answer = gateway.client.send(method.clone(), &path, &[]).await;
            let expected = match (PUBLIC.contains(&route.template), method.as_str()) {
                (false, _) => 401,
                (true, "GET" | "HEAD") => 200,
                (true, "OPTIONS") => 204,
                (true, _) => 405,
            };
            assert_eq!(answer.status, expected, "{method} {path}");
        }
    }
    assert_eq!(gateway.get("/v1/nowhere").await.code(), "not_found");
    assert_eq!(upstream.count(), 0);
}

#[tokio::test]
async fn a_host_that_is_not_ours_gets_nothing() {
    let (gateway, _upstream) = start("", "").await;
    for path in ["/", "/v1/connections"] {
        let answer = gateway
            .get_with(path, &[KEY, ("host", "rebound.example.com")])
            .await;
        assert_eq!((answer.status, answer.code().as_str()), (421, "misdirected"));
        let port = gateway.client.0.port();
        let answer = gateway
            .get_with(path, &[KEY, ("host", &format!("LocalHost:{port}"))])
            .await;
        assert_eq!(answer.status, 200);
    }
}

#[tokio::test]
async fn a_foreign_page_cannot_write() {
    let (gateway, _upstream) = start("", "").await;
    let own = format!("http://{}", gateway.client.0);
    let cross = ("sec-fetch-site", "cross-site");
    for (headers, status, code) in [
        // Before the credential is looked at, which a browser might add by itself.
        (vec![FOREIGN], 403, "forbidden"),
        (vec![KEY, ("origin", "null")], 403, "forbidden"),
        (vec![KEY, cross], 403, "forbidden"),
        (vec![KEY, ("origin", &own), cross], 403, "forbidden"),
        // An origin that the operator has named may be on another site.
        (vec![KEY, PAGE, cross], 405, "method_not_allowed"),
        (vec![PAGE], 401, "unauthenticated"),
        (vec![KEY, PAGE], 405, "method_not_allowed"),
        (vec![KEY, ("origin", &own)], 405, "method_not_allowed"),
        (vec![KEY], 405, "method_not_allowed"),
    ] {
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let answer = gateway.client.send(method, "/v1/connections", &headers).await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (status, code),
                "{headers:?}"
            );
        }
    }
    assert_eq!(
        gateway
            .get_with("/v1/connections", &[KEY, FOREIGN, cross])
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn what_is_no_request_for_us_is_refused_by_its_head() {
    let (gateway, _upstream) = start("", "").await;
    let host = gateway.client.0.to_string();
    for request in [
        format!("GET / HTTP/1.1\r\nhost: {host}\r\nhost: {host}\r\n\r\n"),
        "GET / HTTP/1.1\r\naccept: */*\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nhost: a b\r\n\r\n".to_owned(),
        format!("GET / HTTP/1.1\r\nhost: user@{host}\r\n\r\n"),
        format!("CONNECT api.example.com:443 HTTP/1.1\r\nhost: {host}\r\n\r\n"),
        format!("OPTIONS * HTTP/1.1\r\nhost: {host}\r\n\r\n"),
    ] {
        let answer = gateway.client.raw(&request).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (400, "invalid_request"),
            "{request}"
        );
        assert_eq!(answer.header("connection"), "close");
        assert_eq!(answer.json()["request_id"], answer.header("x-request-id"));
    }
    let counted = gateway
        .metric("switchboard_http_requests_total", &["status=\"400\""])
        .await;
    assert!((counted - 6.0).abs() < 0.1, "{counted}");
}

#[tokio::test]
async fn a_method_that_is_not_there_is_told_which_are() {
    let (gateway, upstream) = start("", "").await;
    let (read, webhooks) = (
        "GET, HEAD, OPTIONS",
        "/v1/conversations/bland:convo_abc123/webhooks",
    );
    let deliveries = "/v1/conversations/twilio:CH00000000000000000000000000000001/webhook-deliveries";
    for (method, path, code, allow) in [
        (Method::DELETE, NUMBER, "method_not_allowed", read),
        (Method::POST, "/", "method_not_allowed", read),
        (Method::DELETE, webhooks, "method_not_allowed", read),
        (Method::POST, webhooks, "unsupported_by_provider", read),
        (Method::GET, deliveries, "unsupported_by_provider", "OPTIONS"),
    ] {
        let answer = gateway.client.send(method, path, &[KEY]).await;
        assert_eq!((answer.status, answer.code().as_str()), (405, code), "{path}");
        assert_eq!(answer.header("allow"), allow, "{path}");
    }
    assert_eq!(upstream.count(), 0);
    let request = Request::post("/").header("host", gateway.client.0.to_string());
    let answer = gateway
        .client
        .request(request.body(Bytes::from_static(b"{}")).unwrap())
        .await;
    assert_eq!(answer.status, 405);
}
