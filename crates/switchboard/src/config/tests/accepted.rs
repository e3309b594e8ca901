//! What a file says, and what holds where it says nothing.

use std::time::Duration;

use layers::Permission;
use model::OptionValue;
use proptest::prelude::*;
use serde_json::json;

use super::super::{BaseUrl, Credential, Jwks, LimitedBy, Mode, OnError, Rate, Severity};
use super::{SANDBOX, load, load_in};

const FULL: &str = r#"
auth.mode = "required"
[connections.zoe]
provider = "zenith"
api_key = "env:KEY"
[connections.amy]
provider = "acme"
base_url = "http://127.0.0.1:9999/base/"
username = "env:KEY"
password = "env:KEY"
[[clients]]
name = "a"
key_sha256 = ["0000000000000000000000000000000000000000000000000000000000000000"]
not_after = 2027-06-30T00:00:00Z
scopes = ["read", "proxy:write"]
connections = ["amy", "zoe"]
[[clients]]
name = "b.2"
key_sha256 = ["abababababababababababababababababababababababababababababababab"]
not_after = "2027-06-30T02:00:00+02:00"
scopes = ["admin"]
connections = ["*"]
rate_limit = { requests = 20, per = "1m", by = "client" }
"#;

#[test]
fn a_connection_is_enough() {
    let config = load(SANDBOX).unwrap().config;
    assert_eq!(config.server.listen, "127.0.0.1:8080".parse().unwrap());
    assert_eq!(config.server.max_header, 32 << 10);
    assert_eq!(config.cache.ttl.numbers, Duration::from_mins(1));
    assert_eq!(
        (config.auth.mode, config.store.on_error),
        (Mode::None, OnError::Local)
    );
    assert!(config.is_sandbox_only() && config.clients.is_empty());
    let [acme] = config.connections.as_slice() else {
        panic!("{:?}", config.connections);
    };
    let rate = Rate {
        requests: 50,
        per: Duration::from_secs(1),
        burst: 50,
    };
    assert_eq!((acme.name.as_str(), acme.limits.rate), ("acme", rate));
    assert_eq!(acme.options["rewrite"], OptionValue::Flag(true));
    assert!(matches!(&acme.credential, Credential::Basic { username, .. } if username.reference.is_none()));
}

#[test]
fn a_store_shows_unless_it_is_a_secret() {
    let with = |redis: &str| {
        let text = format!("server.secret = \"env:KEY\"\nstore.redis = \"{redis}\"\n{SANDBOX}");
        load(&text).unwrap().config
    };
    let config = with("rediss://store.example:7000");
    assert!(config.store.redis.as_ref().is_some_and(store::Address::is_secure));
    assert_eq!(
        config.redacted()["store"]["redis"],
        json!("rediss://store.example:7000")
    );
    let config = with("env:REDIS");
    assert!(
        config
            .store
            .redis
            .as_ref()
            .is_some_and(store::Address::has_password)
    );
    assert_eq!(config.redacted()["store"]["redis"], json!("*** (env:REDIS)"));
    assert!(!format!("{config:?}").contains("canary"));
    assert!(load(SANDBOX).unwrap().config.store.redis.is_none());
}

#[test]
fn tokens_need_no_client_and_clients_then_no_key() {
    let issuer = "auth.mode = \"required\"\n[auth.jwt]\nissuer = \"https://id.example\"\naudience = \"us\"\n";
    let at = "jwks = \"https://id.example/keys?p=1\"\n";
    let config = load(&format!("{issuer}{at}{SANDBOX}")).unwrap().config;
    let jwt = config.auth.jwt.as_ref().unwrap();
    assert_eq!(
        (jwt.issuer.as_str(), jwt.audience.as_str()),
        ("https://id.example", "us")
    );
    assert_eq!(
        (jwt.scopes_claim.as_str(), jwt.connections_claim.as_str()),
        ("scope", "connections")
    );
    assert_eq!(jwt.jwks, Jwks::At("https://id.example/keys?p=1".parse().unwrap()));
    assert_eq!(config.redacted()["auth"]["jwt"]["audience"], json!("us"));

    let app = "[[clients]]\nname = \"app\"\nscopes = [\"read\"]\nconnections = [\"*\"]\n\
               rate_limit = { requests = 2, per = \"1s\", by = \"subject\" }\n";
    let claims = "scopes_claim = \"scp\"\nconnections_claim = \"https://example.com/c\"\n";
    let local = "jwks = \"http://127.0.0.1:8000/keys\"\n";
    let config = load(&format!("{issuer}{local}{claims}{app}{SANDBOX}"))
        .unwrap()
        .config;
    assert_eq!(
        config.auth.jwt.unwrap().connections_claim,
        "https://example.com/c"
    );
    assert!(config.clients[0].keys.is_empty());
    assert_eq!(config.clients[0].limited_by, LimitedBy::Subject);
}

