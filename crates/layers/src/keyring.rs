//! What the replicas of one gateway can do and nobody else: call the same thing by the same name, and seal what
//! they leave in a store that others may read and write. All of it comes from the gateway's secret.

use std::fmt;
use std::hash::Hasher;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac;

/// Names and seals. Clones share its keys.
#[derive(Clone)]
pub struct Keyring(Arc<Keys>);

struct Keys {
    names: hmac::Key,
    seals: hmac::Key,
}

/// A name: 128 bits that only who has the secret can make, or make out.
pub(crate) type Name = [u8; 16];

impl Keyring {
    /// With the gateway's secret.
    pub fn new(secret: &[u8]) -> Self {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let derive = |label: &str| {
            let key = hmac::sign(&secret, label.as_bytes());
            hmac::Key::new(hmac::HMAC_SHA256, key.as_ref())
        };
        Self(Arc::new(Keys {
            names: derive("switchboard store names 1"),
            seals: derive("switchboard store seals 1"),
        }))
    }

    /// The name of these parts, the same in every version of the gateway.
    pub(crate) fn name(&self, parts: &[&[u8]]) -> Name {
        let mut mac = self.hasher();
        for part in parts {
            mac.write(&(part.len() as u64).to_be_bytes());
            mac.write(part);
        }
        mac.name()
    }

    /// Makes the name of whatever can be hashed, the same in all processes of one build.
    pub(crate) fn hasher(&self) -> NameHasher {
        NameHasher(hmac::Context::with_key(&self.0.names))
    }

    /// What only [`Keyring::open`] reads, and only if it lies in the same place.
    pub(crate) fn seal(&self, place: &str, mut value: Vec<u8>) -> Option<Vec<u8>> {
        let key = self.key(place)?;
        let nonce = key.seal_in_place_append_tag(Aad::from(place), &mut value).ok()?;
        Some([nonce.as_ref().as_slice(), &value].concat())
    }

    /// What was sealed for this place; nothing if it was not, or not by one of us.
    pub(crate) fn open(&self, place: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, value) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut value = value.to_vec();
        let length = self
            .key(place)?
            .open_in_place(nonce, Aad::from(place), &mut value)
            .ok()?
            .len();
        value.truncate(length);
        Some(value)
    }

    /// One for each place: under a single one random nonces would meet sooner or later.
    fn key(&self, place: &str) -> Option<RandomizedNonceKey> {
        let key = hmac::sign(&self.0.seals, place.as_bytes());
        RandomizedNonceKey::new(&AES_256_GCM, key.as_ref()).ok()
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring")
    }
}

/// Feeds what is hashed to the MAC.
pub(crate) struct NameHasher(hmac::Context);

impl NameHasher {
    pub(crate) fn name(self) -> Name {
        self.0.sign().as_ref().first_chunk().copied().unwrap_or_default()
    }
}

impl Hasher for NameHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let name = Self(self.0.clone()).name();
        name.first_chunk().copied().map_or(0, u64::from_be_bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::hash::Hash;

    use super::*;

    #[test]
    fn names_are_those_of_the_secret_and_the_parts() {
        let (ours, again, theirs) = (Keyring::new(b"s"), Keyring::new(b"s"), Keyring::new(b"t"));
        let name = ours.name(&[b"ab", b"c"]);
        assert_eq!(name, again.name(&[b"ab", b"c"]));
        assert_ne!(name, theirs.name(&[b"ab", b"c"]));
        assert_ne!(name, ours.name(&[b"a", b"bc"]));
        // Other versions of the gateway find what this one has kept.
        assert_eq!(name, PINNED);
    }

    /// Reckoned by another implementation of HMAC.
    const PINNED: Name = 0x305a_875a_ead7_cddf_7e2d_ce5c_bf2f_29e7_u128.to_be_bytes();

    #[test]
    fn hashes_are_those_of_the_secret_and_the_value() {
        let hash = |secret: &[u8], value: &dyn Fn(&mut NameHasher)| {
            let mut hasher = Keyring::new(secret).hasher();
            value(&mut hasher);
            hasher.name()
        };
        let one = |hasher: &mut NameHasher| ("ab", "c", Some(7_u8)).hash(hasher);
        let other = |hasher: &mut NameHasher| ("a", "bc", Some(7_u8)).hash(hasher);
        assert_eq!(hash(b"s", &one), hash(b"s", &one));
        assert_ne!(hash(b"s", &one), hash(b"t", &one));
        assert_ne!(hash(b"s", &one), hash(b"s", &other));
    }

    #[test]
    fn a_seal_opens_in_its_place_alone() {
        let ring = Keyring::new(b"s");
        let sealed = ring.seal("a", b"+15550100".to_vec()).unwrap();
        assert!(!sealed.windows(4).any(|window| window == b"5550"));
        assert_eq!(ring.open("a", &sealed).unwrap(), b"+15550100");
        assert_eq!(ring.open("b", &sealed), None);
        assert_eq!(Keyring::new(b"t").open("a", &sealed), None);
        for at in 0..sealed.len() {
            let mut bent = sealed.clone();
            bent[at] ^= 1;
            assert_eq!(ring.open("a", &bent), None);
            assert_eq!(ring.open("a", &sealed[..at]), None);
        }
        assert_ne!(ring.seal("a", b"+15550100".to_vec()).unwrap(), sealed);
    }
}
