//! The compact form of a signed token (RFC 7515, section 7.1), taken apart but not believed.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::key::Algorithm;
use crate::authenticate::AuthFailure;

/// Longer ones are refused unread.
pub const LONGEST: usize = 16 << 10;

/// The parts of a token.
pub(super) struct Token<'t> {
    /// What it says that it is signed with.
    pub(super) algorithm: Algorithm,
    /// The key that it names.
    pub(super) key_id: Option<Box<str>>,
    /// What is signed.
    pub(super) message: &'t [u8],
    /// Still encoded: nothing of them is read before the signature is known to be good.
    pub(super) claims: &'t [u8],
    pub(super) signature: Zeroizing<Vec<u8>>,
}

/// Whether a credential has the form of a token rather than that of an API key: three parts in base64url, the
/// first of them a JSON object.
pub fn has_form(credential: &[u8]) -> bool {
    parts(credential).is_some_and(|parts| {
        let encoded = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let object = || {
            BASE64URL_NOPAD
                .decode(parts.header)
                .is_ok_and(|json| json.starts_with(b"{"))
        };
        [parts.claims, parts.signature]
            .iter()
            .all(|part| part.iter().all(encoded))
            && object()
    })
}

impl<'t> Token<'t> {
    pub(super) fn parse(text: &'t [u8]) -> Result<Self, AuthFailure> {
        if text.len() > LONGEST {
            return Err(AuthFailure::Malformed);
        }
        let parts = parts(text).ok_or(AuthFailure::Malformed)?;
        let header: Map<String, Value> = decode(parts.header)
            .and_then(|json| serde_json::from_slice(&json).ok())
            .ok_or(AuthFailure::Malformed)?;
        // An extension that has to be understood; none is.
        if header.contains_key("crit") {
            return Err(AuthFailure::Malformed);
        }
        let algorithm = header
            .get("alg")
            .and_then(Value::as_str)
            .and_then(Algorithm::named)
            .ok_or(AuthFailure::UnsupportedAlgorithm)?;
        let key_id = match header.get("kid") {
            None => None,
            Some(Value::String(id)) => Some(id.as_str().into()),
            Some(_) => return Err(AuthFailure::Malformed),
        };
        Ok(Self {
            algorithm,
            key_id,
            message: parts.message,
            claims: parts.claims,
            signature: decode(parts.signature).ok_or(AuthFailure::Malformed)?.into(),
        })
    }
}

struct Parts<'t> {
    message: &'t [u8],
    header: &'t [u8],
    claims: &'t [u8],
    signature: &'t [u8],
}

fn parts(text: &[u8]) -> Option<Parts<'_>> {
    let mut dots = text.iter().enumerate().filter(|(_, byte)| **byte == b'.');
    let (first, second) = (dots.next()?.0, dots.next()?.0);
    if dots.next().is_some() {
        return None;
    }
    Some(Parts {
        message: text.get(..second)?,
        header: text.get(..first)?,
        claims: text.get(first + 1..second)?,
        signature: text.get(second + 1..)?,
    })
}

/// Base64url without padding; another spelling of the same bytes is no token.
pub(super) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    BASE64URL_NOPAD.decode(text).ok()
}
