//! What an adapter asks to be sent, and what it gets to read: plain data, free of credentials.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, Method};

use crate::id;

/// How a provider wants to be shown our credential. Data, so that one layer injects for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthScheme {
    /// `Authorization: Basic`, from the keys `username` and `password`.
    Basic,
    /// `Authorization: Bearer`, from the key `api_key`.
    Bearer,
    /// A header of its own, from the key `api_key`.
    Header {
        /// The header's name, lower case.
        name: &'static str,
        /// What stands before the key, its space included; often nothing.
        prefix: &'static str,
    },
}

/// Whether a request may be sent a second time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Safety {
    /// Changes nothing.
    Safe,
    /// Twice has the effect of once.
    Idempotent,
    /// May be sent again only if it was provably never sent.
    Unsafe,
}

/// A path built from segments, so that no id can add one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path(String);

impl Path {
    /// Encodes each segment.
    pub fn of<'s>(segments: impl IntoIterator<Item = &'s str>) -> Self {
        Self(id::path(segments))
    }

    /// The encoded path, with its leading slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The body of an upstream request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// None.
    Empty,
    /// `application/x-www-form-urlencoded`; a key may repeat.
    Form(Vec<(Cow<'static, str>, String)>),
    /// `application/json`.
    Json(Bytes),
}

/// One request to the provider, relative to the connection's base URL.
#[derive(Debug, Clone)]
pub struct UpstreamRequest {
    /// The method.
    pub method: Method,
    /// The path.
    pub path: Path,
    /// Query pairs, not yet encoded.
    pub query: Vec<(&'static str, String)>,
    /// The body.
    pub body: Body,
    /// Whether it may be repeated.
    pub safety: Safety,
}

impl UpstreamRequest {
    /// A `GET` without query.
    pub fn get(path: Path) -> Self {
        Self {
            method: Method::GET,
            path,
            query: Vec::new(),
            body: Body::Empty,
            safety: Safety::Safe,
        }
    }

    /// A write, which must not be repeated once it may have arrived.
    pub const fn write(method: Method, path: Path, body: Body) -> Self {
        Self {
            method,
            path,
            query: Vec::new(),
            body,
            safety: Safety::Unsafe,
        }
    }

    /// Adds a query pair.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }
}

/// A whole answer: its body is complete and decompressed.
#[derive(Debug, Clone)]
pub struct UpstreamResponse {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl UpstreamResponse {
    /// A header as text, if it is there once and readable.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}
