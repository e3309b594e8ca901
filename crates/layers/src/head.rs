//! Once per request: refuses what is no request for us by its head alone. With 400 `invalid_request`:
//! `CONNECT`, `OPTIONS *`, a fragment, a `Host` that is missing, doubled, malformed or at odds with the target, a framing
//! that the next reader might understand otherwise. With an empty 431: a head over the limit. The HTTP library
//! lets these through.

use std::borrow::Cow;

use http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Version};
use model::{Code, Error};

use crate::around::Around;
use crate::{Request, Response};

/// The target had a fragment, which the HTTP library has taken out; the server puts it into the request's
/// extensions.
#[derive(Debug, Clone, Copy)]
pub struct HadFragment;

/// Checks the head of requests.
#[derive(Debug, Clone, Copy)]
pub struct CheckHead {
    /// Bytes of a head.
    pub max: usize,
}

impl Around<Request, Response, Error> for CheckHead {
    type After = ();

    fn before(&self, request: &mut Request) -> Result<(), Result<Response, Error>> {
        if size(request) > self.max {
            let mut response = Response::default();
            *response.status_mut() = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
            response
                .headers_mut()
                .insert(CONNECTION, HeaderValue::from_static("close"));
            return Err(Ok(response));
        }
        let checked = check_target(request).and_then(|()| check_framing(request.headers()));
        checked.map_err(|detail| Err(Error::client(Code::MalformedRequest, detail)))
    }
}

/// The host that a request is for, without its port, in lower case. A target with a host of its own counts
/// more than the header.
pub fn host(request: &Request) -> Option<Cow<'_, str>> {
    if let Some(authority) = request.uri().authority() {
        return Some(authority.host().to_ascii_lowercase().into());
    }
    let header = request.headers().get(HOST)?.to_str().ok()?;
    match plain(header) {
        Some(name) if !name.bytes().any(|b| b.is_ascii_uppercase()) => Some(name.into()),
        _ => Some(
            header
                .parse::<Authority>()
                .ok()?
                .host()
                .to_ascii_lowercase()
                .into(),
        ),
    }
}

/// The host of what needs no parsing: a name or an address of version 4, perhaps with a port.
fn plain(host: &str) -> Option<&str> {
    // Not by a search for a character, which is made for longer texts.
    let colon = host.bytes().position(|byte| byte == b':');
    let (name, port) = match colon {
        Some(colon) => (host.get(..colon)?, host.get(colon + 1..)?),
        None => (host, "0"),
    };
    let is_name = !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    let is_port = (1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit());
    (is_name && is_port).then_some(name)
}

fn size(request: &Request) -> usize {
    let target = request
        .uri()
        .path_and_query()
        .map_or(0, |target| target.as_str().len());
    // A colon, a space and a line's end beside name and value.
    request
        .headers()
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum::<usize>()
        + target
}

fn check_target(request: &Request) -> Result<(), &'static str> {
    if request.method() == Method::CONNECT {
        return Err("This is no proxy for CONNECT.");
    }
    if request
        .uri()
        .path_and_query()
        .is_none_or(|path| !path.as_str().starts_with('/'))
    {
        return Err("The request target must be a path.");
    }
    if request.extensions().get::<HadFragment>().is_some() {
        return Err("The request target has a fragment.");
    }
    let target = request.uri().authority();
    let mut hosts = request.headers().get_all(HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(_), Some(_)) => return Err("The request has more than one Host."),
        (Some(host), None) => match host.to_str() {
            Ok(host) if target.is_none() && plain(host).is_some() => return Ok(()),
            host => host.ok().and_then(|host| host.parse::<Authority>().ok()),
        },
        // HTTP/2 carries the host in the target.
        (None, _) if request.version() == Version::HTTP_2 => target.cloned(),
        (None, _) => return Err("The request has no Host."),
    };
    match host {
        Some(host) if target.is_some_and(|target| *target != host) => {
            Err("The Host is not that of the request target.")
        }
        Some(host) if !host.as_str().contains('@') => Ok(()),
        _ => Err("The Host is malformed."),
    }
}

/// One way alone to tell where the body ends (RFC 9112, section 6.3).
fn check_framing(headers: &HeaderMap) -> Result<(), &'static str> {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => Ok(()),
        (Some(_), _) if headers.contains_key(CONTENT_LENGTH) => {
            Err("The request has both Transfer-Encoding and Content-Length.")
        }
        (Some(coding), None) if coding.as_bytes().eq_ignore_ascii_case(b"chunked") => Ok(()),
        _ => Err("The only Transfer-Encoding here is chunked."),
    }
}
