//! The pass-through face: what is refused, and in whose words.

use data_encoding::BASE64;
use http::{Method, Request};

use crate::proxy_request::{configuration, gateway, request};
use crate::rig::{Answer, Gateway, Script, Upstream, bearer, bland, client, key_of, twilio};

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
async fn what_readers_may_take_in_two_ways_is_refused_first() {
    let upstream = Upstream::always(Script::json(200, "{}")).await;
    let gateway = gateway(upstream.address, "").await;
    for connection in ["twilio", "bland"] {
        for rest in [
            "/..",
            "/v1/../v2",
            "/.",
            "/a/%2e%2E/b",
            "/a%2f..",
            "/a%5C..%5cb",
            "/..;x/b",
            "/..%3bx",
            "/a/.;/b",
            "/%00",
            "/a?b=%00",
        ] {
            let path = format!("/proxy/{connection}{rest}");
            // Nobody need say who he is to be told.
            let answer = gateway.client.send(Method::GET, &path, &[]).await;
            assert_native(&answer, connection, 400, "invalid_request");
        }
        for raw in ["/a\\..", "/..\\a"] {
            let line = format!(
                "GET /proxy/{connection}{raw} HTTP/1.1\r\nhost: {}\r\n\r\n",
                gateway.client.0
            );
            assert_eq!(gateway.client.raw(&line).await.status, 400, "{raw}");
        }
    }
    for line in [
        "GET /proxy/twilio/a\u{1}b HTTP/1.1".to_owned(),
        "GET /proxy/twilio/a\u{7f}b HTTP/1.1".to_owned(),
        "GET /proxy/twilio/a\tb HTTP/1.1".to_owned(),
        "CONNECT /proxy/twilio/a HTTP/1.1".to_owned(),
        format!("CONNECT {} HTTP/1.1", gateway.client.0),
    ] {
        let request = format!(
            "{line}\r\nhost: {}\r\nconnection: close\r\n\r\n",
            gateway.client.0
        );
        assert_eq!(gateway.client.raw(&request).await.status, 400, "{line}");
    }
    assert_eq!(upstream.count(), 0);
}

#[tokio::test]
async fn trace_is_not_allowed() {
    let upstream = Upstream::always(Script::json(200, "{}")).await;
    let gateway = gateway(upstream.address, "").await;
    for connection in ["twilio", "bland"] {
        let path = format!("/proxy/{connection}/x");
        let answer = gateway
            .client
            .request(request(&gateway, "TRACE", &path, &[]))
            .await;
        assert_native(&answer, connection, 405, "method_not_allowed");
        assert!(answer.header("allow").contains("DELETE") && !answer.header("allow").contains("TRACE"));
    }
    assert_eq!(upstream.count(), 0);
}

#[tokio::test]
async fn the_answer_to_a_missing_credential_asks_for_one_that_libraries_have() {
    let upstream = Upstream::always(Script::json(200, "{}")).await;
    let gateway = gateway(upstream.address, "").await;
    let wrong = format!("Basic {}", BASE64.encode(b"app:wrong"));
    let user_only = format!("Basic {}", BASE64.encode(key_of("app").as_bytes()));
    let refused: [&[(&str, &str)]; 7] = [
        &[],
        &[("authorization", &wrong)],
        &[("authorization", &user_only)],
        &[("authorization", "Basic !")],
        &[("authorization", "wrong")],
        &[("authorization", "")],
        &[("authorization", &key_of("app")), ("x-api-key", &key_of("app"))],
    ];
    for connection in ["twilio", "bland"] {
        for headers in refused {
            let answer = gateway
                .client
                .send(Method::GET, &format!("/proxy/{connection}/x"), headers)
                .await;
            assert_native(&answer, connection, 401, "unauthenticated");
            let schemes: Vec<_> = answer.headers.get_all("www-authenticate").iter().collect();
            assert_eq!(
                schemes,
                ["Bearer realm=\"switchboard\"", "Basic realm=\"switchboard\""]
            );
        }
    }
    // The other face knows neither form, and never asks for `Basic`.
    let basic = format!(
        "Basic {}",
        BASE64.encode(format!("x:{}", key_of("app")).as_bytes())
    );
    for value in [basic, key_of("app")] {
        let answer = gateway
            .get_with("/v1/connections", &[("authorization", &value)])
            .await;
        assert_eq!(
            (answer.status, answer.header("www-authenticate")),
            (401, "Bearer realm=\"switchboard\"")
        );
        assert_eq!(answer.headers.get_all("www-authenticate").iter().count(), 1);
    }
    assert_eq!(upstream.count(), 0);
}

