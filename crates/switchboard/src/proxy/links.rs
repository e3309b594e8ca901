//! Answers whose links lead back through the gateway. The adapter knows which members are links; here is when it
//! is asked, and what becomes of the headers that described the bytes.

use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use layers::upstream::collect;
use layers::{Body, Response};
use model::Result;

use super::{PREFIX, head};
use crate::connection::Connection;
use crate::gateway::Gateway;

/// What is true of some bytes and of no others.
fn is_of_the_bytes(name: &str) -> bool {
    matches!(
        name,
        "content-length" | "etag" | "content-md5" | "digest" | "content-digest" | "repr-digest"
    )
}

/// The answer with links that lead here. All but JSON of 2xx passes as it is.
pub(super) async fn rewrite(
    gateway: &Gateway,
    connection: &Connection,
    mut answer: Response,
) -> Result<Response> {
    if !answer.status().is_success() || !is_json(answer.headers()) {
        return Ok(answer);
    }
    if answer.body().length() == Some(0) {
        // The head of an answer to HEAD tells of bytes that GET will not bring.
        head::remove(answer.headers_mut(), is_of_the_bytes);
        return Ok(answer);
    }
    let status = answer.status();
    let was_coded = answer.headers().contains_key(CONTENT_ENCODING);
    // Without its coding and its length, which is that of the body again.
    let mut whole = collect(answer, connection.max_response).await?;
    let face = [&*gateway.public_url, PREFIX, connection.name.as_str()].concat();
    let rewritten = connection
        .provider
        .rewrite_links(&connection.account, &face, &whole.body)?;
    if was_coded || rewritten.is_some() {
        head::remove(&mut whole.headers, is_of_the_bytes);
    }
    let body = rewritten.unwrap_or(whole.body);
    Ok(reply(status, whole.headers, body.into()))
}

fn reply(status: StatusCode, headers: HeaderMap, body: Body) -> Response {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    answer
}

fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = media_type.and_then(|text| text.split(';').next());
    let essence = essence.unwrap_or_default().trim();
    let suffix = essence.len().checked_sub(5).and_then(|at| essence.get(at..));
    essence.eq_ignore_ascii_case("application/json")
        || suffix.is_some_and(|suffix| suffix.eq_ignore_ascii_case("+json"))
}
