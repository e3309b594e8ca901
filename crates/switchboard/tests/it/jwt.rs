//! Tokens: which open, which do not, and why.

use data_encoding::BASE64;
use http::Method;
use serde_json::{Value, json};

use crate::rig::issuer::{AUDIENCE, ISSUER, IssuerKey, accepting, at, claims, encode, jwks, unsigned};
use crate::rig::{Answer, Gateway, Script, Upstream, bearer, client, demo_connections, key_of};

pub(crate) const ANYTHING: &str = "/v1/connections";

/// A gateway that accepts tokens signed with these keys; `clients` goes into its configuration.
pub(crate) async fn start(keys: &[&IssuerKey], clients: &str) -> (Gateway, Upstream) {
    let source = Upstream::always(Script::json(200, &jwks(keys))).await;
    let at = format!("http://{}/keys", source.address);
    let config = format!("{}{clients}{}", accepting(&at), demo_connections());
    (Gateway::start(&config).await, source)
}

pub(crate) async fn get(gateway: &Gateway, token: &str, path: &str) -> Answer {
    send(gateway, Method::GET, token, path).await
}

pub(crate) async fn send(gateway: &Gateway, method: Method, token: &str, path: &str) -> Answer {
    let value = format!("Bearer {token}");
    gateway
        .client
        .send(method, path, &[("authorization", &value)])
        .await
}

#[tokio::test]
async fn every_algorithm_opens_wherever_a_token_may_stand() {
    let keys = [
        IssuerKey::rs256("rsa"),
        IssuerKey::es256("ec"),
        IssuerKey::eddsa("ed"),
    ];
    let (gateway, source) = start(&keys.each_ref(), &client("backend", &["read"], &["*"], "")).await;
    for key in &keys {
        let token = key.token(&claims(&json!({ "scope": ["read", "proxy:read"] })));
        let basic = format!("Basic {}", BASE64.encode(format!("anybody:{token}").as_bytes()));
        let bearer = format!("bearer {token}");
        let proxied = "/proxy/bland/v1/sms/numbers";
        for (path, value, status) in [
            (ANYTHING, bearer.as_str(), 200),
            (proxied, &bearer, 200),
            (proxied, &basic, 200),
            (proxied, &token, 200),
            (ANYTHING, &basic, 401),
            (ANYTHING, &token, 401),
        ] {
            let answer = gateway.get_with(path, &[("authorization", value)]).await;
            assert_eq!(answer.status, status, "{} {path} {value}", key.algorithm);
        }
        // That header is for keys.
        let answer = gateway.get_with(ANYTHING, &[("x-api-key", &token)]).await;
        assert_eq!(answer.status, 401);
        let both = [
            ("authorization", bearer.as_str()),
            ("x-api-key", &key_of("backend")),
        ];
        assert_eq!(gateway.get_with(ANYTHING, &both).await.status, 401);
    }
    let key = [("authorization", bearer("backend"))];
    let key = key.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(
        gateway.get_with(ANYTHING, &key).await.status,
        200,
        "keys open as before"
    );
    assert_eq!(source.count(), 1);
    gateway.stop().await;
}

