//! `[[clients]]`: who may come in, with which keys, and what for.

use std::collections::BTreeSet;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use layers::{Permission, Permissions};
use model::ConnectionName;
use serde_json::json;
use toml::de::DeValue;

use super::form::{Form, Key};
use super::rate::{self, Rate};
use super::table::Table;
use super::value::{Parsed, Refusal, text, word};
use crate::tls;

/// One client.
#[derive(Debug)]
pub struct Client {
    /// Its name, a metric label.
    pub name: String,
    /// Its place among the clients.
    pub index: u32,
    /// SHA-256 of its keys; none if it comes with tokens alone.
    pub keys: Vec<[u8; 32]>,
    /// The subject of its certificates, in the form in which subjects are compared.
    pub certificate_subject: Option<Arc<str>>,
    /// When its keys and certificates end, whatever they say themselves.
    pub not_after: Option<Timestamp>,
    /// What it may do; with a token, what that may permit at most.
    pub permissions: Permissions,
    /// What it may use, in the order of the configuration; with a token the same holds.
    pub connections: Vec<ConnectionName>,
    /// How much it may ask for; none is no limit.
    pub rate_limit: Option<Rate>,
    /// Whose limit that is.
    pub limited_by: LimitedBy,
}

/// Whose a limit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LimitedBy {
    /// The client's.
    #[default]
    Client,
    /// That of each subject of its tokens; its keys share one.
    Subject,
}

/// Its keys.
pub(super) const KEYS: &[Key] = &[
    Key::required("name", Form::Text("name", "^[a-z0-9][a-z0-9_.-]{0,63}$")),
    Key::new(
        "key_sha256",
        Form::List(&Form::Text("SHA-256 in hex", "^[0-9a-f]{64}$"), false),
    ),
    Key::new("not_after", Form::Time),
    Key::new("certificate_subject", Form::SOME),
    Key::required("scopes", Form::List(&Form::Word(SCOPES), true)),
    Key::required(
        "connections",
        Form::List(&Form::Text("connection, or `\"*\"`", "."), true),
    ),
    Key::new("rate_limit", Form::Table(RATE_LIMIT)),
];

const SCOPES: &[&str] = &[
    "read",
    "sensitive",
    "write",
    "redeliver",
    "proxy:read",
    "proxy:write",
    "admin",
];

const RATE_LIMIT: &[Key] = &[
    Key::required("requests", rate::REQUESTS),
    Key::required("per", rate::PER),
    Key::new("burst", rate::BURST),
    Key::new("by", Form::Word(&["client", "subject"])),
];

/// Labels that metrics use for something else.
const RESERVED: [&str; 3] = ["anonymous", "none", "other"];

/// What opens the door besides keys.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    /// Tokens of an issuer.
    pub(super) tokens: bool,
    /// Certificates that an authority vouches for.
    pub(super) certificates: bool,
}

pub(super) fn read(root: &mut Table<'_>, connections: &[ConnectionName], open: Open) -> Vec<Client> {
    let mut names = BTreeSet::new();
    let mut keys = BTreeSet::new();
    let mut subjects = BTreeSet::new();
    root.each("clients", |index, table| {
        let name = table.get("name", |value| {
            unique(name(value)?, &mut names, "client of this name")
        });
        let mut has_subject = false;
        let certificate_subject = table.optional("certificate_subject", |value| {
            has_subject = true;
            if !open.certificates {
                let refusal = Refusal::new("means nothing without server.tls.client_ca");
                return Err(refusal.fix("name there who vouches for certificates of clients"));
            }
            unique(subject(value)?, &mut subjects, "client with this subject")
        });
        let keys = read_keys(table, &mut keys, open.tokens || has_subject);
        let not_after = table.optional("not_after", time);
        let scopes = table.some("scopes", scope);
        let connections = allowed(table, connections);
        let rate_limit = table.optional_table("rate_limit", |table| {
            (table.optional("by", limited_by(open.tokens)), Rate::read(table))
        });
        Client {
            name,
            index,
            keys,
            certificate_subject: certificate_subject.map(Into::into),
            not_after,
            permissions: scopes.into_iter().fold(Permissions::default(), Permissions::with),
            connections,
            rate_limit: rate_limit.map(|(_, rate)| rate),
            limited_by: rate_limit.and_then(|(by, _)| by).unwrap_or_default(),
        }
    })
}

