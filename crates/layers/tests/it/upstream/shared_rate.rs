//! A connection's rate that replicas share. With a real server, so on the real clock: what is asserted is what may
//! not happen too early.

use std::num::NonZeroU32;
use std::sync::Arc;

use futures_util::future::join_all;
use layers::upstream::{PaceLayer, PaceService, PaceSettings};
use layers::{OnAway, Rate};
use model::{Code, Origin};
use tokio::time::Instant;
use tower::Layer;

use super::*;
use crate::server::Server;
use crate::shared_client_limit::{shared, silent, with_patience};

fn settings(requests: u32, per: Duration, burst: u32) -> PaceSettings {
    PaceSettings {
        rate: Some(Rate {
            requests: NonZeroU32::new(requests).unwrap(),
            per,
            burst: NonZeroU32::new(burst).unwrap(),
        }),
        max_concurrency: 10,
        max_wait: s(5),
        max_pause: s(3),
    }
}

/// A replica's way to the provider.
fn replica(url: &str, settings: PaceSettings, provider: &Scripted) -> PaceService<Scripted> {
    PaceLayer::new(settings, Arc::new(Observed::default()))
        .sharing(shared(url, OnAway::Deny), "twilio")
        .layer(provider.clone())
}

#[tokio::test]
async fn replicas_keep_one_rate() {
    let server = Server::start();
    let provider = Scripted::takes(ms(0));
    let one = || replica(&server.url(), settings(20, s(1), 1), &provider);
    let (mut first, mut second) = (one(), one());
    let calls = (0..5).flat_map(|_| [first.call(get()), second.call(get())]);
    let calls: Vec<_> = calls.collect();
    let results = join_all(calls).await;
    assert!(
        results.iter().all(|result| status(result) == Some(200)),
        "{results:?}"
    );
    let sent = provider.sent();
    // Nine intervals. Alone, either would have needed four.
    let took = sent.last().unwrap().at - sent[0].at;
    assert!(took >= ms(9 * 50 - 5), "{took:?}");
}

#[tokio::test]
async fn who_would_wait_too_long_does_not_wait() {
    let server = Server::start();
    let provider = Scripted::takes(ms(0));
    let one = || replica(&server.url(), settings(1, Duration::from_hours(1), 2), &provider);
    let (mut first, mut second) = (one(), one());
    assert_eq!(status(&first.call(get()).await), Some(200));
    assert_eq!(status(&first.call(get()).await), Some(200));
    let refused = second.call(get()).await.unwrap_err();
    assert_eq!(
        (refused.code(), refused.origin()),
        (Code::Overloaded, Origin::Gateway)
    );
    assert!(refused.is_unsent());
    assert_eq!(provider.count(), 2);
}

/// While an attempt waits for all replicas, the provider asks this one for a pause.
#[tokio::test]
async fn a_pause_that_comes_meanwhile_is_heeded() {
    let server = Server::start();
    let provider = Scripted::new([
        (ms(0), answer(200)),
        (ms(30), answer_with(503, "retry-after", "1")),
    ]);
    let one = || replica(&server.url(), settings(10, s(1), 2), &provider);
    let (mut first, mut second) = (one(), one());
    first.call(get()).await.unwrap();
    let asks_for_a_pause = second.call(get());
    let waits = second.call(get());
    let (pausing, _) = futures_util::future::join(asks_for_a_pause, waits).await;
    assert_eq!(status(&pausing), Some(503));
    let sent = provider.sent();
    let between = sent[2].at - sent[1].at;
    assert!(between >= s(1), "{between:?}");
}

#[tokio::test(start_paused = true)]
async fn without_the_store_a_replica_decides_alone_or_not_at_all() {
    for (on_away, expected) in [(OnAway::Local, 3), (OnAway::Deny, 0)] {
        let (_listener, url) = silent().await;
        let provider = Scripted::takes(ms(0));
        let mut service = PaceLayer::new(
            settings(1, Duration::from_hours(1), 3),
            Arc::new(Observed::default()),
        )
        .sharing(with_patience(store::PATIENCE, &url, on_away), "twilio")
        .layer(provider.clone());
        let started = Instant::now();
        let calls: Vec<_> = (0..3).map(|_| service.call(get())).collect();
        let results = join_all(calls).await;
        assert!(
            started.elapsed() <= store::PATIENCE + ms(2),
            "{:?}",
            started.elapsed()
        );
        assert_eq!(provider.count(), expected);
        if on_away == OnAway::Deny {
            assert!(
                results
                    .iter()
                    .all(|result| code(result) == Some(Code::Overloaded))
            );
        }
    }
}
