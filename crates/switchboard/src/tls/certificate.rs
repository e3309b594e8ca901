//! What we want to know of an X.509 certificate beside what the handshake verifies.

use std::time::SystemTime;

use x509_cert::Certificate;
use x509_cert::der::Decode;

use super::subject;

/// Whose a certificate is, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The subject in the form in which subjects are compared; none if it is not of text alone.
    pub subject: Option<String>,
    /// From when on it is good.
    pub not_before: SystemTime,
    /// From when on it is good no more.
    pub not_after: SystemTime,
}

impl Facts {
    /// Those of a certificate in DER.
    pub fn of(der: &[u8]) -> Option<Self> {
        let certificate = Certificate::from_der(der).ok()?;
        let certificate = certificate.tbs_certificate();
        let validity = certificate.validity();
        Some(Self {
            subject: subject::canonical(certificate.subject()),
            not_before: validity.not_before.to_system_time(),
            not_after: validity.not_after.to_system_time(),
        })
    }
}
