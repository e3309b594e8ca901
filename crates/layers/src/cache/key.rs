//! The key of an entry: a small keyed hash, so that a look-up formats and compares no text.

use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};

use crate::keyring::Keyring;

/// Begins what shared keys are made of. Replicas of another version may hash the same request in another way, or
/// another request in the same way: what they keep is not ours.
const VERSION: &str = concat!("cache 1 ", env!("CARGO_PKG_VERSION"));

/// 128 bits that stand for a canonical request. Without the maker's secret nobody can aim at another's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key(u64, u64);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // It is a hash: a part of it is one, too.
        state.write_u64(self.0);
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:016x}", self.0, self.1)
    }
}

/// Makes keys. Keys of different makers have nothing to do with each other.
#[derive(Debug, Clone, Default)]
pub struct KeyMaker(Kind);

#[derive(Debug, Clone)]
enum Kind {
    /// For one process: the fastest hash there is.
    Own(RandomState, RandomState),
    /// The same for all replicas.
    Shared(Keyring),
}

impl Default for Kind {
    fn default() -> Self {
        Self::Own(RandomState::new(), RandomState::new())
    }
}

impl KeyMaker {
    /// Makes the same keys in all replicas of one build that have the secret.
    pub const fn shared(keyring: Keyring) -> Self {
        Self(Kind::Shared(keyring))
    }

    /// The key of whatever distinguishes one request from another.
    pub fn key(&self, parts: &impl Hash) -> Key {
        match &self.0 {
            Kind::Own(left, right) => {
                let mut gathered = Gathered(Vec::with_capacity(ROOM));
                parts.hash(&mut gathered);
                let hash = |half: &RandomState| {
                    let mut hasher = half.build_hasher();
                    hasher.write(&gathered.0);
                    hasher.finish()
                };
                Key(hash(left), hash(right))
            }
            Kind::Shared(keyring) => {
                let mut hasher = keyring.hasher();
                (VERSION, parts).hash(&mut hasher);
                let name = u128::from_be_bytes(hasher.name());
                #[expect(clippy::cast_possible_truncation, reason = "the halves are wanted")]
                Key((name >> 64) as u64, name as u64)
            }
        }
    }
}

/// Room for most requests.
const ROOM: usize = 256;

/// All that is hashed, in one piece: hashing many small ones takes three times as long.
struct Gathered(Vec<u8>);

impl Hasher for Gathered {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// A length, mostly a small one: seven bits to a byte, the last of which has the highest.
    fn write_usize(&mut self, mut number: usize) {
        while number >= 0x80 {
            let [low, ..] = number.to_le_bytes();
            self.0.push(low & 0x7f);
            number >>= 7;
        }
        let [low, ..] = number.to_le_bytes();
        self.0.push(low | 0x80);
    }

    /// Which variant of a type it is.
    fn write_isize(&mut self, number: isize) {
        self.write_usize(number.cast_unsigned());
    }

    fn finish(&self) -> u64 {
        // It gathers, and is asked for nothing.
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_keys_are_those_of_the_secret() {
        let maker = |secret: &[u8]| KeyMaker::shared(Keyring::new(secret));
        let parts = ("acme", 7_u32, Some("x"));
        assert_eq!(maker(b"s").key(&parts), maker(b"s").key(&parts));
        assert_ne!(maker(b"s").key(&parts), maker(b"t").key(&parts));
        assert_ne!(
            maker(b"s").key(&parts),
            maker(b"s").key(&("acme", 7_u32, None::<&str>))
        );
        assert_ne!(KeyMaker::default().key(&parts), KeyMaker::default().key(&parts));
    }
}
