//! `GET /v1/overview`: what the gateway is doing, in the numbers of `/metrics`, and the limits as they stand.

use std::time::Duration;

use serde_json::{Value, json};

use crate::metrics::Exposition;
use crate::rig::replicas::replicas;
use crate::rig::server::Server;
use crate::rig::{
    Answer, Gateway, NUMBER, NUMBER_BODY, Script, Upstream, WEBHOOKS, bearer, bland, client, pass, twilio,
    webhooks_body,
};

const OVERVIEW: &str = "/v1/overview";

async fn get(gateway: &Gateway, name: &str, path: &str) -> Answer {
    gateway.get_with(path, &[("authorization", &bearer(name))]).await
}

/// As the operator sees it.
async fn overview(gateway: &Gateway) -> Value {
    let answer = get(gateway, "operator", OVERVIEW).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("cache-control"), "private, no-store");
    answer.json()
}

/// The entry of that name.
fn named<'v>(list: &'v Value, name: &str) -> &'v Value {
    let mut entries = list.as_array().unwrap().iter();
    entries
        .find(|entry| entry["name"] == name)
        .unwrap_or_else(|| panic!("no {name}: {list}"))
}

/// One that tells, one that asks, one that may ask little, and two connections. `more` goes into both.
fn config(upstream: &Upstream, more: &str) -> String {
    let clients = [
        client("operator", &["admin"], &["*"], ""),
        client("reader", &["read", "proxy:read"], &["*"], ""),
        client(
            "limited",
            &["read"],
            &["bland"],
            "rate_limit = { requests = 2, per = \"1h\", burst = 4 }",
        ),
    ];
    format!(
        "[auth]\nmode = \"required\"\n{}{}{more}{}{more}",
        clients.concat(),
        bland("bland", upstream.address),
        twilio("twilio", upstream.address)
    )
}

/// Good answers, but for what is asked of `missing` and `broken` things.
async fn provider() -> Upstream {
    Upstream::scripted(|_, seen| match seen.line.split(' ').nth(1).unwrap() {
        path if path.contains("missing") => Script::json(404, "{}"),
        path if path.contains("broken") => Script::json(503, "{}"),
        path if path.contains("/sms/") => Script::json(200, NUMBER_BODY),
        path if path.contains("/Addresses") => {
            let meta =
                json!({ "page": 0, "page_size": 20, "key": "address_configurations", "next_page_url": null });
            let body = json!({ "meta": meta, "address_configurations": [] });
            Script::json(200, &body.to_string())
        }
        _ => Script::json(200, &webhooks_body(None)),
    })
    .await
}

/// The numbers of both, as far as both have them.
async fn assert_same(gateway: &Gateway) {
    // Its own request is counted once it is over, and those of the admin listener are not.
    let exposition = Exposition::of(gateway).await;
    let told = overview(gateway).await;
    let metric = |name: &str, labels: &[String]| -> f64 {
        let series = exposition.series.iter().filter(|(series, _)| {
            series.split('{').next() == Some(name) && labels.iter().all(|label| series.contains(label))
        });
        series.map(|(_, value)| value.parse::<f64>().unwrap()).sum()
    };
    let same = |told: &Value, name: &str, labels: &[String]| {
        let (told, counted) = (told.as_f64().unwrap(), metric(name, labels));
        assert!(
            (told - counted).abs() < 1e-9,
            "{name} {labels:?}: {told} and {counted}"
        );
    };
    let durations = |told: &Value, name: &str, labels: &[String]| {
        same(&told["count"], &format!("{name}_count"), labels);
        same(&told["sum"], &format!("{name}_sum"), labels);
        let buckets = told["buckets"].as_array().unwrap();
        assert_eq!(buckets.len(), 16);
        for bucket in buckets {
            let bound = bucket["le"]
                .as_f64()
                .map_or("+Inf".to_owned(), |le| le.to_string());
            let labels = [labels, &[format!("le=\"{bound}\"")]].concat();
            same(&bucket["count"], &format!("{name}_bucket"), &labels);
        }
    };
    let http = &told["gateway"];
    for class in ["2xx", "3xx", "4xx", "5xx"] {
        let label = format!("status=\"{}", class.trim_end_matches('x'));
        same(
            &http["requests"][class],
            "switchboard_http_requests_total",
            &[label],
        );
    }
    durations(
        &http["duration"],
        "switchboard_http_request_duration_seconds",
        &[],
    );
    durations(&http["overhead"], "switchboard_gateway_overhead_seconds", &[]);
    for entry in told["clients"].as_array().unwrap() {
        let name = entry["name"].as_str().unwrap();
        let label = format!("client=\"{name}\"");
        same(&entry["requests"], "switchboard_http_requests_total", &[label]);
        let labels = [format!("name=\"{name}\""), "decision=\"refused\"".to_owned()];
        same(
            &entry["refused"],
            "switchboard_rate_limit_decisions_total",
            &labels,
        );
    }
    for (result, count) in told["cache"]["requests"].as_object().unwrap() {
        let label = format!("result=\"{result}\"");
        same(count, "switchboard_cache_requests_total", &[label]);
    }
    same(&told["cache"]["entries"], "switchboard_cache_entries", &[]);
    same(&told["cache"]["bytes"], "switchboard_cache_bytes", &[]);
    for entry in told["connections"].as_array().unwrap() {
        let own = format!("connection=\"{}\"", entry["name"].as_str().unwrap());
        for (outcome, count) in entry["calls"].as_object().unwrap() {
            let labels = [own.clone(), format!("outcome=\"{outcome}\"")];
            same(count, "switchboard_upstream_requests_total", &labels);
        }
        let own = [own];
        durations(
            &entry["duration"],
            "switchboard_upstream_request_duration_seconds",
            &own,
        );
        durations(&entry["queue"], "switchboard_upstream_queue_seconds", &own);
        same(&entry["in_flight"], "switchboard_upstream_in_flight", &own);
        same(
            &entry["concurrency_limit"],
            "switchboard_upstream_concurrency_limit",
            &own,
        );
        assert_eq!(entry["circuit"], "closed");
        same(&json!(0), "switchboard_circuit_state", &own);
    }
    let successful = u8::from(told["configuration"]["last_reload_successful"] == true);
    same(
        &json!(successful),
        "switchboard_config_last_reload_successful",
        &[],
    );
    let hash = format!("hash={}", told["configuration"]["hash"]);
    same(&json!(1), "switchboard_config_info", &[hash]);
}

