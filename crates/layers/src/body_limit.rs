//! Once per request: refuses a body over the limit with 413 `payload_too_large`, before a byte of it is read
//! where its length is announced.

use http::header::CONTENT_LENGTH;
use http_body_util::{BodyExt, Limited};
use model::{Code, Error};

use crate::around::Around;
use crate::{Body, Request, Response};

/// Limits the body of requests.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimit(pub u64);

impl Around<Request, Response, Error> for BodyLimit {
    type After = ();

    fn before(&self, request: &mut Request) -> Result<(), Result<Response, Error>> {
        let announced = || {
            let length = request.headers().get(CONTENT_LENGTH)?;
            length.to_str().ok()?.parse().ok()
        };
        let length = request.body().length().or_else(announced);
        if length.is_some_and(|length: u64| length > self.0) {
            let detail = format!("The body is larger than `server.max_body`, {} bytes.", self.0);
            return Err(Err(Error::client(Code::PayloadTooLarge, detail)));
        }
        if request.body().length().is_none() {
            let limit = usize::try_from(self.0).unwrap_or(usize::MAX);
            let body = std::mem::take(request.body_mut());
            *request.body_mut() = Body::stream(Limited::new(body, limit).map_err(|error| error));
        }
        Ok(())
    }
}
