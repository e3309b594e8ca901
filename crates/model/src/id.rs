//! Ids as types that cannot leave their path segment.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::{Serialize, Serializer};

use crate::scan;

/// Why a text is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidId {
    /// No `:` between connection and native id.
    NoConnection,
    /// The connection's name does not match `^[a-z][a-z0-9-]{0,31}$`.
    ConnectionName,
    /// The native part is empty, too long, or holds a character that no id has.
    Native,
}

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoConnection => "an id is `<connection>:<native id>`",
            Self::ConnectionName => "the part before the first `:` is a connection, `[a-z][a-z0-9-]{0,31}`",
            Self::Native => {
                "the part after the first `:` is 1 to 256 characters, without `/`, `\\`, `?`, `#`, `%`, spaces and control characters"
            }
        })
    }
}

impl std::error::Error for InvalidId {}

/// The name of a configured account at a provider.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionName(Arc<str>);

impl ConnectionName {
    /// The name as configured.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ConnectionName {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let valid = match text.as_bytes() {
            [first, rest @ ..] => {
                first.is_ascii_lowercase()
                    && rest.len() <= 31
                    && rest
                        .iter()
                        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
            }
            [] => false,
        };
        if valid {
            Ok(Self(text.into()))
        } else {
            Err(InvalidId::ConnectionName)
        }
    }
}

impl fmt::Display for ConnectionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ConnectionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Serialize for ConnectionName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// An id inside one connection. Its form is the adapter's business; that it stays within one path segment
/// is guaranteed here.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct NativeId(String);

impl NativeId {
    /// The text after the first `:`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for NativeId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let fits = !text.is_empty()
            && (text.len() <= 256 || text.chars().count() <= 256)
            && text != "."
            && text != "..";
        let forbidden =
            |c: char| matches!(c, '/' | '\\' | '?' | '#' | '%') || c.is_control() || c.is_whitespace();
        // Most ids need no decoding.
        let plain = |byte| is_plain(byte) || byte == b'.';
        if fits && (scan::all(text.as_bytes(), plain) || !text.contains(forbidden)) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidId::Native)
        }
    }
}

impl fmt::Display for NativeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for NativeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// An id as clients see it: the connection, a `:`, and what the adapter understands.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ResourceId {
    /// Which account.
    pub connection: ConnectionName,
    /// Which thing in it.
    pub native: NativeId,
}

impl FromStr for ResourceId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let (connection, native) = text.split_once(':').ok_or(InvalidId::NoConnection)?;
        Ok(Self {
            connection: connection.parse()?,
            native: native.parse()?,
        })
    }
}

impl fmt::Debug for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_string(), f)
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.connection, self.native)
    }
}

/// Everything but RFC 3986 `pchar`, so that `:` and `+` stay readable in a path segment.
const NOT_PCHAR: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// What most ids consist of. None of it is encoded.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b':' || byte == b'_' || byte == b'-' || byte == b'+'
}

/// A path from segments, each encoded so that it stays one segment.
pub fn path<'s>(segments: impl IntoIterator<Item = &'s str>) -> String {
    let mut path = String::with_capacity(128);
    for segment in segments {
        path.push('/');
        // A lone dot segment would be resolved away by whoever reads the path next.
        match segment {
            "." => path.push_str("%2E"),
            ".." => path.push_str("%2E%2E"),
            plain if scan::all(plain.as_bytes(), is_plain) => path.push_str(plain),
            other => path.extend(utf8_percent_encode(other, NOT_PCHAR)),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ids_split_at_the_first_colon() {
        let id: ResourceId = "acme:sms:+14155552671".parse().unwrap();
        assert_eq!(
            (id.connection.as_str(), id.native.as_str()),
            ("acme", "sms:+14155552671")
        );
        assert_eq!(id.to_string(), "acme:sms:+14155552671");
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for (text, why) in [
            ("nonsense", InvalidId::NoConnection),
            ("Acme:CH1", InvalidId::ConnectionName),
            ("-x:CH1", InvalidId::ConnectionName),
            ("a2345678901234567890123456789012x:CH1", InvalidId::ConnectionName),
            ("acme:", InvalidId::Native),
            ("acme:..", InvalidId::Native),
            ("acme:a/b", InvalidId::Native),
            ("acme:a%2fb", InvalidId::Native),
            ("acme:a b", InvalidId::Native),
            ("acme:a\u{0}", InvalidId::Native),
        ] {
            assert_eq!(text.parse::<ResourceId>(), Err(why), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn an_id_never_leaves_its_segment(text in "\\PC{1,40}") {
            if let Ok(id) = text.parse::<NativeId>() {
                let path = path(["v1", id.as_str()]);
                prop_assert_eq!(path.matches('/').count(), 2);
                prop_assert!(!path.contains(['?', '#', '\\', ' ']));
                prop_assert!(path.is_ascii() && path != "/v1/." && path != "/v1/..");
            }
        }
    }
}