#[test]
fn keys_of_an_issuer_may_be_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let load = |keys: &str| {
        std::fs::write(folder.path().join("keys.json"), keys).unwrap();
        let text = "auth.mode = \"required\"\nauth.jwt = { issuer = \"a\", audience = \"b\", jwks = \"file:keys.json\" }";
        load_in(&format!("{text}\n{SANDBOX}"), folder.path())
    };
    let key =
        r#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    let loaded = load(key).unwrap();
    let path = folder.path().join("keys.json");
    assert_eq!(loaded.config.auth.jwt.unwrap().jwks, Jwks::File(path));
    for (keys, why) in [
        ("nonsense", "is no JSON"),
        ("{}", "has no list `keys`"),
        (r#"{"keys": []}"#, "has no key for RS256, ES256 or EdDSA"),
        (&key.replace("Ed25519", "X25519"), "has no key for"),
        (
            &format!("{key}{}", " ".repeat(256 << 10)),
            "is longer than 256 KiB",
        ),
    ] {
        let errors = load(keys).unwrap_err();
        assert_eq!(errors[0].key.as_deref(), Some("auth.jwt.jwks"));
        assert!(errors[0].message.contains(why), "{errors:?}");
    }
}

#[test]
fn tables_are_layered_key_by_key() {
    let text = format!(
        "[server]\nmax_body = \"2MiB\"\ndrain_delay = 0\n[cache]\nttl = {{ numbers = \"0\" }}\n{SANDBOX}\
         retries = {{ max = 0 }}\nrate_limit.burst = 5\nrewrite = false\n"
    );
    let config = load(&text).unwrap().config;
    assert_eq!(
        (config.server.max_body, config.server.max_in_flight),
        (2 << 20, 4096)
    );
    assert_eq!(config.server.drain_delay, Duration::ZERO);
    assert_eq!(config.cache.ttl.numbers, Duration::ZERO);
    assert_eq!(config.cache.ttl.webhooks, Duration::from_secs(30));
    let acme = &config.connections[0];
    assert_eq!((acme.limits.retries.max, acme.limits.rate.burst), (0, 5));
    assert!((acme.limits.retries.budget - 0.2).abs() < f64::EPSILON);
    assert_eq!(acme.options["rewrite"], OptionValue::Flag(false));
}

#[test]
fn connections_keep_the_order_of_the_file_and_clients_see_them_in_it() {
    let config = load(FULL).unwrap().config;
    let names: Vec<_> = config.connections.iter().map(|c| c.name.as_str()).collect();
    let urls: Vec<_> = config.connections.iter().map(|c| c.base_url.as_str()).collect();
    assert_eq!(names, ["zoe", "amy"]);
    assert_eq!(urls, ["https://api.zenith.example", "http://127.0.0.1:9999/base"]);
    assert_eq!(
        config.connections[0].options["dialect"],
        OptionValue::Word("auto")
    );
    let [a, b] = config.clients.as_slice() else {
        panic!("{:?}", config.clients);
    };
    assert_eq!(a.connections, b.connections);
    assert_eq!(a.connections[0].as_str(), "zoe");
    assert_eq!((a.index, b.index, b.name.as_str()), (0, 1, "b.2"));
    assert_eq!((a.keys.as_slice(), b.keys[0]), ([[0; 32]].as_slice(), [0xab; 32]));
    assert_eq!(a.not_after, b.not_after);
    assert!(a.permissions.has(Permission::ProxyWrite) && !a.permissions.has(Permission::Admin));
    let minute = Rate {
        requests: 20,
        per: Duration::from_mins(1),
        burst: 20,
    };
    assert_eq!((a.rate_limit, b.rate_limit), (None, Some(minute)));
    let shown = &config.redacted()["clients"][1];
    assert_eq!(shown["key_sha256"], json!(["abababab…"]));
    assert_eq!(shown["rate_limit"]["per"], "1m");
}

