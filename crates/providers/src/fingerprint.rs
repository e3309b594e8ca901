//! Ids for things that a provider gives none: the same thing has the same id at every read.

use aws_lc_rs::digest::{Context, SHA256};
use data_encoding::HEXLOWER;

/// Hex digits of such an id.
const LENGTH: usize = 16;

/// The first 16 hex digits of the SHA-256 of the parts, one after the other.
pub(crate) fn of<'p>(parts: impl IntoIterator<Item = &'p str>) -> String {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part.as_bytes());
    }
    let mut text = HEXLOWER.encode(context.finish().as_ref());
    text.truncate(LENGTH);
    text
}

/// Whether a text has the form of such an id.
pub(crate) fn is_one(text: &str) -> bool {
    text.len() == LENGTH && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}
