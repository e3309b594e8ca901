//! The layers of the provider stack, on tokio's paused clock.

mod attempt;
mod circuit;
mod collect;
mod forward;
mod hint;
mod inject;
mod pace;
mod retry;
mod shared_rate;
mod stack;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use layers::CallTrace;
use layers::upstream::{CallObserver, CircuitState, Outcome, UpstreamCall};
use model::{Code, Error, Path, Safety, UpstreamRequest, UpstreamResponse};
use tokio::time::Instant;
use tower_service::Service;

type Result = model::Result<UpstreamResponse>;

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A safe call with the default deadline.
fn get() -> UpstreamCall {
    UpstreamCall {
        request: Arc::new(UpstreamRequest::get(Path::of(["v1", "numbers"]))),
        operation: "list_numbers",
        deadline: Instant::now() + s(15),
        trace: Arc::new(CallTrace::default()),
        client: 0,
        traced: None,
    }
}

/// A call that must not be made twice.
fn post() -> UpstreamCall {
    let mut request = UpstreamRequest::get(Path::of(["v1", "webhooks"]));
    request.method = Method::POST;
    request.safety = Safety::Unsafe;
    UpstreamCall {
        request: Arc::new(request),
        operation: "create_webhook",
        ..get()
    }
}

fn answer(status: u16) -> Result {
    answer_of(status, HeaderMap::new())
}

fn answer_with(status: u16, name: &'static str, value: &'static str) -> Result {
    answer_of(
        status,
        HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_static(value))]),
    )
}

#[expect(clippy::unnecessary_wraps, reason = "a script is made of results")]
fn answer_of(status: u16, headers: HeaderMap) -> Result {
    Ok(UpstreamResponse {
        status,
        headers,
        body: Bytes::from_static(b"{}"),
    })
}

fn failure(code: Code) -> Result {
    Err(Error::provider(code, "It failed."))
}

fn code(result: &Result) -> Option<Code> {
    result.as_ref().err().map(Error::code)
}

fn status(result: &Result) -> Option<u16> {
    result.as_ref().ok().map(|answer| answer.status)
}

/// A provider that follows a script: each step a time and a result; the last one repeats.
#[derive(Clone)]
struct Scripted {
    steps: Arc<Mutex<VecDeque<(Duration, Result)>>>,
    calls: Arc<Mutex<Vec<Sent>>>,
}

/// A call that reached the provider.
#[derive(Debug, Clone, Copy)]
struct Sent {
    at: Instant,
    client: u32,
}

impl Scripted {
    fn new(steps: impl IntoIterator<Item = (Duration, Result)>) -> Self {
        Self {
            steps: Arc::new(Mutex::new(steps.into_iter().collect())),
            calls: Arc::default(),
        }
    }

    /// Answers at once.
    fn answers(results: impl IntoIterator<Item = Result>) -> Self {
        Self::new(results.into_iter().map(|result| (Duration::ZERO, result)))
    }

    /// Always takes this long.
    fn takes(time: Duration) -> Self {
        Self::new([(time, answer(200))])
    }

    fn sent(&self) -> Vec<Sent> {
        self.calls.lock().unwrap().clone()
    }

    fn count(&self) -> usize {
        self.sent().len()
    }

    fn play(&self, result: Result) {
        self.play_for(Duration::ZERO, result);
    }

    fn play_for(&self, time: Duration, result: Result) {
        *self.steps.lock().unwrap() = VecDeque::from([(time, result)]);
    }
}

impl Service<UpstreamCall> for Scripted {
    type Response = UpstreamResponse;
    type Error = Error;
    type Future = BoxFuture<'static, Result>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, call: UpstreamCall) -> Self::Future {
        let script = self.clone();
        Box::pin(async move {
            let (time, result) = {
                let mut steps = script.steps.lock().unwrap();
                let step = steps.front().unwrap().clone();
                if steps.len() > 1 {
                    steps.pop_front();
                }
                step
            };
            script.calls.lock().unwrap().push(Sent {
                at: Instant::now(),
                client: call.client,
            });
            tokio::time::sleep(time).await;
            result
        })
    }
}

/// What an observer was told.
#[derive(Debug, Default)]
struct Observed {
    finished: Mutex<Vec<(&'static str, Outcome, Duration)>>,
    attempts: Mutex<Vec<bool>>,
    on_wire: Mutex<Vec<Duration>>,
    queued: Mutex<Vec<Duration>>,
    /// The attempts under way, and the most there ever were.
    in_flight: Mutex<(i64, i64)>,
    states: Mutex<Vec<CircuitState>>,
    limiter: Mutex<Vec<bool>>,
}

impl CallObserver for Observed {
    fn finished(&self, operation: &'static str, outcome: Outcome, took: Duration) {
        self.finished.lock().unwrap().push((operation, outcome, took));
    }
    fn attempt(&self, _: &'static str, retry: bool) {
        self.attempts.lock().unwrap().push(retry);
    }
    fn on_wire(&self, _: &'static str, took: Duration) {
        self.on_wire.lock().unwrap().push(took);
    }
    fn queued(&self, waited: Duration) {
        self.queued.lock().unwrap().push(waited);
    }
    fn in_flight(&self, delta: i64) {
        let mut in_flight = self.in_flight.lock().unwrap();
        in_flight.0 += delta;
        in_flight.1 = in_flight.1.max(in_flight.0);
    }
    fn circuit(&self, state: CircuitState) {
        self.states.lock().unwrap().push(state);
    }
    fn limiter(&self, allowed: bool) {
        self.limiter.lock().unwrap().push(allowed);
    }
}