#[tokio::test]
async fn it_has_the_numbers_of_the_metrics() {
    let upstream = provider().await;
    let gateway = Gateway::start(&config(&upstream, "")).await;
    assert_same(&gateway).await;
    for (name, path, status) in [
        ("reader", NUMBER, 200),
        ("reader", NUMBER, 200),
        ("reader", WEBHOOKS, 200),
        ("reader", "/v1/numbers/bland:sms:+14155550000", 404),
        ("reader", "/proxy/twilio/broken", 503),
        ("reader", "/proxy/bland/missing", 404),
        ("reader", "/v1/nothing", 404),
        ("nobody", NUMBER, 401),
        ("limited", NUMBER, 200),
        ("limited", NUMBER, 200),
        ("limited", NUMBER, 200),
        ("limited", NUMBER, 200),
        ("limited", NUMBER, 429),
    ] {
        assert_eq!(get(&gateway, name, path).await.status, status, "{name} {path}");
    }
    assert_same(&gateway).await;
    let told = overview(&gateway).await;
    assert_eq!(told["gateway"]["requests"]["5xx"], 1);
    assert_eq!(told["gateway"]["requests_in_flight"], 1);
    assert_eq!(told["gateway"]["max_in_flight"], 4096);
    assert!(told["gateway"]["sockets"].as_u64().unwrap() >= 1);
    assert_eq!(named(&told["clients"], "limited")["refused"], 1);
    // What has no path is refused before anybody asks who it is.
    assert_eq!(named(&told["clients"], "reader")["requests"], 6);
    assert_eq!(named(&told["connections"], "twilio")["calls"]["server_error"], 1);
    let first = &named(&told["connections"], "bland")["duration"];
    assert!(first["count"].as_u64().unwrap() > 1 && first["sum"].as_f64().unwrap() > 0.0);
    assert_eq!(
        (&told["version"], &told["store"]),
        (&json!("0.1.0"), &Value::Null)
    );
    let times = ["started_at", "as_of"].map(|name| told[name].as_str().unwrap());
    assert!(times[0] <= times[1], "{times:?}");
    gateway.stop().await;
}

#[tokio::test]
async fn asking_makes_no_series() {
    let upstream = provider().await;
    let gateway = Gateway::start(&config(&upstream, "")).await;
    overview(&gateway).await;
    let before: Vec<_> = Exposition::of(&gateway).await.series.into_keys().collect();
    overview(&gateway).await;
    let after: Vec<_> = Exposition::of(&gateway).await.series.into_keys().collect();
    assert_eq!(before, after);
    gateway.stop().await;
}

