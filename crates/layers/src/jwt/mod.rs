//! Tokens of one issuer (RFC 7519, RFC 8725): who bears one, and what for. RS256, ES256 and `EdDSA` alone; a token
//! that was good once costs a hash and a look-up until it expires or the issuer's keys change.

mod claims;
mod grant;
mod key;
mod keys;
mod token;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use moka::sync::Cache;

use self::claims::Claims;
use self::keys::Current;
use self::token::Token;
use crate::authenticate::AuthFailure;
use crate::client::{Client, Subject};

pub use self::grant::Grants;
pub use self::keys::{KeySet, Keys};
pub use self::token::{LONGEST, has_form};

/// Tokens that are remembered.
const REMEMBERED: u64 = 16_384;
/// How long one is that nobody shows any more.
const IDLE: Duration = Duration::from_mins(10);

/// Knows the bearers of an issuer's tokens.
pub struct Tokens {
    issuer: String,
    audience: String,
    grants: Grants,
    keys: Arc<Keys>,
    pseudonyms: hmac::Key,
    remembered: Cache<[u8; 32], Arc<Bearer>>,
}

/// Who bears a token.
#[derive(Debug)]
pub struct Bearer {
    /// What the token makes of its bearer.
    pub client: Arc<Client>,
    /// The name of the key that it is signed with.
    pub key_id: Option<Arc<str>>,
    end: SystemTime,
    generation: u64,
}

impl Tokens {
    /// Tokens that this issuer issues for this audience, signed with these keys. `secret` keys the pseudonyms of
    /// subjects.
    pub fn new(issuer: String, audience: String, grants: Grants, secret: &[u8], keys: Arc<Keys>) -> Self {
        let key = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), b"subjects of tokens");
        Self {
            issuer,
            audience,
            grants,
            keys,
            pseudonyms: hmac::Key::new(hmac::HMAC_SHA256, key.as_ref()),
            remembered: Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_idle(IDLE)
                .build(),
        }
    }

    /// The issuer's keys.
    pub const fn keys(&self) -> &Arc<Keys> {
        &self.keys
    }

    /// The bearer of a token.
    pub fn bearer(&self, token: &[u8], now: SystemTime) -> Result<Arc<Bearer>, AuthFailure> {
        if token.len() > LONGEST {
            return Err(AuthFailure::Malformed);
        }
        let hash: [u8; 32] = digest(&SHA256, token).as_ref().try_into().unwrap_or_default();
        let keys = self.keys.current();
        let known = self.remembered.get(&hash);
        if let Some(bearer) = known.filter(|bearer| bearer.generation == keys.generation) {
            return if now < bearer.end {
                Ok(bearer)
            } else {
                Err(AuthFailure::Expired)
            };
        }
        let bearer = Arc::new(self.verify(token, &keys, now)?);
        self.remembered.insert(hash, Arc::clone(&bearer));
        Ok(bearer)
    }

    fn verify(&self, token: &[u8], keys: &Current, now: SystemTime) -> Result<Bearer, AuthFailure> {
        let token = Token::parse(token)?;
        let key = keys
            .set
            .find(token.key_id.as_deref(), token.algorithm)
            .ok_or(AuthFailure::UnknownKey)?;
        if !key.has_signed(token.message, &token.signature) {
            return Err(AuthFailure::BadSignature);
        }
        let claims = Claims::decode(token.claims)?;
        let end = claims.check(&self.issuer, &self.audience, now)?;
        let pseudonym = hmac::sign(&self.pseudonyms, claims.subject()?.as_bytes());
        let subject = Subject(pseudonym.as_ref().try_into().unwrap_or_default());
        Ok(Bearer {
            client: Arc::new(self.grants.client(&claims, subject)),
            key_id: key.id.clone(),
            end,
            generation: keys.generation,
        })
    }
}
