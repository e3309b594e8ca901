//! Maps whose keys are hashes already, of something that nobody outside can choose: to hash them again would cost more
//! than the look-up.

use std::hash::{BuildHasherDefault, Hash, Hasher};

/// Makes hashers that take what they are given.
pub(crate) type AsIs = BuildHasherDefault<Given>;

/// The one word that it was given.
#[derive(Debug, Default)]
pub(crate) struct Given(u64);

impl Hasher for Given {
    fn write_u64(&mut self, word: u64) {
        self.0 = word;
    }

    fn write(&mut self, bytes: &[u8]) {
        // Keys of these maps give a word; others find themselves in one place, which is slow and not wrong.
        debug_assert!(false, "{} bytes are no word", bytes.len());
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// A SHA-256, as a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sha256(pub(crate) [u8; 32]);

impl Hash for Sha256 {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let word = self.0.first_chunk().copied().map_or(0, u64::from_be_bytes);
        state.write_u64(word);
    }
}
