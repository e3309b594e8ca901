//! Once per request: finds out who asks. Required by default: only routes that are marked public go without.
//! Answers 401 `unauthenticated`; which part of a credential was wrong goes to the metric, not to the client.

use std::sync::Arc;
use std::time::SystemTime;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use http::HeaderName;
use http::header::{AUTHORIZATION, HeaderMap};
use model::{Code, Error};

use crate::around::Around;
use crate::client::Client;
use crate::context::Context;
use crate::{Request, Response};

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

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
#[derive(Debug, Clone)]
pub enum Clients {
    /// Nobody is asked: everybody is this one client.
    Anonymous(Arc<Client>),
    /// By key.
    Keys(Arc<[Key]>),
}

/// Why a credential was refused, as the metric names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthFailure {
    /// There is none.
    Missing,
    /// It is not of a form that is accepted here.
    Malformed,
    /// No client has it.
    Unknown,
    /// Its time is over.
    Expired,
}

impl AuthFailure {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::Missing, Self::Malformed, Self::Unknown, Self::Expired];

    /// The metric's label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::Unknown => "unknown",
            Self::Expired => "expired",
        }
    }
}

/// Authenticates clients.
#[derive(Clone)]
pub struct Authenticate {
    /// Those who may come in.
    pub clients: Clients,
    /// Told of every failure.
    pub on_failure: Arc<dyn Fn(AuthFailure) + Send + Sync>,
}

impl Around<Request, Response, Error> for Authenticate {
    type After = ();

    fn before(&self, request: &mut Request) -> Result<(), Result<Response, Error>> {
        let Some(context) = Context::of(request.extensions()) else {
            return Ok(());
        };
        if context.route.get().is_some_and(|route| route.public) {
            return Ok(());
        }
        match self.clients.identify(request.headers(), SystemTime::now()) {
            Ok((client, key)) => {
                context.client.get_or_init(|| client);
                if let Some(key) = key {
                    context
                        .key_id
                        .get_or_init(|| HEXLOWER.encode(key.get(..4).unwrap_or_default()).into());
                }
                Ok(())
            }
            Err(failure) => {
                (self.on_failure)(failure);
                let detail = match failure {
                    AuthFailure::Missing => {
                        "Send an API key as `Authorization: Bearer <key>` or `X-Api-Key: <key>`."
                    }
                    AuthFailure::Malformed => {
                        "The credential must be `Authorization: Bearer <key>` or `X-Api-Key: <key>`, once."
                    }
                    AuthFailure::Unknown | AuthFailure::Expired => "The API key is not valid.",
                };
                Err(Err(Error::client(Code::Unauthenticated, detail)))
            }
        }
    }
}

/// A client, and the hash of the key that it showed.
type Identified = (Arc<Client>, Option<[u8; 32]>);

impl Clients {
    fn identify(&self, headers: &HeaderMap, now: SystemTime) -> Result<Identified, AuthFailure> {
        let keys = match self {
            Self::Anonymous(client) => return Ok((Arc::clone(client), None)),
            Self::Keys(keys) => keys,
        };
        let shown = digest(&SHA256, credential(headers)?);
        // Every key is compared, and each in constant time, so that the time tells nothing of them.
        let mut found = None;
        for key in keys.iter() {
            if verify_slices_are_equal(&key.sha256, shown.as_ref()).is_ok() {
                found = Some(key);
            }
        }
        let key = found.ok_or(AuthFailure::Unknown)?;
        if key.not_after.is_some_and(|end| end <= now) {
            return Err(AuthFailure::Expired);
        }
        Ok((Arc::clone(&key.client), Some(key.sha256)))
    }
}

/// The one credential of a request. Two of them, even equal ones, are a mistake or a trick.
fn credential(headers: &HeaderMap) -> Result<&[u8], AuthFailure> {
    let mut shown = headers
        .get_all(AUTHORIZATION)
        .iter()
        .map(|value| bearer(value.as_bytes()));
    let mut keys = headers
        .get_all(API_KEY)
        .iter()
        .map(|value| Some(value.as_bytes()));
    match (
        shown.next().or_else(|| keys.next()),
        shown.next().or_else(|| keys.next()),
    ) {
        (None, _) => Err(AuthFailure::Missing),
        (Some(Some(credential)), None) if !credential.is_empty() => Ok(credential),
        _ => Err(AuthFailure::Malformed),
    }
}

fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| rest.trim_ascii())
}
