//! What is asked: a request, and who would send it.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderValue, Method, Uri};
use layers::{Body, Client, Request};
use model::{Code, Error, Faults, Kind, Node, Result};

use crate::access;
use crate::config::{Config, Mode};

/// A request to explain.
#[derive(Debug)]
pub struct Question {
    /// Its method.
    pub method: Method,
    /// Its path and query, as they were asked.
    pub target: String,
    /// Who would send it, if it is somebody.
    pub client: Option<Arc<Client>>,
    uri: Uri,
    body: Bytes,
}

impl Question {
    /// `{"method": …, "path": …, "client": …, "body": …}`. The client is one of the configuration; where everybody
    /// comes in it may be left out. The body is JSON, for requests that have one.
    pub fn read(text: &Bytes, config: &Config) -> Result<Self> {
        let node = Node::parse(text).map_err(|error| {
            Error::client(Code::MalformedRequest, format!("The body is no JSON: {error}"))
        })?;
        let mut faults = Faults::default();
        let (mut method, mut target, mut client, mut body) = (None, None, None, Bytes::new());
        let Kind::Object(members) = node.kind() else {
            faults.add::<()>("#", "must be an object with `method`, `path` and `client`");
            return Err(faults
                .into_result()
                .err()
                .unwrap_or_else(|| Error::internal("no fault")));
        };
        for (name, value) in members {
            match &**name {
                "method" => method = read_method(value, &mut faults),
                "path" => target = read_target(value, &mut faults),
                "client" => client = read_client(value, config, &mut faults),
                "body" => body = text.slice_ref(value.text().as_bytes()),
                name => faults.member("#", name, "not a member of a question"),
            }
        }
        for (name, _) in [("method", method.is_none()), ("path", target.is_none())]
            .into_iter()
            .filter(|(name, missing)| *missing && node.member(name).is_none())
        {
            faults.member("#", name, "is missing");
        }
        faults.into_result()?;
        let (Some(method), Some((target, uri))) = (method, target) else {
            return Err(Error::internal("a question without faults has all its parts"));
        };
        let anonymous = || access::named(config, "anonymous").filter(|_| config.auth.mode == Mode::None);
        Ok(Self {
            method,
            target,
            client: client.or_else(anonymous).map(Arc::new),
            uri,
            body,
        })
    }

    /// The path alone.
    pub fn path(&self) -> &str {
        self.uri.path()
    }

    /// The request as that client would send it.
    pub fn request(&self) -> Request {
        let mut request = Request::new(Body::from(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        let headers = request.headers_mut();
        headers.insert(HOST, HeaderValue::from_static("localhost"));
        if !self.body.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        request
    }
}

fn read_method(value: &Node<'_>, faults: &mut Faults) -> Option<Method> {
    let method = value.as_str().and_then(|text| text.parse().ok());
    method.or_else(|| faults.add("#/method", "must be a method, such as \"GET\""))
}

fn read_target(value: &Node<'_>, faults: &mut Faults) -> Option<(String, Uri)> {
    let uri = value
        .as_str()
        .filter(|text| text.starts_with('/'))
        .and_then(|text| {
            let uri: Uri = text.parse().ok()?;
            Some((text.to_owned(), uri))
        });
    uri.or_else(|| {
        faults.add(
            "#/path",
            "must be a path that begins with `/`, with its query if it has one",
        )
    })
}

fn read_client(value: &Node<'_>, config: &Config, faults: &mut Faults) -> Option<Client> {
    if *value.kind() == Kind::Null {
        return None;
    }
    let client = value.as_str().and_then(|name| access::named(config, name));
    client.or_else(|| {
        let names: Vec<_> = match config.auth.mode {
            Mode::None => vec!["anonymous"],
            Mode::Required => config.clients.iter().map(|client| client.name.as_str()).collect(),
        };
        faults.add(
            "#/client",
            format!("must be the name of a client: {}", names.join(", ")),
        )
    })
}
