//! `[store]`: what replicas share.

use super::table::Table;
use super::value::word;

/// The section.
#[derive(Debug, Clone, Copy)]
pub struct Store {
    /// What to do while the store does not answer.
    pub on_error: OnError,
}

/// What to do while the store does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnError {
    /// Each replica counts for itself.
    #[default]
    Local,
    /// Refuse what would have been counted.
    Deny,
}

impl Store {
    pub(super) fn read(table: &mut Table<'_>) -> Self {
        let on_error = word(&[("local", OnError::Local), ("deny", OnError::Deny)]);
        Self {
            on_error: table.get("on_error", on_error),
        }
    }
}
