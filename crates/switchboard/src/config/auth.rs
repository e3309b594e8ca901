//! `[auth]`: whether clients have to say who they are.

use super::table::Table;
use super::value::word;

/// The section.
#[derive(Debug)]
pub struct Auth {
    /// Who is let in.
    pub mode: Mode,
}

/// Who is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Everybody who reaches the listener, as the client `anonymous`.
    None,
    /// Configured clients.
    #[default]
    Required,
}

impl Auth {
    pub(super) fn read(table: &mut Table<'_>) -> Self {
        let mode = word(&[("none", Mode::None), ("required", Mode::Required)]);
        Self {
            mode: table.get("mode", mode),
        }
    }
}
