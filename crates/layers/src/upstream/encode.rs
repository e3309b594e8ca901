//! From an adapter's request to an HTTP request: the only place that writes one.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, USER_AGENT};
use http::{Method, Request};
use model::{Error, UpstreamRequest};

use crate::body::Body;

/// The HTTP request. Fails only if the base URL, which is configured, is none.
pub(super) fn encode(
    base_url: &str,
    user_agent: &HeaderValue,
    request: &UpstreamRequest,
) -> Result<Request<Body>, Error> {
    let (content_type, body) = match &request.body {
        model::Body::Empty => (None, Bytes::new()),
        model::Body::Form(pairs) => (
            Some("application/x-www-form-urlencoded"),
            urlencoded(pairs)?.into(),
        ),
        model::Body::Json(json) => (Some("application/json"), json.clone()),
    };
    let length = body.len();
    let mut http = Request::new(Body::from(body));
    *http.method_mut() = request.method.clone();
    *http.uri_mut() = url(base_url, request)?
        .parse()
        .map_err(|error| Error::internal(format!("the upstream URL is none: {error}")))?;
    let headers = http.headers_mut();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    headers.insert(USER_AGENT, user_agent.clone());
    if let Some(content_type) = content_type {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    // A method that is defined with a body says so when it has none.
    if content_type.is_some() || matches!(request.method, Method::POST | Method::PUT | Method::PATCH) {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    Ok(http)
}

fn url(base_url: &str, request: &UpstreamRequest) -> Result<String, Error> {
    let mut url = [base_url, request.path.as_str()].concat();
    if !request.query.is_empty() {
        url.push('?');
        url.push_str(&urlencoded(&request.query)?);
    }
    Ok(url)
}

fn urlencoded<K: AsRef<str>>(pairs: &[(K, String)]) -> Result<String, Error> {
    let pairs: Vec<(Cow<'_, str>, &str)> = pairs
        .iter()
        .map(|(key, value)| (Cow::Borrowed(key.as_ref()), value.as_str()))
        .collect();
    serde_html_form::to_string(pairs)
        .map_err(|error| Error::internal(format!("the pairs cannot be encoded: {error}")))
}
