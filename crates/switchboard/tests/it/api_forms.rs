//! Forms of one answer and how long they may be kept: compressed, with `raw`, from the cache.

use std::io::Read;

use crate::rig::{Gateway, Script, Upstream, acme};

const WEBHOOKS: &str = "/v1/conversations/twilio:CH00000000000000000000000000000023/webhooks";
const DELIVERIES: &str = "/v1/conversations/bland:convo_retry/webhook-deliveries";
const NUMBERS: &str = "/v1/numbers?connection=bland";
const NUMBER: &str = "/v1/numbers/bland:sms:+14155552671";

#[tokio::test]
async fn a_compressed_answer_is_the_same_with_a_tag_of_its_own() {
    let gateway = Gateway::demo().await;
    let plain = gateway.get(NUMBERS).await;
    let packed = gateway.get_with(NUMBERS, &[("accept-encoding", "gzip")]).await;
    assert_eq!((packed.status, packed.header("content-encoding")), (200, "gzip"));
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&*packed.body)
        .read_to_end(&mut unpacked)
        .unwrap();
    assert_eq!(unpacked, plain.body);
    assert!(packed.body.len() < plain.body.len());
    assert_eq!(plain.header("content-encoding"), "");
    assert_ne!(packed.header("etag"), plain.header("etag"));
    for answer in [&plain, &packed] {
        assert_eq!(
            answer.header("vary"),
            "Authorization, X-Api-Key, Origin, Accept-Encoding"
        );
        assert!(answer.header("etag").starts_with('"'), "strong");
    }
    // Without an upstream call.
    let calls = gateway.metric("switchboard_upstream_requests_total", &[]).await;
    for (tag, coding) in [
        (plain.header("etag"), "identity"),
        (packed.header("etag"), "gzip"),
    ] {
        let same = gateway
            .get_with(NUMBERS, &[("if-none-match", tag), ("accept-encoding", coding)])
            .await;
        assert_eq!((same.status, same.header("etag"), same.body.len()), (304, tag, 0));
        assert_eq!(same.header("cache-control"), "private, no-cache");
    }
    assert_eq!(
        gateway
            .metric("switchboard_upstream_requests_total", &[])
            .await
            .total_cmp(&calls),
        std::cmp::Ordering::Equal
    );
    let small = gateway
        .get_with("/v1/connections/bland", &[("accept-encoding", "gzip")])
        .await;
    assert_eq!(small.header("content-encoding"), "", "not worth it");
    gateway.stop().await;
}

#[tokio::test]
async fn how_long_an_answer_may_be_kept() {
    let gateway = Gateway::demo().await;
    for (path, control) in [
        (WEBHOOKS.to_owned(), "private, no-cache"),
        (NUMBER.to_owned(), "private, no-cache"),
        ("/v1/connections".to_owned(), "private, no-cache"),
        (DELIVERIES.to_owned(), "private, no-store"),
        (format!("{WEBHOOKS}?include=raw"), "private, no-store"),
        (format!("{NUMBER}?include=raw"), "private, no-store"),
        ("/v1/numbers?limit=0".to_owned(), "private, no-store"),
        ("/v1/nope".to_owned(), "private, no-store"),
    ] {
        assert_eq!(
            gateway.get(&path).await.header("cache-control"),
            control,
            "{path}"
        );
    }
    let (plain, raw) = (
        gateway.get(NUMBER).await,
        gateway.get(&format!("{NUMBER}?include=raw")).await,
    );
    let tag = plain.header("etag").trim_end_matches('"');
    assert_eq!(raw.header("etag"), format!("{tag}-raw\""));
    gateway.stop().await;
}

#[tokio::test]
async fn a_request_says_how_it_wants_the_cache_used() {
    let gateway = Gateway::demo().await;
    let ask = async |directive: &'static str| {
        let headers = [("cache-control", directive)];
        let headers = if directive.is_empty() {
            &headers[..0]
        } else {
            &headers[..]
        };
        let answer = gateway.get_with(NUMBER, headers).await;
        (
            answer.status,
            answer.header("cache-status").to_owned(),
            answer.header("age").to_owned(),
        )
    };
    let missed = gateway
        .get_with(NUMBER, &[("cache-control", "only-if-cached")])
        .await;
    assert_eq!((missed.status, missed.code().as_str()), (504, "not_cached"));
    assert_eq!(
        ask("").await,
        (200, "switchboard; fwd=uri-miss; stored".to_owned(), String::new())
    );
    let (status, hit, age) = ask("only-if-cached").await;
    assert_eq!(status, 200);
    assert!(
        hit.starts_with("switchboard; hit; ttl=") && !age.is_empty(),
        "{hit} {age}"
    );
    assert_eq!(ask("no-cache").await.1, "switchboard; fwd=request; stored");
    assert_eq!(ask("no-store").await.1, "switchboard; fwd=bypass");
    assert!(ask("max-age=60").await.1.starts_with("switchboard; hit"));
    gateway.stop().await;
}

#[tokio::test]
async fn raw_is_the_providers_own_bytes() {
    let number = "{ \"phone_number\" :\"+14155552671\",\n\t\"sms_config\": {\"temperature\":1.0 , \"time_out\" : 1e2,\r\n \"request_data\":{\"b\":1.50,\"a\":[ ]}, \"webhook\":\"https:\\/\\/example.com\\u002fa\" },\"conversation_count\":34,\"new\":12345678901234567890.10}";
    let body = format!("\n{{\"data\" : [ {number} ] , \"errors\":null}}");
    let upstream = Upstream::always(Script::json(200, &body)).await;
    let gateway = Gateway::start(&acme(upstream.address, "")).await;
    for path in [
        "/v1/numbers?connection=bland&include=raw",
        "/v1/numbers/bland:sms:+14155552671?include=raw",
    ] {
        let answer = gateway.get_with(path, &[("x-api-key", "key")]).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let body = String::from_utf8(answer.body.to_vec()).unwrap();
        let (_, raw) = body.split_once(",\"raw\":").unwrap();
        assert_eq!(raw.get(..number.len()), Some(number), "{path}");
    }
    let answer = gateway
        .get_with("/v1/numbers/bland:sms:+14155552671", &[("x-api-key", "key")])
        .await;
    let body = String::from_utf8(answer.body.to_vec()).unwrap();
    assert!(!body.contains("\"raw\""), "{body}");
    // The same number text, also where it is neutral.
    for part in [
        "\"temperature\":1.0,",
        "\"timeout_ms\":100000",
        "\"b\":1.50",
        "\"new\":12345678901234567890.10",
        "\"time_out\":1e2",
        "\"url\":\"https://example.com/a\"",
    ] {
        assert!(body.contains(part), "{part}: {body}");
    }
    gateway.stop().await;
}
