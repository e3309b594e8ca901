//! A request as the providers read it, and the JSON answer they give.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::http::uri::Authority;
use hyper::{HeaderMap, Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// The head of a request, taken apart.
pub(crate) struct Request {
    /// The method.
    pub(crate) method: Method,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// Scheme and authority that the client used, for absolute links.
    pub(crate) origin: String,
    path: Vec<String>,
    query: Vec<(String, String)>,
}

/// Status, headers and a JSON body.
pub(crate) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Request {
    /// Splits first and decodes once, so that an encoded slash stays inside its segment.
    pub(crate) fn new(head: Parts, default_authority: &str) -> Self {
        let host = head.headers.get(HOST).and_then(|host| host.to_str().ok());
        let authority = head.uri.authority().map(Authority::as_str).or(host);
        let path = head.uri.path().split('/').skip(1);
        Self {
            origin: format!("http://{}", authority.unwrap_or(default_authority)),
            path: path
                .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
                .collect(),
            query: head.uri.query().map(query_pairs).unwrap_or_default(),
            method: head.method,
            headers: head.headers,
        }
    }

    /// The decoded path segments.
    pub(crate) fn path(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    /// The first value of a query parameter.
    pub(crate) fn query<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.query_all(name).next()
    }

    /// Every value of a query parameter.
    pub(crate) fn query_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.query
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The value of a header that is text.
    pub(crate) fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Answer {
    /// An answer with a JSON body.
    pub(crate) fn json(status: StatusCode, body: &Value) -> Self {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        Self {
            status,
            headers,
            body: body.to_string(),
        }
    }

    /// The same answer with one more header.
    #[must_use]
    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}

impl From<Answer> for hyper::Response<Full<Bytes>> {
    fn from(answer: Answer) -> Self {
        let mut response = Self::new(Full::from(answer.body));
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        response
    }
}

fn query_pairs(query: &str) -> Vec<(String, String)> {
    serde_html_form::from_str(query).unwrap_or_default()
}