#[test]
fn the_public_url_and_the_hosts_follow_from_the_listener() {
    let server = load(SANDBOX).unwrap().config.server;
    let loopback = "127.0.0.1:4000".parse().unwrap();
    assert_eq!(server.public_url(loopback), "http://127.0.0.1:4000");
    assert_eq!(
        server.allowed_hosts(loopback),
        ["127.0.0.1", "[::1]", "localhost"]
    );
    let everywhere = "[::]:80".parse().unwrap();
    assert_eq!(server.public_url(everywhere), "http://localhost:80");
    assert_eq!(server.allowed_hosts(everywhere), ["[::]", "localhost"]);

    let text = format!("[server]\npublic_url = \"https://Gate.Example/\"\n{SANDBOX}");
    let server = load(&text).unwrap().config.server;
    assert_eq!(server.public_url(loopback), "https://gate.example");
    assert!(
        server
            .allowed_hosts(loopback)
            .contains(&"gate.example".to_owned())
    );
    let text = format!("[server]\nallowed_hosts = [\"one.example\"]\n{SANDBOX}");
    assert_eq!(
        load(&text).unwrap().config.server.allowed_hosts(loopback),
        ["one.example"]
    );
}

#[test]
fn the_view_has_every_value_in_effect_and_no_secret() {
    let config = load(SANDBOX).unwrap().config;
    let view = config.redacted();
    assert_eq!(view["server"]["max_body"], "1MiB");
    assert_eq!(view["cache"]["ttl"]["not_found"], "5s");
    assert_eq!(view["clients"], json!([]));
    let acme = json!({
        "provider": "acme", "base_url": "sandbox", "username": "***", "password": "***", "rewrite": true,
        "rate_limit": { "requests": 50, "per": "1s", "burst": 50 }, "max_concurrency": 25,
        "max_wait": "5s", "max_pause": "3s", "attempt_timeout": "5s", "connect_timeout": "2s",
        "max_response": "8MiB", "retries": { "max": 2, "budget": 0.2 },
        "circuit": { "failure_ratio": 0.5, "minimum_requests": 20, "window": "10s", "open": "5s" },
    });
    assert_eq!(view["connections"]["acme"], acme);
    assert!(!format!("{view}{config:?}").contains("canary"));
}

#[test]
fn the_hash_is_of_the_settings_and_not_of_the_text() {
    let hash = |text: &str| load(text).unwrap().config.hash();
    let plain = hash(SANDBOX);
    assert_eq!(plain.len(), 64);
    assert_eq!(
        plain,
        hash(&format!("# a comment\n[server]\nmax_body = \"1MiB\"\n{SANDBOX}"))
    );
    assert_ne!(plain, hash(&format!("[server]\nmax_body = \"2MiB\"\n{SANDBOX}")));
}

#[test]
fn a_base_url_is_this_or_the_sandbox() {
    assert_eq!(BaseUrl::Sandbox.as_str(), "sandbox");
    assert_eq!(
        BaseUrl::At("https://a.example".to_owned()).as_str(),
        "https://a.example"
    );
}

proptest! {
    #[test]
    fn no_text_makes_the_loader_panic(text in "\\PC{0,200}") {
        drop(load(&text));
    }

    /// Random bytes hardly ever get past the syntax; a damaged configuration does.
    #[test]
    fn no_damage_makes_the_loader_panic(
        at in 0..FULL.len(),
        length in 0..40_usize,
        bytes in prop::collection::vec(any::<u8>(), 0..12),
    ) {
        let mut damaged = FULL.as_bytes().to_vec();
        let end = (at + length).min(damaged.len());
        damaged.splice(at..end, bytes);
        let text = String::from_utf8_lossy(&damaged);
        if let Err(errors) = load(&text) {
            for error in errors {
                prop_assert!(!error.render(Severity::Error).is_empty());
            }
        }
    }
}
