//! Problem documents, and the ids of requests that are in them and on every other answer.

use std::collections::BTreeSet;

use crate::rig::Gateway;

const WEBHOOKS: &str = "/v1/conversations/twilio:CH00000000000000000000000000000023/webhooks";

#[tokio::test]
async fn problems_have_every_member() {
    let gateway = Gateway::demo().await;
    let answer = gateway
        .get_with("/v1/numbers?limit=0", &[("x-request-id", "my-id.1")])
        .await;
    let problem = answer.json();
    assert_eq!(
        problem
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect::<BTreeSet<_>>(),
        BTreeSet::from([
            "type",
            "title",
            "status",
            "detail",
            "instance",
            "code",
            "origin",
            "connection",
            "provider_status",
            "provider_code",
            "provider_message",
            "provider_request_id",
            "retryable",
            "request_id",
            "errors",
        ])
    );
    assert_eq!(
        (
            &problem["type"],
            &problem["instance"],
            &problem["request_id"],
            &problem["status"]
        ),
        (
            &"/problems/invalid_request".into(),
            &"/v1/numbers".into(),
            &"my-id.1".into(),
            &422.into()
        )
    );
    assert_eq!(answer.header("x-request-id"), "my-id.1");
    let absent = gateway
        .get(&format!("{WEBHOOKS}/WH00000000000000000000000000000000"))
        .await;
    assert_eq!((absent.status, absent.code().as_str()), (404, "not_found"));
    let problem = absent.json();
    assert_eq!(
        (
            &problem["origin"],
            &problem["connection"],
            &problem["provider_status"]
        ),
        (&"provider".into(), &"twilio".into(), &404.into())
    );
    assert!(
        problem["provider_request_id"].as_str().unwrap().starts_with("RQ"),
        "{problem}"
    );
    assert!(
        absent.header("proxy-status").contains("next-hop=twilio"),
        "{absent:?}"
    );
    gateway.stop().await;
}

#[tokio::test]
async fn ids_of_a_request_come_back() {
    let gateway = Gateway::demo().await;
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    for path in ["/", "/v1/numbers?limit=1", "/v1/nope"] {
        let answer = gateway
            .get_with(path, &[("traceparent", trace), ("x-request-id", "a b")])
            .await;
        assert_eq!(answer.header("traceparent"), trace);
        assert!(!answer.header("x-request-id").is_empty() && answer.header("x-request-id") != "a b");
        let other = gateway.get_with(path, &[("traceparent", "nonsense")]).await;
        assert!(other.header("traceparent").starts_with("00-"));
    }
    let timing = gateway.get("/v1/numbers?limit=2").await;
    assert!(
        timing.header("server-timing").starts_with("gateway;dur="),
        "{timing:?}"
    );
    assert!(
        timing.header("server-timing").contains(", provider;dur="),
        "{timing:?}"
    );
    gateway.stop().await;
}
