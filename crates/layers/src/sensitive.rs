//! Once per request: marks the headers that hold a credential, so that whatever prints headers shows none of them.
//! Refuses nothing.

use http::HeaderName;

use crate::around::Around;
use crate::{Request, Response};

/// Marks these headers.
#[derive(Debug, Clone, Copy)]
pub struct MarkSensitive(pub &'static [HeaderName]);

impl<E> Around<Request, Response, E> for MarkSensitive {
    type After = ();

    fn before(&self, request: &mut Request) -> Result<(), Result<Response, E>> {
        for (name, value) in request.headers_mut() {
            if self.0.contains(name) {
                value.set_sensitive(true);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    #[test]
    fn marks_every_line_of_these_headers_alone() {
        static MARKED: [HeaderName; 2] = [http::header::COOKIE, HeaderName::from_static("x-api-key")];
        let mut request = Request::default();
        for (name, value) in [
            ("cookie", "a=1"),
            ("cookie", "b=2"),
            ("X-Api-Key", "k"),
            ("accept", "*/*"),
        ] {
            let name = HeaderName::try_from(name).unwrap();
            request.headers_mut().append(name, value.try_into().unwrap());
        }
        let refused: Result<(), Result<Response, Infallible>> = MarkSensitive(&MARKED).before(&mut request);
        assert!(refused.is_ok());
        let marked = request.headers().iter().filter(|(_, value)| value.is_sensitive());
        let marked: Vec<_> = marked.map(|(name, _)| name.as_str()).collect();
        assert_eq!(marked, ["cookie", "cookie", "x-api-key"]);
    }
}
