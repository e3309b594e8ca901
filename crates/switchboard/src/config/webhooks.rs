//! `[webhooks]`: what writes may point a provider at.

use super::address;
use super::form::{Form, Key};
use super::table::Table;

/// The section.
#[derive(Debug)]
pub struct Webhooks {
    /// Hosts of callbacks; empty is any public one.
    pub allowed_hosts: Vec<String>,
}

/// Its keys.
pub(super) const KEYS: &[Key] = &[Key::new("allowed_hosts", Form::List(&Form::HOST, false))];

impl Webhooks {
    pub(super) fn read(table: &mut Table<'_>) -> Self {
        Self {
            allowed_hosts: table.list("allowed_hosts", address::host),
        }
    }
}