fn read_keys(table: &mut Table<'_>, seen: &mut BTreeSet<[u8; 32]>, optional: bool) -> Vec<[u8; 32]> {
    let parse = |value: &DeValue<'_>| unique(key(value)?, seen, "use of this key");
    let keys = if optional {
        table.list("key_sha256", parse)
    } else {
        table.some("key_sha256", parse)
    };
    let shown: Vec<String> = keys.iter().map(|key| format!("{}…", key_id(key))).collect();
    table.show("key_sha256", json!(shown));
    keys
}

/// What logs and `/config` show of a key: the first digits of its hash.
pub fn key_id(key: &[u8; 32]) -> String {
    let mut id = HEXLOWER.encode(key);
    id.truncate(8);
    id
}

fn name(value: &DeValue<'_>) -> Parsed<String> {
    let text = text(value)?;
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'.' | b'-');
    let starts = text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    if !starts || text.len() > 64 || !text.bytes().all(allowed) {
        Err(Refusal::new("is no name for a client")
            .fix("use 1 to 64 of a-z 0-9 _ . -, the first a letter or digit"))
    } else if RESERVED.contains(&text) {
        Err(Refusal::new("is a name with a meaning of its own in metrics").fix("choose another"))
    } else {
        Ok(text.to_owned())
    }
}

fn key(value: &DeValue<'_>) -> Parsed<[u8; 32]> {
    // Somebody may have pasted the key instead of its hash.
    let refuse = || {
        Refusal::new("is no SHA-256 in 64 lower-case hex digits")
            .fix("`switchboard key` prints the hash beside the key")
            .private()
    };
    let bytes = HEXLOWER.decode(text(value)?.as_bytes()).map_err(|_| refuse())?;
    bytes.try_into().map_err(|_| refuse())
}

fn subject(value: &DeValue<'_>) -> Parsed<String> {
    tls::parse_subject(text(value)?)
        .map_err(|problem| Refusal::new(problem).fix("write all of the subject: \"CN=dashboard,O=Example\""))
}

fn unique<T: Ord + Clone>(value: T, seen: &mut BTreeSet<T>, what: &str) -> Parsed<T> {
    if seen.insert(value.clone()) {
        Ok(value)
    } else {
        Err(Refusal::new(format!("is the second {what}")).fix("change or remove one of the two"))
    }
}

fn time(value: &DeValue<'_>) -> Parsed<Timestamp> {
    let parsed = match value {
        DeValue::Datetime(time) => time.to_string().parse().ok(),
        other => text(other)?.parse().ok(),
    };
    parsed.ok_or_else(|| Refusal::new("is no RFC 3339 time").fix("write \"2027-06-30T00:00:00Z\""))
}

fn scope(value: &DeValue<'_>) -> Parsed<Permission> {
    let text = text(value)?;
    let found = Permission::ALL.into_iter().find(|scope| scope.as_str() == text);
    found.ok_or_else(|| Refusal::unknown(text, Permission::ALL.into_iter().map(Permission::as_str)))
}

fn limited_by(with_tokens: bool) -> impl Fn(&DeValue<'_>) -> Parsed<LimitedBy> {
    let by = word(&[("client", LimitedBy::Client), ("subject", LimitedBy::Subject)]);
    move |value| match by(value)? {
        LimitedBy::Subject if !with_tokens => {
            Err(Refusal::new("is \"subject\" without [auth.jwt]").fix("write by = \"client\""))
        }
        by => Ok(by),
    }
}

/// `["*"]`, or names of connections; in the order of the configuration either way.
fn allowed(table: &mut Table<'_>, connections: &[ConnectionName]) -> Vec<ConnectionName> {
    let mut all = false;
    let named = table.some("connections", |value| match text(value)? {
        "*" => {
            all = true;
            Ok(None)
        }
        text => match connections.iter().find(|name| name.as_str() == text) {
            Some(name) => Ok(Some(name)),
            None => Err(Refusal::new("names no connection of this file")),
        },
    });
    if all && named.len() > 1 {
        let refusal = Refusal::new("has \"*\" beside names").fix("write [\"*\"], or names");
        table.refuse_key("connections", refusal);
    }
    let chosen = |name: &&ConnectionName| all || named.contains(&Some(*name));
    connections.iter().filter(chosen).cloned().collect()
}
