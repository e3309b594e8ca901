//! What needs a clock of the test's own, or texts that no issuer would send.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use data_encoding::BASE64URL_NOPAD;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::client::{Connections, Permissions};

const NOW: SystemTime = SystemTime::UNIX_EPOCH;

struct Issuer(Ed25519KeyPair, &'static str);

impl Issuer {
    fn new(id: &'static str) -> Self {
        Self(Ed25519KeyPair::generate().unwrap(), id)
    }

    fn jwk(&self) -> Value {
        let x = BASE64URL_NOPAD.encode(self.0.public_key().as_ref());
        json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": self.1 })
    }

    fn token(&self, claims: &Value) -> Vec<u8> {
        self.token_of(&json!({ "alg": "EdDSA", "kid": self.1 }), claims)
    }

    fn token_of(&self, header: &Value, claims: &Value) -> Vec<u8> {
        let encoded = |part: &Value| BASE64URL_NOPAD.encode(part.to_string().as_bytes());
        let message = format!("{}.{}", encoded(header), encoded(claims));
        let signature = BASE64URL_NOPAD.encode(self.0.sign(message.as_bytes()).as_ref());
        format!("{message}.{signature}").into_bytes()
    }
}

fn set(keys: &[Value]) -> KeySet {
    KeySet::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

fn tokens(keys: &[Value]) -> Tokens {
    let grants = Grants {
        scopes_claim: "scope".to_owned(),
        connections_claim: "connections".to_owned(),
        clients: Vec::new(),
        other: Client {
            name: "other".to_owned(),
            index: 0,
            permissions: Permissions::ALL,
            connections: Connections::default(),
            subject: None,
        },
    };
    let tokens = Tokens::new(
        "us".to_owned(),
        "here".to_owned(),
        grants,
        b"secret",
        Arc::default(),
    );
    assert!(tokens.keys().end(Some(set(keys))));
    tokens
}

fn claims() -> Value {
    json!({ "iss": "us", "aud": "here", "sub": "somebody", "exp": 100, "nbf": 50, "scope": "read" })
}

fn after(seconds: u64) -> SystemTime {
    NOW + Duration::from_secs(seconds)
}

#[test]
fn times_are_exact_whether_the_token_is_remembered_or_not() {
    let issuer = Issuer::new("a");
    let token = issuer.token(&claims());
    let fresh = || tokens(&[issuer.jwk()]);
    assert_eq!(
        fresh().bearer(&token, after(19)).unwrap_err(),
        AuthFailure::NotYetValid
    );
    assert!(fresh().bearer(&token, after(20)).is_ok());
    assert!(fresh().bearer(&token, after(129)).is_ok());
    assert_eq!(
        fresh().bearer(&token, after(130)).unwrap_err(),
        AuthFailure::Expired
    );
    let remembering = fresh();
    let first = remembering.bearer(&token, after(60)).unwrap();
    let again = remembering.bearer(&token, after(129)).unwrap();
    assert!(Arc::ptr_eq(&first, &again), "not verified again");
    assert_eq!(
        remembering.bearer(&token, after(130)).unwrap_err(),
        AuthFailure::Expired
    );
}

#[test]
fn what_is_remembered_lasts_no_longer_than_the_keys() {
    let (old, new) = (Issuer::new("a"), Issuer::new("b"));
    let tokens = tokens(&[old.jwk()]);
    let token = old.token(&claims());
    let first = tokens.bearer(&token, after(60)).unwrap();
    assert!(!tokens.keys().end(Some(set(&[old.jwk()]))), "the same keys");
    assert!(!tokens.keys().end(None), "a fetch that failed");
    assert!(Arc::ptr_eq(&first, &tokens.bearer(&token, after(60)).unwrap()));
    assert!(tokens.keys().end(Some(set(&[new.jwk()]))));
    assert_eq!(
        tokens.bearer(&token, after(60)).unwrap_err(),
        AuthFailure::UnknownKey
    );
    // A key of the same name is another key.
    assert!(tokens.keys().end(Some(set(&[Issuer::new("a").jwk()]))));
    assert_eq!(
        tokens.bearer(&token, after(60)).unwrap_err(),
        AuthFailure::BadSignature
    );
}

#[test]
fn a_subject_is_a_pseudonym_and_always_the_same_one() {
    let issuer = Issuer::new("a");
    let tokens = tokens(&[issuer.jwk()]);
    let subject = |name: &str, more: u64| {
        let mut claims = claims();
        claims["sub"] = json!(name);
        claims["jti"] = json!(more);
        let bearer = tokens.bearer(&issuer.token(&claims), after(60)).unwrap();
        assert!(!format!("{bearer:?}").contains(name));
        bearer.client.subject.unwrap()
    };
    assert_eq!(subject("somebody", 1), subject("somebody", 2));
    assert_ne!(subject("somebody", 1), subject("somebody else", 1));
    let Tokens { grants, .. } = self::tokens(&[issuer.jwk()]);
    let other = Tokens::new(
        "us".to_owned(),
        "here".to_owned(),
        grants,
        b"another secret",
        Arc::default(),
    );
    other.keys().end(Some(set(&[issuer.jwk()])));
    let bearer = other.bearer(&issuer.token(&claims()), after(60)).unwrap();
    assert_ne!(bearer.client.subject.unwrap(), subject("somebody", 1));
}

#[test]
fn a_key_is_chosen_by_its_name_and_for_its_use() {
    let (a, b) = (Issuer::new("a"), Issuer::new("b"));
    let nameless = a.token_of(&json!({ "alg": "EdDSA" }), &claims());
    let one = tokens(&[a.jwk()]);
    assert!(one.bearer(&nameless, after(60)).is_ok(), "there is one alone");
    let two = tokens(&[a.jwk(), b.jwk()]);
    assert_eq!(
        two.bearer(&nameless, after(60)).unwrap_err(),
        AuthFailure::UnknownKey
    );
    assert!(two.bearer(&b.token(&claims()), after(60)).is_ok());
    let with = |name: &str, value: Value| {
        let mut jwk = a.jwk();
        jwk[name] = value;
        json!({ "keys": [jwk] }).to_string()
    };
    for (name, value) in [
        ("use", json!("enc")),
        ("use", json!(["sig"])),
        ("key_ops", json!(["sign"])),
        ("key_ops", json!("verify")),
        ("alg", json!("RS256")),
        ("alg", json!(1)),
        ("kid", json!(1)),
        ("kid", json!("a".repeat(257))),
        ("crv", json!("Ed448")),
        ("kty", json!("EC")),
        ("kty", json!("oct")),
        ("x", json!("AAAA")),
        ("x", json!("+/==")),
    ] {
        assert!(
            KeySet::parse(with(name, value.clone()).as_bytes()).is_err(),
            "{name} {value}"
        );
    }
    for (name, value) in [
        ("use", json!("sig")),
        ("key_ops", json!(["verify"])),
        ("alg", json!("EdDSA")),
        ("x5t", json!("odd")),
    ] {
        assert!(
            KeySet::parse(with(name, value.clone()).as_bytes()).is_ok(),
            "{name} {value}"
        );
    }
    // Keys for something else do not spoil the others.
    let keys = [json!({ "kty": "AKP" }), json!(1), a.jwk()];
    assert_eq!(tokens(&keys).keys().count(), 1);
    for size in [1024, 2047, 8193] {
        let n =
            BASE64URL_NOPAD.encode(&[&[1 << ((size - 1) % 8)], vec![1; (size - 1) / 8].as_slice()].concat());
        let jwk = json!({ "keys": [{ "kty": "RSA", "n": n, "e": "AQAB" }] });
        assert!(
            KeySet::parse(jwk.to_string().as_bytes()).is_err(),
            "RSA of {size} bits"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_in_vain_for_longer_than_two_seconds() {
    let keys = Keys::default();
    let begun = tokio::time::Instant::now();
    assert!(
        !keys.newer().await,
        "the first fetch is taken for begun, and does not end"
    );
    assert_eq!(begun.elapsed(), Duration::from_secs(2));
    keys.end(None);
    assert!(!keys.newer().await, "one was just now");
    assert_eq!(begun.elapsed(), Duration::from_secs(2));
    tokio::time::advance(Duration::from_secs(8)).await;
    let fetch = async {
        keys.asked().await;
        keys.begin();
        tokio::time::sleep(Duration::from_secs(1)).await;
        keys.end(None);
    };
    let (first, second, ()) = tokio::join!(keys.newer(), keys.newer(), fetch);
    assert!(first && second);
    assert_eq!(begun.elapsed(), Duration::from_secs(11));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_breaks_it_and_none_opens(parts in prop::collection::vec("\\PC{0,40}", 0..5)) {
        let (text, encoded) = (parts.join("."), parts.iter().map(|part| BASE64URL_NOPAD.encode(part.as_bytes())));
        let encoded = encoded.collect::<Vec<_>>().join(".");
        let tokens = tokens(&[Issuer::new("a").jwk()]);
        for text in [text, encoded] {
            let _: bool = has_form(text.as_bytes());
            prop_assert!(tokens.bearer(text.as_bytes(), after(60)).is_err());
        }
    }

    #[test]
    fn no_bytes_are_keys(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(KeySet::parse(&bytes).is_err());
    }

    #[test]
    fn a_token_with_another_byte_is_another_token(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let issuer = Issuer::new("a");
        let mut token = issuer.token(&claims());
        let place = at.index(token.len());
        prop_assume!(token[place] != byte);
        token[place] = byte;
        prop_assert!(tokens(&[issuer.jwk()]).bearer(&token, after(60)).is_err());
    }

    #[test]
    fn whatever_is_signed_is_read_without_breaking(name in "iss|aud|exp|nbf|sub|scope|azp", value in value()) {
        let issuer = Issuer::new("a");
        let mut claims = claims();
        claims[name] = value;
        drop(tokens(&[issuer.jwk()]).bearer(&issuer.token(&claims), after(60)));
    }
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop::collection::vec(inner, 0..4).prop_map(Value::from)
    })
}
