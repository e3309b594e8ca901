//! Opens the answer of any provider: is it JSON at all, and what to say if it cannot be used.

use std::fmt::Display;

use model::{Code, Error, Node, Profile, ProviderFault, Result, UpstreamResponse};

use crate::refusal;

/// Parses a whole body.
pub(crate) fn parse<'b>(profile: &Profile, response: &'b UpstreamResponse) -> Result<Node<'b>> {
    Node::parse(&response.body).map_err(|why| unusable(profile, response, why))
}

/// The error for an answer that cannot be used. `why` is our own text, never the provider's.
pub(crate) fn unusable(profile: &Profile, response: &UpstreamResponse, why: impl Display) -> Error {
    let provider = profile.provider;
    Error::provider(
        Code::ProviderProtocolError,
        format!("{provider} sent an answer that cannot be used: {why}"),
    )
    .fault(ProviderFault {
        status: Some(response.status),
        code: None,
        message: None,
        request_id: refusal::request_id(profile, response),
    })
}
