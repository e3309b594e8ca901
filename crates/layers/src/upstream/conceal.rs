//! Stars where a provider repeats our credential.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame};
use pin_project_lite::pin_project;

use super::inject::Credential;
use crate::around::After;
use crate::body::BoxError;

const STARS: &[u8] = b"***";

/// Takes the credential that a request was sent with out of what comes back.
#[derive(Debug, Clone)]
pub struct Conceal(Arc<Credential>);

impl Conceal {
    pub(super) const fn new(credential: Arc<Credential>) -> Self {
        Self(credential)
    }

    /// The text with stars for every secret in it.
    pub(super) fn apply(&self, text: &[u8]) -> Bytes {
        let mut held = Vec::new();
        self.push(&mut held, text, true).into()
    }

    /// What of the text so far is safe to show. What may be the beginning of a secret is held back, unless this
    /// is the last part.
    fn push(&self, held: &mut Vec<u8>, part: &[u8], last: bool) -> Vec<u8> {
        held.extend_from_slice(part);
        let mut shown = Vec::with_capacity(held.len());
        let mut rest = held.as_slice();
        while let Some((first, tail)) = rest.split_first() {
            let begins = |secret: &[u8]| secret.len() > rest.len() && secret.starts_with(rest);
            if !last && self.0.secrets().any(begins) {
                break;
            }
            let found = self.0.secrets().filter(|secret| rest.starts_with(secret));
            if let Some(longest) = found.map(<[u8]>::len).max() {
                shown.extend_from_slice(STARS);
                rest = rest.get(longest..).unwrap_or_default();
            } else {
                shown.push(*first);
                rest = tail;
            }
        }
        *held = rest.to_vec();
        shown
    }
}

impl<R, E> After<http::Response<R>, E> for Conceal {
    fn after(self, result: Result<http::Response<R>, E>) -> Result<http::Response<R>, E> {
        result.map(|mut response| {
            // Only a refusal repeats one.
            if !response.status().is_success() {
                response.extensions_mut().insert(self);
            }
            response
        })
    }
}

pin_project! {
    /// A body with stars in it. It holds back less than one secret.
    pub(super) struct Starred<B> {
        #[pin]
        body: B,
        conceal: Conceal,
        held: Vec<u8>,
        ended: bool,
    }
}

impl<B> Starred<B> {
    pub(super) const fn new(body: B, conceal: Conceal) -> Self {
        Self {
            body,
            conceal,
            held: Vec::new(),
            ended: false,
        }
    }
}

impl<B: Body<Data = Bytes, Error = BoxError>> Body for Starred<B> {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let mut this = self.project();
        while !*this.ended {
            let frame = ready!(this.body.as_mut().poll_frame(cx)?);
            *this.ended = frame.is_none();
            let part = frame.and_then(|frame| frame.into_data().ok()).unwrap_or_default();
            let shown = this.conceal.push(this.held, &part, *this.ended);
            if !shown.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(shown.into()))));
            }
        }
        Poll::Ready(None)
    }
}