/// What is wrong with each, and the reason that the metric has for it.
fn faults(rsa: &IssuerKey, ec: &IssuerKey) -> Vec<(String, &'static str)> {
    let with = |changes: Value| rsa.token(&claims(&changes));
    let under = |header: Value| rsa.token_under(&header, &claims(&json!({})));
    let good = with(json!({}));
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (header, _) = message.split_once('.').unwrap();
    let stranger = IssuerKey::rs256("rsa");
    let more = unsigned(&json!({}), &claims(&json!({ "scope": "read admin" })));
    let forged = format!("{header}.{}.{signature}", more.split_once('.').unwrap().1);
    let none = unsigned(&json!({ "alg": "none" }), &claims(&json!({})));
    let hs256 = json!({ "alg": "HS256", "kid": "rsa" });
    let as_secret = {
        // The classic: the public key, which everybody has, as the secret of an HMAC.
        let message = unsigned(&hs256, &claims(&json!({})));
        let public = rsa.jwk()["n"].as_str().unwrap().to_owned();
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, public.as_bytes());
        format!(
            "{message}.{}",
            encode(aws_lc_rs::hmac::sign(&key, message.as_bytes()).as_ref())
        )
    };
    vec![
        (
            with(json!({ "iss": "https://id.example.com/other" })),
            "wrong_issuer",
        ),
        (with(json!({ "iss": format!("{ISSUER}/") })), "wrong_issuer"),
        (with(json!({ "iss": [ISSUER] })), "wrong_issuer"),
        (with(json!({ "iss": null })), "wrong_issuer"),
        (with(json!({ "aud": "somebody" })), "wrong_audience"),
        (with(json!({ "aud": ["somebody"] })), "wrong_audience"),
        (with(json!({ "aud": [[AUDIENCE]] })), "wrong_audience"),
        (with(json!({ "aud": { "0": AUDIENCE } })), "wrong_audience"),
        (with(json!({ "aud": null })), "wrong_audience"),
        (with(json!({ "exp": at(-31) })), "expired"),
        (with(json!({ "exp": 0 })), "expired"),
        (with(json!({ "exp": null })), "invalid_claims"),
        (with(json!({ "exp": at(3600).to_string() })), "invalid_claims"),
        (with(json!({ "exp": 1e300 })), "invalid_claims"),
        (with(json!({ "exp": -1 })), "invalid_claims"),
        (with(json!({ "nbf": at(60) })), "not_yet_valid"),
        (with(json!({ "nbf": at(60).to_string() })), "invalid_claims"),
        (with(json!({ "sub": null })), "invalid_claims"),
        (with(json!({ "sub": "" })), "invalid_claims"),
        (with(json!({ "sub": 7 })), "invalid_claims"),
        (format!("{none}."), "unsupported_algorithm"),
        (format!("{none}.{signature}"), "unsupported_algorithm"),
        (as_secret, "unsupported_algorithm"),
        (
            under(json!({ "alg": "RS512", "kid": "rsa" })),
            "unsupported_algorithm",
        ),
        (
            under(json!({ "alg": "rs256", "kid": "rsa" })),
            "unsupported_algorithm",
        ),
        (under(json!({ "kid": "rsa" })), "unsupported_algorithm"),
        (under(json!({ "alg": "RS256", "kid": "nobody's" })), "unknown_key"),
        // Each key is for its own algorithm.
        (under(json!({ "alg": "ES256", "kid": "rsa" })), "unknown_key"),
        (under(json!({ "alg": "RS256", "kid": "ec" })), "unknown_key"),
        (
            ec.token_under(&json!({ "alg": "EdDSA", "kid": "ec" }), &claims(&json!({}))),
            "unknown_key",
        ),
        (stranger.token(&claims(&json!({}))), "bad_signature"),
        (
            stranger.token_under(
                &json!({ "alg": "RS256", "kid": "rsa", "jwk": stranger.jwk() }),
                &claims(&json!({})),
            ),
            "bad_signature",
        ),
        (forged, "bad_signature"),
        (format!("{message}."), "bad_signature"),
        (format!("{message}.{}", encode(&[0; 256])), "bad_signature"),
        (format!("{good}="), "unknown"),
        (format!("{good}.{signature}"), "unknown"),
        (message.to_owned(), "unknown"),
        (format!("{message}.{}AAA", encode(&[1; 256])), "malformed"),
        (
            under(json!({ "alg": "RS256", "kid": "rsa", "crit": ["b64"], "b64": false })),
            "malformed",
        ),
        (under(json!({ "alg": "RS256", "kid": 1 })), "malformed"),
        (with(json!({ "more": "x".repeat(12_300) })), "malformed"),
    ]
}

#[tokio::test]
async fn every_fault_is_refused_for_its_reason() {
    let (rsa, ec) = (IssuerKey::rs256("rsa"), IssuerKey::es256("ec"));
    let (gateway, _source) = start(&[&rsa, &ec], "").await;
    assert_eq!(
        get(&gateway, &rsa.token(&claims(&json!({}))), ANYTHING)
            .await
            .status,
        200
    );
    for (token, reason) in faults(&rsa, &ec) {
        let label = format!("\"{reason}\"");
        let before = gateway.metric("switchboard_auth_failures_total", &[&label]).await;
        let answer = get(&gateway, &token, ANYTHING).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (401, "unauthenticated"),
            "{reason} {token}"
        );
        let after = gateway.metric("switchboard_auth_failures_total", &[&label]).await;
        assert!((after - before - 1.0).abs() < 0.1, "{reason} {token}");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        for word in ["issuer", "audience", "signature", "expired", "algorithm", &token] {
            assert!(!detail.contains(word), "{detail}");
        }
    }
    gateway.stop().await;
}

#[tokio::test]
async fn clocks_may_differ_a_little_and_forms_within_the_standard() {
    let key = IssuerKey::eddsa("ed");
    let (gateway, _source) = start(&[&key], "").await;
    for changes in [
        json!({ "exp": at(-20) }),
        json!({ "nbf": at(20) }),
        json!({ "exp": f64::from(i32::MAX) + 0.5 }),
        json!({ "aud": ["somebody", AUDIENCE] }),
        json!({ "iat": at(9000), "jti": "x", "more": { "deep": [1] } }),
    ] {
        let answer = get(&gateway, &key.token(&claims(&changes)), ANYTHING).await;
        assert_eq!(answer.status, 200, "{changes}");
    }
    // The one key there is need not be named; the type says nothing.
    for header in [
        json!({ "alg": "EdDSA" }),
        json!({ "alg": "EdDSA", "typ": "at+jwt" }),
    ] {
        let token = key.token_under(&header, &claims(&json!({})));
        assert_eq!(get(&gateway, &token, ANYTHING).await.status, 200, "{header}");
    }
    gateway.stop().await;
}
