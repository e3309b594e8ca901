//! What a token says, once its signature is known to be good. A claim of the wrong type is no absent claim: the
//! token is refused.

use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};

use super::token::decode;
use crate::authenticate::AuthFailure;

/// By how much the issuer's clock may differ from ours.
const LEEWAY: Duration = Duration::from_secs(30);
/// Bytes of a subject.
const LONGEST_SUBJECT: usize = 1024;

/// The claims of a token.
pub(super) struct Claims(Map<String, Value>);

impl Claims {
    pub(super) fn decode(text: &[u8]) -> Result<Self, AuthFailure> {
        decode(text)
            .and_then(|json| serde_json::from_slice(&json).ok())
            .map(Self)
            .ok_or(AuthFailure::InvalidClaims)
    }

    /// Checks whom it is from and for, and when. Gives the time from which on it means nothing.
    pub(super) fn check(
        &self,
        issuer: &str,
        audience: &str,
        now: SystemTime,
    ) -> Result<SystemTime, AuthFailure> {
        if self.text("iss") != Some(issuer) {
            return Err(AuthFailure::WrongIssuer);
        }
        let is_for_us = match self.0.get("aud") {
            Some(Value::String(one)) => one == audience,
            Some(Value::Array(several)) => several.iter().any(|one| one == audience),
            _ => false,
        };
        if !is_for_us {
            return Err(AuthFailure::WrongAudience);
        }
        let end = self.time("exp")?.ok_or(AuthFailure::InvalidClaims)?;
        let end = end.checked_add(LEEWAY).ok_or(AuthFailure::InvalidClaims)?;
        if end <= now {
            return Err(AuthFailure::Expired);
        }
        match self.time("nbf")? {
            Some(begin) if now.checked_add(LEEWAY).is_none_or(|now| now < begin) => {
                Err(AuthFailure::NotYetValid)
            }
            _ => Ok(end),
        }
    }

    /// Whom it speaks of. Without one there is nobody to hold a limit against.
    pub(super) fn subject(&self) -> Result<&str, AuthFailure> {
        let fits = |subject: &&str| !subject.is_empty() && subject.len() <= LONGEST_SUBJECT;
        self.text("sub").filter(fits).ok_or(AuthFailure::InvalidClaims)
    }

    pub(super) fn text(&self, claim: &str) -> Option<&str> {
        self.0.get(claim)?.as_str()
    }

    /// A list of words, or a text of words between spaces. Anything else is none.
    pub(super) fn words(&self, claim: &str) -> Vec<&str> {
        match self.0.get(claim) {
            Some(Value::String(text)) => text.split(' ').filter(|word| !word.is_empty()).collect(),
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// Seconds since 1970, perhaps with a fraction.
    fn time(&self, claim: &str) -> Result<Option<SystemTime>, AuthFailure> {
        let Some(value) = self.0.get(claim) else {
            return Ok(None);
        };
        let time = value
            .as_f64()
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .and_then(|since| SystemTime::UNIX_EPOCH.checked_add(since));
        time.map(Some).ok_or(AuthFailure::InvalidClaims)
    }
}
