//! The number of series: no path, method, credential or provider's answer can make it grow.

use std::collections::BTreeSet;

use http::{Method, Request};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::json;

use crate::metrics::Exposition;
use crate::rig::issuer::{IssuerKey, accepting, claims, jwks};
use crate::rig::{Gateway, Script, Upstream, bland, client, key_of, twilio};

/// A text of a kind, another one each time.
struct Texts(TestRunner);

impl Texts {
    fn of(&mut self, pattern: &str) -> String {
        proptest::string::string_regex(pattern)
            .unwrap()
            .new_tree(&mut self.0)
            .unwrap()
            .current()
    }

    fn hex(&mut self) -> String {
        self.of("[0-9a-f]{32}")
    }
}

/// One request of each kind that makes a difference to a label, each with texts of its own.
fn requests(texts: &mut Texts, issuer: &IssuerKey) -> Vec<(Method, String, Option<String>)> {
    let (hex, word, number) = (texts.hex(), texts.of("[a-z]{4,9}"), texts.of("[1-9][0-9]{9}"));
    let mut paths = vec![
        "/".to_owned(),
        format!("/{word}/{hex}"),
        format!("/problems/{word}"),
        "/problems/conflict".to_owned(),
        "/v1/connections".to_owned(),
        "/v1/connections/bland".to_owned(),
        format!("/v1/connections/{word}"),
        "/v1/overview".to_owned(),
        "/v1/drift".to_owned(),
        "/v1/explain".to_owned(),
        "/v1/numbers".to_owned(),
        format!("/v1/numbers?{word}=1"),
        format!("/v1/numbers?connection={word}"),
        format!("/v1/numbers/bland:sms:+{number}"),
        format!("/v1/numbers/{word}:sms:+{number}"),
        format!("/v1/numbers/twilio:sms:+{number}"),
    ];
    for answer in [
        "good",
        "drift",
        "absent",
        "refused",
        "throttled",
        "broken",
        "nonsense",
        "closed",
        "truncated",
    ] {
        paths.push(format!(
            "/v1/conversations/bland:{answer}-{word}/webhook-deliveries"
        ));
        paths.push(format!(
            "/v1/conversations/bland:{answer}-{word}/webhook-deliveries/{}",
            hex.split_at(16).0
        ));
    }
    paths.push(format!("/v1/conversations/twilio:CH{hex}/webhooks"));
    paths.push(format!("/v1/conversations/twilio:CH{hex}/webhooks/WH{hex}"));
    paths.push(format!("/proxy/{word}/{hex}"));
    paths.push(format!("/proxy/twilio/../{word}"));
    for answer in ["good", "refused", "throttled", "broken", "nonsense", "closed"] {
        paths.push(format!("/proxy/bland/{answer}-{word}/{hex}?{word}={number}"));
    }
    paths.push(format!("/proxy/twilio/{word}/{hex}"));
    let methods = ["GET", "HEAD", "POST", "OPTIONS", "DELETE", "made-up"];
    // Whatever an issuer may say, and what it never would.
    let (good, unlike) = (
        json!({ "azp": word, "client_id": hex, "sub": hex, "scope": ["read", "proxy:read", word] }),
        json!({ "iss": word, "aud": hex, "sub": number }),
    );
    let renamed = json!({ "alg": "EdDSA", "kid": word });
    let keys = [
        None,
        Some(key_of("reader")),
        Some(key_of("narrow")),
        Some(key_of(&word)),
        Some(issuer.token(&claims(&good))),
        Some(issuer.token(&claims(&unlike))),
        Some(issuer.token_under(&renamed, &claims(&good))),
        Some(format!(
            "{}.{hex}",
            issuer.token(&claims(&good)).rsplit_once('.').unwrap().0
        )),
    ];
    let mut requests = Vec::new();
    for path in paths {
        for method in methods {
            let method = if method == "made-up" {
                texts.of("[A-Z]{8,12}")
            } else {
                method.to_owned()
            };
            for key in &keys {
                requests.push((method.parse().unwrap(), path.clone(), key.clone()));
            }
        }
    }
    requests
}

