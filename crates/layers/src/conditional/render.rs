//! From a reply to the response on the wire: which form, 200 or 304, and the head.

use http::header::{AGE, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, VARY};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use model::{Code, Error, Result};

use super::Ask;
use super::validators::{Held, held, matches};
use crate::answer::{Answer, Form};
use crate::cache::Reply;
use crate::value::Writer;
use crate::{Body, Response};

const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");
/// What an answer depends on besides its address. The same everywhere, so that nobody has to think of it.
const VARY_ON: HeaderValue = HeaderValue::from_static("Authorization, X-Api-Key, Origin, Accept-Encoding");
/// Room for these headers and those of the layers outside.
const HEADERS: usize = 24;

pub(super) fn render(ask: &Ask, reply: &Reply) -> Result<Response> {
    let answer = &*reply.answer;
    if let (Some(context), Some(status)) = (&ask.context, &reply.status) {
        context.cache.get_or_init(|| status.label());
    }
    let resource = answer.status() == StatusCode::OK;
    if resource && !ask.if_match.is_empty() && !matches(&ask.if_match, answer) {
        return Err(Error::client(
            Code::PreconditionFailed,
            "`If-Match`: none of the tags is that of the current state.",
        ));
    }
    let gzip = ask.gzip.then(|| answer.gzip()).flatten();
    let held = if resource && !ask.if_none_match.is_empty() {
        held(&ask.if_none_match, answer, gzip.is_some())
    } else {
        None
    };
    let mut response = match (held, gzip) {
        (Some(Held::Gzip), Some(form)) => not_modified(form),
        (Some(_), _) => not_modified(answer.plain()),
        (None, Some(form)) => whole(answer, form, ask.head, true),
        (None, None) => whole(answer, answer.plain(), ask.head, false),
    };
    describe(response.headers_mut(), ask, reply);
    Ok(response)
}

fn not_modified(form: &Form) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    response.headers_mut().reserve(HEADERS);
    response.headers_mut().insert(ETAG, form.etag.clone());
    response
}

fn whole(answer: &Answer, form: &Form, head: bool, gzip: bool) -> Response {
    let body = if head {
        Body::empty()
    } else {
        Body::from(form.body.clone())
    };
    let mut response = Response::new(body);
    *response.status_mut() = answer.status();
    let headers = response.headers_mut();
    headers.reserve(HEADERS);
    if answer.status() != StatusCode::NO_CONTENT {
        headers.insert(ETAG, form.etag.clone());
        headers.insert(CONTENT_TYPE, answer.content_type().clone());
        headers.insert(CONTENT_LENGTH, form.length.clone());
    }
    if gzip {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    for (name, value) in answer.headers() {
        headers.append(name, value.clone());
    }
    response
}

/// What a 200 and a 304 have in common.
fn describe(headers: &mut HeaderMap, ask: &Ask, reply: &Reply) {
    headers.insert(CACHE_CONTROL, reply.answer.cache_control().clone());
    headers.insert(VARY, VARY_ON);
    if let Some(status) = &reply.status {
        headers.insert(CACHE_STATUS, status.header());
        if let Some(age) = status.age() {
            headers.insert(AGE, Writer::new().number(age.as_secs()).finish());
        }
    }
    if let Some(context) = &ask.context {
        headers.insert(SERVER_TIMING, context.timing());
    }
}
