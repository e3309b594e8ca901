//! What is asked: a request, and who would send it.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderValue, Method, Uri};
use layers::{Body, Client, Request};
use model::{Code, Error, Faults, Kind, Node, Result};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::access;
use crate::config::{Config, Mode};
use crate::sight::Sight;

/// What a method is made of (RFC 9110, section 5.6.2).
const TOKEN: &str = "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$";

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

impl JsonSchema for Question {
    fn schema_name() -> Cow<'static, str> {
        "Question".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "description": "A request to explain, and who would send it.",
            "required": ["method", "path"],
            "properties": {
                "method": { "type": "string", "minLength": 1, "pattern": TOKEN, "examples": ["GET"] },
                "path": {
                    "type": "string",
                    "pattern": "^/",
                    "description": "With its query, if it has one.",
                    "examples": ["/v1/conversations?status=active"],
                },
                "client": {
                    "type": ["string", "null"],
                    "description": "The name of a client. It may be left out where everybody comes in, or to ask what \
                        would be done for nobody.",
                },
                "body": { "description": "The body, if it is one of JSON." },
            },
            "additionalProperties": false,
        })
    }
}

impl Question {
    /// `{"method": …, "path": …, "client": …, "body": …}`. The client is one of the configuration; where everybody
    /// comes in it may be left out. The body is JSON, for requests that have one. A client that is out of sight is as
    /// good as none.
    pub fn read(text: &Bytes, config: &Config, sight: Sight<'_>) -> Result<Self> {
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
                "client" => client = read_client(value, config, sight, &mut faults),
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

fn read_client(value: &Node<'_>, config: &Config, sight: Sight<'_>, faults: &mut Faults) -> Option<Client> {
    if *value.kind() == Kind::Null {
        return None;
    }
    let client = value.as_str().and_then(|name| access::named(config, name));
    let seen = client.filter(|client| sight.client(&client.connections));
    seen.or_else(|| {
        let seen = config
            .clients
            .iter()
            .filter(|client| sight.client(&client.connections));
        let names: Vec<_> = match config.auth.mode {
            Mode::None => vec!["anonymous"],
            Mode::Required => seen.map(|client| client.name.as_str()).collect(),
        };
        faults.add(
            "#/client",
            format!("must be the name of a client: {}", names.join(", ")),
        )
    })
}
