//! `[store]`: what replicas share.

use std::time::Duration;

use secrecy::ExposeSecret;
use serde_json::json;
use store::Address;

use super::form::{Form, Key};
use super::secret::{HOW, Literal};
use super::table::Table;
use super::value::{Refusal, Zero, duration, word};

/// The section.
#[derive(Debug, Clone)]
pub struct Store {
    /// Where it is kept; none if each replica is alone.
    pub redis: Option<Address>,
    /// How long an operation may take; after that the store counts as away.
    pub timeout: Duration,
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

/// Its keys.
pub(super) const KEYS: &[Key] = &[
    Key::new(
        "redis",
        Form::Text("URL, or secret", "^(rediss?://|env:|file:).+$"),
    ),
    Key::new("timeout", Form::Duration(Zero::Refused)),
    Key::new("on_error", Form::Word(&["local", "deny"])),
];

impl Store {
    pub(super) fn read(table: &mut Table<'_>) -> Self {
        let on_error = word(&[("local", OnError::Local), ("deny", OnError::Deny)]);
        Self {
            redis: redis(table),
            timeout: table.get("timeout", duration(Zero::Refused)),
            on_error: table.get("on_error", on_error),
        }
    }
}

/// The URL stands in the file if there is no password in it.
fn redis(table: &mut Table<'_>) -> Option<Address> {
    let secret = table.secret("redis", Literal::Allowed)?;
    let refusal = match Address::parse(&secret.value) {
        Err(problem) => Refusal::new(problem.to_string())
            .fix("write \"redis://host:6379\", or \"rediss://host:6379\" for TLS"),
        Ok(address) if secret.reference.is_some() => return Some(address),
        Ok(address) if !address.has_password() => {
            table.show("redis", json!(secret.value.expose_secret()));
            return Some(address);
        }
        Ok(_) => Refusal::new("has a password, which must not stand in the file").fix(HOW),
    };
    table.refuse_key("redis", refusal);
    None
}
