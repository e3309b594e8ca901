//! Why a credential was refused. For the metric alone: a client is not told which part of it was wrong.

/// Why a credential was refused, as the metric names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthFailure {
    /// There is none.
    Missing,
    /// It is not of a form that is accepted here.
    Malformed,
    /// No client has the key.
    Unknown,
    /// Its time is over.
    Expired,
    /// The token's time has not begun.
    NotYetValid,
    /// The token is signed with something that is not accepted, or not at all.
    UnsupportedAlgorithm,
    /// The issuer has no such key.
    UnknownKey,
    /// The issuer's key has not signed the token.
    BadSignature,
    /// The token lacks a claim that it needs, or has one of another type.
    InvalidClaims,
    /// The token is from somebody else.
    WrongIssuer,
    /// The token is for somebody else.
    WrongAudience,
}

impl AuthFailure {
    /// Every reason.
    pub const ALL: [Self; 11] = [
        Self::Missing,
        Self::Malformed,
        Self::Unknown,
        Self::Expired,
        Self::NotYetValid,
        Self::UnsupportedAlgorithm,
        Self::UnknownKey,
        Self::BadSignature,
        Self::InvalidClaims,
        Self::WrongIssuer,
        Self::WrongAudience,
    ];

    /// The metric's label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::Unknown => "unknown",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::UnsupportedAlgorithm => "unsupported_algorithm",
            Self::UnknownKey => "unknown_key",
            Self::BadSignature => "bad_signature",
            Self::InvalidClaims => "invalid_claims",
            Self::WrongIssuer => "wrong_issuer",
            Self::WrongAudience => "wrong_audience",
        }
    }
}
