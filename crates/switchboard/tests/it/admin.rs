//! The admin listener: health, configuration, drift and purging, and who may have them.

use std::sync::Arc;

use http::{Method, Request};
use serde_json::{Value, json};
use switchboard::admin;
use switchboard::live::Draining;
use switchboard::metrics::Metrics;
use tokio::sync::Notify;
use tower::ServiceExt;

use crate::rig::{Answer, Client, Gateway, Script, Upstream, acme, bearer, bland, client, parse};

const NUMBER: &str = "/v1/numbers/bland:sms:+14155552671";
const WEBHOOKS: &str = "/v1/conversations/twilio:CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/webhooks";

async fn post(client: Client, path: &str) -> Answer {
    client.send(Method::POST, path, &[]).await
}

fn is_hit(answer: &Answer) -> bool {
    assert_eq!(answer.status, 200);
    answer.header("cache-status").starts_with("switchboard; hit")
}

#[tokio::test]
async fn health_is_a_status_and_a_list_of_checks() {
    let gateway = Gateway::demo().await;
    for path in ["/livez", "/readyz"] {
        let answer = gateway.admin.get(path).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, "application/json"),
            "{path}"
        );
        assert_eq!(answer.json()["status"], "ok");
        assert!(answer.json()["checks"].is_array(), "{path}");
    }
    gateway.stop().await;
}

#[tokio::test]
async fn a_provider_that_is_down_does_not_make_us_unready() {
    let upstream = Upstream::always(Script::json(500, "{}")).await;
    let gateway = Gateway::start(&acme(upstream.address, "")).await;
    assert_eq!(
        gateway.get_with(NUMBER, &[("x-api-key", "key")]).await.status,
        502
    );
    assert_eq!(gateway.admin.get("/readyz").await.status, 200);
    gateway.stop().await;
}

