//! Certificates of clients, and whose they are.

use std::sync::Arc;
use std::time::SystemTime;

use data_encoding::HEXLOWER;

use super::AuthFailure;
use super::clients::Identified;
use crate::client::Client;

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

/// Who shows this certificate.
pub(super) fn identify(
    subjects: &[Subject],
    shown: &Certificate,
    now: SystemTime,
) -> Result<Identified, AuthFailure> {
    let subject = shown.subject.as_ref().ok_or(AuthFailure::Unknown)?;
    let known = subjects.iter().find(|known| known.name == *subject);
    let known = known.ok_or(AuthFailure::Unknown)?;
    if shown.not_after <= now || known.not_after.is_some_and(|end| end <= now) {
        return Err(AuthFailure::Expired);
    }
    Ok(Identified {
        client: Arc::clone(&known.client),
        key_id: Some(HEXLOWER.encode(shown.sha256.get(..4).unwrap_or_default()).into()),
    })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::client::{Connections, Permissions};

    #[test]
    fn a_certificate_ends_while_its_connection_lasts() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let client = Arc::new(Client {
            name: "a".to_owned(),
            index: 0,
            permissions: Permissions::ALL,
            connections: Connections::default(),
            subject: None,
        });
        let subject = |name: &str, not_after| Subject {
            name: name.into(),
            not_after,
            client: Arc::clone(&client),
        };
        let subjects = [subject("a", None), subject("b", Some(at(50)))];
        let by = |subject: Option<&str>, now| {
            let shown = Certificate {
                subject: subject.map(Into::into),
                sha256: [7; 32],
                not_after: at(100),
            };
            let identified = identify(&subjects, &shown, at(now));
            identified.map(|known| (known.client.name.clone(), known.key_id))
        };
        let known = Ok(("a".to_owned(), Some("07070707".into())));
        assert_eq!(by(Some("a"), 99), known);
        assert_eq!(by(Some("a"), 100), Err(AuthFailure::Expired));
        assert_eq!(by(Some("b"), 49), known);
        assert_eq!(by(Some("b"), 50), Err(AuthFailure::Expired));
        assert_eq!(by(Some("c"), 0), Err(AuthFailure::Unknown));
        assert_eq!(by(None, 0), Err(AuthFailure::Unknown));
    }
}
