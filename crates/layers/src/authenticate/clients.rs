//! Those who may come in, and how they are known.

use std::sync::Arc;
use std::time::SystemTime;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;

use super::AuthFailure;
use super::credential::Credential;
use crate::client::Client;
use crate::jwt::{self, Tokens};

/// A key that opens the door for a client.
#[derive(Debug, Clone)]
pub struct Key {
    /// SHA-256 of the key.
    pub sha256: [u8; 32],
    /// From when on it opens nothing.
    pub not_after: Option<SystemTime>,
    /// Whose it is.
    pub client: Arc<Client>,
}

/// How clients are known.
#[derive(Clone)]
pub enum Clients {
    /// Nobody is asked: everybody is this one client.
    Anonymous(Arc<Client>),
    /// By what they show.
    Known {
        /// Keys that open.
        keys: Arc<[Key]>,
        /// Tokens, where there is an issuer. What has the form of a token is no key then.
        tokens: Option<Arc<Tokens>>,
    },
}

/// A client that is known now.
pub(super) struct Identified {
    pub(super) client: Arc<Client>,
    /// Which key opened, for the log.
    pub(super) key_id: Option<Box<str>>,
}

impl Clients {
    /// The issuer's tokens, where there is one.
    pub(super) fn tokens(&self) -> Option<&Arc<Tokens>> {
        match self {
            Self::Known { tokens, .. } => tokens.as_ref(),
            Self::Anonymous(_) => None,
        }
    }

    pub(super) fn identify(
        &self,
        credential: Result<Credential<'_>, AuthFailure>,
        now: SystemTime,
    ) -> Result<Identified, AuthFailure> {
        let (keys, tokens) = match self {
            Self::Anonymous(client) => {
                return Ok(Identified {
                    client: Arc::clone(client),
                    key_id: None,
                });
            }
            Self::Known { keys, tokens } => (keys, tokens),
        };
        let credential = credential?;
        if let (Some(tokens), Credential::Any(_)) = (tokens, &credential)
            && jwt::has_form(credential.bytes())
        {
            let bearer = tokens.bearer(credential.bytes(), now)?;
            return Ok(Identified {
                client: Arc::clone(&bearer.client),
                key_id: bearer.key_id.clone(),
            });
        }
        let key = opening(keys, credential.bytes(), now)?;
        Ok(Identified {
            client: Arc::clone(&key.client),
            key_id: Some(HEXLOWER.encode(key.sha256.get(..4).unwrap_or_default()).into()),
        })
    }
}

fn opening<'k>(keys: &'k [Key], shown: &[u8], now: SystemTime) -> Result<&'k Key, AuthFailure> {
    let shown = digest(&SHA256, shown);
    // Every key is compared, and each in constant time, so that the time tells nothing of them.
    let mut found = None;
    for key in keys {
        if verify_slices_are_equal(&key.sha256, shown.as_ref()).is_ok() {
            found = Some(key);
        }
    }
    let key = found.ok_or(AuthFailure::Unknown)?;
    if key.not_after.is_some_and(|end| end <= now) {
        return Err(AuthFailure::Expired);
    }
    Ok(key)
}
