//! Once per request: finds out who asks. Required by default: only routes that are marked public go without.
//! On paths with a certain prefix a key may come as the libraries of providers send theirs. A certificate counts
//! where there is no key: who sends one has said as whom to be known. Answers 401
//! `unauthenticated`; which part of a credential was wrong goes to the metric, not to the client.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::{BASE64, HEXLOWER};
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

/// A certificate that the client has shown and the handshake has verified; the server puts it into the request's
/// extensions.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// Its subject in the form in which subjects are compared; none if it has no such form.
    pub subject: Option<Arc<str>>,
    /// SHA-256 of it.
    pub sha256: [u8; 32],
    /// From when on it opens nothing, however long the connection lasts.
    pub not_after: SystemTime,
}

/// A subject of certificates that opens the door for a client.
#[derive(Debug, Clone)]
pub struct Subject {
    /// In the form in which subjects are compared.
    pub name: Arc<str>,
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
    /// Those who may come in with a certificate. One counts where a request has no other credential.
    pub subjects: Arc<[Subject]>,
    /// Paths with this prefix also take `Basic` with the key as password, and the key alone.
    pub native: Option<&'static str>,
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
        let native = self
            .native
            .is_some_and(|prefix| request.uri().path().starts_with(prefix));
        let now = SystemTime::now();
        let certificate = request.extensions().get::<Certificate>();
        let identified = match (self.clients.identify(request.headers(), native, now), certificate) {
            (Err(AuthFailure::Missing), Some(certificate)) => self.by_certificate(certificate, now),
            (identified, _) => identified,
        };
        match identified {
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
                    AuthFailure::Missing | AuthFailure::Malformed if native => {
                        "Send an API key once: as the password of `Authorization: Basic`, after `Bearer`, alone \
                         in `Authorization`, or as `X-Api-Key`."
                    }
                    AuthFailure::Missing => {
                        "Send an API key as `Authorization: Bearer <key>` or `X-Api-Key: <key>`."
                    }
                    AuthFailure::Malformed => {
                        "The credential must be `Authorization: Bearer <key>` or `X-Api-Key: <key>`, once."
                    }
                    AuthFailure::Unknown | AuthFailure::Expired => "The API key or certificate is not valid.",
                };
                Err(Err(Error::client(Code::Unauthenticated, detail)))
            }
        }
    }
}

impl Authenticate {
    fn by_certificate(&self, shown: &Certificate, now: SystemTime) -> Result<Identified, AuthFailure> {
        let subject = shown.subject.as_ref().ok_or(AuthFailure::Unknown)?;
        let mut subjects = self.subjects.iter();
        let known = subjects
            .find(|known| known.name == *subject)
            .ok_or(AuthFailure::Unknown)?;
        if shown.not_after <= now || known.not_after.is_some_and(|end| end <= now) {
            return Err(AuthFailure::Expired);
        }
        Ok((Arc::clone(&known.client), Some(shown.sha256)))
    }
}

/// A client, and the hash of the key or certificate that it showed.
type Identified = (Arc<Client>, Option<[u8; 32]>);

impl Clients {
    fn identify(
        &self,
        headers: &HeaderMap,
        native: bool,
        now: SystemTime,
    ) -> Result<Identified, AuthFailure> {
        let keys = match self {
            Self::Anonymous(client) => return Ok((Arc::clone(client), None)),
            Self::Keys(keys) => keys,
        };
        let shown = digest(&SHA256, &credential(headers, native)?);
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
fn credential(headers: &HeaderMap, native: bool) -> Result<Cow<'_, [u8]>, AuthFailure> {
    let mut shown = headers
        .get_all(AUTHORIZATION)
        .iter()
        .map(|value| authorization(value.as_bytes(), native));
    let mut keys = headers
        .get_all(API_KEY)
        .iter()
        .map(|value| Some(Cow::Borrowed(value.as_bytes())));
    match (
        shown.next().or_else(|| keys.next()),
        shown.next().or_else(|| keys.next()),
    ) {
        (None, _) => Err(AuthFailure::Missing),
        (Some(Some(credential)), None) if !credential.is_empty() => Ok(credential),
        _ => Err(AuthFailure::Malformed),
    }
}

/// The key in a value of `Authorization`. The libraries of providers put it where their own goes.
fn authorization(value: &[u8], native: bool) -> Option<Cow<'_, [u8]>> {
    if let Some(key) = after(value, b"bearer ") {
        return Some(Cow::Borrowed(key));
    }
    if !native {
        return None;
    }
    let Some(pair) = after(value, b"basic ") else {
        return Some(Cow::Borrowed(value.trim_ascii()));
    };
    let mut pair = BASE64.decode(pair).ok()?;
    let colon = pair.iter().position(|byte| *byte == b':')?;
    Some(Cow::Owned(pair.split_off(colon + 1)))
}

fn after<'v>(value: &'v [u8], scheme: &[u8]) -> Option<&'v [u8]> {
    let (shown, rest) = value.split_at_checked(scheme.len())?;
    shown.eq_ignore_ascii_case(scheme).then(|| rest.trim_ascii())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::client::Permissions;

    #[test]
    fn a_certificate_ends_while_its_connection_lasts() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let client = Arc::new(Client {
            name: "a".to_owned(),
            index: 0,
            permissions: Permissions::ALL,
            connections: Arc::default(),
        });
        let subject = |name: &str, not_after| Subject {
            name: name.into(),
            not_after,
            client: Arc::clone(&client),
        };
        let layer = Authenticate {
            clients: Clients::Keys(Arc::default()),
            subjects: [subject("a", None), subject("b", Some(at(50)))].into(),
            native: None,
            on_failure: Arc::new(|_| {}),
        };
        let by = |subject: Option<&str>, now| {
            let shown = Certificate {
                subject: subject.map(Into::into),
                sha256: [7; 32],
                not_after: at(100),
            };
            let identified = layer.by_certificate(&shown, at(now));
            identified.map(|(client, shown)| (client.name.clone(), shown))
        };
        let known = Ok(("a".to_owned(), Some([7; 32])));
        assert_eq!(by(Some("a"), 99), known);
        assert_eq!(by(Some("a"), 100), Err(AuthFailure::Expired));
        assert_eq!(by(Some("b"), 49), known);
        assert_eq!(by(Some("b"), 50), Err(AuthFailure::Expired));
        assert_eq!(by(Some("c"), 0), Err(AuthFailure::Unknown));
        assert_eq!(by(None, 0), Err(AuthFailure::Unknown));
    }
}
