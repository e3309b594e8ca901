//! A public key of the issuer, from its JWK (RFC 7517). The key's type decides the algorithm, so a token cannot
//! have it used as anything else.

use std::sync::Arc;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
};
use serde_json::{Map, Value};

use super::token::decode;

/// What tokens may be signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    Rs256,
    Es256,
    EdDsa,
}

impl Algorithm {
    /// By its name in RFC 7518 or RFC 8037; none for all that is not accepted, above all `none` and `HS256`.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "ES256" => Some(Self::Es256),
            "EdDSA" => Some(Self::EdDsa),
            _ => None,
        }
    }
}

/// Bytes of a key's name, which logs show.
const LONGEST_ID: usize = 256;

/// A key that tokens may be signed with.
pub(super) struct Key {
    /// What tokens call it.
    pub(super) id: Option<Arc<str>>,
    pub(super) algorithm: Algorithm,
    public: ParsedPublicKey,
}

impl Key {
    /// None for a key that is for something else, or of a kind that is not accepted.
    pub(super) fn from_jwk(jwk: &Value) -> Option<Self> {
        let jwk = jwk.as_object()?;
        let (algorithm, public) = public(jwk)?;
        let fits = |key: &str, wanted: &dyn Fn(&Value) -> bool| jwk.get(key).is_none_or(wanted);
        let is_for_this = fits("use", &|value| value == "sig")
            && fits("key_ops", &|value| {
                value
                    .as_array()
                    .is_some_and(|operations| operations.iter().any(|operation| operation == "verify"))
            })
            && fits("alg", &|value| {
                value.as_str().and_then(Algorithm::named) == Some(algorithm)
            })
            && fits("kid", &|value| {
                value.as_str().is_some_and(|id| id.len() <= LONGEST_ID)
            });
        is_for_this.then(|| Self {
            id: text(jwk, "kid").map(Into::into),
            algorithm,
            public,
        })
    }

    /// Whether this key has signed the message.
    pub(super) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        self.public.verify_sig(message, signature).is_ok()
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
            && self.algorithm == other.algorithm
            && self.public.as_ref() == other.public.as_ref()
    }
}

fn public(jwk: &Map<String, Value>) -> Option<(Algorithm, ParsedPublicKey)> {
    let bytes = |name| decode(text(jwk, name)?.as_bytes());
    match (text(jwk, "kty")?, text(jwk, "crv")) {
        ("RSA", _) => {
            let (n, e) = (bytes("n")?, bytes("e")?);
            let (n, e) = (without_zeros(&n), without_zeros(&e));
            let key = RsaPublicKeyComponents { n, e }.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256);
            // What is shorter or longer would fail at each token; it is no key at all.
            let bits = n.len() * 8 - n.first()?.leading_zeros() as usize;
            (2048..=8192)
                .contains(&bits)
                .then_some((Algorithm::Rs256, key.ok()?))
        }
        ("EC", Some("P-256")) => {
            let (x, y) = (bytes("x")?, bytes("y")?);
            let point = [&[4], x.as_slice(), &y].concat();
            let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).ok()?;
            (x.len() == 32).then_some((Algorithm::Es256, key))
        }
        ("OKP", Some("Ed25519")) => {
            let key = ParsedPublicKey::new(&ED25519, bytes("x")?).ok()?;
            Some((Algorithm::EdDsa, key))
        }
        _ => None,
    }
}

fn text<'j>(jwk: &'j Map<String, Value>, name: &str) -> Option<&'j str> {
    jwk.get(name)?.as_str()
}

/// Some issuers write the sign byte of ASN.1, which the RFC forbids.
fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}
