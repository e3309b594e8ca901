//! `check --connect`: what it says of the store, the issuer of tokens and the collector of traces.

use serde_json::{Value, json};

use crate::connect::{production, trials};
use crate::rig::collector::Collector;
use crate::rig::issuer::IssuerKey;
use crate::rig::server::Server;
use crate::rig::{Script, Upstream};

/// What it says of one key.
async fn of(key: &str, table: &str) -> Value {
    let connection = "[connections.acme]\nprovider = \"bland\"\nbase_url = \"https://nobody.invalid\"\n\
                      api_key = \"env:PROVIDER_PASSWORD\"\n";
    let (_, trials) = trials(&production(&format!("{table}\n{connection}"))).await;
    assert_eq!(trials.len(), 2, "{trials:?}");
    assert_eq!(
        (&trials[0]["key"], &trials[1]["key"]),
        (&json!(key), &json!("connections.acme"))
    );
    assert_eq!(
        trials[0]["fix"].is_null(),
        trials[0]["works"] == true,
        "{trials:?}"
    );
    trials[0].clone()
}

#[tokio::test]
async fn a_store_that_can_be_written_works() {
    let server = Server::start_with(&["--requirepass", "another"]);
    let url = server.url();
    let store = |login: &str| format!("[store]\nredis = \"file:redis\"\n# {login}\n");
    let folder = tempfile::tempdir().unwrap();
    for (login, works) in [("another", true), ("a-wrong-one", false)] {
        let file = folder.path().join("redis");
        std::fs::write(&file, url.replace("://", &format!("://:{login}@"))).unwrap();
        let table = store("").replace("file:redis", &format!("file:{}", file.display()));
        let said = of("store.redis", &table).await;
        assert_eq!(said["works"], works, "{said}");
        assert!(!said.to_string().contains(login), "{said}");
    }
    drop(server);
    let said = of("store.redis", &format!("[store]\nredis = \"{url}\"")).await;
    assert_eq!(said["works"], false);
    assert!(said["message"].as_str().unwrap().contains("refused"), "{said}");
}

#[tokio::test]
async fn an_issuer_without_keys_does_not_work() {
    let table = |address| {
        format!(
            "[auth.jwt]\nissuer = \"i\"\naudience = \"a\"\njwks = \"http://{address}/jwks?key=canary-query\""
        )
    };
    let keys = json!({ "keys": [IssuerKey::eddsa("1").jwk()] }).to_string();
    for (script, works, message) in [
        (Script::json(200, &keys), true, "1 usable"),
        (Script::json(200, "{}"), false, "has no list `keys`"),
        (Script::json(404, "{}"), false, "answered 404"),
    ] {
        let upstream = Upstream::always(script).await;
        let said = of("auth.jwt.jwks", &table(upstream.address)).await;
        assert_eq!(said["works"], works, "{said}");
        assert!(said["message"].as_str().unwrap().contains(message), "{said}");
        assert!(!said.to_string().contains("canary"), "{said}");
    }
}

#[tokio::test]
async fn a_collector_works_by_either_protocol() {
    let collector = Collector::start();
    for key in [collector.by_grpc(), collector.by_http()] {
        let said = of("telemetry.otlp_endpoint", &format!("[telemetry]\n{key}")).await;
        assert_eq!(said["works"], true, "{said}");
    }
    assert_eq!(collector.requests().len(), 2);
    assert!(collector.spans().is_empty());
    let upstream = Upstream::always(Script::json(404, "{}")).await;
    let key = format!("otlp_endpoint = \"http://{}/v1/traces\"", upstream.address);
    let said = of("telemetry.otlp_endpoint", &format!("[telemetry]\n{key}")).await;
    assert_eq!(said["works"], false);
    assert!(said["message"].as_str().unwrap().contains("404"), "{said}");
}
