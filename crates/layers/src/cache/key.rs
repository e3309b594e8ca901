//! The key of an entry: a small keyed hash, so that a look-up formats and compares no text.

use std::hash::{BuildHasher, Hash, RandomState};

/// 128 bits that stand for a canonical request. Without the maker's secret nobody can aim at another's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key(u64, u64);

/// Makes keys. Keys of different makers have nothing to do with each other.
#[derive(Debug, Clone, Default)]
pub struct KeyMaker {
    left: RandomState,
    right: RandomState,
}

impl KeyMaker {
    /// The key of whatever distinguishes one request from another.
    pub fn key(&self, parts: &impl Hash) -> Key {
        Key(self.left.hash_one(parts), self.right.hash_one(parts))
    }
}
