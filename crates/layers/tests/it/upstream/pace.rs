use std::num::NonZeroU32;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::join_all;
use layers::Rate;
use layers::upstream::{PaceLayer, PaceService, PaceSettings};
use model::{Code, Origin};
use proptest::prelude::*;
use tokio::time::Instant;
use tower::Layer;
use tower_service::Service;

use super::*;

const SETTINGS: PaceSettings = PaceSettings {
    rate: None,
    max_concurrency: 2,
    max_wait: s(5),
    max_pause: s(3),
};

fn paced(settings: PaceSettings, provider: &Scripted) -> (PaceService<Scripted>, Arc<Observed>) {
    let observer = Arc::new(Observed::default());
    let layer = PaceLayer::new(settings, Arc::clone(&observer) as _);
    (layer.layer(provider.clone()), observer)
}

fn rate(requests: u32, per: Duration, burst: u32) -> Rate {
    Rate {
        requests: NonZeroU32::new(requests).unwrap(),
        per,
        burst: NonZeroU32::new(burst).unwrap(),
    }
}

fn of(client: u32) -> UpstreamCall {
    UpstreamCall { client, ..get() }
}

#[tokio::test(start_paused = true)]
async fn no_more_than_the_limit_at_once() {
    let provider = Scripted::takes(ms(100));
    let (mut service, observer) = paced(SETTINGS, &provider);
    let started = Instant::now();
    let results = join_all((0..10).map(|_| service.call(get()))).await;
    assert!(results.iter().all(|result| status(result) == Some(200)));
    assert_eq!(started.elapsed(), ms(500));
    assert_eq!(*observer.in_flight.lock().unwrap(), (0, 2));
    let mut queued = observer.queued.lock().unwrap().clone();
    queued.sort();
    assert_eq!(queued[..3], [ms(0), ms(0), ms(100)]);
    assert_eq!(queued[9], ms(400));
}

#[tokio::test(start_paused = true)]
async fn every_attempt_pays_for_the_rate() {
    let provider = Scripted::takes(ms(0));
    let settings = PaceSettings {
        rate: Some(rate(10, s(1), 2)),
        ..SETTINGS
    };
    let (mut service, _) = paced(settings, &provider);
    let started = Instant::now();
    join_all((0..6).map(|_| service.call(get()))).await;
    let times: Vec<_> = provider.sent().iter().map(|sent| sent.at - started).collect();
    for (time, expected) in times.iter().zip([0, 0, 100, 200, 300, 400]) {
        // Tokio's timer counts whole milliseconds and rounds up.
        assert!(*time >= ms(expected) && *time <= ms(expected + 5), "{times:?}");
    }
    assert_eq!(times.len(), 6);
}

#[tokio::test(start_paused = true)]
async fn clients_take_turns() {
    let provider = Scripted::takes(ms(100));
    let settings = PaceSettings {
        max_concurrency: 1,
        ..SETTINGS
    };
    let (mut service, _) = paced(settings, &provider);
    let flood = (0..20).map(|_| of(1));
    let guest = (0..4).map(|_| of(2));
    join_all(flood.chain(guest).map(|call| service.call(call))).await;
    let order: Vec<_> = provider.sent().iter().map(|sent| sent.client).collect();
    assert_eq!(order[..10], [1, 1, 2, 1, 2, 1, 2, 1, 2, 1]);
}

/// One client had everything, then another comes: what comes free is the other's until the first is down to half.
#[tokio::test(start_paused = true)]
async fn while_others_wait_nobody_holds_more_than_half() {
    let provider = Scripted::takes(ms(100));
    let settings = PaceSettings {
        max_concurrency: 4,
        ..SETTINGS
    };
    let (service, _) = paced(settings, &provider);
    let started = Instant::now();
    let call = |client, after: u64| {
        let mut service = service.clone();
        async move {
            tokio::time::sleep(ms(after)).await;
            service.call(of(client)).await.unwrap();
            (started.elapsed(), client)
        }
    };
    // Client 1 has one turn at first, then all four, and waits for more before client 2 comes.
    let first = [
        (1, 0),
        (1, 50),
        (1, 50),
        (1, 50),
        (1, 60),
        (1, 60),
        (2, 70),
        (2, 70),
    ];
    let mut ends = join_all(first.map(|(client, after)| call(client, after))).await;
    ends.sort_unstable();
    let expected = [
        (100, 1),
        (150, 1),
        (150, 1),
        (150, 1),
        (200, 2),
        (250, 1),
        (250, 1),
        (250, 2),
    ];
    assert_eq!(ends, expected.map(|(end, client)| (ms(end), client)));
}

