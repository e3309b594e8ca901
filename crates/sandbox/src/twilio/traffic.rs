//! The headers that Twilio puts on every answer.

use std::sync::atomic::{AtomicU64, Ordering};

use hyper::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, HeaderName, HeaderValue,
};
use tokio::time::Instant;

use super::sid::sid;
use crate::http::Answer;

const REQUEST_ID: HeaderName = HeaderName::from_static("twilio-request-id");
const REQUEST_DURATION: HeaderName = HeaderName::from_static("twilio-request-duration");
const CONCURRENT_REQUESTS: HeaderName = HeaderName::from_static("twilio-concurrent-requests");

const CORS: [(HeaderName, HeaderValue); 5] = [
    (ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
    (
        ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET, POST, DELETE, OPTIONS"),
    ),
    (
        ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("Content-Type, Authorization"),
    ),
    (ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true")),
    (
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("Twilio-Request-Id"),
    ),
];

/// Counts requests, which also numbers their ids.
#[derive(Default)]
pub(super) struct Traffic {
    started: AtomicU64,
    finished: AtomicU64,
}

impl Traffic {
    /// Answers one request and describes it in the headers.
    pub(super) fn count(&self, answer: impl FnOnce() -> Answer) -> Answer {
        let arrival = Instant::now();
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        let concurrent = number
            .saturating_sub(self.finished.load(Ordering::Relaxed))
            .saturating_add(1);
        let answer = answer();
        self.finished.fetch_add(1, Ordering::Relaxed);
        let answer = CORS
            .into_iter()
            .fold(answer, |answer, (name, value)| answer.with(name, value));
        let answer = answer.with(CONCURRENT_REQUESTS, concurrent.into());
        let described = [
            (REQUEST_ID, sid("RQ", number)),
            (
                REQUEST_DURATION,
                format!("{:.3}", arrival.elapsed().as_secs_f64()),
            ),
        ];
        described
            .into_iter()
            .fold(answer, |answer, (name, text)| match HeaderValue::try_from(text) {
                Ok(value) => answer.with(name, value),
                Err(_) => answer,
            })
    }
}
