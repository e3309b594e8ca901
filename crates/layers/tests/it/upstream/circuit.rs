use std::sync::Arc;

use futures_util::FutureExt;
use layers::upstream::{Circuit, CircuitLayer, CircuitService, CircuitSettings, CircuitState, Recent};
use model::{Code, Error, Health, Origin};
use tower::Layer;
use tower_service::Service;

use super::*;

const SETTINGS: CircuitSettings = CircuitSettings {
    failure_ratio: 0.5,
    minimum_requests: 4,
    window: s(10),
    open: s(5),
};

const NOTHING: Recent = Recent {
    successes: 0,
    failures: 0,
};

struct Guarded {
    provider: Scripted,
    circuit: Circuit,
    observer: Arc<Observed>,
    service: CircuitService<Scripted>,
}

fn guarded(results: impl IntoIterator<Item = Result>) -> Guarded {
    let provider = Scripted::answers(results);
    let observer = Arc::new(Observed::default());
    let circuit = Circuit::new(SETTINGS, Arc::clone(&observer) as _);
    let service = CircuitLayer::new(circuit.clone()).layer(provider.clone());
    Guarded {
        provider,
        circuit,
        observer,
        service,
    }
}

impl Guarded {
    async fn calls(&mut self, times: usize) {
        for _ in 0..times {
            drop(self.service.call(get()).await);
        }
    }

    /// One whose circuit has just opened.
    async fn opened() -> Self {
        let mut guarded = guarded([answer(500)]);
        guarded.calls(4).await;
        assert_eq!(guarded.circuit.state(), CircuitState::Open);
        guarded
    }
}

#[tokio::test(start_paused = true)]
async fn opens_at_the_ratio_but_not_before_the_minimum() {
    let mut it = guarded([answer(500)]);
    it.calls(3).await;
    assert_eq!(it.circuit.state(), CircuitState::Closed);
    it.calls(1).await;
    assert_eq!(it.circuit.state(), CircuitState::Open);

    let mut it = guarded([answer(200), answer(200), answer(200), answer(500)]);
    it.calls(5).await;
    assert_eq!(it.circuit.state(), CircuitState::Closed, "2 of 5");
    it.calls(1).await;
    assert_eq!(it.circuit.state(), CircuitState::Open, "3 of 6");
}

#[tokio::test(start_paused = true)]
async fn an_open_circuit_makes_no_call_and_says_until_when() {
    let mut it = Guarded::opened().await;
    tokio::time::advance(s(2)).await;
    let error = it.service.call(get()).await.unwrap_err();
    assert_eq!(
        (error.code(), error.origin()),
        (Code::CircuitOpen, Origin::Gateway)
    );
    assert_eq!(error.wait(), Some(s(3)));
    assert!(error.is_unsent());
    assert!(error.detail().contains("since 2 s") && error.detail().contains("due in 3 s"));
    assert_eq!(it.provider.count(), 4);
}