#[tokio::test(start_paused = true)]
async fn a_turn_is_given_back_when_its_call_is_dropped() {
    let provider = Scripted::takes(s(3600));
    let settings = PaceSettings {
        max_concurrency: 1,
        ..SETTINGS
    };
    let (mut service, observer) = paced(settings, &provider);
    let mut first = service.call(get());
    assert!((&mut first).now_or_never().is_none());
    let mut second = service.call(get());
    let mut third = service.call(get());
    assert!((&mut second).now_or_never().is_none());
    assert!((&mut third).now_or_never().is_none());
    assert_eq!(provider.count(), 1);

    // The second keeps the time for the third. Both leave their places well.
    drop(second);
    drop(first);
    provider.play(answer(200));
    assert_eq!(status(&third.await), Some(200));
    assert_eq!(provider.count(), 2);
    assert_eq!(observer.in_flight.lock().unwrap().0, 0);
}

#[tokio::test(start_paused = true)]
async fn nobody_overtakes_those_who_wait() {
    let provider = Scripted::takes(s(3600));
    let settings = PaceSettings {
        max_concurrency: 1,
        ..SETTINGS
    };
    let (mut service, _) = paced(settings, &provider);
    let mut first = service.call(of(1));
    let mut second = service.call(of(2));
    assert!((&mut first).now_or_never().is_none());
    assert!((&mut second).now_or_never().is_none());
    drop(first);
    // There is a turn now, and the third is quicker than the second, whose it is.
    let mut third = service.call(of(3));
    assert!((&mut third).now_or_never().is_none());
    // It finds its turn, takes it, and calls the provider.
    for _ in 0..2 {
        assert!((&mut second).now_or_never().is_none());
    }
    let order: Vec<_> = provider.sent().iter().map(|sent| sent.client).collect();
    assert_eq!(order, [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn waits_no_longer_than_max_wait() {
    let provider = Scripted::takes(s(3600));
    let (mut service, observer) = paced(SETTINGS, &provider);
    let mut holders = [service.call(get()), service.call(get())];
    for holder in &mut holders {
        assert!(holder.now_or_never().is_none());
    }
    let started = Instant::now();
    let call = get();
    let error = service.call(call.clone()).await.unwrap_err();
    assert_eq!(
        (error.code(), error.origin()),
        (Code::Overloaded, Origin::Gateway)
    );
    assert_eq!((error.wait(), error.is_unsent()), (Some(s(1)), true));
    assert_eq!((started.elapsed(), call.trace.queue_time()), (s(5), s(5)));
    assert_eq!(*observer.limiter.lock().unwrap(), [true, true, false]);

    let started = Instant::now();
    let call = UpstreamCall {
        deadline: started + s(2),
        ..get()
    };
    assert_eq!(code(&service.call(call).await), Some(Code::Overloaded));
    assert_eq!(started.elapsed(), s(2), "the deadline was nearer");
}

#[tokio::test(start_paused = true)]
async fn a_full_line_refuses_at_once() {
    let provider = Scripted::takes(s(3600));
    let (mut service, _) = paced(SETTINGS, &provider);
    let mut waiting: Vec<_> = (0..258).map(|_| service.call(of(1))).collect();
    for call in &mut waiting {
        assert!(call.now_or_never().is_none());
    }
    let started = Instant::now();
    assert_eq!(code(&service.call(of(1)).await), Some(Code::Overloaded));
    assert_eq!(started.elapsed(), ms(0));
    assert!(
        service.call(of(2)).now_or_never().is_none(),
        "another client may wait"
    );
}

#[tokio::test(start_paused = true)]
async fn the_providers_hint_pauses_the_connection() {
    for throttled in [429, 503] {
        let provider = Scripted::answers([answer_with(throttled, "retry-after", "2"), answer(200)]);
        let (mut service, _) = paced(SETTINGS, &provider);
        let started = Instant::now();
        assert_eq!(status(&service.call(get()).await), Some(throttled));
        assert_eq!(started.elapsed(), ms(0));
        join_all((0..2).map(|_| service.call(get()))).await;
        assert_eq!(started.elapsed(), s(2));
        assert_eq!(provider.count(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_hint_pauses_for_max_pause_and_is_reported() {
    let provider = Scripted::answers([answer_with(429, "retry-after", "30"), answer(200)]);
    let (mut service, _) = paced(SETTINGS, &provider);
    let started = Instant::now();
    drop(service.call(get()).await);

    let soon = UpstreamCall {
        deadline: started + s(2),
        ..get()
    };
    let error = service.call(soon).await.unwrap_err();
    assert_eq!(started.elapsed(), ms(0), "it is known that the pause is longer");
    assert_eq!(
        (error.code(), error.origin()),
        (Code::Overloaded, Origin::Provider)
    );
    assert_eq!((error.wait(), error.is_unsent()), (Some(s(30)), true));

    assert_eq!(status(&service.call(get()).await), Some(200));
    assert_eq!(started.elapsed(), s(3));
}

#[tokio::test(start_paused = true)]
async fn an_endless_hint_is_reported_as_a_minute() {
    let provider = Scripted::answers([answer_with(429, "retry-after", "99999999999999999999")]);
    let (mut service, _) = paced(
        PaceSettings {
            max_pause: s(20),
            ..SETTINGS
        },
        &provider,
    );
    drop(service.call(get()).await);
    let error = service.call(get()).await.unwrap_err();
    assert_eq!(error.wait(), Some(s(60)));
}

#[tokio::test(start_paused = true)]
async fn other_answers_do_not_pause() {
    let provider = Scripted::answers([
        answer_with(200, "retry-after", "2"),
        answer_with(500, "retry-after", "2"),
        answer(429),
        answer_with(429, "retry-after", "soon"),
    ]);
    let (mut service, _) = paced(SETTINGS, &provider);
    let started = Instant::now();
    for _ in 0..5 {
        drop(service.call(get()).await);
    }
    assert_eq!(started.elapsed(), ms(0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Calls come, go and leave at any time: no turn is lost, the limit holds, and nobody waits too long.
    #[test]
    fn no_turn_is_lost(
        calls in prop::collection::vec((0_u32..4, 0_u64..500, prop::option::of(0_u64..800)), 1..60),
        limit in 1_usize..4,
        limited: bool,
        time in 0_u64..300,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(async {
            let provider = Scripted::takes(ms(time));
            let settings = PaceSettings {
                rate: limited.then(|| rate(20, s(1), 3)),
                max_concurrency: limit,
                max_wait: s(1),
                ..SETTINGS
            };
            let (service, observer) = paced(settings, &provider);
            join_all(calls.iter().map(|(client, at, leaves)| {
                let mut service = service.clone();
                async move {
                    tokio::time::sleep(ms(*at)).await;
                    let call = of(*client);
                    let trace = Arc::clone(&call.trace);
                    let patience = leaves.map_or(s(3600), ms);
                    drop(tokio::time::timeout(patience, service.call(call)).await);
                    assert!(trace.queue_time() <= s(1));
                }
            }))
            .await;
            let (left, most) = *observer.in_flight.lock().unwrap();
            assert_eq!(left, 0);
            assert!(most <= i64::try_from(limit).unwrap());
            // All turns are there again.
            let mut service = service;
            tokio::time::sleep(s(1)).await;
            provider.play(answer(200));
            let again = join_all((0..limit).map(|_| service.call(get()))).await;
            assert!(again.iter().all(|result| status(result) == Some(200)));
        });
    }
}
