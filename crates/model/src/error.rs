//! One error type from the adapters to the client: what happened, whose fault it is, what to do about it.
//! Which HTTP status that becomes is decided elsewhere, in one place.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use crate::id::ConnectionName;

/// A result with the gateway's error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The stable codes of the API, `invalid_request` split by the status that it gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    missing_docs,
    reason = "the names are the codes of the API, described in the table of problems"
)]
pub enum Code {
    InvalidRequest,
    MalformedRequest,
    RequestTimeout,
    Unauthenticated,
    Forbidden,
    Misdirected,
    NotFound,
    MethodNotAllowed,
    UnsupportedByProvider,
    NotAcceptable,
    Conflict,
    PreconditionFailed,
    PayloadTooLarge,
    UnsupportedMediaType,
    RateLimited,
    ProviderAuthFailed,
    ProviderUnavailable,
    ProviderProtocolError,
    ProviderTimeout,
    DeadlineExceeded,
    NotCached,
    CircuitOpen,
    Overloaded,
    Internal,
}

impl Code {
    /// Every code.
    pub const ALL: [Self; 24] = [
        Self::InvalidRequest,
        Self::MalformedRequest,
        Self::RequestTimeout,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::Misdirected,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::UnsupportedByProvider,
        Self::NotAcceptable,
        Self::Conflict,
        Self::PreconditionFailed,
        Self::PayloadTooLarge,
        Self::UnsupportedMediaType,
        Self::RateLimited,
        Self::ProviderAuthFailed,
        Self::ProviderUnavailable,
        Self::ProviderProtocolError,
        Self::ProviderTimeout,
        Self::DeadlineExceeded,
        Self::NotCached,
        Self::CircuitOpen,
        Self::Overloaded,
        Self::Internal,
    ];

    /// The code as clients see it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest | Self::MalformedRequest | Self::RequestTimeout => "invalid_request",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::Misdirected => "misdirected",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::UnsupportedByProvider => "unsupported_by_provider",
            Self::NotAcceptable => "not_acceptable",
            Self::Conflict => "conflict",
            Self::PreconditionFailed => "precondition_failed",
            Self::PayloadTooLarge => "payload_too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::RateLimited => "rate_limited",
            Self::ProviderAuthFailed => "provider_auth_failed",
            Self::ProviderUnavailable => "provider_unavailable",
            Self::ProviderProtocolError => "provider_protocol_error",
            Self::ProviderTimeout => "provider_timeout",
            Self::DeadlineExceeded => "deadline_exceeded",
            Self::NotCached => "not_cached",
            Self::CircuitOpen => "circuit_open",
            Self::Overloaded => "overloaded",
            Self::Internal => "internal",
        }
    }
}

/// Who caused an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// The request.
    Client,
    /// The gateway: its limits, its policy, its mistakes.
    Gateway,
    /// The provider.
    Provider,
}

impl Origin {
    /// The word as clients see it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Gateway => "gateway",
            Self::Provider => "provider",
        }
    }
}

/// Where in the request a fault is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A JSON pointer into the body, as a fragment: `#/target/url`.
    Pointer(String),
    /// A parameter of the path, the query or the head.
    Parameter(String),
}

/// One fault of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Where.
    pub place: Place,
    /// What is wrong, and what would be right.
    pub detail: String,
}

/// What the provider said, for those who have to talk to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProviderFault {
    /// Its HTTP status.
    pub status: Option<u16>,
    /// Its own code.
    pub code: Option<String>,
    /// Its own message.
    pub message: Option<String>,
    /// Its id of the request.
    pub request_id: Option<String>,
}

/// An error on its way to the client. `detail` is for the client, `cause` for the log alone.
#[derive(Clone)]
pub struct Error(Box<Facts>);

#[derive(Clone)]
struct Facts {
    code: Code,
    origin: Origin,
    detail: String,
    cause: Option<String>,
    connection: Option<ConnectionName>,
    fault: Option<ProviderFault>,
    retryable: bool,
    retry_after: Option<Duration>,
    fields: Vec<FieldError>,
    allow: Option<Cow<'static, str>>,
    proxy_error: Option<&'static str>,
    unsent: bool,
}

impl Error {
    /// An error with the given text for the client.
    pub fn new(code: Code, origin: Origin, detail: impl Into<String>) -> Self {
        let retryable = matches!(
            code,
            Code::RateLimited
                | Code::ProviderUnavailable
                | Code::ProviderTimeout
                | Code::DeadlineExceeded
                | Code::CircuitOpen
                | Code::Overloaded
                | Code::RequestTimeout
        );
        Self(Box::new(Facts {
            code,
            origin,
            detail: detail.into(),
            cause: None,
            connection: None,
            fault: None,
            retryable,
            retry_after: None,
            fields: Vec::new(),
            allow: None,
            proxy_error: None,
            unsent: false,
        }))
    }

