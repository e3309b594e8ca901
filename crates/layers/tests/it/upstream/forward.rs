//! Passing requests and answers on, on the paused clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, Limited, StreamBody};
use layers::upstream::{
    CallLayer, Circuit, CircuitLayer, CircuitSettings, Credential, ForwardLayer, ForwardSettings,
    InjectLayer, PaceLayer, PaceSettings, WireFailure,
};
use layers::{Body, BoxError};
use model::AuthScheme;
use proptest::prelude::*;
use tower::{Layer, ServiceBuilder, ServiceExt};
use tower_service::Service;

use super::*;

type Passed = model::Result<layers::Response>;

const SECRET: &str = "canary-canard";

fn forward(observer: &Arc<Observed>) -> ForwardLayer {
    let settings = ForwardSettings {
        idle: s(5),
        max_response: 1024,
        classify: |error| match error.to_string().as_str() {
            "unsent" => WireFailure::Unsent,
            _ => WireFailure::Closed,
        },
    };
    ForwardLayer::new(settings, Arc::clone(observer) as _)
}

fn call(body: Body) -> UpstreamCall<layers::Request> {
    UpstreamCall {
        request: Request::new(body),
        operation: "proxy",
        deadline: Instant::now() + s(3600),
        trace: Arc::default(),
        client: 0,
        traced: None,
    }
}

/// A body of these parts, each after so many seconds.
fn slow(parts: &'static [u64]) -> Body {
    let parts = parts.iter().map(|pause| async move {
        tokio::time::sleep(s(*pause)).await;
        Ok::<_, BoxError>(Frame::data(Bytes::from_static(b"part")))
    });
    Body::stream(StreamBody::new(futures_util::StreamExt::then(
        futures_util::stream::iter(parts),
        |part| part,
    )))
}

/// Sends a body to a provider that reads all of it and then thinks for so many seconds.
async fn upload(body: Body, thinks: u64) -> Passed {
    let wire = tower::service_fn(move |request: layers::Request| async move {
        request.into_body().collect().await?;
        tokio::time::sleep(s(thinks)).await;
        Ok::<_, BoxError>(Response::new(Body::empty()))
    });
    forward(&Arc::default()).layer(wire).oneshot(call(body)).await
}

fn refused(passed: Passed) -> Code {
    passed.unwrap_err().code()
}

