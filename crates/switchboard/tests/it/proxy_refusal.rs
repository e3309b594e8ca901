//! The pass-through face: what is refused.

use data_encoding::BASE64;
use http::{Method, Request};

use crate::proxy_request::{gateway, request};
use crate::proxy_shape::assert_native;
use crate::rig::{Gateway, Script, Upstream, Wire, bearer, bland, client, key_of, twilio};

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
        "GET /proxy/twilio/a#b HTTP/1.1".to_owned(),
        "GET /proxy/twilio/a?b#/../c HTTP/1.1".to_owned(),
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
    // One that comes along with the request before it is cut off, and goes no further.
    let first = format!(
        "GET /proxy/bland/x HTTP/1.1\r\nhost: {0}\r\nx-api-key: {1}\r\n",
        gateway.client.0,
        key_of("app")
    );
    let second = first.replace("/x ", "/y#z ");
    gateway
        .client
        .raw(&format!("{first}\r\n{second}connection: close\r\n\r\n"))
        .await;
    assert!(upstream.seen().iter().all(|seen| !seen.line.contains('#')));
}

#[tokio::test]
async fn a_fragment_is_refused_once_and_on_a_connection_in_use() {
    let upstream = Upstream::always(Script::json(200, "{}")).await;
    let gateway = gateway(upstream.address, "").await;
    let mut app = Wire::to(gateway.client.0).await;
    for (target, status) in [("/x", 200), ("/x", 200), ("/x#y", 400)] {
        let head = format!(
            "host: {}\r\nx-api-key: {}\r\nx: #\r\n\r\n",
            gateway.client.0,
            key_of("app")
        );
        // In pieces, as a slow client sends it.
        for piece in ["GET /proxy/bland", target, " HTTP/1.1\r\n", &head] {
            app.send(piece).await;
            tokio::task::yield_now().await;
        }
        let answer = app.head().await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{target}: {answer}"
        );
        if status == 200 {
            app.exactly(2).await;
        }
    }
    assert_eq!(upstream.count(), 2);
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
