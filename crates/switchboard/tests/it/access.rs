//! Who may do what: keys, scopes, connections, and how much of it.

use http::{Method, Request};
use serde_json::json;

use crate::rig::{Answer, Gateway, bearer, client, demo_connections, hash, key_of};

const DELIVERIES: &str = "/v1/conversations/bland:convo_abc123/webhook-deliveries";
const NUMBER: &str = "/v1/numbers/bland:sms:+14155552671";

async fn gateway(clients: &[String], connections: &str) -> Gateway {
    Gateway::start(&format!(
        "[auth]\nmode = \"required\"\n{}{connections}",
        clients.concat()
    ))
    .await
}

async fn get(gateway: &Gateway, name: &str, path: &str) -> Answer {
    gateway.get_with(path, &[("authorization", &bearer(name))]).await
}

#[tokio::test]
async fn a_client_sees_its_connections_alone() {
    let clients = [
        client("all", &["read"], &["*"], ""),
        client("bland-only", &["read"], &["bland"], ""),
        client("twilio-only", &["read"], &["twilio"], ""),
    ];
    let gateway = gateway(&clients, demo_connections()).await;
    let names = async |client: &str, path: &str, list: &str, field: &str| {
        let answer = get(&gateway, client, path).await.json();
        answer[list]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item[field].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names("all", "/v1/connections", "data", "name").await,
        ["twilio", "bland"]
    );
    assert_eq!(
        names("bland-only", "/v1/connections", "data", "name").await,
        ["bland"]
    );
    assert_eq!(
        names("all", "/v1/numbers", "sources", "connection").await,
        ["twilio", "bland"]
    );
    assert_eq!(
        names("bland-only", "/v1/numbers", "sources", "connection").await,
        ["bland"]
    );
    for path in [
        "/v1/connections/twilio",
        "/v1/numbers?connection=twilio",
        "/v1/numbers/twilio:sms:+14155552671",
        "/v1/conversations/twilio:CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/webhooks",
        "/v1/conversations/twilio:CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/webhooks/WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "/v1/conversations/twilio:CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/webhook-deliveries",
    ] {
        let answer = get(&gateway, "bland-only", path).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (403, "forbidden"),
            "{path}"
        );
        assert_ne!(get(&gateway, "all", path).await.status, 403, "{path}");
    }
    // All of a client's connections lack it.
    let lacking = get(&gateway, "bland-only", "/v1/services").await;
    assert_eq!(
        (lacking.status, lacking.code().as_str()),
        (405, "unsupported_by_provider")
    );
    // A cursor does not lead where its bearer may not go.
    let cursor = get(&gateway, "all", "/v1/numbers?limit=1").await.json()["next_cursor"]
        .as_str()
        .unwrap()
        .to_owned();
    let strayed = get(&gateway, "bland-only", &format!("/v1/numbers?cursor={cursor}")).await;
    assert_eq!((strayed.status, strayed.code().as_str()), (403, "forbidden"));
    gateway.stop().await;
}

#[tokio::test]
async fn a_client_without_read_reads_nothing() {
    let gateway = gateway(
        &[client("writer", &["write", "admin"], &["*"], "")],
        demo_connections(),
    )
    .await;
    for path in [
        NUMBER,
        DELIVERIES,
        "/v1/numbers",
        "/v1/connections",
        "/v1/connections/bland",
    ] {
        let answer = get(&gateway, "writer", path).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (403, "forbidden"),
            "{path}"
        );
        assert!(
            answer.json()["detail"].as_str().unwrap().contains("`read`"),
            "{path}"
        );
        assert_eq!(answer.json()["errors"], json!([]));
    }
    gateway.stop().await;
}

type Headers<'a> = &'a [(&'a str, &'a str)];

