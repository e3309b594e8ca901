//! Who answers a request: the control path, a provider, or a fault that was asked for. Runs once per request.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hyper::StatusCode;
use hyper::header::{HeaderValue, RETRY_AFTER};
use serde_json::json;
use tokio::time::sleep;

use crate::control::{Control, routes};
use crate::fault::{Body, Fault, NamedBody, RetryAfter, Rules, Truncate};
use crate::http::{Answer, Request};
use crate::provider::Provider;

const PROXY_PAGE: &str = "<html><head><title>Service Unavailable</title></head>\
    <body><h1>Service Unavailable</h1><hr>proxy</body></html>\n";

/// Everything that is served.
pub(crate) struct Site {
    providers: Vec<Box<dyn Provider>>,
    /// The faults in force.
    pub(crate) rules: Rules,
}

/// The connection is to be reset instead of an answer.
#[derive(Debug)]
pub(crate) struct Reset;

impl Site {
    pub(crate) fn new(providers: Vec<Box<dyn Provider>>) -> Self {
        Self {
            providers,
            rules: Rules::default(),
        }
    }

    pub(crate) async fn answer(self: &Arc<Self>, request: &Request) -> Result<Answer, Reset> {
        let path = request.path();
        if routes::owns(&path) {
            return Ok(routes::answer(&Control::new(Arc::clone(self)), request));
        }
        let Some(provider) = self.providers.iter().find(|provider| provider.owns(&path)) else {
            return Ok(refusal(StatusCode::NOT_FOUND));
        };
        let method = request.method.as_str();
        match self.rules.take(provider.name(), method, &request.raw_path) {
            Some(fault) => fail(&**provider, request, &fault).await,
            None => Ok(provider.answer(request)),
        }
    }

    /// The names of the registry.
    pub(crate) fn provider_names(&self) -> Vec<&'static str> {
        self.providers.iter().map(|provider| provider.name()).collect()
    }

    /// Puts back every provider's data.
    pub(crate) fn reset(&self) {
        for provider in &self.providers {
            provider.reset();
        }
    }
}

/// An answer of the sandbox itself, where no provider was asked.
pub(crate) fn refusal(status: StatusCode) -> Answer {
    Answer::json(status, &json!({ "error": format!("sandbox: {status}") }))
}

/// A reset comes before the provider is asked, so that what was not answered was not done either; a truncated
/// answer is one to something that was done.
async fn fail(provider: &dyn Provider, request: &Request, fault: &Fault) -> Result<Answer, Reset> {
    sleep(Duration::from_millis(fault.delay_ms)).await;
    if fault.reset {
        return Err(Reset);
    }
    let answer = match (fault.status(), &fault.drift) {
        (Some(status), _) => failure(provider, status, fault),
        (None, None) => provider.answer(request),
        (None, Some(drift)) => {
            let answer = provider.answer(request);
            if answer.is_success() {
                answer.map_json(|body| drift.apply(provider, body))
            } else {
                answer
            }
        }
    };
    Ok(match fault.truncate {
        None | Some(Truncate::Half(false)) => answer,
        Some(Truncate::Half(true)) => answer.cut(|length| length / 2),
        Some(Truncate::Bytes(sent)) => answer.cut(|_| sent),
    })
}

fn failure(provider: &dyn Provider, status: StatusCode, fault: &Fault) -> Answer {
    let answer = match &fault.body {
        None => provider.failure(status),
        Some(Body::Named(NamedBody::Empty)) => Answer::empty(status),
        Some(Body::Named(NamedBody::Html)) => Answer::text(status, "text/html", PROXY_PAGE.to_owned()),
        Some(Body::Json(body)) => Answer::json(status, body),
    };
    let retry_after = fault.retry_after.as_ref().and_then(|value| match value {
        RetryAfter::Seconds(seconds) => Some(HeaderValue::from(*seconds)),
        RetryAfter::Text(text) => HeaderValue::from_str(text).ok(),
    });
    match retry_after {
        Some(value) => answer.with(RETRY_AFTER, value),
        None => answer,
    }
}

impl fmt::Display for Reset {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the connection is to be reset")
    }
}

impl std::error::Error for Reset {}
