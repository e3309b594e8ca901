//! What arrives at a provider: the documented request, and nothing of the client's.

use crate::contract_provider::before;
use crate::rig::{KEY, NUMBER, NUMBER_BODY, Script, Seen, Upstream, WEBHOOKS, webhooks_body};

/// What no provider may see of a client.
const PRIVATE: [(&str, &str); 21] = [
    ("cookie", "session=TEST_COOKIE"),
    ("proxy-authorization", "Basic VEVTVDpURVNU"),
    ("connection", "x-hop, te, close"),
    ("x-hop", "TEST_HOP"),
    ("te", "trailers"),
    ("trailer", "x-trailer"),
    ("upgrade", "h2c"),
    ("http2-settings", "AAMAAABkAAQAAP__"),
    ("keep-alive", "timeout=5"),
    ("proxy-connection", "keep-alive"),
    ("forwarded", "for=192.0.2.1;host=evil.example.com"),
    ("x-forwarded-for", "192.0.2.1"),
    ("x-forwarded-host", "evil.example.com"),
    ("x-forwarded-proto", "https"),
    ("x-real-ip", "192.0.2.1"),
    ("x-request-id", "req-7"),
    (
        "traceparent",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ),
    ("accept-language", "de"),
    ("range", "bytes=0-3"),
    ("user-agent", "curl/8"),
    ("x-twilio-webhook-enabled", "true"),
];

#[tokio::test]
async fn exactly_the_documented_request_arrives() {
    let upstream = Upstream::scripted(|_, seen| {
        if seen.line.contains("/sms/") {
            Script::json(200, NUMBER_BODY)
        } else {
            Script::json(200, &webhooks_body(None))
        }
    })
    .await;
    let gateway = before(&upstream, &[]).await;
    let basic = "Basic c2VjcmV0LW9mLVRFU1RfVVNFUjpzZWNyZXQtb2YtVEVTVF9QQVNTV09SRA==";
    let bearer = ("authorization", "Bearer key");
    let twilio = "GET /v1/Conversations/CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Webhooks?PageSize=5 HTTP/1.1";
    for (path, key, line, authorization) in [
        (WEBHOOKS, KEY, twilio, basic),
        (
            NUMBER,
            bearer,
            "GET /v1/sms/numbers HTTP/1.1",
            "secret-of-TEST_KEY",
        ),
    ] {
        let answer = gateway
            .get_with(path, &[&[key], PRIVATE.as_slice()].concat())
            .await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let Seen {
            line: sent,
            mut headers,
            body,
        } = upstream.seen().pop().unwrap();
        headers.sort();
        let agent = concat!("switchboard/", env!("CARGO_PKG_VERSION"));
        let host = upstream.address.to_string();
        let expected = [
            ("accept", "application/json"),
            ("accept-encoding", "gzip"),
            ("authorization", authorization),
            ("host", &host),
            ("user-agent", agent),
        ];
        assert_eq!(
            headers,
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
        assert_eq!((sent.as_str(), body), (line, Vec::new()));
    }
}
