//! JSON that loses nothing: number text, the difference of null and absent, and the exact bytes of every part.
//!
//! `serde_json` decides what is JSON: [`Node::parse`] cuts the text so that each part knows its slice, takes what
//! `serde_json` takes, and asks it about everything else. Repeated keys and deep nesting are refused, because the next
//! reader of such a text may see something else than we did.

mod cut;
pub mod token;
mod write;

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use serde::ser::{Error as _, Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::value::RawValue;

use self::cut::Fault;
pub(crate) use self::write::string;
pub use self::write::{WriteError, write};

/// Levels of nesting that are followed.
const MAX_DEPTH: usize = 128;

/// A parsed part of a JSON text, borrowed from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Node<'a> {
    text: &'a str,
    kind: Kind<'a>,
}

/// What a part is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number; its text is the node's.
    Number,
    /// A string, unescaped. `None` where it escapes a lone surrogate and so is no Unicode text.
    String(Option<Cow<'a, str>>),
    /// A list.
    Array(Vec<Node<'a>>),
    /// An object, in the order of the text.
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
}

/// Why a text was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParseError {
    /// Not JSON.
    Syntax {
        /// 1-based; 0 with an empty text.
        line: usize,
        /// 1-based.
        column: usize,
    },
    /// An object names a member twice.
    RepeatedKey,
    /// Nested too deep.
    TooDeep,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { line, column } => write!(f, "not JSON at line {line}, column {column}"),
            Self::RepeatedKey => f.write_str("an object names a member twice"),
            Self::TooDeep => write!(f, "nested deeper than {MAX_DEPTH} levels"),
        }
    }
}

impl std::error::Error for ParseError {}

impl From<Fault> for ParseError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Syntax => Self::Syntax { line: 0, column: 0 },
            Fault::RepeatedKey => Self::RepeatedKey,
            Fault::TooDeep => Self::TooDeep,
        }
    }
}

impl<'a> Node<'a> {
    /// Parses a whole text.
    pub fn parse(text: &'a [u8]) -> Result<Self, ParseError> {
        // Whatever else may be wrong, what is not JSON is that before all.
        cut::cut(text, MAX_DEPTH).map_err(|fault| match serde_json::from_slice::<&RawValue>(text) {
            Err(error) => ParseError::Syntax {
                line: error.line(),
                column: error.column(),
            },
            Ok(_) => fault.into(),
        })
    }

    /// The exact text of this part.
    pub const fn text(&self) -> &'a str {
        self.text
    }

    /// What this part is.
    pub const fn kind(&self) -> &Kind<'a> {
        &self.kind
    }

    /// A member of an object.
    pub fn member(&self, name: &str) -> Option<&Self> {
        match &self.kind {
            Kind::Object(members) => members
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(text) => text.as_deref(),
            _ => None,
        }
    }

    /// Adds its text without white space, every number as it was written.
    pub(crate) fn write(&self, text: &mut String) {
        match &self.kind {
            Kind::String(Some(Cow::Owned(unescaped))) => string(unescaped, text),
            Kind::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    text.push(if index == 0 { '[' } else { ',' });
                    item.write(text);
                }
                text.push_str(if items.is_empty() { "[]" } else { "]" });
            }
            Kind::Object(members) => {
                for (index, (key, value)) in members.iter().enumerate() {
                    text.push(if index == 0 { '{' } else { ',' });
                    string(key, text);
                    text.push(':');
                    value.write(text);
                }
                text.push_str(if members.is_empty() { "{}" } else { "}" });
            }
            Kind::Null | Kind::Bool(_) | Kind::Number | Kind::String(_) => text.push_str(self.text),
        }
    }

    /// An owned copy without white space, every number and string as it was written.
    pub fn to_json(&self) -> Json {
        match &self.kind {
            Kind::Null => Json::Null,
            Kind::Bool(value) => Json::Bool(*value),
            Kind::String(Some(text)) => Json::String(text.clone().into_owned()),
            Kind::Number | Kind::String(None) => Verbatim::of(self).into(),
            Kind::Array(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            Kind::Object(members) => Json::Object(
                members
                    .iter()
                    .map(|(key, value)| (key.clone().into_owned(), value.to_json()))
                    .collect(),
            ),
        }
    }
}

/// An owned JSON value that is written as it was read.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A string.
    String(String),
    /// A list.
    Array(Vec<Self>),
    /// An object; no member twice.
    Object(Vec<(String, Self)>),
    /// A number, or any value that is carried by its text.
    Verbatim(Verbatim),
}

impl Json {
    /// A string.
    pub fn text(text: impl Into<String>) -> Self {
        Self::String(text.into())
    }

    /// A whole number.
    pub fn integer(number: i64) -> Self {
        Self::Verbatim(Verbatim(number.to_string()))
    }

    /// An object of those members that have a value.
    pub fn object<const N: usize>(members: [(&str, Option<Self>); N]) -> Self {
        Self::Object(
            members
                .into_iter()
                .filter_map(|(k, v)| v.map(|v| (k.to_owned(), v)))
                .collect(),
        )
    }

    /// A member of an object.
    pub fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value),
            _ => None,
        }
    }
}

impl From<Verbatim> for Json {
    fn from(text: Verbatim) -> Self {
        Self::Verbatim(text)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::String(text) => serializer.serialize_str(text),
            Self::Verbatim(text) => text.serialize(serializer),
            Self::Array(items) => {
                let mut seq = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    seq.serialize_element(item)?;
                }
                seq.end()
            }
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (key, value) in members {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

/// A JSON value carried by its text, for fields whose form is not ours to know: `payload`, `temperature`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verbatim(String);

impl Verbatim {
    /// The exact text of a node.
    pub fn of(node: &Node<'_>) -> Self {
        Self(node.text.to_owned())
    }

    /// A text that is known to be JSON.
    pub(crate) const fn known(text: String) -> Self {
        Self(text)
    }

    /// The value that the text carries.
    pub(crate) fn open(self) -> Json {
        // What was read may have got an object of ours around it.
        match cut::cut(self.0.as_bytes(), MAX_DEPTH + 1) {
            Ok(node) => node.to_json(),
            Err(_) => self.into(),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Serialize for Verbatim {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write::verbatim(&self.0, serializer)
    }
}

/// The provider's own bytes for one resource: a slice of the body that was decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw(Bytes);

impl Raw {
    /// The slice of `body` that the node was parsed from.
    pub fn of(body: &Bytes, node: &Node<'_>) -> Self {
        Self(body.slice_ref(node.text.as_bytes()))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write::verbatim(
            std::str::from_utf8(&self.0).map_err(S::Error::custom)?,
            serializer,
        )
    }
}
