//! Spans that last longer than the request that they began with, or are shared.

use std::sync::Arc;

use http::Method;
use tokio::sync::Semaphore;

use crate::rig::collector::Collector;
use crate::rig::webhook::{LIST, held, hook};
use crate::rig::{Gateway, KEY, NUMBER, NUMBER_BODY, Peer, Script, Upstream, Wire, acme};
use crate::traces::{PARENT, TRACE, assert_attributes, assert_inside, hex, is_error, start};

#[tokio::test]
async fn whoever_shares_a_fill_is_linked_to_it() {
    let gate = Arc::new(Semaphore::new(0));
    let upstream = Upstream::gated(&gate, Script::json(200, NUMBER_BODY)).await;
    let collector = Collector::start();
    let gateway = start(&collector, &upstream, "").await;
    let others = async {
        upstream.arrived(1).await;
        let second = gateway.ask(NUMBER);
        let release = async {
            gateway
                .until("switchboard_http_requests_in_flight", &[], 2.0)
                .await;
            gate.add_permits(1);
        };
        tokio::join!(second, release).0
    };
    let (first, second) = tokio::join!(gateway.get_with(NUMBER, &[KEY, ("traceparent", PARENT)]), others);
    gateway.stop().await;
    let fill = collector.span("cache fill");
    let spans = collector.spans();
    let of = |answer: &crate::rig::Answer| {
        let own = answer.header("traceparent").split('-').nth(2).unwrap().to_owned();
        spans.iter().find(|span| hex(&span.span_id) == own).unwrap()
    };
    assert_inside(&fill, of(&first));
    assert_eq!(of(&first).links, []);
    assert_attributes(of(&second), &[("switchboard.cache", "collapsed")]);
    let [link] = &of(&second).links[..] else {
        panic!("{spans:#?}")
    };
    assert_eq!((&link.trace_id, &link.span_id), (&fill.trace_id, &fill.span_id));
    assert_eq!(hex(&link.trace_id), TRACE);
}

#[tokio::test]
async fn a_write_is_told_to_its_end_though_its_client_has_left() {
    let leave = Arc::new(Semaphore::new(0));
    let upstream = held(&leave).await;
    let collector = Collector::start();
    let gateway = start(&collector, &upstream, "").await;
    {
        let (body, headers) = (hook(), [KEY, ("traceparent", PARENT)]);
        let asked = gateway.client.json(Method::POST, LIST, &headers, &body);
        tokio::pin!(asked);
        tokio::select! {
            biased;
            _ = &mut asked => panic!("the provider has not answered"),
            () = upstream.arrived(1) => {}
        }
    }
    gateway
        .until("switchboard_http_requests_in_flight", &[], 0.0)
        .await;
    leave.add_permits(1);
    gateway.stop().await;
    let request = collector.span("POST /v1/conversations/{id}/webhooks");
    assert_attributes(
        &request,
        &[("error.type", "cancelled"), ("http.response.status_code", "")],
    );
    assert!(!is_error(&request));
    let (call, attempt) = (
        collector.span("create_conversation_webhook"),
        collector.span("POST"),
    );
    assert_inside(&call, &request);
    assert_inside(&attempt, &call);
    assert_attributes(&attempt, &[("http.response.status_code", "201")]);
    assert!(call.end_time_unix_nano > request.end_time_unix_nano);
}

/// A request that passes through, after the head and the first of two bytes of its answer.
async fn half_passed(collector: &Collector) -> (Gateway, Wire, Wire) {
    let peer = Peer::new().await;
    let config = acme(peer.address(), "").replace("\"redeliver\"", "\"proxy:read\"");
    let gateway = Gateway::start(&format!("[telemetry]\n{}\n{config}", collector.by_http())).await;
    let mut client = Wire::to(gateway.client.0).await;
    let host = gateway.client.0;
    let request =
        format!("GET /proxy/bland/v1/secret-path?q=secret HTTP/1.1\r\nhost: {host}\r\nx-api-key: key\r\n");
    client
        .send(format!("{request}traceparent: {PARENT}\r\n\r\n"))
        .await;
    let mut provider = peer.accept().await;
    provider.head().await;
    provider
        .send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\na")
        .await;
    client.head().await;
    client.exactly(1).await;
    (gateway, client, provider)
}

#[tokio::test]
async fn what_is_cut_off_is_an_error() {
    let collector = Collector::start();
    let (gateway, client, provider) = half_passed(&collector).await;
    drop(provider);
    collector.told(3).await;
    drop(client);
    gateway.stop().await;
    for name in ["GET /proxy/{connection}/{path}", "proxy", "GET"] {
        let span = collector.span(name);
        assert_attributes(
            &span,
            &[("error.type", "truncated"), ("http.response.status_code", "200")],
        );
        assert!(is_error(&span), "{span:#?}");
    }
}

#[tokio::test]
async fn what_passes_through_is_told_to_the_end_of_its_body() {
    let collector = Collector::start();
    let (gateway, mut client, mut provider) = half_passed(&collector).await;
    // Head and half of the body are there: nothing has ended.
    gateway
        .until("switchboard_http_requests_in_flight", &[], 0.0)
        .await;
    let middle = u64::try_from(std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos()).unwrap();
    provider.send("b").await;
    client.exactly(1).await;
    drop(client);
    gateway.stop().await;
    let request = collector.span("GET /proxy/{connection}/{path}");
    let (call, attempt) = (collector.span("proxy"), collector.span("GET"));
    assert_inside(&call, &request);
    assert_inside(&attempt, &call);
    for span in [&request, &call, &attempt] {
        assert_eq!(hex(&span.trace_id), TRACE);
        assert!(!is_error(span));
        assert!(
            span.start_time_unix_nano < middle && span.end_time_unix_nano > middle,
            "{span:#?}"
        );
    }
    assert!(collector.texts().iter().all(|text| !text.contains("secret")));
}
