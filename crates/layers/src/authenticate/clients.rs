//! Those who may come in, and how they are known.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;

use super::AuthFailure;
use super::credential::Credential;
use crate::client::Client;
use crate::hashed::{AsIs, Sha256};
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
        keys: Keys,
        /// Tokens, where there is an issuer. What has the form of a token is no key then.
        tokens: Option<Arc<Tokens>>,
    },
}

/// Keys by their hashes. Who tries to make out a hash by the time that it takes to be found would have to know keys
/// whose hashes begin like it, and so search for them as long as for the key itself.
#[derive(Clone)]
pub struct Keys(Arc<HashMap<Sha256, Opens, AsIs>>);

/// What a key does.
struct Opens {
    id: Arc<str>,
    key: Key,
}

impl FromIterator<Key> for Keys {
    fn from_iter<I: IntoIterator<Item = Key>>(keys: I) -> Self {
        let opens = keys.into_iter().map(|key| {
            let id = HEXLOWER.encode(key.sha256.get(..4).unwrap_or_default()).into();
            (Sha256(key.sha256), Opens { id, key })
        });
        Self(Arc::new(opens.collect()))
    }
}

impl Keys {
    fn opening(&self, shown: &[u8]) -> Result<&Opens, AuthFailure> {
        let shown = digest(&SHA256, shown);
        let shown = shown.as_ref().try_into().map_err(|_| AuthFailure::Unknown)?;
        let found = self.0.get(&Sha256(shown)).ok_or(AuthFailure::Unknown)?;
        if found.key.not_after.is_some_and(|end| end <= SystemTime::now()) {
            return Err(AuthFailure::Expired);
        }
        Ok(found)
    }
}

/// A client that is known now.
pub(super) struct Identified {
    pub(super) client: Arc<Client>,
    /// Which key opened, for the log.
    pub(super) key_id: Option<Arc<str>>,
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
            let bearer = tokens.bearer(credential.bytes(), SystemTime::now())?;
            return Ok(Identified {
                client: Arc::clone(&bearer.client),
                key_id: bearer.key_id.clone(),
            });
        }
        let Opens { id, key } = keys.opening(credential.bytes())?;
        Ok(Identified {
            client: Arc::clone(&key.client),
            key_id: Some(Arc::clone(id)),
        })
    }
}
