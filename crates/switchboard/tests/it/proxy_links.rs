//! The pass-through face: links in answers lead back to it, and every other byte stays.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::proxy_request::{configuration, gateway, request};
use crate::proxy_shape::assert_native;
use crate::rig::{Answer, Gateway, Script, Upstream};

const PATH: &str = "/proxy/twilio/v1/Conversations?PageSize=1";

async fn ask(gateway: &Gateway, method: &str) -> Answer {
    gateway
        .client
        .request(request(gateway, method, PATH, &[("accept-encoding", "gzip")]))
        .await
}

/// A page with a link of each kind; `%` stands for where the provider is.
fn page(at: &str) -> String {
    r#"{ "meta": {"page": 0, "page_size": 1, "first_page_url": "%/v1/Conversations?PageSize=1&Page=0",
      "previous_page_url": null, "url": "%/v1/Conversations?PageSize=1&Page=0", "key": "conversations",
      "next_page_url": "%/v1/Conversations?PageSize=1&Page=1&PageToken=PT%2F1"},
      "conversations":[ {"sid":"CH1", "attributes":"{\"url\":\"https:\/\/conversations.twilio.com\/v1\"}", "n": 1.50e2,
        "url": "%/v1/Conversations/CH1", "links": {"webhooks": "%/v1/Conversations/CH1/Webhooks"},
        "configuration": {"url": "%/hook"} } ] }"#
        .replace("%2F", "\u{1}")
        .replace('%', at)
        .replace('\u{1}', "%2F")
}

#[tokio::test]
async fn links_of_every_kind_lead_back() {
    for origin in [
        "https://conversations.twilio.com",
        "https://conversations.ie1.twilio.com",
        "https://conversations.dublin.ie1.twilio.com",
    ] {
        let upstream = Upstream::always(Script::json(200, &page(origin))).await;
        let gateway = gateway(upstream.address, "").await;
        let answer = ask(&gateway, "GET").await;
        let face = format!("http://{}/proxy/twilio", gateway.client.0);
        // The callback is no link of the API.
        let expected = page(&face).replace(&format!("{face}/hook"), &format!("{origin}/hook"));
        assert_eq!(String::from_utf8_lossy(&answer.body), expected);
        assert_eq!(answer.header("content-length"), expected.len().to_string());
        assert_eq!(upstream.seen()[0].header("accept-encoding"), "identity");
        // And the next page is one more request of the same kind.
        let next = answer.json()["meta"]["next_page_url"]
            .as_str()
            .unwrap()
            .to_owned();
        let path = next
            .strip_prefix(&format!("http://{}", gateway.client.0))
            .unwrap();
        assert_eq!(
            gateway
                .client
                .request(request(&gateway, "GET", path, &[]))
                .await
                .status,
            200
        );
        let line = upstream.seen().pop().unwrap().line;
        assert_eq!(
            line,
            "GET /v1/Conversations?PageSize=1&Page=1&PageToken=PT%2F1 HTTP/1.1"
        );
    }
}

#[tokio::test]
async fn the_face_is_where_the_public_url_says() {
    let upstream =
        Upstream::scripted(|_, seen| Script::json(200, &page(&format!("http://{}", seen.header("host")))))
            .await;
    let config = configuration(upstream.address, "");
    let gateway = Gateway::start(&format!(
        "[server]\npublic_url = \"https://gateway.example\"\nallowed_hosts = [\"127.0.0.1\"]\n{config}"
    ))
    .await;
    // The connection's own base counts as well.
    let answer = ask(&gateway, "GET").await.json();
    assert_eq!(
        answer["meta"]["url"],
        "https://gateway.example/proxy/twilio/v1/Conversations?PageSize=1&Page=0"
    );
    assert_eq!(
        answer["conversations"][0]["links"]["webhooks"],
        "https://gateway.example/proxy/twilio/v1/Conversations/CH1/Webhooks"
    );
}

#[tokio::test]
async fn a_page_elsewhere_is_no_page() {
    for evil in [
        "https://evil.example",
        "http://conversations.twilio.com",
        "https://conversations.twilio.com@evil.example",
    ] {
        let upstream = Upstream::always(Script::json(200, &page(evil))).await;
        let gateway = gateway(upstream.address, "").await;
        let answer = ask(&gateway, "GET").await.json();
        assert!(answer["meta"]["next_page_url"].is_null() && answer["meta"]["first_page_url"].is_null());
        assert_eq!(
            answer["conversations"][0]["url"],
            format!("{evil}/v1/Conversations/CH1")
        );
    }
}

