//! `[cache]`: how long an answer is good.

use std::time::Duration;

use super::form::{Form, Key};
use super::table::Table;
use super::value::{Zero, duration, size};

/// The section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cache {
    /// Bytes of answers; 0 is no cache.
    pub max_bytes: usize,
    /// How long an answer is fresh.
    pub ttl: Ttl,
    /// How long after that it is still served while a new one is fetched.
    pub stale_while_revalidate: Duration,
    /// How long after that it is served where the provider fails.
    pub stale_if_error: Duration,
}

/// How long an answer is fresh, by what it is about; 0 is not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ttl {
    /// Conversations.
    pub conversations: Duration,
    /// Webhooks.
    pub webhooks: Duration,
    /// Webhook deliveries.
    pub deliveries: Duration,
    /// Numbers.
    pub numbers: Duration,
    /// What the provider does not have.
    pub not_found: Duration,
}

/// Its keys.
pub(super) const KEYS: &[Key] = &[
    Key::new("max_bytes", Form::Size(0, 1 << 40)),
    Key::new("ttl", Form::Table(TTL)),
    Key::new("stale_while_revalidate", Form::Duration(Zero::Allowed)),
    Key::new("stale_if_error", Form::Duration(Zero::Allowed)),
];

const LIFETIME: Form = Form::Duration(Zero::Allowed);

const TTL: &[Key] = &[
    Key::new("conversations", LIFETIME),
    Key::new("webhooks", LIFETIME),
    Key::new("deliveries", LIFETIME),
    Key::new("numbers", LIFETIME),
    Key::new("not_found", LIFETIME),
];

impl Cache {
    pub(super) fn read(table: &mut Table<'_>) -> Self {
        Self {
            max_bytes: table.get("max_bytes", size(0..=1 << 40)),
            ttl: table.table("ttl", Ttl::read),
            stale_while_revalidate: table.get("stale_while_revalidate", duration(Zero::Allowed)),
            stale_if_error: table.get("stale_if_error", duration(Zero::Allowed)),
        }
    }
}

impl Ttl {
    fn read(table: &mut Table<'_>) -> Self {
        Self {
            conversations: table.get("conversations", duration(Zero::Allowed)),
            webhooks: table.get("webhooks", duration(Zero::Allowed)),
            deliveries: table.get("deliveries", duration(Zero::Allowed)),
            numbers: table.get("numbers", duration(Zero::Allowed)),
            not_found: table.get("not_found", duration(Zero::Allowed)),
        }
    }
}
