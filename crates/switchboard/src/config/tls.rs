//! `[server.tls]`: the listener's certificate, and who vouches for those of clients.

use std::sync::Arc;
use std::time::SystemTime;

use rustls::RootCertStore;
use rustls::crypto::aws_lc_rs::sign::any_supported_type as signer;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::context::Context;
use super::form::{Form, Key};
use super::secret::Literal;
use super::table::Table;
use super::value::{Parsed, Refusal, text};
use crate::tls::Facts;

/// The section, with all that it names read.
#[derive(Debug, Clone)]
pub struct Tls {
    /// The certificate, those that lead from it to an authority, and its key.
    pub identity: Arc<CertifiedKey>,
    /// Those that vouch for clients; none if certificates of clients mean nothing here.
    pub client_ca: RootCertStore,
    not_after: SystemTime,
    asks_clients: bool,
}

/// Its keys.
pub(super) const KEYS: &[Key] = &[
    Key::required("certificate", Form::PATH),
    Key::required("key", Form::SECRET),
    Key::new("client_ca", Form::PATH),
];

impl Tls {
    pub(super) fn read(table: &mut Table<'_>) -> Option<Self> {
        let context = table.context();
        let chain = table.need("certificate", |value| certificates(context, value));
        let key = table.need_secret("key", Literal::Refused);
        let authorities = table.optional("client_ca", |value| {
            roots(certificates(context, value)?).map_err(Refusal::new)
        });
        let (chain, key) = (chain?, key?);
        let (identity, facts) = pair(chain, &key.value)
            .map_err(|fault| table.refuse_key(fault.key, Refusal::new(fault.problem)))
            .ok()?;
        if let Some(warning) = warning(&facts, SystemTime::now()) {
            table.warn_key("certificate", warning);
        }
        Some(Self {
            identity,
            asks_clients: authorities.is_some(),
            client_ca: authorities.unwrap_or_else(RootCertStore::empty),
            not_after: facts.not_after,
        })
    }

    /// Whether certificates of clients mean anything.
    pub fn asks_clients(&self) -> bool {
        self.asks_clients
    }

    /// When the certificate ends.
    pub fn not_after(&self) -> SystemTime {
        self.not_after
    }
}

const PEM: &str = "name a file with -----BEGIN CERTIFICATE-----, relative to the configuration's folder";

/// The certificates in a file that a value names.
pub(super) fn certificates(
    context: &Context<'_>,
    value: &toml::de::DeValue<'_>,
) -> Parsed<Vec<CertificateDer<'static>>> {
    let path = context.folder.join(text(value)?);
    context.file(path.clone());
    let certificates = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match certificates {
        Ok(certificates) if certificates.is_empty() => Err(Refusal::new("holds no certificate").fix(PEM)),
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(Refusal::new(format!("cannot be read as PEM: {error}")).fix(PEM)),
    }
}

/// What is wrong with a pair, and with which part of it.
struct Fault {
    key: &'static str,
    problem: &'static str,
}

/// A certificate with its key. What the library says of a key is left out: it may quote it.
fn pair(
    chain: Vec<CertificateDer<'static>>,
    key: &SecretString,
) -> Result<(Arc<CertifiedKey>, Facts), Fault> {
    let of = |key| move |problem| Fault { key, problem };
    let facts = chain.first().and_then(|leaf| Facts::of(leaf));
    let facts = facts.ok_or("is malformed").map_err(of("certificate"))?;
    let key = PrivateKeyDer::from_pem_slice(key.expose_secret().as_bytes());
    let key = key.map_err(|_| of("key")("holds no private key in PEM"))?;
    let signer =
        signer(&Zeroizing::new(key)).map_err(|_| of("key")("is of a kind that TLS has no use for"))?;
    let identity = CertifiedKey::new(chain, signer);
    match identity.keys_match() {
        Ok(()) => Ok((Arc::new(identity), facts)),
        Err(rustls::Error::InvalidCertificate(_)) => Err(of("certificate")("is malformed")),
        Err(_) => Err(of("key")("is not the key of server.tls.certificate")),
    }
}

fn roots(certificates: Vec<CertificateDer<'static>>) -> Result<RootCertStore, &'static str> {
    let mut store = RootCertStore::empty();
    for certificate in certificates {
        store
            .add(certificate)
            .map_err(|_| "holds a certificate that is malformed")?;
    }
    Ok(store)
}

fn warning(facts: &Facts, now: SystemTime) -> Option<Refusal> {
    let state = if facts.not_after <= now {
        "has expired"
    } else if now < facts.not_before {
        "is not good yet"
    } else {
        return None;
    };
    Some(Refusal::new(state).fix("clients will refuse it; put another in its place"))
}
