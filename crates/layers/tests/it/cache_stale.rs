//! What stands in for an answer that does not come, and what never does.

use std::time::Duration;

use layers::cache::Directives;
use model::{Code, Error, Origin};
use tokio::time::Instant;

use super::cache_rig::{Rig, Step, later, pair, read};

fn ask() -> Directives {
    Directives::default()
}

#[tokio::test(start_paused = true)]
async fn a_stale_answer_stands_in_where_the_provider_cannot_answer() {
    let permitted = [
        (
            Code::ProviderUnavailable,
            Origin::Provider,
            "provider_unavailable",
        ),
        (Code::ProviderTimeout, Origin::Provider, "provider_timeout"),
        (Code::DeadlineExceeded, Origin::Gateway, "deadline_exceeded"),
        (Code::CircuitOpen, Origin::Gateway, "circuit_open"),
        (Code::RateLimited, Origin::Provider, "provider_throttled"),
        (Code::Overloaded, Origin::Provider, "provider_throttled"),
    ];
    for code in Code::ALL {
        for origin in [Origin::Client, Origin::Gateway, Origin::Provider] {
            let rig = Rig::new();
            rig.get("a").await;
            later(40.0).await;
            rig.script.will(Step::Fail(Error::new(code, origin, "scripted")));
            let seen = rig.get("a").await;
            let word = permitted.iter().find(|(c, o, _)| {
                *c == code && (*o == origin || !matches!(code, Code::RateLimited | Code::Overloaded))
            });
            match word {
                Some((.., word)) => {
                    assert_eq!(
                        seen,
                        pair("1", &format!("switchboard; hit; ttl=-30; detail={word}"))
                    );
                    assert_eq!(rig.count("stale"), 1);
                }
                None => assert_eq!(seen, pair(code.as_str(), "error")),
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stale_answer_stands_in_for_one_that_comes_too_late() {
    let rig = Rig::new();
    rig.get("a").await;
    later(40.0).await;
    let mut call = rig.call("a");
    call.deadline = Instant::now() + Duration::from_millis(50);
    let seen = read(rig.send(call).await);
    assert_eq!(
        seen,
        pair("1", "switchboard; hit; ttl=-30; detail=deadline_exceeded")
    );
}

#[tokio::test(start_paused = true)]
async fn it_stands_in_for_its_time_and_as_far_as_the_client_lets_it() {
    let unavailable = || Step::Fail(Error::provider(Code::ProviderUnavailable, "scripted"));
    let rig = Rig::new();
    rig.get("a").await;
    later(40.0).await;
    rig.script.will(unavailable());
    assert_eq!(
        rig.get_with(
            "a",
            Directives {
                no_cache: true,
                ..ask()
            }
        )
        .await
        .0,
        "provider_unavailable"
    );
    rig.script.will(unavailable());
    assert_eq!(
        rig.get_with(
            "a",
            Directives {
                max_age: Some(39),
                ..ask()
            }
        )
        .await
        .0,
        "provider_unavailable"
    );
    rig.script.will(unavailable());
    assert_eq!(
        rig.get_with(
            "a",
            Directives {
                max_age: Some(41),
                ..ask()
            }
        )
        .await
        .0,
        "1"
    );
    later(31.0).await;
    rig.script.will(unavailable());
    assert_eq!(
        rig.get("a").await.0,
        "provider_unavailable",
        "70 seconds are over"
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_stored_is_served_after_a_refusal_or_an_absence() {
    let gone = [
        Code::ProviderAuthFailed,
        Code::Unauthenticated,
        Code::Forbidden,
        Code::NotFound,
    ];
    for code in gone {
        // Found out by a refresh that nobody waited for, too.
        for wait in [12.0, 40.0] {
            let rig = Rig::new();
            rig.get("a").await;
            later(wait).await;
            rig.script.will(Step::Fail(Error::gateway(code, "scripted")));
            rig.get("a").await;
            rig.settle().await;
            rig.script
                .will(Step::Fail(Error::provider(Code::ProviderUnavailable, "scripted")));
            assert_eq!(
                rig.get("a").await,
                pair("provider_unavailable", "error"),
                "{code:?} at {wait}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_provider_does_not_have_is_remembered_for_a_moment() {
    let absent = || Error::new(Code::NotFound, Origin::Provider, "scripted");
    let rig = Rig::new();
    rig.get("a").await;
    later(40.0).await;
    rig.script.will(Step::Fail(absent()));
    assert_eq!(rig.get("a").await, pair("not_found", "error"));
    later(4.0).await;
    assert_eq!(rig.get("a").await, pair("not_found", "error"));
    assert_eq!((rig.script.calls(), rig.count("hit")), (2, 1));
    later(1.0).await;
    assert_eq!(rig.get("a").await, pair("3", "switchboard; fwd=stale; stored"));

    rig.script.will(Step::Fail(absent()));
    assert_eq!(rig.get("c").await.0, "not_found");
    later(6.0).await;
    rig.script
        .will(Step::Fail(Error::provider(Code::ProviderUnavailable, "scripted")));
    assert_eq!(
        rig.get("c").await.0,
        "provider_unavailable",
        "an absence stands in for nothing"
    );

    let ours = Error::client(Code::NotFound, "scripted");
    rig.script.will(Step::Fail(ours.clone()));
    rig.script.will(Step::Fail(ours.on(&"bland".parse().unwrap())));
    for calls in [6, 7, 7] {
        assert_eq!(rig.get("b").await.0, "not_found");
        assert_eq!(
            rig.script.calls(),
            calls,
            "only what comes from a connection is kept"
        );
    }
}
