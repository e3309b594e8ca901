//! What each problem means and what to do about it: the text behind `/problems/{code}`.

use model::Code;

/// A title, and a description in a line or two.
pub fn describe(code: Code) -> (&'static str, &'static str) {
    let of = |(known, title, description): &(Code, _, _)| {
        (known.as_str() == code.as_str()).then_some((*title, *description))
    };
    // The table is complete; a test compares it with the list of codes.
    CATALOGUE.iter().find_map(of).unwrap_or(("Error", ""))
}

/// The codes that clients see.
pub fn names() -> impl Iterator<Item = &'static str> {
    CATALOGUE.iter().map(|(code, ..)| code.as_str())
}

/// One row for each code that clients see.
const CATALOGUE: &[(Code, &str, &str)] = &[
    (
        Code::InvalidRequest,
        "The request is not valid",
        "A part of the request is wrong; `errors` names it. It fails again until it is changed.",
    ),
    (
        Code::Unauthenticated,
        "No valid credential",
        "Send an API key that the gateway's operator has issued.",
    ),
    (
        Code::Forbidden,
        "Not permitted",
        "The credential is valid but lacks a scope or a connection.",
    ),
    (
        Code::Misdirected,
        "Not our host",
        "The gateway does not answer for the `Host` of the request.",
    ),
    (
        Code::NotFound,
        "Not found",
        "There is no such path, connection or resource.",
    ),
    (
        Code::MethodNotAllowed,
        "Method not allowed",
        "The path exists; `Allow` lists its methods.",
    ),
    (
        Code::UnsupportedByProvider,
        "The provider does not have this",
        "The operation exists, but not at this connection's provider. Its capabilities are at /v1/connections.",
    ),
    (
        Code::NotAcceptable,
        "Not acceptable",
        "No representation fits the `Accept` headers.",
    ),
    (
        Code::Conflict,
        "Conflict",
        "The resource or a limit of the provider does not permit this now.",
    ),
    (
        Code::PreconditionFailed,
        "Precondition failed",
        "The resource has another `ETag` by now. Read it again.",
    ),
    (
        Code::PayloadTooLarge,
        "Body too large",
        "The body is larger than the gateway takes.",
    ),
    (
        Code::UnsupportedMediaType,
        "Unsupported media type",
        "The body has a type that is not read here.",
    ),
    (
        Code::RateLimited,
        "Too many requests",
        "Wait for `Retry-After`. `origin` says whose limit it is.",
    ),
    (
        Code::ProviderAuthFailed,
        "The provider refuses the gateway's credential",
        "The connection's credential or plan is at fault, not the client's. Its operator has to act.",
    ),
    (
        Code::ProviderUnavailable,
        "The provider is not available",
        "It failed or could not be reached.",
    ),
    (
        Code::ProviderProtocolError,
        "The provider's answer is unusable",
        "It is truncated, too large, or not of a form that can be read.",
    ),
    (
        Code::ProviderTimeout,
        "The provider did not answer in time",
        "The same request may succeed later.",
    ),
    (
        Code::DeadlineExceeded,
        "Out of time",
        "The request as a whole took longer than the gateway allows.",
    ),
    (
        Code::NotCached,
        "Not in the cache",
        "`only-if-cached` was asked for, and there is no copy.",
    ),
    (
        Code::CircuitOpen,
        "The provider is failing",
        "It failed so often that it is left alone for a while.",
    ),
    (
        Code::Overloaded,
        "Overloaded",
        "There is no room for the request now. `origin` says where.",
    ),
    (
        Code::Internal,
        "Internal error",
        "A mistake of the gateway. The request id leads to its log.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_described() {
        for code in Code::ALL {
            assert!(!describe(code).1.is_empty(), "{code:?}");
        }
    }
}
