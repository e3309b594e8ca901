use std::sync::Arc;

use layers::upstream::{AttemptLayer, AttemptService};
use model::{Code, Origin};
use tokio::time::Instant;
use tower::Layer;
use tower_service::Service;

use super::*;

fn timed(provider: &Scripted) -> (AttemptService<Scripted>, Arc<Observed>) {
    let observer = Arc::new(Observed::default());
    let layer = AttemptLayer::new(Some(s(5)), Some("twilio-request-id"), Arc::clone(&observer) as _);
    (layer.layer(provider.clone()), observer)
}

#[tokio::test(start_paused = true)]
async fn notes_time_status_and_the_providers_id() {
    let provider = Scripted::new([(ms(120), answer_with(404, "twilio-request-id", "RQ1"))]);
    let (mut service, observer) = timed(&provider);
    let call = get();
    assert_eq!(status(&service.call(call.clone()).await), Some(404));
    assert_eq!((call.trace.attempts(), call.trace.provider_time()), (1, ms(120)));
    assert_eq!(call.trace.status(), Some(404));
    assert_eq!(call.trace.provider_request_id(), Some("RQ1"));
    assert_eq!(*observer.on_wire.lock().unwrap(), [ms(120)]);
}

#[tokio::test(start_paused = true)]
async fn its_own_limit_is_the_providers_fault() {
    let (mut service, _) = timed(&Scripted::takes(s(60)));
    let (call, started) = (get(), Instant::now());
    let error = service.call(call.clone()).await.unwrap_err();
    assert_eq!(started.elapsed(), s(5));
    assert_eq!(
        (error.code(), error.origin()),
        (Code::ProviderTimeout, Origin::Provider)
    );
    assert_eq!(error.proxy_word(), Some("http_response_timeout"));
    assert!(!error.is_unsent());
    assert_eq!((call.trace.attempts(), call.trace.provider_time()), (1, s(5)));
    assert_eq!(call.trace.status(), None);
}

#[tokio::test(start_paused = true)]
async fn the_deadline_is_not() {
    let (mut service, _) = timed(&Scripted::takes(s(60)));
    let started = Instant::now();
    let call = UpstreamCall {
        deadline: started + s(2),
        ..get()
    };
    let error = service.call(call).await.unwrap_err();
    assert_eq!(started.elapsed(), s(2));
    assert_eq!(
        (error.code(), error.origin()),
        (Code::DeadlineExceeded, Origin::Gateway)
    );
    assert!(!error.is_unsent());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_after_the_deadline() {
    let provider = Scripted::takes(ms(0));
    let (mut service, observer) = timed(&provider);
    let call = UpstreamCall {
        deadline: Instant::now(),
        ..get()
    };
    let error = service.call(call.clone()).await.unwrap_err();
    assert_eq!((error.code(), error.is_unsent()), (Code::DeadlineExceeded, true));
    assert_eq!((provider.count(), call.trace.attempts()), (0, 0));
    assert_eq!(observer.on_wire.lock().unwrap().len(), 0);
}
