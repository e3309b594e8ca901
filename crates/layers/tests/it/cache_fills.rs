//! Coalescing: one fill for all, and nobody waits for ever.

use std::future::pending;
use std::sync::{Arc, Once};
use std::time::Duration;

use futures_util::future::{join, join_all, join3};
use layers::cache::{Directives, Purge, Settings};
use layers::{Answer, Draft};
use model::{Code, Error, Result};
use tokio::runtime::Handle;
use tokio::task::block_in_place;
use tokio::time::{Instant, sleep, timeout};
use tower::{Layer, ServiceExt, service_fn};

use super::cache_rig::{Call, Rig, Step, later, pair, read};

const NO_CACHE: Directives = Directives {
    no_cache: true,
    no_store: false,
    max_age: None,
    only_if_cached: false,
};

#[tokio::test(start_paused = true)]
async fn fifty_equal_requests_make_one_fill() {
    let rig = Rig::new();
    let answers = join_all((0..50).map(|_| rig.get("a"))).await;
    assert_eq!(rig.script.calls(), 1);
    assert!(answers.iter().all(|(body, _)| body == "1"));
    assert_eq!(answers[0].1, "switchboard; fwd=uri-miss; stored");
    assert_eq!(answers[49].1, "switchboard; fwd=uri-miss; collapsed");
    assert_eq!((rig.count("miss"), rig.count("collapsed")), (1, 49));
}

#[tokio::test(start_paused = true)]
async fn the_fill_outlives_the_request_that_began_it() {
    let rig = Rig::new();
    let first = timeout(Duration::from_millis(10), rig.get("a")).await;
    assert!(first.is_err(), "it left");
    let answers = join_all((0..49).map(|_| rig.get("a"))).await;
    assert!(
        answers
            .iter()
            .all(|answer| *answer == pair("1", "switchboard; fwd=uri-miss; collapsed"))
    );
    assert_eq!(rig.script.calls(), 1);

    // Also when nobody at all stays.
    assert!(timeout(Duration::from_millis(10), rig.get("b")).await.is_err());
    rig.settle().await;
    assert_eq!(rig.get("b").await, pair("2", "switchboard; hit; ttl=10"));
}

