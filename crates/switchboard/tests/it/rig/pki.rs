//! Certificates of authorities that exist for one test, and the files that a configuration names.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, KeyPair, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// An authority.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key.
pub(crate) struct Pair {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name = subject(&[(DnType::CommonName, name)]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn der(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// For the listener, until the end of that year.
    pub(crate) fn server(&self, year: i32) -> Pair {
        let mut params = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        params.not_after = date_time_ymd(year, 12, 31);
        self.issue(params, ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// For a client, until the end of that year.
    pub(crate) fn client(&self, attributes: &[(DnType, &str)], year: i32) -> Pair {
        let mut params = CertificateParams::default();
        params.distinguished_name = subject(attributes);
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(year, 12, 31);
        self.issue(params, ExtendedKeyUsagePurpose::ClientAuth)
    }

    fn issue(&self, mut params: CertificateParams, purpose: ExtendedKeyUsagePurpose) -> Pair {
        params.extended_key_usages = vec![purpose];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        Pair { certificate, key }
    }
}

impl Pair {
    pub(crate) fn der(&self) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
        let key = PrivatePkcs8KeyDer::from(self.key.serialize_der());
        (self.certificate.der().clone(), key.into())
    }

    pub(crate) fn write_certificate(&self, folder: &Path) {
        put(folder, "cert.pem", &self.certificate.pem());
    }

    pub(crate) fn write_key(&self, folder: &Path) {
        put(folder, "key.pem", &self.key.serialize_pem());
    }

    pub(crate) fn write(&self, folder: &Path) {
        self.write_certificate(folder);
        self.write_key(folder);
    }
}

/// Puts a file in the place of another one, as a careful program does.
pub(crate) fn put(folder: &Path, name: &str, text: &str) {
    let new = folder.join(format!(".{name}"));
    fs::write(&new, text).unwrap();
    fs::set_permissions(&new, fs::Permissions::from_mode(0o600)).unwrap();
    fs::rename(new, folder.join(name)).unwrap();
}

fn subject(attributes: &[(DnType, &str)]) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    for (attribute, value) in attributes {
        name.push(attribute.clone(), *value);
    }
    name
}
