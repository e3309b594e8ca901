//! A request as the providers read it, and the answer they give.

mod form;
mod payload;

use bytes::Bytes;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::http::uri::Authority;
use hyper::{HeaderMap, Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub(crate) use self::form::Form;
pub(crate) use self::payload::Payload;

/// A whole request, its head taken apart.
pub(crate) struct Request {
    /// The method.
    pub(crate) method: Method,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// Scheme and authority that the client used, for absolute links.
    pub(crate) origin: String,
    /// The path as it was sent.
    pub(crate) raw_path: String,
    path: Vec<String>,
    query: Vec<(String, String)>,
    body: Bytes,
}

/// Why a body cannot be read as what the operation takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadBody {
    /// The head announces something else.
    ContentType,
    /// It is not what the head announces.
    Malformed,
}

/// Status, headers and a body.
pub(crate) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
    /// So many bytes of the body are sent, and the connection ends.
    cut: Option<usize>,
}

impl Request {
    /// Splits first and decodes once, so that an encoded slash stays inside its segment.
    pub(crate) fn new(head: Parts, body: Bytes, default_authority: &str) -> Self {
        let host = head.headers.get(HOST).and_then(|host| host.to_str().ok());
        let authority = head.uri.authority().map(Authority::as_str).or(host);
        let path = head.uri.path().split('/').skip(1);
        Self {
            raw_path: head.uri.path().to_owned(),
            origin: format!("http://{}", authority.unwrap_or(default_authority)),
            path: path
                .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
                .collect(),
            query: head.uri.query().map(query_pairs).unwrap_or_default(),
            method: head.method,
            headers: head.headers,
            body,
        }
    }

    /// The parameters of a form. No body is an empty form, whatever the head says.
    pub(crate) fn form(&self) -> Result<Form, BadBody> {
        if !self.body.is_empty() && !self.has_content_type("application/x-www-form-urlencoded") {
            return Err(BadBody::ContentType);
        }
        Form::parse(&self.body).ok_or(BadBody::Malformed)
    }

    /// The JSON of the body, in its own words if it is none.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<serde_json::Result<T>, BadBody> {
        if !self.has_content_type("application/json") {
            return Err(BadBody::ContentType);
        }
        Ok(serde_json::from_slice(&self.body))
    }

    /// The members of the JSON object that the body is.
    pub(crate) fn object(&self) -> Result<Map<String, Value>, BadBody> {
        self.json()?.map_err(|_| BadBody::Malformed)
    }

    fn has_content_type(&self, wanted: &str) -> bool {
        let sent = self.header(&CONTENT_TYPE).unwrap_or_default();
        let media_type = sent.split_once(';').map_or(sent, |(media_type, _)| media_type);
        media_type.trim().eq_ignore_ascii_case(wanted)
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
        Self::text(status, "application/json", body.to_string())
    }

    /// An answer with a body of any type.
    pub(crate) fn text(status: StatusCode, media_type: &'static str, body: String) -> Self {
        Self::empty(status)
            .with(CONTENT_TYPE, HeaderValue::from_static(media_type))
            .with_body(body)
    }

    /// An answer without a body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: String::new(),
            cut: None,
        }
    }

    /// Whether the request was done.
    pub(crate) fn is_success(&self) -> bool {
        self.status.is_success()
    }

    /// The same answer with its JSON changed; any other body stays.
    #[must_use]
    pub(crate) fn map_json(self, change: impl FnOnce(&mut Value)) -> Self {
        let Ok(mut body) = serde_json::from_str(&self.body) else {
            return self;
        };
        change(&mut body);
        self.with_body(body.to_string())
    }

    /// The same answer, of which so much of the body is sent as the function says of its length, and
    /// never all of it. Where there is no body, nothing can be cut.
    #[must_use]
    pub(crate) fn cut(self, sent: impl FnOnce(usize) -> usize) -> Self {
        let length = self.body.len();
        Self {
            cut: length.checked_sub(1).map(|most| sent(length).min(most)),
            ..self
        }
    }

    /// The same answer with one more header.
    #[must_use]
    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    fn with_body(self, body: String) -> Self {
        Self { body, ..self }
    }
}

impl From<Answer> for hyper::Response<Payload> {
    fn from(answer: Answer) -> Self {
        let (mut headers, length) = (answer.headers, answer.body.len());
        let body = match answer.cut {
            None => Payload::whole(answer.body.into()),
            Some(sent) => {
                headers.insert(CONTENT_LENGTH, length.into());
                Payload::cut(Bytes::from(answer.body).slice(..sent))
            }
        };
        let mut response = Self::new(body);
        *response.status_mut() = answer.status;
        *response.headers_mut() = headers;
        response
    }
}

fn query_pairs(query: &str) -> Vec<(String, String)> {
    serde_html_form::from_str(query).unwrap_or_default()
}
