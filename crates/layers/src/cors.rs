//! Once per request: the CORS protocol for the configured origins, and the headers that every answer carries.
//! Answers preflights itself, since they carry no credential; refuses nothing else. Never on paths that are
//! exempt, and never `Access-Control-Allow-Credentials`.

use std::sync::Arc;

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD,
    CONTENT_SECURITY_POLICY, ORIGIN, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderName, HeaderValue, Method, StatusCode};

use crate::around::{After, Around};
use crate::context::{Context, Quota};
use crate::value::Writer;
use crate::{Request, Response};

const ALLOWED_HEADERS: HeaderValue = HeaderValue::from_static(
    "Authorization, X-Api-Key, Content-Type, If-Match, If-None-Match, Idempotency-Key, X-Request-Id, traceparent",
);
const ALLOWED_METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
const EXPOSED_HEADERS: HeaderValue = HeaderValue::from_static(
    "X-Request-Id, traceparent, ETag, Cache-Control, Age, Vary, Cache-Status, RateLimit-Policy, RateLimit, \
     RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, Proxy-Status, Server-Timing, Link, Location, \
     Allow, WWW-Authenticate, Idempotency-Replayed, Switchboard-Redacted, Deprecation, Sunset",
);
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

/// Which origins may call from a browser.
#[derive(Debug, Clone, Default)]
pub struct Origins {
    exact: Arc<[String]>,
    any_localhost: bool,
}

impl Origins {
    /// Exactly these, `scheme://host[:port]`.
    pub fn new(exact: impl IntoIterator<Item = String>) -> Self {
        Self {
            exact: exact.into_iter().collect(),
            any_localhost: false,
        }
    }

    /// And `http://localhost` at any port, for a front end under development.
    #[must_use]
    pub const fn with_localhost(mut self) -> Self {
        self.any_localhost = true;
        self
    }

    /// Whether the origin is among them.
    pub fn allow(&self, origin: &str) -> bool {
        let local = || {
            let port = origin.strip_prefix("http://localhost")?;
            let port = if port.is_empty() {
                "80"
            } else {
                port.strip_prefix(':')?
            };
            (!port.is_empty() && port.bytes().all(|b| b.is_ascii_digit())).then_some(())
        };
        self.exact.iter().any(|known| known == origin) || (self.any_localhost && local().is_some())
    }
}

/// Speaks CORS, and adds the headers that every answer carries.
#[derive(Debug, Clone)]
pub struct Cors {
    /// Who may call.
    pub origins: Origins,
    /// Paths with this prefix get no CORS headers at all.
    pub exempt: &'static str,
    /// Also send the three older rate limit headers.
    pub legacy_rate_limit: bool,
}

impl<E> Around<Request, Response, E> for Cors {
    type After = Headers;

    fn before(&self, request: &mut Request) -> Result<Headers, Result<Response, E>> {
        let exempt = request.uri().path().starts_with(self.exempt);
        let origin = request
            .headers()
            .get(ORIGIN)
            .filter(|origin| !exempt && origin.to_str().is_ok_and(|origin| self.origins.allow(origin)));
        let headers = Headers {
            context: Context::of(request.extensions()).cloned(),
            origin: origin.cloned(),
            legacy_rate_limit: self.legacy_rate_limit,
        };
        let preflight = request.method() == Method::OPTIONS
            && !exempt
            && request.headers().contains_key(ORIGIN)
            && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        if !preflight {
            return Ok(headers);
        }
        let mut response = Response::default();
        *response.status_mut() = StatusCode::NO_CONTENT;
        if headers.origin.is_some() {
            response
                .headers_mut()
                .insert(ACCESS_CONTROL_ALLOW_METHODS, ALLOWED_METHODS);
            response
                .headers_mut()
                .insert(ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS);
            response.headers_mut().insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        }
        Err(headers.after(Ok(response)))
    }
}

/// The headers that every answer carries.
#[derive(Debug)]
pub struct Headers {
    context: Option<Arc<Context>>,
    origin: Option<HeaderValue>,
    legacy_rate_limit: bool,
}

impl<E> After<Response, E> for Headers {
    fn after(self, result: Result<Response, E>) -> Result<Response, E> {
        result.map(|mut response| {
            // A browser puts what a 304 says over what it holds, and would take a page's own policy from it.
            let unchanged = response.status() == StatusCode::NOT_MODIFIED;
            let headers = response.headers_mut();
            headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
            if !unchanged {
                headers
                    .entry(CONTENT_SECURITY_POLICY)
                    .or_insert(HeaderValue::from_static(
                        "default-src 'none'; frame-ancestors 'none'",
                    ));
            }
            if !headers.contains_key(VARY) {
                headers.insert(
                    VARY,
                    HeaderValue::from_static("Authorization, X-Api-Key, Origin, Accept-Encoding"),
                );
            }
            if let Some(origin) = self.origin {
                headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
                headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED_HEADERS);
            }
            if let Some(quota) = self.context.as_ref().and_then(|context| context.quota.get()) {
                quota_headers(headers, quota, self.legacy_rate_limit);
            }
            response
        })
    }
}

fn quota_headers(headers: &mut http::HeaderMap, quota: &Quota, legacy: bool) {
    let Quota {
        policy,
        limit,
        remaining,
        reset,
    } = quota;
    headers.insert(POLICY, policy.clone());
    let mut left = Writer::new();
    left.text("\"client\";r=")
        .number(*remaining)
        .text(";t=")
        .number(*reset);
    headers.insert(RATE_LIMIT, left.finish());
    if legacy {
        headers.insert(LIMIT, HeaderValue::from(*limit));
        headers.insert(REMAINING, HeaderValue::from(*remaining));
        headers.insert(RESET, HeaderValue::from(*reset));
    }
}

#[cfg(test)]
mod tests {
    use super::Origins;

    #[test]
    fn origins_are_exact() {
        let origins = Origins::new(["https://app.example.com".to_owned()]);
        assert!(origins.allow("https://app.example.com"));
        for origin in [
            "https://app.example.com.evil.example",
            "http://app.example.com",
            "null",
            "http://localhost:1",
        ] {
            assert!(!origins.allow(origin), "{origin}");
        }
        let local = origins.with_localhost();
        assert!(local.allow("http://localhost:5173") && local.allow("http://localhost"));
        for origin in [
            "http://localhost.evil.example",
            "http://localhost:",
            "http://localhost:80x",
            "https://localhost:1",
        ] {
            assert!(!local.allow(origin), "{origin}");
        }
    }
}