#[tokio::test(start_paused = true)]
async fn only_the_providers_failures_count() {
    let failures = [
        answer(500),
        answer(599),
        answer(302),
        failure(Code::ProviderUnavailable),
        failure(Code::ProviderTimeout),
        failure(Code::ProviderProtocolError),
    ];
    for result in failures {
        let mut it = guarded([result.clone()]);
        it.calls(4).await;
        assert_eq!(it.circuit.state(), CircuitState::Open, "{result:?}");
    }
    let successes = [200, 204, 400, 401, 403, 404, 409, 429].map(answer);
    for result in successes {
        let mut it = guarded([result.clone()]);
        it.calls(10).await;
        assert_eq!(
            it.circuit.recent(),
            Recent {
                successes: 10,
                failures: 0
            },
            "{result:?}"
        );
    }
    let neither = [
        Err(Error::gateway(Code::Overloaded, "Busy.")),
        Err(Error::gateway(Code::DeadlineExceeded, "Late.")),
        Err(Error::internal("no URL")),
    ];
    for result in neither {
        let mut it = guarded([result.clone()]);
        it.calls(10).await;
        assert_eq!(it.circuit.state(), CircuitState::Closed, "{result:?}");
        assert_eq!(it.circuit.recent(), NOTHING, "{result:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn old_failures_are_forgotten() {
    let mut it = guarded([answer(500)]);
    it.calls(3).await;
    tokio::time::advance(s(10)).await;
    it.calls(3).await;
    assert_eq!(it.circuit.state(), CircuitState::Closed);
    assert_eq!(it.circuit.recent().failures, 3);
}

#[tokio::test(start_paused = true)]
async fn one_probe_at_a_time_and_its_success_closes() {
    let mut it = Guarded::opened().await;
    it.provider.play(answer(200));
    tokio::time::advance(s(5)).await;
    assert_eq!(it.circuit.state(), CircuitState::HalfOpen);

    let probe = it.service.call(get());
    let others = futures_util::future::join_all((0..19).map(|_| it.service.call(get()))).await;
    assert!(
        others
            .iter()
            .all(|result| code(result) == Some(Code::CircuitOpen))
    );
    assert!(
        others
            .iter()
            .all(|result| result.as_ref().unwrap_err().wait() == Some(s(1)))
    );
    assert_eq!(
        it.provider.count(),
        4,
        "the probe is not polled yet, the others must not pass"
    );

    assert_eq!(status(&probe.await), Some(200));
    assert_eq!(it.circuit.state(), CircuitState::Closed);
    it.calls(2).await;
    assert_eq!(it.provider.count(), 7);
    assert_eq!(
        *it.observer.states.lock().unwrap(),
        [CircuitState::Open, CircuitState::HalfOpen, CircuitState::Closed]
    );
}

#[tokio::test(start_paused = true)]
async fn a_failed_probe_opens_again_for_as_long() {
    let mut it = Guarded::opened().await;
    tokio::time::advance(s(5)).await;
    it.calls(3).await;
    assert_eq!(it.provider.count(), 5, "one probe");
    assert_eq!(it.circuit.state(), CircuitState::Open);
    let error = it.service.call(get()).await.unwrap_err();
    assert!(error.detail().contains("since 5 s") && error.detail().contains("due in 5 s"));
    tokio::time::advance(s(5)).await;
    it.calls(1).await;
    assert_eq!(it.provider.count(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_proves_nothing_makes_way() {
    let mut it = Guarded::opened().await;
    tokio::time::advance(s(5)).await;
    // Its client leaves: before it began, and while it is under way.
    drop(it.service.call(get()));
    it.provider.play_for(s(60), answer(200));
    let mut probe = it.service.call(get());
    assert!((&mut probe).now_or_never().is_none());
    assert_eq!(code(&it.service.call(get()).await), Some(Code::CircuitOpen));
    drop(probe);
    assert_eq!(it.circuit.state(), CircuitState::HalfOpen);
    // It gets no turn.
    it.provider.play(Err(Error::gateway(Code::Overloaded, "Busy.")));
    it.calls(1).await;
    assert_eq!(it.circuit.state(), CircuitState::HalfOpen);
    it.provider.play(answer(200));
    it.calls(1).await;
    assert_eq!(it.circuit.state(), CircuitState::Closed);
}

#[tokio::test(start_paused = true)]
async fn attempts_of_an_earlier_time_do_not_count() {
    let mut it = guarded([]);
    it.provider.play(answer(200));
    let early: Vec<_> = (0..8).map(|_| it.service.call(get())).collect();
    it.provider.play(answer(500));
    it.calls(4).await;
    tokio::time::advance(s(5)).await;
    let probe = it.service.call(get());
    // These failures began while the circuit was closed; the probe alone decides.
    drop(futures_util::future::join_all(early).await);
    assert_eq!(it.circuit.state(), CircuitState::HalfOpen);
    it.provider.play(answer(200));
    drop(probe.await);
    assert_eq!(it.circuit.state(), CircuitState::Closed);
    assert_eq!(it.circuit.recent(), NOTHING);
}

#[tokio::test(start_paused = true)]
async fn health_in_one_word() {
    let mut it = guarded([answer(500), answer(200)]);
    assert_eq!(it.circuit.health(), Health::Up);
    it.calls(10).await;
    assert_eq!(it.circuit.health(), Health::Degraded, "1 of 10");
    it.calls(1).await;
    assert_eq!(it.circuit.health(), Health::Up, "1 of 11");

    let it = Guarded::opened().await;
    assert_eq!(it.circuit.health(), Health::Down);
    tokio::time::advance(s(5)).await;
    assert_eq!(it.circuit.health(), Health::Degraded);
}