#[tokio::test]
async fn a_read_counts_for_each_connection_that_it_concerns() {
    let upstream = provider().await;
    let cache = "[cache]\nttl = { webhooks = \"1h\", numbers = \"1h\" }\n";
    let gateway = Gateway::start(&format!("{}{cache}", config(&upstream, ""))).await;
    let fresh = [
        ("authorization", &*bearer("reader")),
        ("cache-control", "no-store"),
    ];
    for _ in 0..3 {
        get(&gateway, "reader", NUMBER).await;
    }
    get(&gateway, "reader", WEBHOOKS).await;
    gateway.get_with(WEBHOOKS, &fresh).await;
    // Over both, over the one that the client may use, and over the one that is asked for.
    for (name, path) in [
        ("reader", "/v1/numbers"),
        ("limited", "/v1/numbers"),
        ("reader", "/v1/numbers?connection=twilio"),
    ] {
        let answers = [get(&gateway, name, path).await, get(&gateway, name, path).await];
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    }
    let told = overview(&gateway).await;
    let reads = |name: &str| named(&told["connections"], name)["cache"].clone();
    assert_eq!(
        reads("bland"),
        json!({ "hit": 4, "miss": 3, "stale": 0, "collapsed": 0, "bypass": 0 })
    );
    assert_eq!(
        reads("twilio"),
        json!({ "hit": 2, "miss": 3, "stale": 0, "collapsed": 0, "bypass": 1 })
    );
    // Each of them was one request.
    assert_eq!(told["cache"]["requests"]["hit"], 5);
    gateway.stop().await;
}

#[tokio::test]
async fn limits_are_told_as_they_stand() {
    let upstream = provider().await;
    let rate = "rate_limit = { requests = 1, per = \"1h\", burst = 6 }\n";
    let gateway = Gateway::start(&config(&upstream, rate)).await;
    let told = overview(&gateway).await;
    let rate_limit =
        json!({ "requests": 1, "per_seconds": 3600.0, "burst": 6, "remaining": 6, "paused_until": null });
    assert_eq!(named(&told["connections"], "bland")["rate_limit"], rate_limit);
    let rate_limit = json!({ "requests": 2, "per_seconds": 3600.0, "burst": 4, "remaining": 4 });
    assert_eq!(named(&told["clients"], "limited")["rate_limit"], rate_limit);
    assert_eq!(named(&told["clients"], "reader")["rate_limit"], Value::Null);
    for path in [NUMBER, NUMBER, "/v1/numbers/bland:sms:+14155550000"] {
        assert!(get(&gateway, "limited", path).await.status < 500);
    }
    let told = overview(&gateway).await;
    // A hit costs the client, and the provider nothing.
    assert_eq!(named(&told["clients"], "limited")["rate_limit"]["remaining"], 1);
    let left =
        |told: &Value, name: &str| named(&told["connections"], name)["rate_limit"]["remaining"].clone();
    assert_eq!(
        (left(&told, "bland"), left(&told, "twilio")),
        (json!(4), json!(6))
    );
    pass(Duration::from_hours(1)).await;
    let told = overview(&gateway).await;
    assert_eq!(
        (left(&told, "bland"), left(&told, "twilio")),
        (json!(5), json!(6))
    );
    gateway.stop().await;
}

#[tokio::test]
async fn a_pause_is_told_until_it_is_over() {
    let upstream = Upstream::always(Script::answer(
        429,
        "application/json",
        &[("retry-after", "60")],
        b"{}",
    ))
    .await;
    let gateway = Gateway::start(&config(&upstream, "max_pause = \"1h\"\nmax_wait = \"0s\"\n")).await;
    let paused = async || {
        let told = overview(&gateway).await;
        let until = named(&told["connections"], "bland")["rate_limit"]["paused_until"].clone();
        assert_eq!(
            named(&told["connections"], "twilio")["rate_limit"]["paused_until"],
            Value::Null
        );
        (until, told["as_of"].clone())
    };
    assert_eq!(paused().await.0, Value::Null);
    assert_eq!(get(&gateway, "reader", NUMBER).await.status, 429);
    let (until, now) = paused().await;
    assert!(until.as_str().unwrap() > now.as_str().unwrap(), "{until} {now}");
    pass(Duration::from_mins(1)).await;
    assert_eq!(paused().await.0, Value::Null);
    gateway.stop().await;
}

#[tokio::test]
async fn what_replicas_share_is_not_told_by_one_of_them() {
    let (upstream, server) = (provider().await, Server::start());
    let replicas = replicas(1, &server.url(), &config(&upstream, "")).await;
    let bearer = bearer("operator");
    let headers = [("authorization", &*bearer)];
    let told = replicas[0]
        .client
        .send(http::Method::GET, OVERVIEW, &headers)
        .await;
    let told = told.json();
    assert_eq!(told["store"], json!({ "status": "ok" }));
    assert_eq!(
        named(&told["clients"], "limited")["rate_limit"]["remaining"],
        Value::Null
    );
    let limit = &named(&told["connections"], "bland")["rate_limit"];
    assert_eq!(
        (&limit["remaining"], &limit["requests"]),
        (&Value::Null, &json!(50))
    );
}

#[tokio::test]
async fn where_everybody_comes_in_there_is_one_client() {
    let gateway = Gateway::demo().await;
    let told = gateway.get(OVERVIEW).await.json();
    let again = gateway.get(OVERVIEW).await.json();
    let clients = |requests: u64| json!([{ "name": "anonymous", "requests": requests, "refused": 0, "rate_limit": null }]);
    assert_eq!((&told["clients"], &again["clients"]), (&clients(0), &clients(1)));
    gateway.stop().await;
}
