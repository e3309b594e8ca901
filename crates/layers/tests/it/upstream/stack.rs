//! The whole stack, as the product builds it: what only the order of the layers gives.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use futures_util::future::join_all;
use http::{Request, Response};
use http_body_util::Full;
use layers::BoxError;
use layers::Rate;
use layers::upstream::{
    AttemptLayer, CallLayer, Circuit, CircuitLayer, CircuitSettings, CollectLayer, CollectSettings,
    Credential, InjectLayer, PaceLayer, PaceSettings, RetryLayer, RetrySettings, WireFailure,
};
use model::{AuthScheme, Code};
use proptest::prelude::*;
use tokio::time::Instant;
use tower::ServiceBuilder;
use tower::util::BoxCloneSyncService;
use tower_service::Service;

use super::*;

/// What the wire does with a request: how long it takes, and what comes of it.
type Wire = Arc<dyn Fn(usize) -> (Duration, std::result::Result<u16, &'static str>) + Send + Sync>;

struct Stack {
    service: BoxCloneSyncService<UpstreamCall, UpstreamResponse, Error>,
    observer: Arc<Observed>,
    sent: Arc<Mutex<Vec<Instant>>>,
}

fn stack(requests_per_second: u32, wire: Wire) -> Stack {
    let observer = Arc::new(Observed::default());
    let observing = || Arc::clone(&observer) as Arc<dyn CallObserver>;
    let sent = Arc::new(Mutex::new(Vec::new()));
    let pool = {
        let sent = Arc::clone(&sent);
        tower::service_fn(move |request: Request<layers::Body>| {
            assert!(request.headers().get("authorization").unwrap().is_sensitive());
            let nth = {
                let mut sent = sent.lock().unwrap();
                sent.push(Instant::now());
                sent.len() - 1
            };
            let (time, result) = wire(nth);
            async move {
                tokio::time::sleep(time).await;
                let status = result.map_err(BoxError::from)?;
                Ok(Response::builder()
                    .status(status)
                    .body(Full::new(Bytes::from_static(b"{}")))?)
            }
        })
    };
    let circuit = CircuitSettings {
        failure_ratio: 0.5,
        minimum_requests: 20,
        window: s(10),
        open: s(5),
    };
    let pace = PaceSettings {
        rate: Some(Rate {
            requests: NonZeroU32::new(requests_per_second).unwrap(),
            per: s(1),
            burst: NonZeroU32::new(1).unwrap(),
        }),
        max_concurrency: 25,
        max_wait: s(5),
        max_pause: s(3),
    };
    let retry = RetrySettings {
        max: 2,
        budget: 0.2,
        throttled_is_unsent: true,
    };
    let collect = CollectSettings {
        base_url: "https://api.example.com".into(),
        user_agent: HeaderValue::from_static("switchboard/1.2.3"),
        max_response: 1 << 20,
        classify: |error| match error.to_string().as_str() {
            "refused" => WireFailure::Refused,
            _ => WireFailure::Closed,
        },
    };
    let credential = Credential::new(AuthScheme::Bearer, |_| Some("canary-secret".to_owned().into()));
    let service = ServiceBuilder::new()
        .layer(CallLayer::new("bland".parse().unwrap(), observing()))
        .layer(RetryLayer::new(retry, observing()))
        .layer(CircuitLayer::new(Circuit::new(circuit, observing())))
        .layer(PaceLayer::new(pace, observing()))
        .layer(AttemptLayer::new(Some(s(5)), None, observing()))
        .layer(CollectLayer::new(collect))
        .layer(InjectLayer::new(Arc::new(ArcSwap::from_pointee(
            credential.unwrap(),
        ))))
        .service(pool);
    Stack {
        service: BoxCloneSyncService::new(service),
        observer,
        sent,
    }
}

impl Stack {
    fn always(time: Duration, result: std::result::Result<u16, &'static str>) -> Self {
        stack(1000, Arc::new(move |_| (time, result)))
    }

    fn count(&self) -> usize {
        self.sent.lock().unwrap().len()
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_is_observed_once_and_its_error_names_the_connection() {
    let mut it = stack(
        1000,
        Arc::new(|nth| (ms(10), Ok(if nth == 0 { 503 } else { 200 }))),
    );
    assert_eq!(status(&it.service.call(get()).await), Some(200));
    let finished = it.observer.finished.lock().unwrap().clone();
    assert_eq!(finished.len(), 1);
    assert_eq!((finished[0].0, finished[0].1), ("list_numbers", Outcome::Ok));
    assert!(finished[0].2 >= ms(20));
    assert_eq!(*it.observer.attempts.lock().unwrap(), [false, true]);

    let mut it = Stack::always(ms(0), Err("reset"));
    let error = it.service.call(post()).await.unwrap_err();
    assert_eq!(error.connection().unwrap().as_str(), "bland");
    assert_eq!(it.observer.finished.lock().unwrap()[0].1, Outcome::Network);
}

#[tokio::test(start_paused = true)]
async fn a_write_that_timed_out_is_not_sent_again() {
    let mut it = Stack::always(s(60), Ok(200));
    assert_eq!(code(&it.service.call(post()).await), Some(Code::ProviderTimeout));
    assert_eq!(it.count(), 1);

    let mut it = Stack::always(ms(0), Err("reset"));
    assert_eq!(
        code(&it.service.call(post()).await),
        Some(Code::ProviderUnavailable)
    );
    assert_eq!(it.count(), 1);

    let mut it = Stack::always(ms(0), Err("refused"));
    assert_eq!(
        code(&it.service.call(post()).await),
        Some(Code::ProviderUnavailable)
    );
    assert_eq!(it.count(), 3, "nobody has seen it");
}

#[tokio::test(start_paused = true)]
async fn every_attempt_pays_a_token() {
    let mut it = stack(1, Arc::new(|_| (ms(0), Ok(503))));
    assert_eq!(status(&it.service.call(get()).await), Some(503));
    let sent = it.sent.lock().unwrap().clone();
    assert_eq!(sent.len(), 3);
    assert!(
        sent.windows(2).all(|pair| pair[1] - pair[0] >= ms(999)),
        "{sent:?}"
    );
    assert_eq!(it.observer.queued.lock().unwrap().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_open_circuit_makes_no_call_and_ends_the_loop() {
    let it = Stack::always(ms(0), Ok(500));
    let results = join_all((0..60).map(|_| it.service.clone().call(get()))).await;
    assert!(
        results.iter().all(|result| status(result) == Some(500)),
        "each knows why"
    );
    let (sent, tokens) = (it.count(), it.observer.limiter.lock().unwrap().len());

    let started = Instant::now();
    let result = it.service.clone().call(get()).await;
    assert_eq!(code(&result), Some(Code::CircuitOpen));
    assert_eq!(started.elapsed(), ms(0), "no backoff");
    assert_eq!(it.count(), sent);
    assert_eq!(
        it.observer.limiter.lock().unwrap().len(),
        tokens,
        "and no token spent"
    );
}

#[tokio::test(start_paused = true)]
async fn no_text_shows_the_credential() {
    for result in [Err("reset"), Err("refused"), Ok(401), Ok(500), Ok(200)] {
        let mut it = Stack::always(ms(0), result);
        let call = get();
        let result = it.service.call(call.clone()).await;
        let error = result.as_ref().err();
        let shown = error.map(|error| format!("{error} {:?}", error.cause()));
        let text = format!("{result:?} {shown:?} {call:?} {:?}", it.observer);
        assert!(!text.contains("canary-secret"), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    /// Whatever the provider does, and however many want it: no call outlasts its deadline, and no write is
    /// sent twice that may have been read.
    #[test]
    fn the_deadline_holds(
        script in prop::collection::vec((0_u64..7000, 0_usize..6), 1..30),
        calls in prop::collection::vec((0_u64..12_000, any::<bool>()), 1..20),
        requests_per_second in 1_u32..20,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(async {
            let wire: Wire = Arc::new(move |nth| {
                let (time, result) = script[nth % script.len()];
                let results = [Ok(200), Ok(404), Ok(429), Ok(500), Err("reset"), Err("refused")];
                (ms(time), results[result])
            });
            let it = stack(requests_per_second, wire);
            join_all(calls.iter().map(|(limit, write)| {
                let mut service = it.service.clone();
                let started = Instant::now();
                let call = UpstreamCall {
                    deadline: started + ms(*limit),
                    ..if *write { post() } else { get() }
                };
                async move {
                    drop(service.call(call).await);
                    // Tokio's timer counts whole milliseconds and rounds up.
                    assert!(started.elapsed() <= ms(*limit + 1));
                }
            }))
            .await;
            assert_eq!(it.observer.in_flight.lock().unwrap().0, 0);
            assert_eq!(it.observer.finished.lock().unwrap().len(), calls.len());
        });
    }
}
