//! Turns what a provider refuses into an error. The adapters decide the odd codes, and fall back on the
//! status; the texts for the client are the same for all.

use model::{Code, Error, Node, Profile, ProviderFault, UpstreamResponse, integer};

/// Characters kept of a provider's message.
const MAX_MESSAGE: usize = 300;
/// Characters kept of a provider's code and of its request id.
const MAX_WORD: usize = 64;

/// What an error body says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    /// The provider's own code.
    pub(crate) code: Option<String>,
    /// The provider's own message.
    pub(crate) message: Option<String>,
}

impl Said {
    /// From the nodes that hold code and message, if there are any.
    pub(crate) fn read(code: Option<&Node<'_>>, message: Option<&Node<'_>>) -> Self {
        let number = code.and_then(integer).map(|number| number.to_string());
        let word = || clean(code?.as_str()?, MAX_WORD);
        Self {
            code: number.or_else(word),
            message: message
                .and_then(Node::as_str)
                .and_then(|text| clean(text, MAX_MESSAGE)),
        }
    }
}

/// What a status means where the provider's own code says nothing more exact.
pub(crate) const fn by_status(status: u16) -> Code {
    match status {
        400 | 422 => Code::InvalidRequest,
        // 402 like 403: our credential is good, but our plan does not cover the call.
        401..=403 => Code::ProviderAuthFailed,
        404 | 410 => Code::NotFound,
        409 => Code::Conflict,
        412 => Code::PreconditionFailed,
        413 => Code::PayloadTooLarge,
        429 => Code::RateLimited,
        408 | 425 | 500..=599 => Code::ProviderUnavailable,
        // Redirects are never followed; any other 4xx means that we and the provider disagree on HTTP.
        _ => Code::ProviderProtocolError,
    }
}

/// The error that the client gets, with what the provider said beside our own text.
pub(crate) fn error(profile: &Profile, response: &UpstreamResponse, code: Code, said: Said) -> Error {
    let does = match code {
        Code::InvalidRequest => "refused the request as invalid",
        Code::ProviderAuthFailed => "refused the gateway's credential or plan",
        Code::NotFound => "does not know this resource",
        Code::Conflict => "refused the request, because it conflicts with the present state",
        Code::PreconditionFailed => "refused the request, because a precondition failed",
        Code::PayloadTooLarge => "refused the request as too large",
        Code::RateLimited => "refused the request, because there are too many",
        Code::ProviderUnavailable => "is not available",
        _ => "sent an answer that cannot be used",
    };
    Error::provider(code, format!("{} {does}", profile.provider)).fault(ProviderFault {
        status: Some(response.status),
        code: said.code,
        message: said.message,
        request_id: request_id(profile, response),
    })
}

/// The provider's own id of the request.
pub(crate) fn request_id(profile: &Profile, response: &UpstreamResponse) -> Option<String> {
    clean(response.header(profile.request_id_header?)?, MAX_WORD)
}

/// A provider's text, fit to be shown: bounded, on one line, without control characters.
fn clean(text: &str, length: usize) -> Option<String> {
    let shown: String = text.chars().filter(|c| !c.is_control()).take(length).collect();
    (!shown.is_empty()).then_some(shown)
}