#[tokio::test]
async fn keys_open_while_they_last() {
    let rotating = format!(
        "[[clients]]\nname = \"rotating\"\nkey_sha256 = [{:?}, {:?}]\nscopes = [\"read\"]\nconnections = [\"*\"]\n",
        hash("old"),
        hash("new")
    );
    let clients = [
        rotating,
        client(
            "expired",
            &["read"],
            &["*"],
            "not_after = \"2020-01-01T00:00:00Z\"",
        ),
        client(
            "lasting",
            &["read"],
            &["*"],
            "not_after = \"2999-01-01T00:00:00Z\"",
        ),
    ];
    let gateway = gateway(&clients, demo_connections()).await;
    let (lasting, expired) = (key_of("lasting"), key_of("expired"));
    let cases: [(Headers<'_>, u16, &str); 18] = [
        (&[("authorization", "Bearer old")], 200, ""),
        (&[("authorization", "bearer new")], 200, ""),
        (&[("authorization", "BEARER  new ")], 200, ""),
        (&[("x-api-key", "new")], 200, ""),
        (&[("x-api-key", &lasting)], 200, ""),
        (&[], 401, "missing"),
        (&[("cookie", "key=new")], 401, "missing"),
        (&[("x-api-key", &expired)], 401, "expired"),
        (&[("x-api-key", "other")], 401, "unknown"),
        (&[("authorization", "Bearer older")], 401, "unknown"),
        (&[("authorization", "Bearer ")], 401, "malformed"),
        (&[("authorization", "Basic b2xkOm9sZA==")], 401, "malformed"),
        (&[("authorization", "new")], 401, "malformed"),
        (&[("authorization", "Bearernew")], 401, "malformed"),
        (&[("x-api-key", "")], 401, "malformed"),
        (
            &[("authorization", "Bearer new"), ("x-api-key", "new")],
            401,
            "malformed",
        ),
        (&[("x-api-key", "new"), ("x-api-key", "new")], 401, "malformed"),
        (
            &[("authorization", "Bearer new"), ("authorization", "Bearer old")],
            401,
            "malformed",
        ),
    ];
    for (headers, status, reason) in cases {
        let label = format!("\"{reason}\"");
        let before = gateway.metric("switchboard_auth_failures_total", &[&label]).await;
        let answer = gateway.get_with("/v1/connections", headers).await;
        assert_eq!(answer.status, status, "{headers:?}");
        if status == 401 {
            assert_eq!(answer.code(), "unauthenticated");
            assert!(
                answer.header("www-authenticate").starts_with("Bearer"),
                "{headers:?}"
            );
            let after = gateway.metric("switchboard_auth_failures_total", &[&label]).await;
            assert!((after - before - 1.0).abs() < 0.1, "{headers:?} {reason}");
            // Which part was wrong is not for the client.
            let text = answer.json()["detail"].to_string();
            assert!(!text.contains("expired") && !text.contains("unknown"), "{text}");
        }
    }
    let text = gateway.admin.get("/metrics").await.body;
    let text = String::from_utf8(text.to_vec()).unwrap();
    assert!(text.contains("client=\"rotating\"") && !text.contains("client=\"expired\""));
    gateway.stop().await;
}

#[tokio::test]
async fn a_limit_is_told_on_success_too_and_then_kept() {
    let limited = "rate_limit = { requests = 1, per = \"1h\", burst = 3 }";
    let clients = [
        client("limited", &["read"], &["*"], limited),
        client("free", &["read"], &["*"], ""),
    ];
    let legacy = format!("{}[rate_limit]\nlegacy_headers = true\n", demo_connections());
    for (connections, has_legacy) in [(demo_connections(), false), (legacy.as_str(), true)] {
        let gateway = gateway(&clients, connections).await;
        for left in [2, 1, 0] {
            let answer = get(&gateway, "limited", NUMBER).await;
            assert_eq!(
                (answer.status, answer.header("ratelimit-policy")),
                (200, "\"client\";q=3;w=10800")
            );
            let limit = answer.header("ratelimit");
            assert!(limit.starts_with(&format!("\"client\";r={left};t=")), "{limit}");
            let older = ["limit", "remaining", "reset"]
                .map(|name| answer.header(&format!("ratelimit-{name}")).to_owned());
            assert_eq!(
                older[..2],
                if has_legacy {
                    ["3".to_owned(), left.to_string()]
                } else {
                    Default::default()
                }
            );
            assert_eq!(older[2].is_empty(), !has_legacy);
        }
        let refused = get(&gateway, "limited", NUMBER).await;
        assert_eq!((refused.status, refused.code().as_str()), (429, "rate_limited"));
        assert_eq!(refused.json()["origin"], "gateway");
        let wait = refused.header("retry-after").parse::<u64>().unwrap();
        assert!((1..=60).contains(&wait), "reported up to a minute: {wait}");
        assert!(refused.header("ratelimit").starts_with("\"client\";r=0;t="));
        let free = get(&gateway, "free", NUMBER).await;
        assert_eq!(
            (
                free.status,
                free.header("ratelimit"),
                free.header("ratelimit-policy")
            ),
            (200, "", "")
        );
        let decided = async |decision: &str| {
            gateway
                .metric(
                    "switchboard_rate_limit_decisions_total",
                    &["\"limited\"", decision],
                )
                .await
        };
        assert!((decided("allowed").await - 3.0).abs() < 0.1 && (decided("refused").await - 1.0).abs() < 0.1);
        gateway.stop().await;
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_told_to_known_clients_alone() {
    let gateway = gateway(&[client("reader", &["read"], &["*"], "")], demo_connections()).await;
    for path in [
        "/v1/numbers?limit=0",
        "/v1/numbers?cursor=x",
        "/v1/connections/nope",
        "/v1/numbers/nonsense",
    ] {
        assert_eq!(gateway.get(path).await.code(), "unauthenticated", "{path}");
        assert_ne!(get(&gateway, "reader", path).await.status, 401, "{path}");
    }
    let post = gateway.client.send(Method::POST, "/v1/numbers", &[]).await;
    assert_eq!(post.code(), "unauthenticated");
    gateway.stop().await;
}

#[tokio::test]
async fn hosts_and_origins_that_are_not_ours_are_refused() {
    let gateway = Gateway::demo().await;
    for host in [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example:80",
    ] {
        let answer = gateway.get_with("/v1/connections", &[("host", host)]).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (421, "misdirected"),
            "{host}"
        );
    }
    for host in ["localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:8080"] {
        assert_eq!(
            gateway
                .get_with("/v1/connections", &[("host", host)])
                .await
                .status,
            200,
            "{host}"
        );
    }
    let host = gateway.client.0.to_string();
    let own = format!("http://{host}");
    for (name, value, status) in [
        ("origin", "https://evil.example", 403),
        ("origin", "null", 403),
        ("sec-fetch-site", "cross-site", 403),
        ("origin", own.as_str(), 405),
        ("origin", "http://localhost:5173", 405),
        ("sec-fetch-site", "same-origin", 405),
    ] {
        let request = Request::post("/v1/numbers")
            .header("host", &host)
            .header(name, value);
        let answer = gateway
            .client
            .request(request.body(bytes::Bytes::new()).unwrap())
            .await;
        assert_eq!(answer.status, status, "{name}: {value}");
        assert_eq!(
            gateway.get_with("/v1/connections", &[(name, value)]).await.status,
            200,
            "{name}: {value}"
        );
    }
    gateway.stop().await;
}
