//! What is stored, for how long, and what an error makes of it.

use std::time::Duration;

use layers::cache::{Directives, KeyMaker, Lifetimes, Purge, Settings};
use layers::{Draft, StaleTail};
use model::{Code, Error};
use tokio::time::Instant;

use super::cache_rig::{Rig, Step, later, pair, read};

fn ask() -> Directives {
    Directives::default()
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_fresh_for_its_time() {
    let rig = Rig::new();
    assert_eq!(rig.get("a").await, pair("1", "switchboard; fwd=uri-miss; stored"));
    later(9.0).await;
    assert_eq!(rig.get("a").await, pair("1", "switchboard; hit; ttl=1"));
    assert_eq!(rig.get("b").await, pair("2", "switchboard; fwd=uri-miss; stored"));
    assert_eq!((rig.count("hit"), rig.count("miss")), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn age_counts_from_the_upstream_answer() {
    let rig = Rig::new();
    rig.get("a").await;
    later(3.0).await;
    let reply = rig.send(rig.call("a")).await.unwrap();
    assert_eq!(reply.status.unwrap().age(), Some(Duration::from_secs(3)));
}

#[tokio::test(start_paused = true)]
async fn a_stale_answer_is_served_at_once_and_refreshed_once_behind() {
    let rig = Rig::new();
    rig.get("a").await;
    later(12.0).await;
    for _ in 0..5 {
        let before = Instant::now();
        assert_eq!(
            rig.get("a").await,
            pair("1", "switchboard; hit; ttl=-2; detail=revalidating")
        );
        assert_eq!(Instant::now(), before, "nobody waited");
    }
    rig.settle().await;
    assert_eq!(rig.script.calls(), 2);
    assert_eq!(rig.get("a").await, pair("2", "switchboard; hit; ttl=10"));
    assert_eq!(rig.count("stale"), 5);
}

#[tokio::test(start_paused = true)]
async fn beyond_that_the_client_waits() {
    let rig = Rig::new();
    rig.get("a").await;
    later(30.5).await;
    assert_eq!(rig.get("a").await, pair("2", "switchboard; fwd=stale; stored"));
}

#[tokio::test(start_paused = true)]
async fn the_client_may_ask_for_news() {
    let rig = Rig::new();
    for (directives, calls) in [
        (
            Directives {
                no_cache: true,
                ..ask()
            },
            1,
        ),
        (
            Directives {
                max_age: Some(0),
                ..ask()
            },
            2,
        ),
        (
            Directives {
                no_cache: true,
                ..ask()
            },
            3,
        ),
    ] {
        let seen = rig.get_with("a", directives).await;
        assert_eq!(seen, pair(&calls.to_string(), "switchboard; fwd=request; stored"));
        later(0.001).await;
    }
    assert_eq!(rig.get("a").await.0, "3", "the entry is refreshed");
    later(5.5).await;
    assert_eq!(
        rig.get_with(
            "a",
            Directives {
                max_age: Some(5),
                ..ask()
            }
        )
        .await
        .0,
        "3"
    );
    assert_eq!(
        rig.get_with(
            "a",
            Directives {
                max_age: Some(4),
                ..ask()
            }
        )
        .await,
        pair("4", "switchboard; fwd=request; stored")
    );
}

#[tokio::test(start_paused = true)]
async fn no_store_neither_reads_nor_stores() {
    let rig = Rig::new();
    let bypass = Directives {
        no_store: true,
        ..ask()
    };
    assert_eq!(
        rig.get_with("a", bypass).await,
        pair("1", "switchboard; fwd=bypass")
    );
    assert_eq!(rig.get("a").await, pair("2", "switchboard; fwd=uri-miss; stored"));
    assert_eq!(
        rig.get_with("a", bypass).await,
        pair("3", "switchboard; fwd=bypass")
    );
    assert_eq!(rig.get("a").await, pair("2", "switchboard; hit; ttl=10"));
    assert_eq!(rig.count("bypass"), 2);
}

#[tokio::test(start_paused = true)]
async fn only_if_cached_does_not_wait_for_the_provider() {
    let rig = Rig::new();
    let cached = Directives {
        only_if_cached: true,
        ..ask()
    };
    assert_eq!(rig.get_with("a", cached).await, pair("not_cached", "error"));
    assert_eq!(rig.script.calls(), 0);
    rig.get("a").await;
    assert_eq!(
        rig.get_with("a", cached).await,
        pair("1", "switchboard; hit; ttl=10")
    );
    assert_eq!(
        rig.get_with(
            "a",
            Directives {
                no_cache: true,
                ..cached
            }
        )
        .await
        .0,
        "not_cached"
    );
    later(12.0).await;
    assert_eq!(rig.get_with("a", cached).await.0, "1");
    rig.settle().await;
    later(40.0).await;
    assert_eq!(rig.get_with("a", cached).await.0, "not_cached");
}

#[tokio::test(start_paused = true)]
async fn what_has_no_key_goes_straight_through() {
    let rig = Rig::new();
    for body in ["1", "2"] {
        let mut call = rig.call("a");
        call.key = None;
        assert_eq!(read(rig.send(call).await), pair(body, ""));
    }
    assert_eq!(rig.cache.entries(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_must_not_be_kept_is_not() {
    let rig = Rig::new();
    rig.script.will(Step::Answer(Draft {
        cacheable: false,
        ..Draft::json("partial")
    }));
    assert_eq!(rig.get("a").await, pair("partial", "switchboard; fwd=uri-miss"));
    rig.script
        .will(Step::Fail(Error::provider(Code::Conflict, "scripted")));
    assert_eq!(rig.get("a").await.0, "conflict");
    assert_eq!(rig.cache.entries(), 0);
    let mut call = rig.call("b");
    call.lifetimes = Lifetimes::default();
    assert_eq!(
        read(rig.send(call).await).1,
        "switchboard; fwd=uri-miss",
        "no time to live"
    );
}

#[tokio::test(start_paused = true)]
async fn a_purge_forgets_what_it_names_and_counts_it() {
    let rig = Rig::new();
    for id in ["a", "b", "c"] {
        rig.get(id).await;
    }
    assert_eq!(rig.cache.purge(Purge::Id("a")).await, 1);
    assert_eq!(rig.cache.entries(), 2, "the memory is free");
    assert_eq!(rig.get("b").await.1, "switchboard; hit; ttl=10");
    assert_eq!(rig.get("a").await.1, "switchboard; fwd=uri-miss; stored");
    assert_eq!(
        rig.cache
            .purge(Purge::Connection(&"twilio".parse().unwrap()))
            .await,
        0
    );
    rig.cache.forget(Purge::Id("c")).await;
    assert_eq!(
        rig.get("c").await.1,
        "switchboard; fwd=uri-miss; stored",
        "forgotten without a sweep"
    );
    rig.cache.forget(Purge::Id("b")).await;
    assert_eq!(
        rig.cache
            .purge(Purge::Connection(&"bland".parse().unwrap()))
            .await,
        2,
        "b was forgotten before"
    );
    rig.get("a").await;
    assert_eq!(rig.cache.purge(Purge::All).await, 1);
    assert_eq!((rig.cache.entries(), rig.cache.bytes()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn what_was_forgotten_does_not_stand_in() {
    let rig = Rig::new();
    rig.get("a").await;
    later(40.0).await;
    rig.script
        .will(Step::Fail(Error::provider(Code::ProviderUnavailable, "scripted")));
    let seen = futures_util::future::join(rig.get("a"), async {
        later(0.05).await;
        rig.cache.forget(Purge::Id("a")).await;
    });
    assert_eq!(seen.await.0, pair("provider_unavailable", "error"));
}

#[tokio::test(start_paused = true)]
async fn the_cache_holds_no_more_than_it_may() {
    let rig = Rig::with(Settings {
        max_bytes: 64 << 10,
        max_fills: 8,
    });
    for id in 0..64 {
        rig.script.will(Step::Answer(Draft::json("x".repeat(4096))));
        rig.get(&id.to_string()).await;
    }
    let bytes = rig.cache.bytes();
    assert!((32 << 10..=64 << 10).contains(&bytes), "{bytes}");
    assert!((2..16).contains(&rig.cache.entries()));
    rig.script.will(Step::Answer(Draft::json("x".repeat(65 << 10))));
    assert_eq!(rig.get("huge").await.1, "switchboard; fwd=uri-miss");
}

#[tokio::test(start_paused = true)]
async fn a_stale_list_says_so_in_its_body() {
    let rig = Rig::new();
    let fresh = r#"{"data":[],"sources":[{"status":"ok"}]}"#;
    let tail = StaleTail {
        at: 11,
        bytes: r#""sources":[{"status":"stale"}]}"#.into(),
    };
    rig.script.will(Step::Answer(Draft {
        stale: Some(tail),
        ..Draft::json(fresh)
    }));
    assert_eq!(rig.get("a").await.0, fresh);
    assert_eq!(rig.get("a").await.0, fresh);
    later(12.0).await;
    let (body, status) = rig.get("a").await;
    assert_eq!(body, r#"{"data":[],"sources":[{"status":"stale"}]}"#);
    assert!(status.ends_with("detail=revalidating"));
}

#[test]
fn keys_keep_requests_apart() {
    let maker = KeyMaker::default();
    let parts = |connection: &str, id: &str, sensitive: bool| maker.key(&(connection, id, sensitive));
    assert_eq!(parts("bland", "a", true), parts("bland", "a", true));
    assert_eq!(maker.clone().key(&1), maker.key(&1));
    let keys = [
        parts("bland", "a", true),
        parts("bland", "a", false),
        parts("blanda", "", true),
        parts("", "blanda", true),
        KeyMaker::default().key(&("bland", "a", true)),
    ];
    let distinct: std::collections::HashSet<_> = keys.into_iter().collect();
    assert_eq!(distinct.len(), keys.len());
}