#[tokio::test]
async fn a_gateway_that_drains_is_alive_and_not_ready_and_finishes_what_it_has() {
    let release = Arc::new(Notify::new());
    let arrived = Arc::new(Notify::new());
    let (held, told) = (Arc::clone(&release), Arc::clone(&arrived));
    let upstream = Upstream::handled(move |_, _| {
        let (held, told) = (Arc::clone(&held), Arc::clone(&told));
        async move {
            told.notify_one();
            held.notified().await;
            Script::json(
                200,
                "{\"data\":[{\"phone_number\":\"+14155552671\"}],\"errors\":null}",
            )
        }
    })
    .await;
    let gateway = Gateway::start(&acme(upstream.address, "")).await;
    let (api, admin) = (gateway.client, gateway.admin);
    let headers = [("x-api-key", "key")];
    let request = api.send(Method::GET, NUMBER, &headers);
    let drain = async {
        arrived.notified().await;
        let watch = async {
            // New connections are refused, and from then on it is not ready for certain.
            while tokio::net::TcpStream::connect(api.0).await.is_ok() {
                tokio::task::yield_now().await;
            }
            let ready = admin.get("/readyz").await;
            assert_eq!((ready.status, &ready.json()["status"]), (503, &json!("failed")));
            assert_eq!(
                ready.json()["checks"],
                json!([{ "name": "accepting", "status": "failed" }])
            );
            assert_eq!(admin.get("/livez").await.status, 200);
            assert_eq!(admin.get("/metrics").await.status, 200);
            release.notify_one();
        };
        tokio::join!(gateway.stop(), watch);
    };
    let (answer, ()) = tokio::join!(request, drain);
    assert_eq!(
        (answer.status, &answer.json()["id"]),
        (200, &json!("bland:sms:+14155552671"))
    );
    // In a moment nothing listens any more.
    while tokio::net::TcpStream::connect(admin.0).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_configuration_is_shown_without_its_secrets() {
    let config = format!(
        "{}[server]\nsecret = \"env:TEST_SECRET\"\n",
        acme(([127, 0, 0, 1], 9).into(), "")
    );
    let gateway = Gateway::start(&config).await;
    let answer = gateway.admin.get("/config").await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"));
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    assert!(!text.contains("secret-of-"), "{text}");
    let shown = answer.json();
    let hash = shown["hash"].as_str().unwrap();
    assert!(gateway.metric("switchboard_config_info", &[hash]).await > 0.5);
    let config = &shown["config"];
    for (pointer, value) in [
        ("/connections/twilio/username", "*** (env:TEST_USER)"),
        ("/connections/twilio/password", "*** (env:TEST_PASSWORD)"),
        ("/connections/bland/api_key", "*** (env:TEST_KEY)"),
        ("/server/secret", "*** (env:TEST_SECRET)"),
        ("/connections/twilio/provider", "twilio"),
        ("/clients/0/name", "tester"),
        // What the file does not say is shown as it is.
        ("/cache/ttl/numbers", "60s"),
    ] {
        assert_eq!(
            config.pointer(pointer).and_then(Value::as_str),
            Some(value),
            "{pointer}: {config}"
        );
    }
    // Of a key's hash no more than logs show.
    assert!(!text.contains("2c70e12b7a0646f9"), "{text}");
    gateway.stop().await;
}

#[tokio::test]
async fn drift_is_listed_by_path_and_kind_and_never_by_value() {
    let body = json!({ "data": [{
        "phone_number": "+14155552671", "canary_field": "canary-value", "conversation_count": "canary-count",
        "sms_config": { "webhook": 7, "another_canary": { "deep": "canary-deep" } },
    }], "errors": null });
    let upstream = Upstream::always(Script::json(200, &body.to_string())).await;
    let gateway = Gateway::start(&acme(upstream.address, "")).await;
    assert_eq!(gateway.admin.get("/drift").await.json(), json!({ "drift": [] }));
    for _ in 0..2 {
        let headers = [("x-api-key", "key"), ("cache-control", "no-cache")];
        assert_eq!(gateway.get_with(NUMBER, &headers).await.status, 200);
    }
    let answer = gateway.admin.get("/drift").await;
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    for value in ["canary-value", "canary-count", "canary-deep", "4155552671"] {
        assert!(!text.contains(value), "{text}");
    }
    let drift = answer.json()["drift"].as_array().unwrap().clone();
    let kind_of = |part: &str| {
        let entry = drift
            .iter()
            .find(|entry| entry["path"].as_str().unwrap().ends_with(part));
        let entry = entry.unwrap_or_else(|| panic!("{part}: {drift:?}"));
        assert_eq!(
            (&entry["provider"], &entry["resource"]),
            (&json!("bland"), &json!("number"))
        );
        assert_eq!(entry["count"], 2);
        assert!(entry["first_seen"].as_str().unwrap() <= entry["last_seen"].as_str().unwrap());
        entry["kind"].as_str().unwrap().to_owned()
    };
    assert_eq!(kind_of("canary_field"), "unknown_field");
    assert_eq!(kind_of("another_canary"), "unknown_field");
    assert_eq!(kind_of("conversation_count"), "type_changed");
    assert_eq!(kind_of("webhook"), "type_changed");
    let counted = gateway
        .metric(
            "switchboard_schema_drift_total",
            &["bland", "number", "unknown_field"],
        )
        .await;
    assert!((counted - 4.0).abs() < 0.1, "{counted}");
    gateway.stop().await;
}

#[tokio::test]
async fn a_purge_takes_all_or_one_connection_or_one_id() {
    let gateway = Gateway::demo().await;
    let fill = async || {
        for path in [NUMBER, WEBHOOKS, "/v1/numbers"] {
            gateway.get(path).await;
            assert!(is_hit(&gateway.get(path).await), "{path}");
        }
    };
    for (query, number, webhooks, list) in [
        ("", false, false, false),
        ("?connection=bland", false, true, false),
        ("?connection=twilio", true, false, false),
        ("?id=bland:sms:%2B14155552671", false, true, true),
        ("?id=twilio:CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true, false, true),
        ("?id=bland:sms:%2B19999999999", true, true, true),
    ] {
        fill().await;
        let purged = post(gateway.admin, &format!("/cache/purge{query}")).await;
        assert_eq!(purged.status, 200, "{query}: {purged:?}");
        for (path, kept) in [(NUMBER, number), (WEBHOOKS, webhooks), ("/v1/numbers", list)] {
            assert_eq!(is_hit(&gateway.get(path).await), kept, "{query} {path}");
        }
    }
    for (query, status) in [
        ("?connection=nope", 404),
        ("?connection=N", 422),
        ("?x=1", 422),
        ("?connection=bland&id=x", 422),
        // Would be a space, and so purge nothing.
        ("?id=bland:sms:+14155552671", 422),
        ("?id=nope:x", 404),
    ] {
        assert_eq!(
            post(gateway.admin, &format!("/cache/purge{query}")).await.status,
            status,
            "{query}"
        );
    }
    gateway.stop().await;
}

#[tokio::test]
async fn other_paths_and_methods_are_refused() {
    let gateway = Gateway::demo().await;
    for path in ["/", "/v1/numbers", "/metrics/", "/cache", "/nope"] {
        let answer = gateway.admin.get(path).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (404, "not_found"),
            "{path}"
        );
    }
    for (path, method, allow) in [
        ("/metrics", Method::POST, "GET, HEAD, OPTIONS"),
        ("/livez", Method::DELETE, "GET, HEAD, OPTIONS"),
        ("/config", Method::PUT, "GET, HEAD, OPTIONS"),
        ("/cache/purge", Method::GET, "POST, OPTIONS"),
    ] {
        let answer = gateway.admin.send(method, path, &[]).await;
        assert_eq!((answer.status, answer.header("allow")), (405, allow), "{path}");
        let options = gateway.admin.send(Method::OPTIONS, path, &[]).await;
        assert_eq!((options.status, options.header("allow")), (204, allow), "{path}");
    }
    for path in ["/metrics", "/livez", "/readyz", "/config", "/drift"] {
        let head = gateway.admin.send(Method::HEAD, path, &[]).await;
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
    }
    // The API is not here, and this is not there.
    for path in ["/metrics", "/config", "/livez"] {
        assert_eq!(gateway.get(path).await.status, 404, "{path}");
    }
    gateway.stop().await;
}

#[tokio::test]
async fn on_loopback_only_loopback_names_and_no_pages() {
    let gateway = Gateway::demo().await;
    for (path, method) in [
        ("/config", Method::GET),
        ("/drift", Method::GET),
        ("/cache/purge", Method::POST),
    ] {
        for (header, status) in [
            (("host", "evil.example"), 421),
            (("host", "localhost.evil.example"), 421),
            (("origin", "http://localhost:5173"), 403),
            (("host", "localhost:9090"), 200),
            (("host", "[::1]"), 200),
        ] {
            let answer = gateway.admin.send(method.clone(), path, &[header]).await;
            assert_eq!(answer.status, status, "{path} {header:?}");
        }
    }
    // Machines come by whatever name they know.
    for path in ["/metrics", "/livez", "/readyz"] {
        let headers = [("host", "switchboard.monitoring.svc:9090")];
        assert_eq!(
            gateway.admin.send(Method::GET, path, &headers).await.status,
            200,
            "{path}"
        );
    }
    gateway.stop().await;
}

/// Asked without a socket: a test has no business off loopback.
#[tokio::test]
async fn off_loopback_operators_show_a_key() {
    let nowhere = ([127, 0, 0, 1], 1).into();
    let clients = [
        client("operator", &["admin"], &["*"], ""),
        client("reader", &["read"], &["*"], ""),
    ]
    .concat();
    let connection = bland("acme", nowhere);
    let config = parse(&format!(
        "[auth]\nmode = \"required\"\n{clients}{connection}[server]\nadmin_listen = \"0.0.0.0:9090\"\n"
    ));
    let shared =
        switchboard::gateway::Gateway::new(config, nowhere, None, Metrics::new().unwrap(), None).unwrap();
    let stack = admin::stack(&Arc::new(shared), &Draining::default());
    let ask = async |method: &Method, path: &str, name: Option<&str>| {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "gateway.internal");
        if let Some(name) = name {
            request = request.header("authorization", bearer(name));
        }
        let request = request.body(layers::Body::empty()).unwrap();
        stack.clone().oneshot(request).await.unwrap().status().as_u16()
    };
    for (path, method) in [
        ("/config", Method::GET),
        ("/drift", Method::GET),
        ("/cache/purge", Method::POST),
    ] {
        assert_eq!(ask(&method, path, None).await, 401, "{path}");
        assert_eq!(ask(&method, path, Some("stranger")).await, 401, "{path}");
        assert_eq!(ask(&method, path, Some("reader")).await, 403, "{path}");
        assert_eq!(ask(&method, path, Some("operator")).await, 200, "{path}");
    }
    for path in ["/metrics", "/livez", "/readyz"] {
        assert_eq!(ask(&Method::GET, path, None).await, 200, "{path}");
    }
}
