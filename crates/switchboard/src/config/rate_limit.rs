//! `[rate_limit]`: how clients are told about their limits.

use super::form::{Form, Key};
use super::table::Table;
use super::value::flag;

/// The section.
#[derive(Debug, Clone, Copy)]
pub struct RateLimit {
    /// Whether the three older `X-RateLimit-` headers are sent too.
    pub legacy_headers: bool,
}

/// Its keys.
pub(super) const KEYS: &[Key] = &[Key::new("legacy_headers", Form::Flag)];

impl RateLimit {
    pub(super) fn read(table: &mut Table<'_>) -> Self {
        Self {
            legacy_headers: table.get("legacy_headers", flag),
        }
    }
}
