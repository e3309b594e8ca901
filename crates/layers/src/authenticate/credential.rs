//! The one credential of a request, wherever it stands. Two of them, even equal ones, are a mistake or a trick.

use data_encoding::BASE64;
use http::HeaderName;
use http::header::{AUTHORIZATION, HeaderMap};
use zeroize::Zeroizing;

use super::AuthFailure;

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// What a client shows.
pub(super) enum Credential<'h> {
    /// A key, or a token: `Authorization` takes both.
    Any(Shown<'h>),
    /// A key: `X-Api-Key` takes no token.
    Key(&'h [u8]),
}

/// As it stands in the request, or out of `Basic`.
pub(super) enum Shown<'h> {
    Plain(&'h [u8]),
    Decoded(Zeroizing<Vec<u8>>),
}

impl<'h> Credential<'h> {
    /// Of these headers. `native` is whether it may stand where the libraries of providers put theirs.
    pub(super) fn of(headers: &'h HeaderMap, native: bool) -> Result<Self, AuthFailure> {
        let mut shown = headers
            .get_all(AUTHORIZATION)
            .iter()
            .map(|value| authorization(value.as_bytes(), native).map(Self::Any));
        let mut keys = headers
            .get_all(API_KEY)
            .iter()
            .map(|value| Some(Self::Key(value.as_bytes())));
        match (
            shown.next().or_else(|| keys.next()),
            shown.next().or_else(|| keys.next()),
        ) {
            (None, _) => Err(AuthFailure::Missing),
            (Some(Some(credential)), None) if !credential.bytes().is_empty() => Ok(credential),
            _ => Err(AuthFailure::Malformed),
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Any(Shown::Decoded(bytes)) => bytes,
            Self::Any(Shown::Plain(bytes)) | Self::Key(bytes) => bytes,
        }
    }
}

fn authorization(value: &[u8], native: bool) -> Option<Shown<'_>> {
    if let Some(key) = after(value, b"bearer ") {
        return Some(Shown::Plain(key));
    }
    if !native {
        return None;
    }
    let Some(pair) = after(value, b"basic ") else {
        return Some(Shown::Plain(value.trim_ascii()));
    };
    let mut pair = Zeroizing::new(BASE64.decode(pair).ok()?);
    let colon = pair.iter().position(|byte| *byte == b':')?;
    pair.drain(..=colon);
    Some(Shown::Decoded(pair))
}

fn after<'v>(value: &'v [u8], scheme: &[u8]) -> Option<&'v [u8]> {
    let (shown, rest) = value.split_at_checked(scheme.len())?;
    shown.eq_ignore_ascii_case(scheme).then(|| rest.trim_ascii())
}