#[tokio::test]
async fn scopes_and_connections_say_who_may_do_what() {
    let upstream = Upstream::always(Script::json(200, "{}")).await;
    let gateway = Gateway::start(&format!(
        "[auth]\nmode = \"required\"\n{}{}{}{}{}{}",
        client("reads", &["proxy:read"], &["*"], ""),
        client("writes", &["proxy:write"], &["*"], ""),
        client(
            "neutral",
            &["read", "write", "sensitive", "redeliver", "admin"],
            &["*"],
            ""
        ),
        client("narrow", &["proxy:read", "proxy:write"], &["bland"], ""),
        twilio("twilio", upstream.address),
        bland("bland", upstream.address),
    ))
    .await;
    let ask = async |who: &str, method: &str, path: &str| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", gateway.client.0.to_string());
        let request = request
            .header("authorization", bearer(who))
            .body(bytes::Bytes::new())
            .unwrap();
        gateway.client.request(request).await
    };
    for (method, is_read) in [
        ("GET", true),
        ("HEAD", true),
        ("OPTIONS", false),
        ("POST", false),
        ("PUT", false),
        ("PATCH", false),
        ("DELETE", false),
        ("REPORT", false),
    ] {
        for (who, may) in [
            ("reads", is_read),
            ("writes", !is_read),
            ("neutral", false),
            ("narrow", false),
        ] {
            let status = if may { 200 } else { 403 };
            assert_eq!(
                ask(who, method, "/proxy/twilio/x").await.status,
                status,
                "{who} {method}"
            );
        }
        assert_eq!(
            ask("narrow", method, "/proxy/bland/x").await.status,
            200,
            "{method}"
        );
    }
    assert_native(
        &ask("neutral", "GET", "/proxy/twilio/x").await,
        "twilio",
        403,
        "forbidden",
    );
    assert_native(
        &ask("reads", "POST", "/proxy/bland/x").await,
        "bland",
        403,
        "forbidden",
    );
    assert_eq!(ask("reads", "GET", "/v1/connections").await.code(), "forbidden");
}

#[tokio::test]
async fn an_unknown_connection_is_a_problem_of_our_own() {
    let upstream = Upstream::always(Script::json(200, "{}")).await;
    let gateway = gateway(upstream.address, "").await;
    for path in [
        "/proxy/nobody/x",
        "/proxy/",
        "/proxy//x",
        "/proxy/%74wilio/x",
        "/proxy/Twilio/x",
    ] {
        assert_eq!(gateway.get(path).await.code(), "unauthenticated", "{path}");
        let answer = gateway.client.request(request(&gateway, "POST", path, &[])).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (404, "not_found"),
            "{path}"
        );
    }
    assert_eq!(gateway.get("/proxy").await.code(), "not_found");
    assert_eq!(upstream.count(), 0);
}

#[tokio::test]
async fn pages_of_other_origins_write_nothing() {
    let upstream = Upstream::always(Script::json(200, "{}")).await;
    let gateway = gateway(upstream.address, "").await;
    let own = format!("http://{}", gateway.client.0);
    for (method, name, value, status) in [
        ("POST", "origin", "https://evil.example", 403),
        ("REPORT", "origin", "null", 403),
        ("DELETE", "sec-fetch-site", "cross-site", 403),
        ("POST", "origin", own.as_str(), 200),
        ("POST", "sec-fetch-site", "same-origin", 200),
        ("GET", "origin", "https://evil.example", 200),
    ] {
        let answer = gateway
            .client
            .request(request(&gateway, method, "/proxy/twilio/x", &[(name, value)]))
            .await;
        assert_eq!(answer.status, status, "{method} {name}: {value}");
        if status == 403 {
            assert_native(&answer, "twilio", 403, "forbidden");
        }
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
