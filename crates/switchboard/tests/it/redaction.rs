//! What a client without scope `sensitive` gets to see, and what nobody else gets to see of a request.

use serde_json::{Value, json};

use crate::rig::{Answer, Gateway, Script, Upstream, bearer, bland, client, twilio};

const NUMBER: &str = "/v1/numbers/bland:sms:+14155552671";

async fn get(gateway: &Gateway, name: &str, path: &str) -> Answer {
    gateway.get_with(path, &[("authorization", &bearer(name))]).await
}

/// Two clients that differ in scope `sensitive` alone, and a connection whose callback URLs hold secrets.
async fn two_views() -> (Gateway, Upstream) {
    let upstream = Upstream::scripted(|_, seen| {
        let url = "https://user:pw@example.com/hook?token=1#top";
        Script::json(
            200,
            &if seen.line.contains("/sms/numbers") {
                let config = json!({ "webhook": url, "objective": "Be kind.", "odd": 1 });
                json!({ "data": [{ "phone_number": "+14155552671", "sms_config": config }], "errors": null })
                    .to_string()
            } else if seen.line.contains("/Webhooks") {
                json!({
                    "sid": format!("WH{:032}", 1), "target": "webhook", "odd": 1,
                    "configuration": { "url": url, "method": "POST", "filters": [] },
                })
                .to_string()
            } else {
                let log = json!({
                    "conversation_id": "c1", "url": url, "payload": { "type": "status", "status": "ended" },
                    "created_at": "2026-04-13T20:50:59.233Z", "metadata": [], "user_id": "u",
                });
                json!({ "data": log, "errors": null }).to_string()
            },
        )
    })
    .await;
    let clients = [
        client("whole", &["read", "sensitive"], &["*"], ""),
        client("part", &["read"], &["*"], ""),
    ];
    let connections = [
        bland("bland", upstream.address),
        twilio("twilio", upstream.address),
    ]
    .concat();
    (
        Gateway::start(&format!(
            "[auth]\nmode = \"required\"\n{}{connections}",
            clients.concat()
        ))
        .await,
        upstream,
    )
}

#[tokio::test]
async fn what_is_sensitive_is_left_out_and_named() {
    let (gateway, _upstream) = two_views().await;
    let (url, shown) = (
        "https://user:pw@example.com/hook?token=1#top",
        "https://example.com/hook#top",
    );
    let webhook = format!("/v1/conversations/twilio:CH{:032}/webhooks/WH{:032}", 1, 1);
    // Path of a resource, pointers to what is left out whole, and to the callback's URL; the header.
    let cases: [(&str, &[&str], &str, &str); 3] = [
        (
            NUMBER,
            &["/agent", "/extra", "/webhook/extra"],
            "/webhook/target/url",
            "agent, extra, webhook.extra, webhook.target.url",
        ),
        (
            "/v1/conversations/bland:c1/webhook-deliveries/2cff2e3f",
            &["/payload", "/extra"],
            "/url",
            "payload, extra, url",
        ),
        (&webhook, &["/extra"], "/target/url", "extra, target.url"),
    ];
    for (path, nulls, callback, named) in cases {
        let path = if path.contains("deliveries") {
            let list = get(&gateway, "whole", "/v1/conversations/bland:c1/webhook-deliveries")
                .await
                .json();
            list["data"][0]["self"].as_str().unwrap().to_owned()
        } else {
            path.to_owned()
        };
        let mut whole = get(&gateway, "whole", &path).await;
        assert_eq!(
            (whole.status, whole.header("switchboard-redacted")),
            (200, ""),
            "{path}"
        );
        let part = get(&gateway, "part", &path).await;
        assert_eq!(
            (part.status, part.header("switchboard-redacted")),
            (200, named),
            "{path}"
        );
        let (mut all, some) = (whole.json(), part.json());
        for pointer in nulls {
            let field = all.pointer_mut(pointer).unwrap();
            assert!(!field.is_null(), "{path} {pointer}");
            *field = Value::Null;
        }
        let field = all.pointer_mut(callback).unwrap();
        assert_eq!(*field, url, "{path}");
        *field = shown.into();
        assert_eq!(all, some, "everything else is the same: {path}");
        // Neither gets what the other one's request put into the cache.
        whole = get(&gateway, "whole", &path).await;
        assert!(
            whole.header("cache-status").starts_with("switchboard; hit"),
            "{path}"
        );
        assert_ne!(whole.json(), some);
        assert_ne!(whole.header("etag"), part.header("etag"));
        let refused = get(&gateway, "part", &format!("{path}?include=raw")).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (403, "forbidden"),
            "{path}"
        );
        assert!(refused.json()["detail"].as_str().unwrap().contains("`sensitive`"));
        assert_eq!(
            get(&gateway, "whole", &format!("{path}?include=raw"))
                .await
                .status,
            200,
            "{path}"
        );
    }
    gateway.stop().await;
}

#[tokio::test]
async fn lists_are_redacted_too_and_not_shared() {
    let (gateway, upstream) = two_views().await;
    let deliveries = "/v1/conversations/bland:c1/webhook-deliveries";
    let webhooks = format!("/v1/conversations/twilio:CH{:032}/webhooks", 1);
    // This upstream has one webhook and no list of them, so only the other two are lists here.
    assert_eq!(get(&gateway, "part", &webhooks).await.status, 502);
    for (path, redacted) in [
        (deliveries, "payload, extra, url"),
        (
            "/v1/numbers?connection=bland",
            "agent, extra, webhook.extra, webhook.target.url",
        ),
    ] {
        // The other one first, this time.
        let part = get(&gateway, "part", path).await;
        assert_eq!(
            (part.status, part.header("switchboard-redacted")),
            (200, redacted)
        );
        let text = String::from_utf8(part.body.to_vec()).unwrap();
        assert!(
            !text.contains("token") && !text.contains("pw@") && text.contains("\"extra\":null"),
            "{text}"
        );
        let before = upstream.count();
        let whole = get(&gateway, "whole", path).await;
        assert_eq!((whole.status, whole.header("switchboard-redacted")), (200, ""));
        assert_eq!(upstream.count(), before + 1, "{path}");
        assert!(
            String::from_utf8(whole.body.to_vec()).unwrap().contains("token"),
            "{path}"
        );
        let refused = get(
            &gateway,
            "part",
            &format!("{path}{}include=raw", if path.contains('?') { '&' } else { '?' }),
        )
        .await;
        assert_eq!((refused.status, refused.code().as_str()), (403, "forbidden"));
    }
    gateway.stop().await;
}

#[tokio::test]
async fn a_credential_is_never_forwarded() {
    let (gateway, upstream) = two_views().await;
    let headers = [
        ("authorization", bearer("whole")),
        ("cookie", "a=b".to_owned()),
        ("x-request-id", "id-1".to_owned()),
        ("proxy-authorization", "Basic eDp5".to_owned()),
        ("x-anything", "x".to_owned()),
    ];
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    assert_eq!(gateway.get_with(NUMBER, &headers).await.status, 200);
    let seen = &upstream.seen()[0];
    assert_eq!(seen.header("authorization"), "secret-of-TEST_KEY");
    for name in ["cookie", "proxy-authorization", "x-anything", "x-api-key"] {
        assert_eq!(seen.header(name), "", "{name}");
    }
    gateway.stop().await;
}
