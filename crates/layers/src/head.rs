//! Once per request: refuses with 400 what is no request for us by its head alone: `CONNECT`, `OPTIONS *`, a
//! missing, doubled or malformed `Host`. The HTTP library lets these through.

use http::header::HOST;
use http::uri::Authority;
use http::{Method, Version};
use model::{Code, Error};

use crate::around::Around;
use crate::{Request, Response};

/// Checks the head of requests.
#[derive(Debug, Clone, Copy)]
pub struct CheckHead;

impl Around<Request, Response, Error> for CheckHead {
    type After = ();

    fn before(&self, request: &mut Request) -> Result<(), Result<Response, Error>> {
        check(request).map_err(|detail| Err(Error::client(Code::MalformedRequest, detail)))
    }
}

fn check(request: &Request) -> Result<(), &'static str> {
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
    let mut hosts = request.headers().get_all(HOST).iter();
    let authority = match (hosts.next(), hosts.next()) {
        (Some(_), Some(_)) => return Err("The request has more than one Host."),
        (Some(host), None) => host.to_str().ok().and_then(|host| host.parse::<Authority>().ok()),
        // HTTP/2 carries the host in the target.
        (None, _) if request.version() == Version::HTTP_2 => request.uri().authority().cloned(),
        (None, _) => return Err("The request has no Host."),
    };
    match authority {
        Some(authority) if !authority.as_str().contains('@') => Ok(()),
        _ => Err("The Host is malformed."),
    }
}

/// The host that a request names, without its port, in lower case.
pub fn host(request: &Request) -> Option<String> {
    let authority = match request.headers().get(HOST) {
        Some(host) => host.to_str().ok()?.parse().ok()?,
        None => request.uri().authority()?.clone(),
    };
    Some(authority.host().to_ascii_lowercase())
}
