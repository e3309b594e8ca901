//! What an action can answer besides success, and what it reads from the head of a request: the one place that
//! says so, for parameters, headers and answers alike.

use model::Code;

use crate::api::route::{Action, Route, Verb};

/// Whether an action of the route can end in this problem. `method_not_allowed` never is an action's.
pub(super) fn can_answer(code: Code, route: &Route, action: &Action) -> bool {
    match code {
        Code::InvalidRequest
        | Code::MalformedRequest
        | Code::NotAcceptable
        | Code::Misdirected
        | Code::PayloadTooLarge
        | Code::Overloaded
        | Code::DeadlineExceeded
        | Code::Internal => true,
        Code::Unauthenticated | Code::Forbidden | Code::RateLimited => !route.public,
        Code::NotFound => route.template.contains('{') || action.operation.is_some(),
        Code::MethodNotAllowed => false,
        Code::UnsupportedByProvider
        | Code::ProviderAuthFailed
        | Code::ProviderUnavailable
        | Code::ProviderProtocolError
        | Code::ProviderTimeout
        | Code::CircuitOpen => action.operation.is_some(),
        Code::NotCached => is_cached(action),
        Code::Conflict | Code::RequestTimeout => action.verb != Verb::Get,
        Code::PreconditionFailed => has_preconditions(action),
        Code::UnsupportedMediaType => action.takes.is_some(),
    }
}

/// Whether it looks at `If-Match`. What is yet to be made has no state to be compared.
pub(super) fn has_preconditions(action: &Action) -> bool {
    action.verb != Verb::Post
}

/// Whether its answers come from the cache where they can.
pub(super) fn is_cached(action: &Action) -> bool {
    action.verb == Verb::Get && action.operation.is_some()
}
