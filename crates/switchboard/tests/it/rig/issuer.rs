//! An issuer of tokens: keys of every kind, and tokens signed with them, good ones and others.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

pub(crate) const ISSUER: &str = "https://id.example.com/tenant";
pub(crate) const AUDIENCE: &str = "switchboard";

enum Secret {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

/// A key of the issuer.
pub(crate) struct IssuerKey {
    pub(crate) id: &'static str,
    pub(crate) algorithm: &'static str,
    secret: Secret,
}

impl IssuerKey {
    pub(crate) fn rs256(id: &'static str) -> Self {
        let secret = Secret::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap());
        let algorithm = "RS256";
        Self {
            id,
            algorithm,
            secret,
        }
    }

    pub(crate) fn es256(id: &'static str) -> Self {
        let secret = Secret::Ec(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap());
        let algorithm = "ES256";
        Self {
            id,
            algorithm,
            secret,
        }
    }

    pub(crate) fn eddsa(id: &'static str) -> Self {
        let secret = Secret::Ed(Ed25519KeyPair::generate().unwrap());
        let algorithm = "EdDSA";
        Self {
            id,
            algorithm,
            secret,
        }
    }

    /// The public key, as its owner would send it.
    pub(crate) fn jwk(&self) -> Value {
        let mut jwk = match &self.secret {
            Secret::Rsa(key) => {
                let (n, e) = self.modulus_and_exponent(key);
                json!({ "kty": "RSA", "n": n, "e": e })
            }
            Secret::Ec(key) => {
                let (x, y) = key.public_key().as_ref()[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y) })
            }
            Secret::Ed(key) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(key.public_key().as_ref()) })
            }
        };
        jwk["kid"] = json!(self.id);
        jwk["alg"] = json!(self.algorithm);
        jwk["use"] = json!("sig");
        jwk
    }

    /// A token with these claims.
    pub(crate) fn token(&self, claims: &Value) -> String {
        self.token_under(
            &json!({ "alg": self.algorithm, "kid": self.id, "typ": "JWT" }),
            claims,
        )
    }

    /// A token with these claims and whatever header.
    pub(crate) fn token_under(&self, header: &Value, claims: &Value) -> String {
        let message = unsigned(header, claims);
        let signature = self.sign(message.as_bytes());
        format!("{message}.{}", encode(&signature))
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.secret {
            Secret::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .unwrap();
                signature
            }
            Secret::Ec(key) => key.sign(&random, message).unwrap().as_ref().to_vec(),
            Secret::Ed(key) => key.sign(message).as_ref().to_vec(),
        }
    }

    /// From the DER of 2048 bits: a sequence of two integers, the first of 257 bytes, the second of 3.
    fn modulus_and_exponent(&self, key: &RsaKeyPair) -> (String, String) {
        let der = key.public_key().as_ref();
        assert_eq!((der.len(), der[8], self.algorithm), (270, 0, "RS256"));
        (encode(&der[9..265]), encode(&der[267..]))
    }
}

/// The first two parts of a token.
pub(crate) fn unsigned(header: &Value, claims: &Value) -> String {
    format!(
        "{}.{}",
        encode(header.to_string().as_bytes()),
        encode(claims.to_string().as_bytes())
    )
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

/// Seconds since 1970, so far from now.
pub(crate) fn at(from_now: i64) -> i64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |now| now.as_secs());
    i64::try_from(now).unwrap() + from_now
}

/// Claims of somebody who may read everywhere for an hour, with some of them changed.
pub(crate) fn claims(changes: &Value) -> Value {
    let hour = i64::try_from(Duration::from_hours(1).as_secs()).unwrap();
    let mut claims = json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "user-1", "exp": at(hour), "iat": at(0),
        "scope": "read", "connections": ["*"],
    });
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

/// The document with these keys.
pub(crate) fn jwks(keys: &[&IssuerKey]) -> String {
    let keys: Vec<Value> = keys.iter().map(|key| key.jwk()).collect();
    json!({ "keys": keys }).to_string()
}

/// The sections of a configuration that accepts tokens, with the issuer's keys there.
pub(crate) fn accepting(jwks: &str) -> String {
    format!(
        "[auth]\nmode = \"required\"\n[auth.jwt]\nissuer = \"{ISSUER}\"\naudience = \"{AUDIENCE}\"\njwks = \"{jwks}\"\n"
    )
}
