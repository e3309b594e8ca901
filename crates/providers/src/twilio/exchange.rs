//! The forms of exchanges: one resource, none, and one exchange after another.

use bytes::Bytes;
use model::{Drift, Exchange, Node, Progress, Result, UpstreamRequest};

use super::PROFILE;
use crate::answer;

/// Asks for one resource, or changes it and gets it back.
pub(super) fn one<T>(
    request: UpstreamRequest,
    resource: &'static str,
    read: impl FnOnce(&Bytes, &Node<'_>, &mut Drift) -> T + Send + 'static,
) -> Exchange<T> {
    Exchange::new(request, resource, move |response, drift| {
        let node = answer::parse(&PROFILE, &response)?;
        Ok(Progress::Done(read(&response.body, &node, drift)))
    })
}

/// Has something done. The answer is empty, or at least of no interest.
pub(super) fn none(request: UpstreamRequest, resource: &'static str) -> Exchange<()> {
    Exchange::new(request, resource, |_, _| Ok(Progress::Done(())))
}

/// Goes on with what an exchange comes to.
pub(super) fn then<A: 'static, B: 'static>(
    first: Exchange<A>,
    next: impl FnOnce(A) -> Result<Progress<B>> + Send + 'static,
) -> Exchange<B> {
    let Exchange {
        request,
        resource,
        read,
    } = first;
    Exchange::new(request, resource, move |response, drift| {
        match read(response, drift)? {
            Progress::Done(value) => next(value),
            Progress::Next(more) => Ok(Progress::Next(then(more, next))),
        }
    })
}
