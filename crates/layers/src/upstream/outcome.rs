//! How an attempt or a call ended, in the closed set of words that metrics use.

use model::{Code, Error, Origin};

use super::Received;

/// How an attempt or a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The provider did it.
    Ok,
    /// It refused the request.
    ClientError,
    /// It refused for now, or our limit for it did.
    RateLimited,
    /// It refused our credential.
    AuthFailed,
    /// It failed.
    ServerError,
    /// It took too long.
    Timeout,
    /// It could not be reached, or went away.
    Network,
    /// What came back is not an answer of this API.
    Protocol,
    /// It was not asked.
    CircuitOpen,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 9] = [
        Self::Ok,
        Self::ClientError,
        Self::RateLimited,
        Self::AuthFailed,
        Self::ServerError,
        Self::Timeout,
        Self::Network,
        Self::Protocol,
        Self::CircuitOpen,
    ];

    /// Of a result.
    pub fn of(result: &Result<impl Received, Error>) -> Self {
        match result {
            Ok(answer) => answer.outcome(),
            Err(error) => Self::of_error(error),
        }
    }

    /// The metric label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::ClientError => "client_error",
            Self::RateLimited => "rate_limited",
            Self::AuthFailed => "auth_failed",
            Self::ServerError => "server_error",
            Self::Timeout => "timeout",
            Self::Network => "network",
            Self::Protocol => "protocol",
            Self::CircuitOpen => "circuit_open",
        }
    }

    pub(super) const fn of_status(status: u16) -> Self {
        match status {
            200..=299 => Self::Ok,
            401 | 403 => Self::AuthFailed,
            429 => Self::RateLimited,
            400..=499 => Self::ClientError,
            500..=599 => Self::ServerError,
            // Redirects are not followed, and no API answers with 1xx or 6xx.
            _ => Self::Protocol,
        }
    }

    const fn of_error(error: &Error) -> Self {
        match error.code() {
            Code::CircuitOpen => Self::CircuitOpen,
            Code::Overloaded | Code::RateLimited => Self::RateLimited,
            Code::ProviderTimeout | Code::DeadlineExceeded => Self::Timeout,
            Code::ProviderUnavailable => Self::Network,
            Code::ProviderProtocolError => Self::Protocol,
            Code::ProviderAuthFailed => Self::AuthFailed,
            _ => match error.origin() {
                Origin::Provider => Self::ServerError,
                Origin::Client | Origin::Gateway => Self::ClientError,
            },
        }
    }
}
