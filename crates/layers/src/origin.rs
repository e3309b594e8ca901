//! Once per request: refuses a `Host` that is not ours with 421 `misdirected`, so that a page that rebinds its
//! name to our address gets nothing; and an unsafe method from a foreign origin with 403, so that no page can
//! write with what a browser adds by itself.

use std::sync::Arc;

use http::header::{HOST, ORIGIN};
use http::{HeaderName, Method};
use model::{Code, Error};

use crate::around::Around;
use crate::cors::Origins;
use crate::head;
use crate::{Request, Response};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Checks host and origin.
#[derive(Debug, Clone)]
pub struct CheckOrigin {
    /// Hosts that are ours, lower case, without port.
    pub hosts: Arc<[String]>,
    /// Origins that are ours or allowed.
    pub origins: Origins,
    /// Origins that are allowed.
    pub allowed: Origins,
}

impl CheckOrigin {
    fn is_ours(&self, request: &Request) -> bool {
        let elsewhere = request.uri().authority().is_some();
        let plain = request.headers().get(HOST).filter(|_| !elsewhere);
        plain.is_some_and(|host| self.hosts.iter().any(|ours| names(host.as_bytes(), ours)))
            || head::host(request).is_some_and(|host| self.hosts.iter().any(|ours| *ours == host))
    }
}

/// Whether it is written as nearly everybody writes it: the host as we have it, perhaps with a port.
fn names(header: &[u8], ours: &str) -> bool {
    match header.strip_prefix(ours.as_bytes()) {
        Some([]) => true,
        Some([b':', port @ ..]) => (1..=5).contains(&port.len()) && port.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

impl Around<Request, Response, Error> for CheckOrigin {
    type After = ();

    fn before(&self, request: &mut Request) -> Result<(), Result<Response, Error>> {
        if !self.is_ours(request) {
            let detail =
                "This gateway does not answer for that Host; `server.allowed_hosts` lists those it does.";
            return Err(Err(Error::client(Code::Misdirected, detail)));
        }
        let safe = matches!(
            *request.method(),
            Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE
        );
        if safe {
            return Ok(());
        }
        let header = |name| {
            request
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap_or_default())
        };
        let origin = header(ORIGIN);
        let foreign = origin.is_some_and(|origin| !self.origins.allow(origin));
        // An origin that the operator has named may be on another site; whoever sends none, or claims ours, may not.
        let named = origin.is_some_and(|origin| self.allowed.allow(origin));
        let cross_site = header(SEC_FETCH_SITE) == Some("cross-site") && !named;
        if foreign || cross_site {
            let detail =
                "Requests that change something are refused from origins outside `cors.allowed_origins`.";
            return Err(Err(Error::client(Code::Forbidden, detail)));
        }
        Ok(())
    }
}
