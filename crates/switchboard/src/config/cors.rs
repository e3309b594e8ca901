//! `[cors]`: which pages may read answers.

use super::address;
use super::form::{Form, Key};
use super::table::Table;

/// The section.
#[derive(Debug)]
pub struct Cors {
    /// Exactly as browsers send them in `Origin`.
    pub allowed_origins: Vec<String>,
}

/// Its keys.
pub(super) const KEYS: &[Key] = &[Key::new("allowed_origins", Form::List(&Form::ORIGIN, false))];

impl Cors {
    pub(super) fn read(table: &mut Table<'_>) -> Self {
        Self {
            allowed_origins: table.list("allowed_origins", address::origin),
        }
    }
}
