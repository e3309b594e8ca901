//! The canary in tokens, and where the keys of their issuer come from.

use std::fs;

use data_encoding::BASE64;
use http::Method;
use serde_json::json;

use crate::canary::{CANARY, Canary, DIGITS, LINNET, assert_no_credential, assert_unseen};
use crate::rig::issuer::{AUDIENCE, ISSUER, IssuerKey, claims, jwks};
use crate::rig::process::{run, sandbox_config};
use crate::rig::{NUMBER, NUMBER_BODY, Script, Upstream};

/// The section, with the keys there.
fn section(jwks: &str) -> String {
    format!("[auth.jwt]\nissuer = \"{ISSUER}\"\naudience = \"{AUDIENCE}\"\njwks = \"{jwks}\"\n")
}

/// A good one, and others that fail in different ways.
fn tokens(key: &IssuerKey) -> Vec<String> {
    let person = json!({ "sub": LINNET, "email": format!("{LINNET}@example.com"), "phone_number": DIGITS,
        "scope": "read sensitive proxy:read" });
    let with = |name: &str, value: serde_json::Value| {
        let mut changed = person.clone();
        changed[name] = value;
        claims(&changed)
    };
    vec![
        key.token(&claims(&person)),
        key.token(&with("iss", json!(LINNET))),
        key.token(&with("aud", json!(LINNET))),
        key.token(&with("exp", json!(LINNET))),
        key.token(&with("exp", json!(1))),
        key.token(&with("sub", json!({ LINNET: LINNET }))),
        key.token(&with("scope", json!(LINNET))),
        key.token_under(&json!({ "alg": "none", "kid": LINNET }), &claims(&person)),
        key.token_under(&json!({ "alg": LINNET, "kid": LINNET }), &claims(&person)),
        key.token_under(&json!({ "alg": "RS256", "kid": LINNET }), &claims(&person)),
        key.token_under(&json!({ "alg": "RS256", "crit": [LINNET] }), &claims(&person)),
    ]
}

#[tokio::test]
async fn tokens_and_whom_they_speak_of() {
    let key = IssuerKey::rs256("the-key-in-use");
    let source = Upstream::always(Script::json(200, &jwks(&[&key]))).await;
    let upstream = Upstream::always(Script::json(200, NUMBER_BODY)).await;
    let keys = format!("http://{}/keys?code={CANARY}", source.address);
    let canary = Canary::start(
        tempfile::tempdir().unwrap(),
        "",
        &section(&keys),
        upstream.address,
    );
    let tokens = tokens(&key);
    let mut statuses = Vec::new();
    for token in &tokens {
        let basic = format!("Basic {}", BASE64.encode(format!("x:{token}").as_bytes()));
        for path in [NUMBER, "/v1/numbers", "/nowhere", "/proxy/bland/v1/sms/numbers"] {
            for (name, value) in [
                ("authorization", &format!("Bearer {token}")),
                ("authorization", &basic),
                ("authorization", token),
                ("x-api-key", token),
            ] {
                let answer = canary.api.send(Method::GET, path, &[(name, value)]).await;
                statuses.push(answer.status);
                assert_no_credential(path, &answer);
                assert_unseen(
                    path,
                    &format!("{:?} {}", answer.headers, String::from_utf8_lossy(&answer.body)),
                );
            }
        }
    }
    assert!(
        [200, 401].iter().all(|status| statuses.contains(status)),
        "{statuses:?}"
    );
    // The parts of a token that make it one, also as they stand in `Basic`: of that some from the middle is enough.
    let parts = tokens.iter().flat_map(|token| {
        let basic = BASE64.encode(format!("x:{token}").as_bytes());
        let middle = basic.get(200..260).unwrap().to_owned();
        token
            .split('.')
            .skip(1)
            .map(str::to_owned)
            .chain([middle])
            .collect::<Vec<_>>()
    });
    let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
    let private: Vec<_> = parts.iter().map(String::as_str).collect();
    for seen in upstream.seen() {
        assert!(
            private.iter().all(|part| !format!("{seen:?}").contains(part)),
            "{seen:?}"
        );
    }
    // The log names the key and a pseudonym.
    canary
        .end(
            &["key_id=\"the-key-in-use\"", "client=\"other\"", " subject="],
            &private,
        )
        .await;
}

#[tokio::test]
async fn a_source_of_keys_that_fails() {
    let upstream = Upstream::always(Script::json(200, NUMBER_BODY)).await;
    let key = IssuerKey::es256("unknown");
    for script in [
        Script::json(500, LINNET),
        Script::json(200, LINNET),
        Script::json(200, &json!({ "keys": LINNET }).to_string()),
        Script::answer(
            302,
            "text/html",
            &[("location", "http://caNary:linnet@127.0.0.1:1/")],
            b"",
        ),
        Script::Close(b"SSH-2.0 linnet caNary\r\n\r\n".to_vec()),
        Script::Close(Vec::new()),
    ] {
        let source = Upstream::always(script).await;
        let keys = format!("http://{}/keys?code={CANARY}", source.address);
        let canary = Canary::start(
            tempfile::tempdir().unwrap(),
            "",
            &section(&keys),
            upstream.address,
        );
        source.arrived(1).await;
        let bearer = format!("Bearer {}", key.token(&claims(&json!({}))));
        assert_eq!(
            canary
                .api
                .send(Method::GET, NUMBER, &[("authorization", &bearer)])
                .await
                .status,
            401
        );
        canary
            .end(&["the keys of the issuer of tokens cannot be fetched"], &[])
            .await;
    }
}

#[test]
fn urls_that_name_somebody_are_refused_without_showing_whom() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("https://{LINNET}:{CANARY}@id.example.com/");
    for section in [
        section(&url),
        format!("[connections.x]\nprovider = \"bland\"\napi_key = \"sandbox\"\nbase_url = \"{url}\"\n"),
        format!("[cors]\nallowed_origins = [\"{url}\"]\n"),
        format!("[webhooks]\nallowed_hosts = [\"{url}\"]\n"),
    ] {
        fs::write(
            folder.path().join("config.toml"),
            format!("{}\n{section}", sandbox_config("")),
        )
        .unwrap();
        for command in ["check", "serve"] {
            let output = run(folder.path(), &[command]);
            let text = format!("{output:?}");
            assert_eq!(output.status.code(), Some(1), "{text}");
            assert_unseen(command, &text);
        }
    }
}