#[tokio::test]
async fn what_described_the_bytes_is_made_anew_or_dropped() {
    let digests = [
        ("etag", "\"theirs\""),
        ("content-md5", "x"),
        ("digest", "x"),
        ("content-digest", "x"),
        ("repr-digest", "x"),
        ("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT"),
    ];
    let body = page("https://conversations.twilio.com");
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(body.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let mut coded = digests.to_vec();
    coded.push(("content-encoding", "gzip"));
    for (headers, bytes) in [(&digests[..], body.as_bytes()), (&coded[..], &gzip)] {
        let script = Script::answer(200, "application/problem+json; charset=utf-8", headers, bytes);
        let upstream = Upstream::always(script).await;
        let gateway = gateway(upstream.address, "").await;
        let answer = ask(&gateway, "GET").await;
        let face = format!("http://{}/proxy/twilio/v1/Conversations/CH1", gateway.client.0);
        assert_eq!(answer.json()["conversations"][0]["url"], face);
        assert_eq!(answer.header("last-modified"), digests[5].1);
        assert_eq!(answer.header("content-length"), answer.body.len().to_string());
        for gone in [
            "etag",
            "content-md5",
            "digest",
            "content-digest",
            "repr-digest",
            "content-encoding",
        ] {
            assert_eq!(answer.header(gone), "", "{gone}");
        }
    }
    // Where nothing changes, nothing is dropped.
    let upstream = Upstream::always(Script::answer(
        200,
        "application/json",
        &digests,
        b"{ \"sid\" : 1 }",
    ))
    .await;
    let gateway = gateway(upstream.address, "").await;
    let answer = ask(&gateway, "GET").await;
    assert_eq!(
        (&answer.body[..], answer.header("etag"), answer.header("digest")),
        (&b"{ \"sid\" : 1 }"[..], "\"theirs\"", "x")
    );
}

#[tokio::test]
async fn a_head_tells_nothing_of_bytes_that_would_change() {
    let head =
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\netag: \"x\"\r\n\r\n"
            .to_vec();
    let upstream = Upstream::always(Script::Bytes(head)).await;
    let gateway = gateway(upstream.address, "").await;
    let answer = ask(&gateway, "HEAD").await;
    assert_eq!(
        (
            answer.status,
            answer.header("content-length"),
            answer.header("etag")
        ),
        (200, "", "")
    );
}

#[tokio::test]
async fn no_part_of_an_answer_is_asked_for() {
    let upstream = Upstream::always(Script::json(200, "{}")).await;
    let gateway = gateway(upstream.address, "").await;
    let headers = [("range", "bytes=0-9"), ("if-range", "\"x\"")];
    for (path, sent) in [(PATH, ["", ""]), ("/proxy/bland/x", ["bytes=0-9", "\"x\""])] {
        gateway
            .client
            .request(request(&gateway, "GET", path, &headers))
            .await;
        let seen = upstream.seen().pop().unwrap();
        assert_eq!([seen.header("range"), seen.header("if-range")], sent);
    }
}

#[tokio::test]
async fn all_else_streams() {
    let body = page("https://conversations.twilio.com");
    let bland = "/proxy/bland/x";
    for (status, content_type, path) in [
        (404, "application/json", PATH),
        (200, "text/csv", PATH),
        (200, "application/json", bland),
    ] {
        let upstream = Upstream::always(Script::answer(
            status,
            content_type,
            &[("etag", "\"x\"")],
            body.as_bytes(),
        ))
        .await;
        let gateway = gateway(upstream.address, "max_response = \"1B\"").await;
        let answer = gateway.client.request(request(&gateway, "GET", path, &[])).await;
        assert_eq!((answer.status, &answer.body[..]), (status, body.as_bytes()));
        assert_eq!(answer.header("etag"), "\"x\"");
    }
    // And all, where the connection says so.
    let upstream = Upstream::always(Script::json(200, &body)).await;
    let config = configuration(upstream.address, "");
    let gateway = Gateway::start(&config.replace("username =", "rewrite_urls = false\nusername =")).await;
    let answer = ask(&gateway, "GET").await;
    assert_eq!(answer.body, body);
    assert_eq!(upstream.seen()[0].header("accept-encoding"), "gzip");
}

#[tokio::test]
async fn an_answer_whose_links_cannot_be_found_is_not_passed_on() {
    let large = format!("{{\"sid\":\"{}\"}}", "x".repeat(100));
    let unknown = [("content-encoding", "br")];
    for script in [
        Script::json(200, &large),
        Script::json(200, "{\"meta\":{}"),
        Script::json(200, "{"),
        Script::answer(200, "application/json", &unknown, b"x"),
        Script::Close(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{}".to_vec(),
        ),
    ] {
        let upstream = Upstream::always(script).await;
        let gateway = gateway(upstream.address, "max_response = \"64B\"").await;
        let answer = ask(&gateway, "GET").await;
        assert_native(&answer, "twilio", 502, "provider_protocol_error");
        assert!(
            answer.header("proxy-status").ends_with("next-hop=twilio"),
            "{answer:?}"
        );
    }
    // What has no body has no links.
    let upstream = Upstream::always(Script::json(202, "")).await;
    assert_eq!(ask(&gateway(upstream.address, "").await, "GET").await.status, 202);
}
