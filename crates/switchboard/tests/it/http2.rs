//! HTTP/2: what the contract says of requests and answers holds for it too.

use bytes::Bytes;
use futures_util::future::join_all;
use http::{Method, Request, Version};
use http_body_util::{BodyExt, Full};

use crate::rig::{KEY, NUMBER, NUMBER_BODY, Peer, Script, Secured, Upstream, WEBHOOKS, acme, webhooks_body};

/// What would make an answer malformed.
const OF_ONE_CONNECTION: [(&str, &str); 4] = [
    ("connection", "x-hop"),
    ("x-hop", "1"),
    ("keep-alive", "timeout=5"),
    ("upgrade", "h2c"),
];

async fn start(upstream: &Upstream) -> Secured {
    let toml = acme(upstream.address, "").replace(
        "\"redeliver\"]",
        "\"redeliver\", \"proxy:read\", \"proxy:write\"]",
    );
    Secured::start("", &toml).await
}

async fn answering() -> Upstream {
    Upstream::scripted(|_, seen| match seen.line.split(' ').next() {
        Some("POST") => Script::answer(201, "application/json", &OF_ONE_CONNECTION, webhook().as_bytes()),
        _ if seen.line.contains("/sms/") => Script::json(200, NUMBER_BODY),
        _ => Script::json(200, &webhooks_body(None)),
    })
    .await
}

fn webhook() -> String {
    let page: serde_json::Value = serde_json::from_str(&webhooks_body(None)).unwrap();
    page["webhooks"][0].to_string()
}

#[tokio::test]
async fn one_connection_has_refusals_hits_validators_and_writes() {
    let upstream = answering().await;
    let secured = start(&upstream).await;
    let mut http2 = secured.client().http2().await;
    assert_eq!(http2.get(NUMBER, &[]).await.code(), "unauthenticated");
    let first = http2.get(NUMBER, &[KEY]).await;
    assert_eq!(
        (first.status, first.header("content-type")),
        (200, "application/json")
    );
    let second = http2.get(NUMBER, &[KEY]).await;
    assert!(second.header("cache-status").contains("hit"), "{second:?}");
    assert_eq!((second.body, upstream.count()), (first.body.clone(), 1));
    let etag = first.header("etag");
    let same = http2.get(NUMBER, &[KEY, ("if-none-match", etag)]).await;
    assert_eq!((same.status, same.body.len()), (304, 0));
    let head = http2.send(Method::HEAD, NUMBER, &[KEY], "").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    let body = r#"{"target":{"type":"http","url":"https://hooks.example.com/in","method":"POST"},"events":["message.created"]}"#;
    let json = ("content-type", "application/json");
    let written = http2.send(Method::POST, WEBHOOKS, &[KEY, json], body).await;
    assert_eq!(written.status, 201, "{written:?}");
    assert!(upstream.seen()[1].line.starts_with("POST "));
    let nowhere = http2.get("/v1/nowhere", &[KEY]).await;
    assert_eq!(nowhere.code(), "not_found");
    // Nothing in it that is about an HTTP/1 connection.
    for name in ["connection", "keep-alive", "transfer-encoding"] {
        assert_eq!(nowhere.header(name), "");
    }
}

#[tokio::test]
async fn the_host_is_the_authority_and_has_to_be_ours() {
    let upstream = answering().await;
    let secured = start(&upstream).await;
    let own = secured.gateway.client.0.to_string();
    let mut http2 = secured.client().http2().await;
    for (authority, host, status) in [
        (own.as_str(), None, 200),
        ("LocalHost", None, 200),
        (&own, Some(own.as_str()), 200),
        ("evil.example.com", None, 421),
        // At odds with one another: nobody may choose.
        (&own, Some("evil.example.com"), 400),
        ("evil.example.com", Some(&own), 400),
        ("user@localhost", None, 400),
    ] {
        let mut request = Request::get(format!("https://{authority}/v1/connections")).header(KEY.0, KEY.1);
        if let Some(host) = host {
            request = request.header("host", host);
        }
        let answer = http2
            .request(request.body(Full::default()).unwrap())
            .await
            .unwrap();
        assert_eq!(answer.status, status, "{authority} {host:?}");
    }
}

