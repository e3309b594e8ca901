//! The canary in what can only be looked at from inside: panics, and what is printed for debugging.

use std::io;
use std::panic;
use std::sync::{Arc, Mutex};

use http::Request;
use http_body_util::BodyExt;
use switchboard::api::Call;
use switchboard::{front, telemetry};
use tower::{ServiceExt, service_fn};
use tracing::Dispatch;
use tracing::subscriber::{DefaultGuard, NoSubscriber, set_default};
use tracing_subscriber::fmt::MakeWriter;

use crate::canary::{CANARY, DIGITS, KEY, LINNET, assert_unseen};
use crate::rig::{Gateway, NUMBER, NUMBER_BODY, Script, Upstream, acme, hash};

/// Everything that this thread logs; the tests' runtimes have one thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Log {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

impl Log {
    fn begin(&self) -> (DefaultGuard, Dispatch) {
        // While there is one dispatcher alone, a call site that another thread meets first is off for all.
        let another = Dispatch::new(NoSubscriber::default());
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(self.clone());
        (set_default(subscriber.finish()), another)
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

async fn start() -> (Gateway, Upstream) {
    let body = NUMBER_BODY.replace("Help.", LINNET);
    let upstream = Upstream::always(Script::json(200, &body)).await;
    let known = hash("key");
    let config = acme(upstream.address, "").replace(&known, &hash(KEY));
    (Gateway::start(&config).await, upstream)
}

fn explode() -> model::Result<Arc<layers::Answer>> {
    panic!("{CANARY} {LINNET} {DIGITS}");
}

#[tokio::test]
async fn a_panic_that_holds_everything() {
    let log = Log::default();
    let logging = log.begin();
    let (gateway, _upstream) = start().await;
    let before = panic::take_hook();
    telemetry::report_panics();
    let stack = front::around(&gateway.shared, service_fn(|_: Call| async { explode() }));
    let mut bodies = Vec::new();
    // One is met by the request's own task, the other one by that of the fill.
    for path in ["/v1/connections", NUMBER] {
        let request = Request::get(path)
            .header("host", gateway.client.0.to_string())
            .header("x-api-key", KEY);
        let response = stack
            .clone()
            .oneshot(request.body(layers::Body::empty()).unwrap())
            .await
            .unwrap();
        bodies.push((
            response.status(),
            response.into_body().collect().await.unwrap().to_bytes(),
        ));
    }
    panic::set_hook(before);
    for (status, body) in bodies {
        assert_eq!(status, 500);
        assert_unseen("the answer", &String::from_utf8_lossy(&body));
    }
    drop(logging);
    let text = log.text();
    assert_eq!(text.matches("canary_inside.rs").count(), 2, "{text}");
    assert_unseen("the log", &text);
    gateway.stop().await;
}

#[tokio::test]
async fn what_is_printed_for_debugging() {
    let (gateway, upstream) = start().await;
    let answer = gateway.get_with(NUMBER, &[("x-api-key", KEY)]).await;
    assert_eq!((answer.status, upstream.count()), (200, 1));
    let shared = &gateway.shared;
    for (place, text) in [
        ("the configuration", format!("{:?}", shared.config)),
        ("the cache", format!("{:?}", shared.cache)),
        ("the seal", format!("{:?}", shared.seal)),
    ] {
        assert_unseen(place, &text);
        assert!(!text.contains("secret-of-TEST"), "{place}: {text}");
    }
    gateway.stop().await;
}