/// Answers by the kind that the conversation's id names; what the others get has no label either.
fn provider(line: &str, texts: &mut Texts) -> Script {
    let (word, hex) = (texts.of("[a-z]{4,12}"), texts.hex());
    let log = |more: &str| {
        format!(
            "{{\"data\":{{\"conversation_id\":\"c\",\"created_at\":\"{hex}\",\"payload\":{{}},\"metadata\":[]{more}}},\"errors\":null}}"
        )
    };
    for (kind, script) in [
        ("good", Script::json(200, &log(""))),
        (
            "drift",
            Script::json(200, &log(&format!(",\"{word}\":\"{hex}\",\"url\":[\"{word}\"]"))),
        ),
        (
            "absent",
            Script::json(
                404,
                &format!("{{\"data\":null,\"errors\":[{{\"error\":\"{word}\",\"message\":\"{hex}\"}}]}}"),
            ),
        ),
        (
            "refused",
            Script::json(403, &format!("{{\"errors\":[{{\"error\":\"{word}\"}}]}}")),
        ),
        ("throttled", Script::json(429, &format!("{{\"{word}\":1}}"))),
        ("broken", Script::json(503, &word)),
        (
            "nonsense",
            Script::answer(200, &format!("text/{word}"), &[(&word, &hex)], word.as_bytes()),
        ),
        ("closed", Script::Close(Vec::new())),
        (
            "truncated",
            Script::Close(format!("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{word}").into_bytes()),
        ),
    ] {
        if line.contains(&format!("/{kind}-")) {
            return script;
        }
    }
    Script::json(
        200,
        &format!("{{\"data\":[],\"webhooks\":[],\"meta\":{{}},\"errors\":null,\"{word}\":\"{hex}\"}}"),
    )
}

#[tokio::test]
async fn nobody_can_make_the_number_of_series_grow() {
    let answers = std::sync::Mutex::new(Texts(TestRunner::deterministic()));
    let upstream =
        Upstream::scripted(move |_, seen| provider(&seen.line, &mut answers.lock().unwrap())).await;
    let issuer = IssuerKey::eddsa("issuer's");
    let source = Upstream::always(Script::json(200, &jwks(&[&issuer]))).await;
    let tokens = accepting(&format!("http://{}/keys", source.address));
    // Neither a circuit nor a limit may stand in the way of what is tested here.
    let open = "max_pause = \"0s\"\nrate_limit = { requests = 100000, per = \"1s\", burst = 100000 }\n\
                circuit = { failure_ratio = 1.0, minimum_requests = 1000000, window = \"10s\", open = \"1s\" }\n";
    let clients = [
        client(
            "reader",
            &["read", "sensitive", "proxy:read", "proxy:write"],
            &["*"],
            "",
        ),
        client("narrow", &["read", "admin"], &["bland"], ""),
    ];
    let gateway = Gateway::start(&format!(
        "[server]\ntrusted_proxies = [\"127.0.0.1\"]\n{tokens}{}{}{open}{}{open}",
        clients.concat(),
        bland("bland", upstream.address),
        twilio("twilio", upstream.address),
    ))
    .await;
    let mut texts = Texts(TestRunner::deterministic());
    let mut known = BTreeSet::new();
    for round in 0..3 {
        for (method, path, key) in requests(&mut texts, &issuer) {
            let mut request = Request::builder()
                .method(method)
                .uri(&path)
                // An address for each, so that none is slowed.
                .header("x-forwarded-for", format!("2001:db8:{}::1", texts.of("[0-9a-f]{1,4}:[0-9a-f]{1,4}")))
                .header("host", gateway.client.0.to_string());
            if let Some(key) = key {
                request = request.header("authorization", format!("Bearer {key}"));
            }
            gateway
                .client
                .request(request.body(bytes::Bytes::new()).unwrap())
                .await;
        }
        let series: BTreeSet<_> = Exposition::of(&gateway).await.series.into_keys().collect();
        if round == 0 {
            known = series;
        } else {
            assert_eq!(
                series.difference(&known).collect::<Vec<_>>(),
                Vec::<&String>::new(),
                "round {round}"
            );
        }
    }
    for outcome in [
        "ok",
        "client_error",
        "rate_limited",
        "auth_failed",
        "server_error",
        "network",
        "protocol",
    ] {
        let label = format!("\"{outcome}\"");
        assert!(
            gateway
                .metric("switchboard_upstream_requests_total", &[&label])
                .await
                > 0.5,
            "{outcome}"
        );
    }
    gateway.stop().await;
}