#[tokio::test(start_paused = true)]
async fn a_body_takes_its_time_as_long_as_it_moves() {
    assert!(upload(slow(&[4, 4, 4, 4]), 4).await.is_ok());
    assert!(upload(slow(&[]), 4).await.is_ok());
    let began = Instant::now();
    assert_eq!(refused(upload(slow(&[4, 6]), 0).await), Code::RequestTimeout);
    assert_eq!(began.elapsed(), s(9));
    let began = Instant::now();
    assert_eq!(refused(upload(slow(&[4, 4]), 6).await), Code::ProviderTimeout);
    assert_eq!(began.elapsed(), s(13));
    assert_eq!(refused(upload(Body::empty(), 6).await), Code::ProviderTimeout);
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_takes_no_more_is_late() {
    let wire = tower::service_fn(|request: layers::Request| async move {
        let mut body = request.into_body();
        drop(body.frame().await);
        tokio::time::sleep(s(3600)).await;
        Ok::<_, BoxError>(Response::new(body))
    });
    let began = Instant::now();
    let passed = forward(&Arc::default())
        .layer(wire)
        .oneshot(call(slow(&[4, 4])))
        .await;
    assert_eq!((refused(passed), began.elapsed()), (Code::ProviderTimeout, s(9)));
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_with_a_body_is_told() {
    let large = Limited::new(slow(&[0, 0]), 5);
    assert_eq!(
        refused(upload(Body::stream(large), 0).await),
        Code::PayloadTooLarge
    );
    let failing = futures_util::stream::iter([Err::<Frame<Bytes>, _>(BoxError::from("cut"))]);
    let cut = Body::stream(StreamBody::new(failing));
    assert_eq!(refused(upload(cut, 0).await), Code::MalformedRequest);
}

/// What comes of a request that meets so many connections that have closed already, and the attempts.
async fn stale(body: Body, connections: u32) -> (Option<Code>, Vec<bool>) {
    let left = Arc::new(AtomicU32::new(connections));
    let wire = tower::service_fn(move |_: layers::Request| {
        let stale = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        async move {
            match stale {
                Ok(_) => Err(BoxError::from("unsent")),
                Err(_) => Ok(Response::new(Body::empty())),
            }
        }
    });
    let observer = Arc::default();
    let passed = forward(&observer).layer(wire).oneshot(call(body)).await;
    let attempts = observer.attempts.lock().unwrap().clone();
    (passed.err().map(|error| error.code()), attempts)
}

#[tokio::test(start_paused = true)]
async fn a_request_without_a_body_survives_closed_connections() {
    assert_eq!(stale(Body::empty(), 0).await, (None, vec![false]));
    assert_eq!(stale(Body::empty(), 2).await, (None, vec![false, true, true]));
    let (code, attempts) = stale(Body::empty(), 9).await;
    assert_eq!((code, attempts.len()), (Some(Code::ProviderUnavailable), 4));
    let full = Body::from(Bytes::from_static(b"x"));
    assert_eq!(
        stale(full, 1).await,
        (Some(Code::ProviderUnavailable), vec![false])
    );
}

/// What comes of an answer with this body.
async fn download(body: Body) -> std::result::Result<Bytes, BoxError> {
    let body = Arc::new(Mutex::new(Some(body)));
    let wire = tower::service_fn(move |_: layers::Request| {
        let body = body.lock().unwrap().take().unwrap();
        async { Ok::<_, BoxError>(Response::new(body)) }
    });
    let answer = forward(&Arc::default())
        .layer(wire)
        .oneshot(call(Body::empty()))
        .await?;
    Ok(answer.into_body().collect().await?.to_bytes())
}

#[tokio::test(start_paused = true)]
async fn an_answer_takes_its_time_as_long_as_it_moves() {
    assert_eq!(download(slow(&[4, 4, 4])).await.unwrap(), "partpartpart");
    let began = Instant::now();
    assert_eq!(
        download(slow(&[4, 6])).await.unwrap_err().to_string(),
        "the body has stalled"
    );
    assert_eq!(began.elapsed(), s(9));
    // Nobody is late while nobody asks.
    let wire =
        tower::service_fn(|_: layers::Request| async { Ok::<_, BoxError>(Response::new(slow(&[1, 1, 1]))) });
    let answer = forward(&Arc::default())
        .layer(wire)
        .oneshot(call(Body::empty()))
        .await;
    let mut body = answer.unwrap().into_body();
    while body.frame().await.is_some_and(|frame| frame.is_ok()) {
        tokio::time::sleep(s(60)).await;
    }
    assert!(http_body::Body::is_end_stream(&body) || body.frame().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn trailers_go_no_further() {
    let frames = [
        Ok::<_, BoxError>(Frame::data(Bytes::from_static(b"a"))),
        Ok(Frame::trailers(HeaderMap::from_iter([(
            HeaderName::from_static("x-sum"),
            HeaderValue::from_static("1"),
        )]))),
    ];
    let body = Body::stream(StreamBody::new(futures_util::stream::iter(frames)));
    let wire = tower::service_fn(|request: layers::Request| async {
        Ok::<_, BoxError>(Response::new(request.into_body()))
    });
    let answer = forward(&Arc::default())
        .layer(wire)
        .oneshot(call(body))
        .await
        .unwrap();
    let collected = answer.into_body().collect().await.unwrap();
    assert!(collected.trailers().is_none());
    assert_eq!(collected.to_bytes(), "a");
}

#[tokio::test(start_paused = true)]
async fn a_turn_is_given_back_when_the_body_ends_or_is_dropped() {
    let observer = Arc::new(Observed::default());
    let watch = || Arc::clone(&observer) as Arc<dyn CallObserver>;
    let pace = PaceSettings {
        rate: None,
        max_concurrency: 1,
        max_wait: Duration::ZERO,
        max_pause: s(1),
    };
    let circuit = CircuitSettings {
        failure_ratio: 0.5,
        minimum_requests: 1,
        window: s(10),
        open: s(5),
    };
    let wire = tower::service_fn(|_: layers::Request| async {
        let mut answer = Response::new(slow(&[1]));
        *answer.status_mut() = http::StatusCode::FOUND;
        Ok::<_, BoxError>(answer)
    });
    let mut stack = ServiceBuilder::new()
        .layer(CallLayer::new("acme".parse().unwrap(), watch()))
        .layer(CircuitLayer::new(Circuit::new(circuit, watch())))
        .layer(PaceLayer::new(pace, watch()))
        .layer(forward(&observer))
        .service(wire);
    let in_flight = || observer.in_flight.lock().unwrap().0;
    for to_its_end in [true, false] {
        let answer = stack.call(call(Body::empty())).await.unwrap();
        assert_eq!(in_flight(), 1);
        assert_eq!(refused(stack.call(call(Body::empty())).await), Code::Overloaded);
        if to_its_end {
            let mut body = answer.into_body();
            while body.frame().await.is_some() {}
            assert_eq!(in_flight(), 0, "before it is dropped");
        } else {
            drop(answer);
        }
        assert_eq!(in_flight(), 0);
    }
    let finished = observer.finished.lock().unwrap();
    assert!(
        finished
            .iter()
            .filter(|(_, outcome, _)| *outcome == Outcome::Ok)
            .count()
            == 2,
        "{finished:?}"
    );
}

/// What a client sees of a refusal that comes in these parts.
async fn shown(parts: Vec<String>) -> String {
    let credential = Credential::new(AuthScheme::Bearer, |_| Some(SECRET.to_owned().into()));
    let inject = InjectLayer::new(Arc::new(ArcSwap::from_pointee(credential.unwrap())));
    let wire = tower::service_fn(move |_: layers::Request| {
        let frames: Vec<_> = parts
            .iter()
            .map(|part| Ok::<_, BoxError>(Frame::data(Bytes::from(part.clone()))))
            .collect();
        let body = Body::stream(StreamBody::new(futures_util::stream::iter(frames)));
        async { Ok::<_, BoxError>(Response::builder().status(400).body(body)?) }
    });
    let answer = forward(&Arc::default())
        .layer(inject.layer(wire))
        .oneshot(call(Body::empty()))
        .await;
    let body = answer.unwrap().into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

proptest! {
    #[test]
    fn however_a_refusal_is_cut_its_stars_are_the_same(
        words in prop::collection::vec(
            prop::sample::select(vec![SECRET, "canary-", "canary", "can", "c", "-canard", "x", "*"]),
            0..12,
        ),
        cuts in prop::collection::vec(0_usize..80, 0..12),
    ) {
        let text = words.concat();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        let parts = cuts.windows(2).map(|pair| text.get(pair[0]..pair[1]).unwrap().to_owned()).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        prop_assert_eq!(runtime.block_on(shown(parts)), text.replace(SECRET, "***"));
    }
}
