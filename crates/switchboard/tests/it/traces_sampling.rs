//! Which requests are traced, and that the `traceparent` of an answer says so.

use crate::rig::collector::Collector;
use crate::rig::{Edited, Gateway, KEY, Script, Upstream, acme, bearer, bland, client};

const UNSAMPLED: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
const SAMPLED: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const PATH: &str = "/v1/connections";

/// What the gateway says of its part in the trace: its own span or its client's, and whether it traces.
async fn said(gateway: &Gateway, headers: &[(&str, &str)]) -> (bool, bool) {
    let answer = gateway.get_with(PATH, headers).await;
    let parent = answer.header("traceparent");
    (parent.contains("b7ad6b7169203331"), parent.ends_with("-01"))
}

async fn start(collector: &Collector, ratio: &str) -> (Gateway, Upstream) {
    let upstream = Upstream::always(Script::json(200, "{}")).await;
    let telemetry = format!("{}\nsample_ratio = {ratio}", collector.by_grpc());
    let gateway = Gateway::start(&format!(
        "[telemetry]\n{telemetry}\n{}",
        acme(upstream.address, "")
    ))
    .await;
    (gateway, upstream)
}

#[tokio::test]
async fn the_parent_decides_and_only_of_a_known_client_for_it() {
    let (sampled, unsampled) = (("traceparent", SAMPLED), ("traceparent", UNSAMPLED));
    for (ratio, drawn) in [("0", false), ("1.0", true)] {
        let collector = Collector::start();
        let (gateway, _upstream) = start(&collector, ratio).await;
        // Nobody has decided.
        assert_eq!(said(&gateway, &[KEY]).await, (false, drawn));
        assert_eq!(
            said(&gateway, &[KEY, ("traceparent", "nonsense")]).await,
            (false, drawn)
        );
        // Somebody has.
        assert_eq!(said(&gateway, &[KEY, sampled]).await, (false, true));
        assert_eq!(said(&gateway, &[KEY, unsampled]).await, (true, false));
        // Somebody whom nobody knows.
        assert_eq!(said(&gateway, &[sampled]).await, (false, drawn));
        assert_eq!(
            said(&gateway, &[("x-api-key", "wrong"), sampled]).await,
            (false, drawn)
        );
        assert_eq!(said(&gateway, &[unsampled]).await, (true, false));
        gateway.stop().await;
        assert_eq!(collector.spans().len(), if drawn { 5 } else { 1 }, "{ratio}");
    }
}

#[tokio::test]
async fn the_share_changes_with_a_reload_and_the_collector_does_not() {
    let (collector, other) = (Collector::start(), Collector::start());
    let upstream = Upstream::always(Script::json(200, "{}")).await;
    let rest = client("a", &["read"], &["*"], "") + &bland("bland", upstream.address);
    let config = |to: &Collector, ratio: &str| {
        format!("[telemetry]\n{}\nsample_ratio = {ratio}\n{rest}", to.by_grpc())
    };
    let edited = Edited::start(&config(&collector, "0.0")).await;
    let key = bearer("a");
    let headers = [("authorization", key.as_str())];
    assert_eq!(said(&edited.gateway, &headers).await, (false, false));
    edited.change(&config(&other, "1.0")).await;
    assert_eq!(said(&edited.gateway, &headers).await, (false, true));
    let shown = edited.gateway.admin.get("/config").await.json();
    assert_eq!(
        shown["config"]["telemetry"]["otlp_endpoint"],
        format!("http://{}", collector.address)
    );
    edited.gateway.stop().await;
    assert_eq!((collector.spans().len(), other.spans().len()), (1, 0));
}
