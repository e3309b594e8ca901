use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use http::{HeaderMap, Request, Response};
use layers::upstream::{Credential, InjectLayer, InvalidCredential};
use model::AuthScheme;
use secrecy::SecretString;
use tower::Layer;
use tower_service::Service;

const CANARY: &str = "canary-secret";
const KEY: AuthScheme = AuthScheme::Header {
    name: "x-bland-key",
    prefix: "",
};

fn secrets(key: &'static str) -> Option<SecretString> {
    match key {
        "username" => Some("SK1".to_owned().into()),
        "password" | "api_key" => Some(CANARY.to_owned().into()),
        _ => None,
    }
}

/// The headers that reach the wire.
async fn sent(slot: Arc<ArcSwap<Credential>>, request: Request<()>) -> HeaderMap {
    let seen = Arc::new(Mutex::new(HeaderMap::new()));
    let wire = tower::service_fn(|request: Request<()>| {
        *seen.lock().unwrap() = request.headers().clone();
        async { Ok::<_, Infallible>(Response::new(())) }
    });
    InjectLayer::new(slot).layer(wire).call(request).await.unwrap();
    seen.lock().unwrap().clone()
}

fn slot(scheme: AuthScheme) -> Arc<ArcSwap<Credential>> {
    Arc::new(ArcSwap::from_pointee(Credential::new(scheme, secrets).unwrap()))
}

#[tokio::test]
async fn each_scheme_has_its_header() {
    let cases = [
        (
            AuthScheme::Basic,
            "authorization",
            "Basic U0sxOmNhbmFyeS1zZWNyZXQ=",
        ),
        (AuthScheme::Bearer, "authorization", "Bearer canary-secret"),
        (KEY, "x-bland-key", "canary-secret"),
    ];
    for (scheme, name, value) in cases {
        let headers = sent(slot(scheme), Request::new(())).await;
        assert_eq!(headers.get(name).unwrap(), value);
        assert!(headers.get(name).unwrap().is_sensitive());
        assert_eq!(headers.len(), 1);
    }
}

#[tokio::test]
async fn nobody_elses_credential_passes() {
    let mut request = Request::new(());
    for name in [
        "authorization",
        "proxy-authorization",
        "cookie",
        "x-api-key",
        "x-bland-key",
    ] {
        request.headers_mut().append(name, "theirs".parse().unwrap());
        request.headers_mut().append(name, "theirs too".parse().unwrap());
    }
    let headers = sent(slot(KEY), request).await;
    assert_eq!(headers.len(), 1);
    assert_eq!(headers.get("x-bland-key").unwrap(), CANARY);
}

#[tokio::test]
async fn a_rotated_credential_applies_to_the_next_attempt() {
    let slot = slot(AuthScheme::Bearer);
    let rotated = Credential::new(AuthScheme::Bearer, |_| Some("new".to_owned().into()));
    slot.store(Arc::new(rotated.unwrap()));
    let headers = sent(slot, Request::new(())).await;
    assert_eq!(headers.get("authorization").unwrap(), "Bearer new");
}

#[test]
fn a_credential_cannot_be_printed() {
    for scheme in [AuthScheme::Basic, AuthScheme::Bearer, KEY] {
        let slot = slot(scheme);
        let layer = InjectLayer::new(Arc::clone(&slot));
        let text = format!("{:?} {slot:?} {layer:?} {:?}", slot.load(), layer.layer(()));
        assert!(text.contains("***"));
        assert!(!text.contains(CANARY) && !text.contains("U0sx"), "{text}");
    }
}

#[test]
fn what_is_no_credential() {
    let none = Credential::new(AuthScheme::Basic, |key| {
        secrets(key).filter(|_| key == "username")
    });
    assert_eq!(none.unwrap_err(), InvalidCredential::Missing("password"));
    for (scheme, text) in [
        (AuthScheme::Bearer, "canary\r\nx: y"),
        (AuthScheme::Basic, "canary:canary"),
        (AuthScheme::Basic, "canary\n"),
    ] {
        let error = Credential::new(scheme, |_| Some(text.to_owned().into())).unwrap_err();
        assert_eq!(error, InvalidCredential::Malformed);
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
}