#[tokio::test(start_paused = true)]
async fn all_share_the_cost_of_the_fill() {
    let rig = Rig::new();
    let (first, second) = (rig.call("a"), rig.call("a"));
    let traces = [first.trace.clone(), second.trace.clone()];
    let (one, two) = join(rig.send(first), rig.send(second)).await;
    assert!(one.is_ok() && two.is_ok());
    assert!(traces.iter().all(|trace| trace.attempts() == 1));
    assert!(
        traces
            .iter()
            .all(|trace| trace.provider_time() == Duration::from_millis(100))
    );
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_the_fill_reaches_all_who_wait_and_ends_the_flight() {
    let rig = Rig::new();
    rig.script.will(Step::Panic);
    let answers = join_all((0..5).map(|_| rig.get("a"))).await;
    assert!(answers.iter().all(|answer| *answer == pair("internal", "error")));
    assert_eq!(rig.script.calls(), 1);
    assert_eq!(rig.get("a").await, pair("2", "switchboard; fwd=uri-miss; stored"));
}

#[tokio::test(start_paused = true)]
async fn who_can_wait_no_longer_gets_an_answer_while_the_fill_goes_on() {
    let rig = Rig::new();
    let mut call = rig.call("a");
    call.deadline = Instant::now() + Duration::from_millis(40);
    let trace = Arc::clone(&call.trace);
    assert_eq!(read(rig.send(call).await), pair("deadline_exceeded", "error"));
    // The provider's, although its answer is still to come.
    assert_eq!(trace.provider_time(), Duration::from_millis(40));
    rig.settle().await;
    assert_eq!(rig.get("a").await, pair("1", "switchboard; hit; ttl=10"));
}

#[tokio::test(start_paused = true)]
async fn no_cache_joins_no_flight_begun_before_it_came() {
    let rig = Rig::new();
    let older = rig.get("a");
    let newer = async {
        later(0.05).await;
        rig.get_with("a", NO_CACHE).await
    };
    let (older, newer) = join(older, newer).await;
    assert_eq!(older.0, "1");
    assert_eq!(newer, pair("2", "switchboard; fwd=request; stored"));
    assert_eq!(rig.get("a").await.0, "2");
}

#[tokio::test(start_paused = true)]
async fn an_older_fill_never_overwrites_a_newer_one() {
    let rig = Rig::new();
    rig.script
        .will_in(Duration::from_secs(1), Step::Answer(Draft::json("old")));
    let (older, newer) = join(rig.get("a"), async {
        later(0.01).await;
        rig.get_with("a", NO_CACHE).await
    })
    .await;
    assert_eq!(
        older,
        pair("old", "switchboard; fwd=uri-miss"),
        "it is not stored"
    );
    assert_eq!(newer.0, "2");
    assert_eq!(rig.get("a").await.0, "2");

    // Nor does it take away what the newer one found.
    rig.script.will_in(
        Duration::from_secs(1),
        Step::Fail(Error::gateway(Code::Forbidden, "scripted")),
    );
    let (older, _) = join(rig.get("b"), async {
        later(0.01).await;
        rig.get_with("b", NO_CACHE).await
    })
    .await;
    assert_eq!(older.0, "forbidden");
    assert_eq!(rig.get("b").await.0, "4");
}

#[tokio::test(start_paused = true)]
async fn a_newer_flight_is_joined_also_after_the_older_one_has_ended() {
    let rig = Rig::new();
    rig.script
        .will(Step::Fail(Error::provider(Code::Conflict, "scripted")));
    let newer = async {
        sleep(Duration::from_millis(50)).await;
        rig.get_with("a", NO_CACHE).await
    };
    let third = async {
        sleep(Duration::from_millis(120)).await;
        rig.get("a").await
    };
    let (older, newer, third) = join3(rig.get("a"), newer, third).await;
    assert_eq!((&*older.0, &*newer.0), ("conflict", "2"));
    assert_eq!(third, pair("2", "switchboard; fwd=uri-miss; collapsed"));
    assert_eq!(rig.script.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_number_of_fills_is_bounded() {
    let rig = Rig::with(Settings {
        max_bytes: 1 << 20,
        max_fills: 2,
    });
    let first = join(rig.get("a"), rig.get("b"));
    let more = async {
        later(0.01).await;
        let refused = rig.send(rig.call("c")).await.unwrap_err();
        assert_eq!(
            (refused.code(), refused.wait()),
            (Code::Overloaded, Some(Duration::from_secs(1)))
        );
        // Who joins needs no place.
        rig.get("a").await
    };
    let (_, joined) = join(first, more).await;
    assert_eq!(joined.1, "switchboard; fwd=uri-miss; collapsed");
    rig.settle().await;
    assert_eq!(
        rig.get("c").await.1,
        "switchboard; fwd=uri-miss; stored",
        "places come back"
    );
}

#[tokio::test(start_paused = true)]
async fn a_purge_during_a_fill_keeps_it_from_being_stored_or_joined() {
    for purge in [
        Purge::All,
        Purge::Connection(&"bland".parse().unwrap()),
        Purge::Id("a"),
    ] {
        let rig = Rig::new();
        let before = rig.get("a");
        let after = async {
            later(0.05).await;
            rig.cache.forget(purge).await;
            rig.get("a").await
        };
        let (before, after) = join(before, after).await;
        assert_eq!(before, pair("1", "switchboard; fwd=uri-miss"));
        assert_eq!(after, pair("2", "switchboard; fwd=uri-miss; stored"));
        assert_eq!(rig.get("a").await, pair("2", "switchboard; hit; ttl=10"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_fill_ends_at_its_own_deadline() {
    let rig = Rig::new();
    let hangs = service_fn(|_: Call| pending::<Result<Arc<Answer>>>());
    let reply = rig.cache.layer().layer(hangs).oneshot(rig.call("a")).await;
    assert_eq!(read(reply), pair("deadline_exceeded", "error"));
    rig.settle().await;
    assert_eq!(rig.get("a").await.0, "1", "and its place is free");
}

/// A request that looked just before a fill was stored, and boards just after the flight is gone.
#[tokio::test(flavor = "multi_thread")]
async fn a_fill_that_ends_between_look_up_and_boarding_is_not_repeated() {
    for (no_cache, body) in [(false, "2"), (true, "3")] {
        let rig = Rig::new();
        let asks = |directives| {
            let mut call = rig.ask("a", directives);
            call.lifetimes.fresh = Duration::ZERO;
            call.lifetimes.stale_while_revalidate = Duration::ZERO;
            call
        };
        assert_eq!(read(rig.send(asks(Directives::default())).await).0, "1");
        rig.settle().await;
        let mut late = asks(Directives { no_cache, ..NO_CACHE });
        // Whoever wants news must not take what was asked for before he came.
        late.arrived += Duration::from_mins(1);
        let (other, between) = (asks(Directives::default()), rig.clone());
        let once = Once::new();
        late.found = Some(Arc::new(move || {
            once.call_once(|| {
                block_in_place(|| {
                    Handle::current().block_on(async {
                        assert_eq!(read(between.send(other.clone()).await).0, "2");
                        between.settle().await;
                    });
                });
            });
        }));
        assert_eq!(read(rig.send(late).await).0, body);
    }
}
