use std::sync::Arc;

use layers::upstream::{RetryLayer, RetryService, RetrySettings};
use model::{Code, Error, Origin, Safety};
use proptest::prelude::*;
use tokio::time::Instant;
use tower::Layer;
use tower_service::Service;

use super::*;

const SETTINGS: RetrySettings = RetrySettings {
    max: 2,
    budget: 0.2,
    throttled_is_unsent: true,
};

fn retrying(inner: &Scripted) -> RetryService<Scripted> {
    with(SETTINGS, inner)
}

fn with(settings: RetrySettings, inner: &Scripted) -> RetryService<Scripted> {
    RetryLayer::seeded(settings, Arc::new(Observed::default()), 7).layer(inner.clone())
}

#[tokio::test(start_paused = true)]
async fn a_good_answer_is_not_repeated() {
    for of in [200, 204, 301, 400, 401, 403, 404, 409, 422, 501] {
        let provider = Scripted::answers([answer(of)]);
        assert_eq!(status(&retrying(&provider).call(get()).await), Some(of));
        assert_eq!(provider.count(), 1, "{of}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_repeated_and_counted() {
    let observer = Arc::new(Observed::default());
    for of in [429, 500, 502, 503, 504] {
        let provider = Scripted::answers([answer(of), answer(200)]);
        let layer = RetryLayer::new(SETTINGS, Arc::clone(&observer) as _);
        assert_eq!(
            status(&layer.layer(provider.clone()).call(get()).await),
            Some(200)
        );
        assert_eq!(provider.count(), 2, "{of}");
    }
    assert_eq!(*observer.attempts.lock().unwrap(), [false, true].repeat(5));
}

#[tokio::test(start_paused = true)]
async fn the_last_answer_is_returned_as_it_is() {
    let provider = Scripted::answers([
        answer(500),
        answer(502),
        answer_with(503, "x-request-id", "third"),
    ]);
    let last = retrying(&provider).call(get()).await.unwrap();
    assert_eq!((last.status, last.header("x-request-id")), (503, Some("third")));
    assert_eq!(provider.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_write_is_repeated_only_if_it_was_never_sent() {
    let unsent = || Err(Error::provider(Code::ProviderUnavailable, "Refused.").unsent());
    let cases = [
        (answer(500), 1),
        (answer(503), 1),
        (failure(Code::ProviderTimeout), 1),
        (failure(Code::ProviderUnavailable), 1),
        (unsent(), 2),
        (answer(429), 2),
    ];
    for (first, expected) in cases {
        let provider = Scripted::answers([first.clone(), answer(200)]);
        drop(retrying(&provider).call(post()).await);
        assert_eq!(provider.count(), expected, "{first:?}");
    }
    let careful = RetrySettings {
        throttled_is_unsent: false,
        ..SETTINGS
    };
    let provider = Scripted::answers([answer(429), answer(200)]);
    drop(with(careful, &provider).call(post()).await);
    assert_eq!(provider.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_idempotent_write_is_repeated() {
    let mut call = post();
    Arc::make_mut(&mut call.request).safety = Safety::Idempotent;
    let provider = Scripted::answers([failure(Code::ProviderTimeout), answer(200)]);
    assert_eq!(status(&retrying(&provider).call(call).await), Some(200));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_help_is_not_repeated() {
    let refusals = [
        Error::gateway(Code::CircuitOpen, "Open.").unsent(),
        Error::new(Code::Overloaded, Origin::Provider, "Paused.").unsent(),
        Error::provider(Code::ProviderProtocolError, "Too large."),
        Error::internal("no URL"),
    ];
    for refusal in refusals {
        let provider = Scripted::answers([Err(refusal.clone()), answer(200)]);
        let result = retrying(&provider).call(get()).await;
        assert_eq!(code(&result), Some(refusal.code()));
        assert_eq!(provider.count(), 1, "{refusal}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_refused_is_no_attempt() {
    let observer = Arc::new(Observed::default());
    let refused = Err(Error::gateway(Code::CircuitOpen, "Open.").unsent());
    let provider = Scripted::answers([answer(503), refused]);
    let layer = RetryLayer::new(SETTINGS, Arc::clone(&observer) as _);
    let result = layer.layer(provider).call(get()).await;
    assert_eq!(result.unwrap().status, 503, "what the provider said");
    assert_eq!(*observer.attempts.lock().unwrap(), [false]);
}

#[tokio::test(start_paused = true)]
async fn the_providers_hint_is_kept() {
    let started = Instant::now();
    let provider = Scripted::answers([answer_with(429, "retry-after", "2"), answer(200)]);
    assert_eq!(status(&retrying(&provider).call(get()).await), Some(200));
    assert!(started.elapsed() >= s(2) && started.elapsed() < s(3));
}

#[tokio::test(start_paused = true)]
async fn a_hint_beyond_the_deadline_is_not_waited_for() {
    for hint in ["15", "16", "99999999999999999999"] {
        let started = Instant::now();
        let provider = Scripted::answers([answer_with(429, "retry-after", hint), answer(200)]);
        assert_eq!(status(&retrying(&provider).call(get()).await), Some(429));
        assert_eq!((provider.count(), started.elapsed()), (1, ms(0)));
    }
}

#[tokio::test(start_paused = true)]
async fn the_budget_bounds_the_retries_of_a_connection() {
    let provider = Scripted::answers([answer(503)]);
    let mut service = retrying(&provider);
    for _ in 0..100 {
        drop(service.clone().call(get()).await);
    }
    // Every call once, a fifth of them again, and the reserve.
    assert_eq!(provider.count(), 100 + 20 + 3);

    tokio::time::advance(s(11)).await;
    let before = provider.count();
    drop(service.call(get()).await);
    assert_eq!(
        provider.count() - before,
        3,
        "an idle connection has its reserve again"
    );
}

#[tokio::test(start_paused = true)]
async fn a_budget_of_nothing_leaves_the_reserve() {
    let provider = Scripted::answers([answer(503)]);
    let service = with(
        RetrySettings {
            budget: 0.0,
            ..SETTINGS
        },
        &provider,
    );
    for _ in 0..50 {
        drop(service.clone().call(get()).await);
    }
    assert_eq!(provider.count(), 53);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// For any share: never more retries than the share of the calls and the reserve.
    #[test]
    fn the_budget_is_exact(share in 0.0_f64..1.0, calls in 1_u32..60, seed: u64) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(async {
            let provider = Scripted::answers([answer(503)]);
            let settings = RetrySettings { max: 1, budget: share, throttled_is_unsent: true };
            let layer = RetryLayer::seeded(settings, Arc::new(Observed::default()), seed);
            let service = layer.layer(provider.clone());
            for _ in 0..calls {
                drop(service.clone().call(get()).await);
            }
            let retries = f64::from(u32::try_from(provider.count()).unwrap() - calls);
            // No call has left the window: the waits of 60 retries are 3 s on average.
            let allowed = (3.0 + share * f64::from(calls)).floor().min(f64::from(calls));
            assert!(retries <= allowed, "{retries} of {allowed}");
            assert!(retries >= allowed - 1.0, "{retries} of {allowed}");
            Ok::<_, TestCaseError>(())
        })?;
    }
}
