use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::Full;
use layers::BoxError;
use layers::upstream::{
    CollectLayer, CollectSettings, Credential, InjectLayer, InvalidCredential, WireFailure,
};
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

/// The text that reaches the adapter when a provider answers with this.
async fn received(scheme: AuthScheme, status: u16, text: &'static str) -> String {
    let wire = tower::service_fn(move |_: Request<layers::Body>| async move {
        let body = Full::new(Bytes::from_static(text.as_bytes()));
        Ok::<_, BoxError>(Response::builder().status(status).body(body)?)
    });
    let settings = CollectSettings {
        base_url: "https://api.example.com".into(),
        user_agent: HeaderValue::from_static("switchboard/1.2.3"),
        max_response: 1 << 20,
        classify: |_| WireFailure::Closed,
    };
    let mut stack = CollectLayer::new(settings).layer(InjectLayer::new(slot(scheme)).layer(wire));
    let answer = stack.call(super::get()).await.unwrap();
    String::from_utf8(answer.body.to_vec()).unwrap()
}

#[tokio::test]
async fn a_refusal_that_repeats_the_credential_loses_it() {
    let text = "canary-secret: no key canary-secret, nor U0sxOmNhbmFyeS1zZWNyZXQ=.";
    let starred = "***: no key ***, nor U0sxOmNhbmFyeS1zZWNyZXQ=.";
    assert_eq!(received(KEY, 401, text).await, starred);
    assert_eq!(
        received(AuthScheme::Basic, 400, text).await,
        "***: no key ***, nor ***."
    );
    assert_eq!(received(KEY, 403, "no secret").await, "no secret");
    // Data is passed on as it is.
    assert_eq!(received(KEY, 200, text).await, text);
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
