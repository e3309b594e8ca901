//! Answers whose links lead back through the gateway. The adapter knows which members are links; here is when it
//! is asked, and what becomes of the headers that described the bytes.

use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderName, StatusCode};
use layers::upstream::collect;
use layers::{Body, Response};
use model::Result;

use super::PREFIX;
use crate::connection::Connection;
use crate::gateway::Gateway;

/// What is true of some bytes and of no others.
const OF_THE_BYTES: [HeaderName; 6] = [
    CONTENT_LENGTH,
    ETAG,
    HeaderName::from_static("content-md5"),
    HeaderName::from_static("digest"),
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("repr-digest"),
];

/// The answer with links that lead here. All but JSON of 2xx passes as it is.
pub(super) async fn rewrite(
    gateway: &Gateway,
    connection: &Connection,
    answer: Response,
) -> Result<Response> {
    if !answer.status().is_success() || !is_json(answer.headers()) {
        return Ok(answer);
    }
    if answer.body().length() == Some(0) {
        // The head of an answer to HEAD tells of bytes that GET will not bring.
        return Ok(without(answer, &OF_THE_BYTES));
    }
    let (head, body) = answer.into_parts();
    let was_coded = head.headers.contains_key(CONTENT_ENCODING);
    let (status, headers) = (head.status, head.headers.clone());
    let whole = collect(Response::from_parts(head, body), connection.max_response).await?;
    let face = [&*gateway.public_url, PREFIX, connection.name.as_str()].concat();
    let rewritten = connection
        .provider
        .rewrite_links(&connection.account, &face, &whole.body)?;
    let same = rewritten.is_none() && !was_coded;
    let body = rewritten.unwrap_or(whole.body);
    let answer = reply(status, headers, body.into());
    Ok(if same {
        answer
    } else {
        without(without(answer, &OF_THE_BYTES), &[CONTENT_ENCODING])
    })
}

fn reply(status: StatusCode, headers: HeaderMap, body: Body) -> Response {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    answer
}

fn without(mut answer: Response, names: &[HeaderName]) -> Response {
    for name in names {
        answer.headers_mut().remove(name);
    }
    answer
}

fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = media_type
        .and_then(|text| text.split(';').next())
        .unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    essence == "application/json" || essence.ends_with("+json")
}
