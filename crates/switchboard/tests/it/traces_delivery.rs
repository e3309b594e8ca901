//! What the collector does is no matter of a request's, and nothing that ends is lost in silence.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::rig::collector::{Collector, Taking};
use crate::rig::process::{Serving, program, sandbox_config};
use crate::rig::{Authority, Client, Gateway, KEY, Script, Upstream, acme, pass, put};

const PATH: &str = "/v1/connections";
const DROPPED: &str = "switchboard_trace_spans_dropped_total";

/// A gateway whose collector is at this URL.
async fn telling(url: &str) -> Gateway {
    let upstream = Upstream::always(Script::json(200, "{}")).await;
    let telemetry = format!("[telemetry]\notlp_endpoint = \"{url}\"\n");
    Gateway::start(&format!("{telemetry}{}", acme(upstream.address, ""))).await
}

#[tokio::test]
async fn both_ways_arrive_as_the_protocol_has_them() {
    for (way, path, kind) in [
        (
            Collector::by_grpc as fn(&Collector) -> String,
            "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            "application/grpc",
        ),
        (Collector::by_http, "/v1/traces", "application/x-protobuf"),
    ] {
        let collector = Collector::start();
        let url = way(&collector);
        let gateway = telling(url.split('"').nth(1).unwrap()).await;
        assert!(gateway.metric(DROPPED, &[]).await.abs() < 0.1);
        assert!(String::from_utf8_lossy(&gateway.admin.get("/metrics").await.body).contains(DROPPED));
        for _ in 0..600 {
            assert_eq!(gateway.ask(PATH).await.status, 200);
        }
        gateway.stop().await;
        assert_eq!(collector.spans().len(), 600);
        let requests = collector.requests();
        assert!(
            requests
                .iter()
                .all(|request| *request == (path.to_owned(), kind.to_owned())),
            "{requests:?}"
        );
    }
}

#[tokio::test]
async fn what_is_gathered_goes_without_an_end() {
    let collector = Collector::start();
    let gateway = telling(&format!("http://{}", collector.address)).await;
    for sent in 1..=2 {
        assert_eq!(gateway.ask(PATH).await.status, 200);
        collector.told(sent).await;
    }
    gateway.stop().await;
}

#[tokio::test]
async fn what_a_collector_refuses_for_good_is_counted() {
    for (taking, lost) in [(Taking::Nothing, 3.0), (Taking::AllBut(2), 2.0)] {
        for way in [Collector::by_grpc, Collector::by_http] {
            let collector = Collector::taking(taking);
            let url = way(&collector);
            let gateway = telling(url.split('"').nth(1).unwrap()).await;
            for _ in 0..3 {
                assert_eq!(gateway.ask(PATH).await.status, 200);
            }
            gateway.until(DROPPED, &[], lost).await;
            gateway.stop().await;
            assert_eq!(collector.requests().len(), 1, "{taking:?} by {url}");
        }
    }
}

#[tokio::test]
async fn a_message_that_may_be_taken_later_is_sent_again() {
    let busy = Upstream::scripted(|number, _| Script::json(if number == 0 { 503 } else { 200 }, "")).await;
    let gateway = telling(&format!("http://{}/v1/traces", busy.address)).await;
    assert_eq!(gateway.ask(PATH).await.status, 200);
    busy.arrived(2).await;
    let bodies: Vec<_> = busy.seen().into_iter().map(|seen| seen.body).collect();
    assert_eq!(bodies[0], bodies[1]);
    assert!(gateway.metric(DROPPED, &[]).await.abs() < 0.1);
    gateway.stop().await;
}

#[tokio::test]
async fn a_collector_is_left_alone_for_as_long_as_it_asks() {
    let times = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&times);
    let busy = Upstream::scripted(move |number, _| {
        noted.lock().unwrap().push(Instant::now());
        let hint = if number == 0 { "20" } else { "86400" };
        let status = if number < 2 { 503 } else { 200 };
        Script::answer(status, "text/plain", &[("retry-after", hint)], b"")
    })
    .await;
    let gateway = telling(&format!("http://{}/v1/traces", busy.address)).await;
    assert_eq!(gateway.ask(PATH).await.status, 200);
    while busy.count() < 3 {
        // So that the time of the machine makes no difference.
        pass(Duration::from_millis(100)).await;
        assert!(gateway.metric(DROPPED, &[]).await.abs() < 0.1);
    }
    gateway.stop().await;
    let times = times.lock().unwrap();
    let pauses = [times[1] - times[0], times[2] - times[1]];
    assert!(pauses[0] >= Duration::from_secs(20), "{pauses:?}");
    // A day is not waited for.
    assert!(pauses[1] >= Duration::from_secs(30), "{pauses:?}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Upstream::always(Script::json(200, "")).await;
    let to = format!("http://{}/v1/traces", elsewhere.address);
    let redirect = Script::answer(307, "text/plain", &[("location", &to)], b"");
    let redirecting = Upstream::always(redirect).await;
    let gateway = telling(&format!("http://{}/v1/traces", redirecting.address)).await;
    assert_eq!(gateway.ask(PATH).await.status, 200);
    gateway.until(DROPPED, &[], 1.0).await;
    gateway.stop().await;
    assert_eq!((redirecting.count(), elsewhere.count()), (1, 0));
}

#[tokio::test]
async fn a_collector_that_is_away_or_silent_harms_nobody() {
    let silent = Upstream::always(Script::Hang(Vec::new())).await;
    let away = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    for url in [
        format!("http://{away}"),
        format!("http://{away}/v1/traces"),
        format!("http://{}", silent.address),
        format!("http://{}/v1/traces", silent.address),
    ] {
        let gateway = telling(&url).await;
        for _ in 0..20 {
            assert_eq!(gateway.get_with(PATH, &[KEY]).await.status, 200, "{url}");
        }
        // And it ends, though what is left finds nobody.
        gateway.stop().await;
    }
}

/// The authority is one that the system knows, or not.
#[tokio::test]
async fn a_collector_by_tls_is_told_if_it_is_trusted() {
    let authority = Authority::new("collectors");
    for (known, path) in [(true, ""), (true, "/v1/traces"), (false, "")] {
        let collector = Collector::secure(&authority.server(2100));
        let folder = tempfile::tempdir().unwrap();
        let other = Authority::new("others");
        put(
            folder.path(),
            "ca.pem",
            &if known { authority.pem() } else { other.pem() },
        );
        let port = collector.address.port();
        let telemetry = format!("[telemetry]\notlp_endpoint = \"https://localhost:{port}{path}\"\n");
        put(folder.path(), "config.toml", &sandbox_config(&telemetry));
        let mut command = program(folder.path(), &[]);
        command
            .env("SSL_CERT_FILE", folder.path().join("ca.pem"))
            .env_remove("SSL_CERT_DIR");
        let mut serving = Serving::start(command);
        let api = Client(serving.address("API"));
        assert_eq!(api.get(PATH).await.status, 200);
        serving.signal("TERM");
        assert_eq!(serving.end().0, Some(0));
        assert_eq!(collector.spans().len(), usize::from(known), "{known} {path:?}");
    }
}