#[tokio::test]
async fn a_tunnel_is_refused() {
    let upstream = answering().await;
    let secured = start(&upstream).await;
    let mut http2 = secured.client().http2().await;
    let connect = |extension: Option<&'static str>| {
        let mut request = Request::connect("api.example.com:443").version(Version::HTTP_2);
        if let Some(protocol) = extension {
            request = request
                .uri(format!("https://{}/v1/connections", secured.gateway.client.0))
                .extension(hyper::ext::Protocol::from_static(protocol));
        }
        request.body(Full::default()).unwrap()
    };
    assert_eq!(http2.request(connect(None)).await.unwrap().status, 400);
    // Not offered, so that a client must not ask, and ours does not.
    http2.request(connect(Some("websocket"))).await.unwrap_err();
    assert_eq!(http2.get("/v1/connections", &[KEY]).await.status, 200);
}

#[tokio::test]
async fn requests_of_one_connection_do_not_wait_for_one_another() {
    let provider = Peer::new().await;
    let secured = Secured::start("", &acme(provider.address(), "")).await;
    let mut http2 = secured.client().http2().await;
    let mut other = http2.clone();
    let waiting = async { http2.get(NUMBER, &[KEY]).await };
    let meanwhile = async {
        let mut call = provider.accept().await;
        call.head().await;
        let quick = (0..20).map(|_| {
            let mut other = other.clone();
            async move { other.get("/v1/connections", &[KEY]).await.status }
        });
        assert!(join_all(quick).await.into_iter().all(|status| status == 200));
        // One that a client takes back goes no further, and takes no other with it.
        let taken_back = other.sender.send_request(
            Request::get(format!("https://{}{WEBHOOKS}", secured.gateway.client.0))
                .header(KEY.0, KEY.1)
                .body(Full::default())
                .unwrap(),
        );
        drop(taken_back);
        let length = NUMBER_BODY.len();
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n");
        call.send(head + NUMBER_BODY).await;
    };
    let (answer, ()) = tokio::join!(waiting, meanwhile);
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn what_is_of_one_connection_does_not_pass_through() {
    let upstream = answering().await;
    let secured = start(&upstream).await;
    let mut http2 = secured.client().http2().await;
    let path = "/proxy/twilio/v1/Conversations/CH1/Webhooks";
    let headers = [
        KEY,
        ("te", "trailers"),
        ("cookie", "a=TEST_COOKIE"),
        ("cookie", "b=TEST_COOKIE"),
        ("x-mine", "kept"),
    ];
    let body = "Target=webhook";
    let form = ("content-type", "application/x-www-form-urlencoded");
    let answer = http2
        .send(Method::POST, path, &[&headers[..], &[form]].concat(), body)
        .await;
    assert_eq!(answer.status, 201, "{answer:?}");
    for (name, _) in OF_ONE_CONNECTION {
        assert_eq!(answer.header(name), "", "{name}");
    }
    let seen = upstream.seen().pop().unwrap();
    assert_eq!(seen.line, "POST /v1/Conversations/CH1/Webhooks HTTP/1.1");
    assert_eq!(
        (seen.header("x-mine"), seen.body.as_slice()),
        ("kept", body.as_bytes())
    );
    assert_eq!(seen.header("host"), upstream.address.to_string());
    for name in ["te", "cookie", "x-api-key"] {
        assert_eq!(seen.header(name), "", "{name}");
    }
}

#[tokio::test]
async fn a_stream_passes_through_as_it_comes_and_ends_with_its_client() {
    let provider = Peer::new().await;
    let toml = acme(provider.address(), "").replace("\"redeliver\"]", "\"redeliver\", \"proxy:read\"]");
    let secured = Secured::start("", &toml).await;
    let mut http2 = secured.client().http2().await;
    let request = Request::get(format!(
        "https://{}/proxy/bland/v1/stream",
        secured.gateway.client.0
    ))
    .header(KEY.0, KEY.1)
    .body(Full::<Bytes>::default())
    .unwrap();
    let asked = http2.sender.send_request(request);
    let answered = async {
        let mut call = provider.accept().await;
        assert!(call.head().await.starts_with("GET /v1/stream HTTP/1.1\r\n"));
        call.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n")
            .await;
        call
    };
    let (response, mut call) = tokio::join!(asked, answered);
    let mut body = response.unwrap().into_body();
    let one = body.frame().await.unwrap().unwrap().into_data().unwrap();
    call.send("3\r\ntwo\r\n").await;
    let two = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!((&one[..], &two[..]), (&b"one"[..], &b"two"[..]));
    drop(body);
    // Nobody wants the rest, so the provider is told; the connection goes on.
    call.rest().await;
    assert_eq!(http2.get("/v1/connections", &[KEY]).await.status, 200);
}
