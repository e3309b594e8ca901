//! Who may come in, and what for.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use model::ConnectionName;

/// A permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Permission {
    /// Read resources.
    Read = 1,
    /// See payloads, agents, extras and whole callback URLs.
    Sensitive = 1 << 1,
    /// Change resources.
    Write = 1 << 2,
    /// Have a delivery sent again.
    Redeliver = 1 << 3,
    /// Read through the pass-through face.
    ProxyRead = 1 << 4,
    /// Change through the pass-through face.
    ProxyWrite = 1 << 5,
    /// Operate the gateway.
    Admin = 1 << 6,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 7] = [
        Self::Read,
        Self::Sensitive,
        Self::Write,
        Self::Redeliver,
        Self::ProxyRead,
        Self::ProxyWrite,
        Self::Admin,
    ];

    /// The scope's name in configuration and claims.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Sensitive => "sensitive",
            Self::Write => "write",
            Self::Redeliver => "redeliver",
            Self::ProxyRead => "proxy:read",
            Self::ProxyWrite => "proxy:write",
            Self::Admin => "admin",
        }
    }
}

/// A set of permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions(u8);

impl Permissions {
    /// All of them.
    pub const ALL: Self = Self(0x7f);

    /// Adds one.
    #[must_use]
    pub const fn with(self, permission: Permission) -> Self {
        Self(self.0 | permission as u8)
    }

    /// Whether it is among them.
    pub const fn has(self, permission: Permission) -> bool {
        self.0 & permission as u8 != 0
    }
}

/// Somebody whom a token speaks of: a keyed hash of its claim, which tells nothing of the name behind it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Subject(pub [u8; 32]);

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(self.0.get(..8).unwrap_or_default()))
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Subject({self})")
    }
}

/// Some of the configured connections.
#[derive(Debug, Clone, Default)]
pub struct Connections {
    /// In the order of the configuration.
    listed: Arc<[ConnectionName]>,
    /// There may be a thousand of them, and each request looks for one.
    sorted: Arc<[ConnectionName]>,
}

impl Connections {
    /// Whether it is among them.
    pub fn contain(&self, connection: &ConnectionName) -> bool {
        self.sorted.binary_search(connection).is_ok()
    }
}

impl Deref for Connections {
    type Target = [ConnectionName];

    fn deref(&self) -> &[ConnectionName] {
        &self.listed
    }
}

impl FromIterator<ConnectionName> for Connections {
    fn from_iter<I: IntoIterator<Item = ConnectionName>>(names: I) -> Self {
        let listed: Arc<[_]> = names.into_iter().collect();
        let mut sorted = listed.to_vec();
        sorted.sort_unstable();
        Self {
            listed,
            sorted: sorted.into(),
        }
    }
}

/// A client as configured, or as a token makes it.
#[derive(Debug)]
pub struct Client {
    /// Its name, a metric label.
    pub name: String,
    /// Its place in the configuration.
    pub index: u32,
    /// What it may do.
    pub permissions: Permissions,
    /// Which connections it may use.
    pub connections: Connections,
    /// On whose behalf it asks, where a token says so.
    pub subject: Option<Subject>,
}

impl Client {
    /// Whether it may use the connection.
    pub fn may_use(&self, connection: &ConnectionName) -> bool {
        self.connections.contain(connection)
    }
}
