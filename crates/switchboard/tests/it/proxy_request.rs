//! The pass-through face: what the provider gets.

use std::net::SocketAddr;

use bytes::Bytes;
use data_encoding::BASE64;
use http::{Method, Request};

use crate::rig::{Gateway, Peer, Script, Upstream, Wire, bearer, bland, client, key_of, twilio};

/// A gateway whose client `app` may pass through both connections. `more` goes into their tables.
pub(crate) async fn gateway(upstream: SocketAddr, more: &str) -> Gateway {
    Gateway::start(&configuration(upstream, more)).await
}

pub(crate) fn configuration(upstream: SocketAddr, more: &str) -> String {
    let scopes = ["read", "sensitive", "proxy:read", "proxy:write"];
    format!(
        "[auth]\nmode = \"required\"\n{}{}{more}\n{}{more}\n",
        client("app", &scopes, &["*"], ""),
        twilio("twilio", upstream),
        bland("bland", upstream),
    )
}

/// A request of client `app`, with these headers and this body.
pub(crate) fn request(
    gateway: &Gateway,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> Request<Bytes> {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", gateway.client.0.to_string())
        .header("authorization", bearer("app"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Bytes::new()).unwrap()
}

/// The value of `Authorization` that the provider gets.
pub(crate) fn our_basic() -> String {
    let pair = BASE64.encode(b"secret-of-TEST_USER:secret-of-TEST_PASSWORD");
    format!("Basic {pair}")
}

#[tokio::test]
async fn method_path_and_query_arrive_byte_for_byte() {
    let upstream = Upstream::always(Script::json(200, "{}")).await;
    let gateway = gateway(upstream.address, "").await;
    let targets = [
        "/v1/Conversations?PageSize=5",
        "/",
        "//a//b/",
        "/a%2Fb%5cc/%C3%A9;x=1?q=a+b&q=%2e%2e/../&&=&x",
        "/x:y@z/!$&'()*,=~?/proxy/bland/../",
        "/%zz%/...?",
        "/https://evil.example/",
    ];
    for method in [
        "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "REPORT", "get",
    ] {
        for target in targets {
            let path = format!("/proxy/twilio{target}");
            let answer = gateway
                .client
                .request(request(&gateway, method, &path, &[]))
                .await;
            assert_eq!(answer.status, 200, "{method} {target}");
            let seen = upstream.seen().pop().unwrap();
            assert_eq!(seen.line, format!("{method} {target} HTTP/1.1"));
        }
    }
    assert_eq!(upstream.count(), 8 * targets.len());
    let answer = gateway
        .client
        .request(request(&gateway, "GET", "/proxy/bland", &[]))
        .await;
    assert_eq!(
        (answer.status, upstream.seen().pop().unwrap().line.as_str()),
        (200, "GET / HTTP/1.1")
    );
}

#[tokio::test]
async fn paths_are_below_the_base_url() {
    let upstream = Upstream::always(Script::json(200, "{}")).await;
    let config = configuration(upstream.address, "").replace(
        &format!("http://{}\"", upstream.address),
        &format!("http://{}/base\"", upstream.address),
    );
    let gateway = Gateway::start(&config).await;
    for (path, line) in [
        ("/proxy/twilio/v1/x?y", "GET /base/v1/x?y HTTP/1.1"),
        ("/proxy/bland", "GET /base HTTP/1.1"),
        ("/proxy/bland?x", "GET /base?x HTTP/1.1"),
    ] {
        gateway.client.request(request(&gateway, "GET", path, &[])).await;
        assert_eq!(upstream.seen().pop().unwrap().line, line);
    }
}

#[tokio::test]
async fn our_credential_is_sent_and_none_of_the_clients() {
    let upstream = Upstream::always(Script::json(200, "{}")).await;
    let gateway = gateway(upstream.address, "").await;
    let key = key_of("app");
    let basic = |user: &str| format!("Basic {}", BASE64.encode(format!("{user}:{key}").as_bytes()));
    let forms = [
        ("authorization", bearer("app")),
        ("authorization", format!("bEARER {key}")),
        ("authorization", basic("AC123")),
        ("authorization", basic("")),
        ("authorization", basic("x").replace("Basic", "basic")),
        ("authorization", key.clone()),
        ("x-api-key", key.clone()),
    ];
    for (name, value) in &forms {
        for connection in ["twilio", "bland"] {
            let path = format!("/proxy/{connection}/v1/x?api_key=theirs");
            let headers = [
                (*name, value.as_str()),
                ("cookie", "a=b"),
                ("proxy-authorization", "Basic eA=="),
            ];
            let answer = gateway.client.send(Method::GET, &path, &headers).await;
            assert_eq!(answer.status, 200, "{value}");
            let seen = upstream.seen().pop().unwrap();
            let sent: Vec<_> = seen
                .headers
                .iter()
                .filter(|(name, _)| name == "authorization")
                .collect();
            let ours = if connection == "twilio" {
                our_basic()
            } else {
                "secret-of-TEST_KEY".to_owned()
            };
            assert_eq!(sent, [&("authorization".to_owned(), ours)]);
            assert!(!format!("{seen:?}").contains(&key), "{seen:?}");
            for gone in ["x-api-key", "cookie", "proxy-authorization"] {
                assert_eq!(seen.header(gone), "", "{gone}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_between_neighbours_stays_there() {
    let upstream = Upstream::always(Script::json(200, "{}")).await;
    let gateway = gateway(upstream.address, "").await;
    let headers = [
        ("connection", "keep-alive, x-hop"),
        ("connection", "X-Other-Hop"),
        ("x-hop", "1"),
        ("x-other-hop", "1"),
        ("keep-alive", "timeout=5"),
        ("proxy-connection", "keep-alive"),
        ("proxy-authenticate", "Basic"),
        ("te", "trailers"),
        ("trailer", "x-sum"),
        ("upgrade", "h2c, websocket"),
        ("http2-settings", "AAMAAABk"),
        ("x-twilio-webhook-enabled", "true"),
        ("x-twice", "one"),
        ("x-twice", "two"),
        ("user-agent", "twilio-python/9"),
        ("accept", "application/json"),
        ("if-none-match", "\"x\""),
    ];
    let answer = gateway
        .client
        .request(request(&gateway, "GET", "/proxy/bland/v1/x", &headers))
        .await;
    assert_eq!(answer.status, 200);
    let mut names: Vec<_> = upstream.seen()[0]
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .filter(|line| !line.starts_with("host") && !line.starts_with("authorization"))
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "accept: application/json",
            "if-none-match: \"x\"",
            "user-agent: twilio-python/9",
            "x-twice: one",
            "x-twice: two",
            "x-twilio-webhook-enabled: true",
        ]
    );
}

#[tokio::test]
async fn the_client_chooses_neither_host_nor_method() {
    let upstream = Upstream::always(Script::json(200, "{}")).await;
    let gateway = gateway(upstream.address, "").await;
    let own = gateway.client.0;
    let tricks = [
        ("forwarded", "host=evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-anything", "evil.example"),
        ("x-real-ip", "evil.example"),
        ("x-original-url", "/evil.example"),
        ("x-rewrite-url", "/evil.example"),
        ("x-http-method-override", "DELETE"),
        ("x-http-method", "DELETE"),
        ("x-method-override", "DELETE"),
    ];
    let answer = gateway
        .client
        .request(request(&gateway, "GET", "/proxy/twilio/v1/x", &tricks))
        .await;
    assert_eq!(answer.status, 200);
    let absolute = format!(
        "GET http://{own}/proxy/twilio/v1/x HTTP/1.1\r\nhost: {own}\r\nconnection: close\r\nx-api-key: {}\r\n\r\n",
        key_of("app")
    );
    assert_eq!(gateway.client.raw(&absolute).await.status, 200);
    for seen in upstream.seen() {
        assert_eq!(seen.line, "GET /v1/x HTTP/1.1");
        assert_eq!(seen.header("host"), upstream.address.to_string());
        let text = format!("{seen:?}");
        assert!(!text.contains("evil") && !text.contains("DELETE"), "{text}");
    }
    // A target with a host that is not ours is none of ours.
    let foreign = absolute.replace(&format!("http://{own}/"), "http://evil.example/");
    assert_eq!(gateway.client.raw(&foreign).await.status, 400);
    let foreign = foreign.replace(&format!("host: {own}"), "host: evil.example");
    let answer = gateway.client.raw(&foreign).await;
    assert_eq!((answer.status, &answer.json()["code"]), (421, &421.into()));
    assert_eq!(upstream.count(), 2);
}

#[tokio::test]
async fn a_body_keeps_its_bytes_and_its_framing() {
    let upstream = Upstream::always(Script::json(200, "{}")).await;
    let gateway = gateway(upstream.address, "").await;
    let mut with_length = request(
        &gateway,
        "POST",
        "/proxy/twilio/v1/x",
        &[("content-type", "text/x")],
    );
    *with_length.body_mut() = Bytes::from_static(b"Body=a%20b&\0\xff");
    assert_eq!(gateway.client.request(with_length).await.status, 200);
    let seen = upstream.seen().pop().unwrap();
    assert_eq!(seen.body, b"Body=a%20b&\0\xff");
    assert_eq!(
        [
            seen.header("content-type"),
            seen.header("content-length"),
            seen.header("transfer-encoding")
        ],
        ["text/x", "13", ""]
    );

    let peer = Peer::new().await;
    let gateway = self::gateway(peer.address(), "").await;
    let mut app = Wire::to(gateway.client.0).await;
    app.send(format!(
        "PUT /proxy/bland/x HTTP/1.1\r\nhost: x.localhost\r\nhost: {}\r\n\r\n",
        gateway.client.0
    ))
    .await;
    assert!(app.head().await.contains(" 400 "), "two hosts");
    let mut app = Wire::to(gateway.client.0).await;
    app.send(format!(
        "PUT /proxy/bland/x HTTP/1.1\r\nhost: {}\r\nauthorization: {}\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n3\r\nabc\r\n",
        gateway.client.0,
        key_of("app"),
    ))
    .await;
    let mut provider = peer.accept().await;
    let head = provider.head().await;
    assert!(
        head.contains("transfer-encoding: chunked") && !head.contains("content-length"),
        "{head}"
    );
    // What has come is on its way, before there is more.
    assert_eq!(provider.exactly(8).await, b"3\r\nabc\r\n");
    app.send("2\r\nde\r\n0\r\nx-sum: 1\r\n\r\n").await;
    assert_eq!(provider.exactly(12).await, b"2\r\nde\r\n0\r\n\r\n");
    provider
        .send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        .await;
    assert!(app.head().await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_framing_that_could_be_read_in_two_ways_is_refused() {
    let upstream = Upstream::always(Script::json(200, "{}")).await;
    let gateway = gateway(upstream.address, "").await;
    for framing in [
        "content-length: 3\r\ncontent-length: 4",
        "transfer-encoding: gzip, chunked",
        "transfer-encoding: chunked\r\ntransfer-encoding: chunked",
    ] {
        let answer = gateway
            .client
            .raw(&format!(
                "POST /proxy/twilio/x HTTP/1.1\r\nhost: {}\r\nauthorization: {}\r\n{framing}\r\n\r\n0\r\n\r\nGET /proxy/twilio/smuggled HTTP/1.1\r\n\r\n",
                gateway.client.0,
                key_of("app"),
            ))
            .await;
        assert_eq!(answer.status, 400, "{framing}");
    }
    assert_eq!(upstream.count(), 0);
}

/// The library on the client's side lets the coding count, as RFC 9112 has it; then nobody else hears of the length.
#[tokio::test]
async fn a_length_beside_a_coding_goes_no_further() {
    let peer = Peer::new().await;
    let gateway = gateway(peer.address(), "").await;
    for framing in [
        "content-length: 3\r\ntransfer-encoding: chunked",
        "transfer-encoding: chunked\r\ncontent-length: 3",
    ] {
        let mut app = Wire::to(gateway.client.0).await;
        app.send(format!(
            "POST /proxy/twilio/x HTTP/1.1\r\nhost: {0}\r\nauthorization: {1}\r\n{framing}\r\n\r\n0\r\n\r\n\
             GET /proxy/twilio/next HTTP/1.1\r\nhost: {0}\r\n\r\n",
            gateway.client.0,
            key_of("app"),
        ))
        .await;
        let mut provider = peer.accept().await;
        let head = provider.head().await;
        assert!(
            head.contains("transfer-encoding: chunked") && !head.contains("content-length"),
            "{head}"
        );
        assert_eq!(provider.exactly(5).await, b"0\r\n\r\n");
        provider.send("HTTP/1.1 204 X\r\nconnection: close\r\n\r\n").await;
        assert!(app.head().await.starts_with("HTTP/1.1 204"));
        // What followed might be anything, so it is not read.
        assert_eq!(app.rest().await, b"");
    }
}

#[tokio::test]
async fn a_client_that_waits_for_100_gets_it_when_the_body_is_wanted() {
    let peer = Peer::new().await;
    let gateway = gateway(peer.address(), "").await;
    let head = |key: &str| {
        format!(
            "POST /proxy/twilio/x HTTP/1.1\r\nhost: {}\r\nauthorization: {key}\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n",
            gateway.client.0
        )
    };
    let mut app = Wire::to(gateway.client.0).await;
    app.send(head("wrong")).await;
    assert!(app.head().await.starts_with("HTTP/1.1 401"), "nobody wants it");

    let mut app = Wire::to(gateway.client.0).await;
    app.send(head(&key_of("app"))).await;
    assert!(app.head().await.starts_with("HTTP/1.1 100"));
    app.send("abc").await;
    let mut provider = peer.accept().await;
    provider.head().await;
    assert_eq!(provider.exactly(3).await, b"abc");
    provider.send("HTTP/1.1 204 OK\r\n\r\n").await;
    assert!(app.head().await.starts_with("HTTP/1.1 204"));
}

#[tokio::test]
async fn an_upgrade_is_an_ordinary_request() {
    let upstream = Upstream::scripted(|number, _| match number {
        0 => Script::json(200, "{}"),
        _ => Script::Bytes(
            b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n".to_vec(),
        ),
    })
    .await;
    let gateway = gateway(upstream.address, "").await;
    let headers = [("connection", "upgrade"), ("upgrade", "websocket")];
    let answer = gateway
        .client
        .request(request(&gateway, "GET", "/proxy/twilio/x", &headers))
        .await;
    assert_eq!((answer.status, upstream.seen()[0].header("upgrade")), (200, ""));
    assert_eq!(upstream.seen()[0].header("connection"), "");
    let answer = gateway
        .client
        .request(request(&gateway, "GET", "/proxy/twilio/x", &headers))
        .await;
    assert_eq!((answer.status, answer.header("upgrade")), (502, ""));
}