    /// The request is at fault.
    pub fn client(code: Code, detail: impl Into<String>) -> Self {
        Self::new(code, Origin::Client, detail)
    }

    /// The gateway refuses or fails.
    pub fn gateway(code: Code, detail: impl Into<String>) -> Self {
        Self::new(code, Origin::Gateway, detail)
    }

    /// The provider failed or refused.
    pub fn provider(code: Code, detail: impl Into<String>) -> Self {
        Self::new(code, Origin::Provider, detail)
    }

    /// A parameter of the path, query or head is wrong.
    pub fn parameter(name: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self::client(Code::InvalidRequest, format!("`{name}`: {detail}"))
            .at(Place::Parameter(name.to_owned()), detail)
    }

    /// A mistake of ours. The client learns only that it happened; `cause` goes to the log.
    pub fn internal(cause: impl Into<String>) -> Self {
        Self::gateway(Code::Internal, "The gateway failed to handle this request.").caused_by(cause)
    }

    /// Adds a fault of the request.
    #[must_use]
    pub fn at(mut self, place: Place, detail: impl Into<String>) -> Self {
        self.0.fields.push(FieldError {
            place,
            detail: detail.into(),
        });
        self
    }

    /// Names the connection, unless somebody nearer to it already did.
    #[must_use]
    pub fn on(mut self, connection: &ConnectionName) -> Self {
        self.0.connection.get_or_insert_with(|| connection.clone());
        self
    }

    /// Adds what the provider said.
    #[must_use]
    pub fn fault(mut self, fault: ProviderFault) -> Self {
        self.0.fault = Some(fault);
        self
    }

    /// Adds a text for the log.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<String>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// Says when to come back.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// Says whether the same request may succeed later.
    #[must_use]
    pub fn retryable(mut self, retryable: bool) -> Self {
        self.0.retryable = retryable;
        self
    }

    /// Lists the methods that would have been allowed.
    #[must_use]
    pub fn allow(mut self, methods: impl Into<Cow<'static, str>>) -> Self {
        self.0.allow = Some(methods.into());
        self
    }

    /// Names the failure in the words of RFC 9209, section 2.3.
    #[must_use]
    pub fn proxy_error(mut self, word: &'static str) -> Self {
        self.0.proxy_error = Some(word);
        self
    }

    /// States that the provider never saw the request, so that even a write may be sent again.
    #[must_use]
    pub fn unsent(mut self) -> Self {
        self.0.unsent = true;
        self
    }

    /// It ended a write. If that may have happened, it says so, and does not invite to send it again.
    #[must_use]
    pub fn of_write(mut self) -> Self {
        if self.is_in_doubt() {
            self.0
                .detail
                .push_str(" It may have been carried out all the same.");
            self.0.retryable = false;
        }
        self
    }

    /// Whether what ended so may have happened all the same: the provider saw it, and did not refuse it.
    pub const fn is_in_doubt(&self) -> bool {
        use Code::{DeadlineExceeded, Internal, ProviderProtocolError, ProviderTimeout, ProviderUnavailable};
        let of_provider = matches!(
            self.0.code,
            ProviderTimeout | ProviderUnavailable | ProviderProtocolError
        );
        !self.0.unsent && (of_provider || matches!(self.0.code, DeadlineExceeded | Internal))
    }

    /// The code.
    pub const fn code(&self) -> Code {
        self.0.code
    }

    /// Who caused it.
    pub const fn origin(&self) -> Origin {
        self.0.origin
    }

    /// The text for the client.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// The text for the log.
    pub fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    /// The connection that it is about.
    pub const fn connection(&self) -> Option<&ConnectionName> {
        self.0.connection.as_ref()
    }

    /// What the provider said.
    pub const fn provider_fault(&self) -> Option<&ProviderFault> {
        self.0.fault.as_ref()
    }

    /// Whether the same request may succeed later.
    pub const fn is_retryable(&self) -> bool {
        self.0.retryable
    }

    /// When to come back.
    pub const fn wait(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The faults of the request.
    pub fn fields(&self) -> &[FieldError] {
        &self.0.fields
    }

    /// The methods that would have been allowed.
    pub fn allowed(&self) -> Option<&str> {
        self.0.allow.as_deref()
    }

    /// The failure in the words of RFC 9209.
    pub const fn proxy_word(&self) -> Option<&'static str> {
        self.0.proxy_error
    }

    /// Whether the provider never saw the request.
    pub const fn is_unsent(&self) -> bool {
        self.0.unsent
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code.as_str(), self.0.detail)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("code", &self.0.code)
            .field("origin", &self.0.origin)
            .field("detail", &self.0.detail)
            .field("cause", &self.0.cause)
            .field("fault", &self.0.fault)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Error {}
