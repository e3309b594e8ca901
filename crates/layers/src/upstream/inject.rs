//! Shows the provider our credential. Runs once per attempt, as the last layer before the wire, so that
//! nothing above it can hold a secret and a rotated one applies to the next attempt; refuses nothing. Some
//! providers repeat a credential when they refuse it, so the answer carries a [`Conceal`] to the layer right
//! above, which uses it up.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use bytes::Bytes;
use data_encoding::BASE64;
use http::header::{AUTHORIZATION, COOKIE, HeaderName, HeaderValue, PROXY_AUTHORIZATION};
use model::AuthScheme;
use secrecy::{ExposeSecret, SecretString};
use tower_layer::Layer;
use zeroize::Zeroizing;

use super::conceal::Conceal;
use crate::around::{Around, AroundLayer, AroundService};

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// A shorter secret is no secret, and would be found in innocent words.
const LEAST_SECRET: usize = 8;

/// A provider's credential in the form in which it travels. It cannot be printed, and leaves zeros when it goes: the
/// header's value too, whose memory requests share with it instead of copying it.
pub struct Credential {
    name: HeaderName,
    value: HeaderValue,
    secrets: Vec<SecretString>,
}

/// Why there is no credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidCredential {
    /// The key of this name is not there.
    Missing(&'static str),
    /// The secret holds a character that no header may have, or the user name a colon.
    Malformed,
}

impl fmt::Display for InvalidCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(key) => write!(f, "`{key}` is missing"),
            Self::Malformed => f.write_str(
                "the credential holds a character that it cannot be sent with: a line break, or `:` in `username`",
            ),
        }
    }
}

impl std::error::Error for InvalidCredential {}

impl Credential {
    /// For this scheme, from the secrets whose keys it names.
    pub fn new(
        scheme: AuthScheme,
        secret: impl Fn(&'static str) -> Option<SecretString>,
    ) -> Result<Self, InvalidCredential> {
        let key = |name| secret(name).ok_or(InvalidCredential::Missing(name));
        let (name, text, secrets) = match scheme {
            AuthScheme::Basic => {
                let (password, pair) = (key("password")?, basic(&key("username")?, &key("password")?)?);
                (AUTHORIZATION, prefixed("Basic ", &pair), vec![password, pair])
            }
            AuthScheme::Bearer => (
                AUTHORIZATION,
                prefixed("Bearer ", &key("api_key")?),
                vec![key("api_key")?],
            ),
            AuthScheme::Header { name, prefix } => {
                let name = name.parse().map_err(|_| InvalidCredential::Malformed)?;
                (name, prefixed(prefix, &key("api_key")?), vec![key("api_key")?])
            }
        };
        let value = HeaderValue::from_maybe_shared(Bytes::from_owner(text));
        let mut value = value.map_err(|_| InvalidCredential::Malformed)?;
        value.set_sensitive(true);
        Ok(Self { name, value, secrets })
    }
}

impl Credential {
    /// What must not be seen, wherever it turns up.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &[u8]> {
        self.secrets
            .iter()
            .map(|secret| secret.expose_secret().as_bytes())
            .filter(|secret| secret.len() >= LEAST_SECRET)
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(***)")
    }
}

fn basic(username: &SecretString, password: &SecretString) -> Result<SecretString, InvalidCredential> {
    let (username, password) = (username.expose_secret(), password.expose_secret());
    if username.contains(':')
        || [username, password]
            .iter()
            .any(|part| part.contains(char::is_control))
    {
        return Err(InvalidCredential::Malformed);
    }
    let pair = Zeroizing::new([username, ":", password].concat());
    Ok(BASE64.encode(pair.as_bytes()).into())
}

fn prefixed(prefix: &str, secret: &SecretString) -> Zeroizing<String> {
    [prefix, secret.expose_secret()].concat().into()
}

/// Makes an [`InjectService`].
#[derive(Debug, Clone)]
pub struct InjectLayer(Inject);

impl InjectLayer {
    /// With a credential that its owner may exchange at any time.
    pub const fn new(credential: Arc<ArcSwap<Credential>>) -> Self {
        Self(Inject(credential))
    }
}

/// Adds the credential to requests, and takes out any other.
pub type InjectService<S> = AroundService<Inject, S>;

impl<S> Layer<S> for InjectLayer {
    type Service = InjectService<S>;

    fn layer(&self, inner: S) -> InjectService<S> {
        AroundLayer(self.0.clone()).layer(inner)
    }
}

/// What the layer does.
#[derive(Debug, Clone)]
pub struct Inject(Arc<ArcSwap<Credential>>);

impl<B, R, E> Around<http::Request<B>, http::Response<R>, E> for Inject {
    type After = Conceal;

    fn before(&self, request: &mut http::Request<B>) -> Result<Conceal, Result<http::Response<R>, E>> {
        let headers = request.headers_mut();
        let others = [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE, X_API_KEY];
        // To look at those that are there costs less than to look for each.
        if headers.keys().any(|name| others.contains(name)) {
            for name in others {
                headers.remove(name);
            }
        }
        let credential = self.0.load_full();
        headers.insert(credential.name.clone(), credential.value.clone());
        Ok(Conceal::new(credential))
    }
}
