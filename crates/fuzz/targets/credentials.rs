//! Credentials: in whatever form one is shown, it opens only if a key or a token that is valid stands in it, a token is
//! valid only if it says so to another reader too, and no document of an issuer breaks the reader of keys.
//!
//! The first byte says what the rest is: headers of a request, the two parts of a token that the issuer then signs, or
//! the issuer's keys.
#![no_main]

use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use futures_util::FutureExt;
use futures_util::future::ready;
use fuzz::split;
use http::{HeaderName, HeaderValue};
use layers::around::Around;
use layers::authenticate::{Attempts, Authenticate, Clients, Key};
use layers::jwt::{Grants, KeySet, Keys, Tokens};
use layers::request_id::{Peer, RequestId};
use layers::{Body, Client, Permission, Permissions, Request, Response};
use libfuzzer_sys::fuzz_target;
use model::Error;
use serde_json::{Value, json};
use tower::{Layer, Service, service_fn};

const KEY: &str = "open-sesame";
/// A time at which tokens are checked.
const NOW: u64 = 1_700_000_000;

static ISSUER: LazyLock<Ed25519KeyPair> =
    LazyLock::new(|| Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a key pair"));
static TOKENS: LazyLock<Arc<Tokens>> = LazyLock::new(|| {
    let grants = Grants {
        scopes_claim: "scope".to_owned(),
        connections_claim: "connections".to_owned(),
        clients: vec![Arc::new(client(
            "app",
            Permissions::default().with(Permission::Read),
        ))],
        other: client("other", Permissions::ALL),
    };
    let x = BASE64URL_NOPAD.encode(ISSUER.public_key().as_ref());
    let keys = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": "k1" }] });
    let keys = KeySet::parse(keys.to_string().as_bytes()).expect("a set of keys");
    let fetched = Arc::new(Keys::default());
    assert!(fetched.end(Some(keys)));
    Arc::new(Tokens::new(
        "us".to_owned(),
        "here".to_owned(),
        grants,
        b"secret",
        fetched,
    ))
});

fuzz_target!(|data: &[u8]| {
    let Some((kind, rest)) = data.split_first() else {
        return;
    };
    match kind % 4 {
        0 => shown(rest, "/v1/numbers"),
        1 => shown(rest, "/proxy/twilio/v1"),
        2 => signed(rest),
        _ => keys(rest),
    }
});

fn client(name: &str, permissions: Permissions) -> Client {
    Client {
        name: name.to_owned(),
        index: 0,
        permissions,
        connections: std::iter::once("twilio".parse().expect("a name")).collect(),
        subject: None,
    }
}

/// Lines of headers.
fn shown(lines: &[u8], path: &str) {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = path.parse().expect("a path");
    let mut holds_key = false;
    for line in lines.split(|byte| *byte == b'\n') {
        let (name, value) = split(line, b':');
        let name = match name {
            b"a" => Ok(HeaderName::from_static("authorization")),
            b"x" => Ok(HeaderName::from_static("x-api-key")),
            other => HeaderName::from_bytes(other),
        };
        // The word `KEY` is the key, so that it can stand in anything, also encoded.
        let value = String::from_utf8_lossy(value.trim_ascii()).replace("KEY", KEY);
        let value = match value.split_once("BASE64 ") {
            Some((scheme, plain)) => format!("{scheme}{}", BASE64.encode(plain.as_bytes())),
            None => value,
        };
        let (Ok(name), Ok(header)) = (name, HeaderValue::try_from(&value)) else {
            return;
        };
        let decoded = value
            .split_once(' ')
            .and_then(|(_, pair)| BASE64.decode(pair.trim().as_bytes()).ok());
        let decoded = String::from_utf8_lossy(&decoded.unwrap_or_default()).into_owned();
        holds_key |= value.contains(KEY) || decoded.contains(KEY);
        request.headers_mut().append(name, header);
    }
    let shows = |name| request.headers().get_all(name).iter().count();
    let credentials = shows("authorization") + shows("x-api-key");
    if is_admitted(request) {
        assert!(holds_key && credentials == 1);
    }
}

fn is_admitted(mut request: Request) -> bool {
    let authenticate = Authenticate {
        clients: Clients::Known {
            keys: std::iter::once(Key {
                sha256: digest(&SHA256, KEY.as_bytes())
                    .as_ref()
                    .try_into()
                    .expect("32 bytes"),
                not_after: None,
                client: Arc::new(client("known", Permissions::ALL)),
            })
            .collect(),
            tokens: Some(Arc::clone(&TOKENS)),
        },
        subjects: Arc::from([]),
        native: Some("/proxy/"),
        attempts: Arc::new(Attempts::default()),
        on_failure: Arc::new(|_| {}),
    };
    // As if keys had just been fetched: nobody waits for others.
    TOKENS.keys().begin();
    TOKENS.keys().end(None);
    request.extensions_mut().insert(Peer([127, 0, 0, 1].into()));
    let begun = Around::<_, Response, Error>::before(&RequestId::new(Duration::from_secs(1)), &mut request);
    assert!(begun.is_ok());
    let mut service = authenticate.layer(service_fn(|_| ready(Ok::<_, Error>(Response::default()))));
    let answer = service.call(request).now_or_never().expect("nobody waits");
    if let Err(error) = &answer {
        assert!(error.code() == model::Code::Unauthenticated, "{error:?}");
        assert!(!error.detail().contains(KEY));
    }
    answer.is_ok()
}

/// Header and claims, which the issuer signs.
fn signed(parts: &[u8]) {
    let (header, claims) = split(parts, b'\n');
    let message = format!(
        "{}.{}",
        BASE64URL_NOPAD.encode(header),
        BASE64URL_NOPAD.encode(claims)
    );
    let signature = BASE64URL_NOPAD.encode(ISSUER.sign(message.as_bytes()).as_ref());
    let token = format!("{message}.{signature}");
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
    let Ok(bearer) = TOKENS.bearer(token.as_bytes(), now) else {
        return;
    };
    let header: Value = serde_json::from_slice(header).expect("a header");
    let claims: Value = serde_json::from_slice(claims).expect("claims");
    assert!(header["alg"] == "EdDSA" && header.get("crit").is_none());
    assert!(header.get("kid").is_none_or(|id| id == "k1"));
    assert_eq!(claims["iss"], "us");
    let audience = &claims["aud"];
    assert!(
        audience == "here"
            || audience
                .as_array()
                .is_some_and(|all| all.contains(&"here".into()))
    );
    let time = |claim: &str| claims[claim].as_f64();
    assert!(time("exp").is_some_and(|end| end + 31.0 > NOW as f64));
    assert!(claims.get("nbf").is_none() || time("nbf").is_some_and(|begin| begin - 31.0 < NOW as f64));
    assert!(claims["sub"].as_str().is_some_and(|subject| !subject.is_empty()));
    for permission in Permission::ALL
        .into_iter()
        .filter(|it| bearer.client.permissions.has(*it))
    {
        assert!(claims["scope"].to_string().contains(permission.as_str()));
        assert!(bearer.client.name != "app" || permission == Permission::Read);
    }
    let names_connections = claims.get("connections").is_some();
    assert!(bearer.client.connections.is_empty() || names_connections);
    let mut forged = token.into_bytes();
    let at = claims.to_string().len() % forged.len();
    forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
    assert!(TOKENS.bearer(&forged, now).is_err());
}

fn keys(document: &[u8]) {
    match KeySet::parse(document) {
        Ok(set) => assert!(KeySet::parse(document).is_ok_and(|again| again == set)),
        Err(why) => assert!(!why.is_empty()),
    }
}
