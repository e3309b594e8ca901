//! JSON that loses nothing: number text, the difference of null and absent, and the exact bytes of every part.
//!
//! `serde_json` decides what is JSON; [`Node::parse`] then only cuts the text it has accepted, so that each
//! part knows its slice. Repeated keys and deep nesting are refused, because the next reader of such a text
//! may see something else than we did.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use bytes::Bytes;
use serde::ser::{Error as _, Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::value::RawValue;

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

impl<'a> Node<'a> {
    /// Parses a whole text.
    pub fn parse(text: &'a [u8]) -> Result<Self, ParseError> {
        let raw: &RawValue = serde_json::from_slice(text).map_err(|e| ParseError::Syntax {
            line: e.line(),
            column: e.column(),
        })?;
        let text = raw.get();
        Cutter { text, at: 0 }.value(0)
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

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Serialize for Verbatim {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(S::Error::custom)?;
        raw.serialize(serializer)
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
        let raw: &RawValue = serde_json::from_slice(&self.0).map_err(S::Error::custom)?;
        raw.serialize(serializer)
    }
}

/// Cuts a text that is known to be JSON.
struct Cutter<'a> {
    text: &'a str,
    at: usize,
}

/// Room that most objects and lists fit into.
const ROOM: usize = 8;

impl<'a> Cutter<'a> {
    fn value(&mut self, depth: usize) -> Result<Node<'a>, ParseError> {
        if depth > MAX_DEPTH {
            return Err(ParseError::TooDeep);
        }
        let start = self.at;
        let kind = match self.next() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => {
                let (text, escaped) = self.take_string();
                Kind::String(unescape(text, escaped))
            }
            Some(b't') => self.literal(4, Kind::Bool(true)),
            Some(b'f') => self.literal(5, Kind::Bool(false)),
            Some(b'n') => self.literal(4, Kind::Null),
            _ => {
                let digits = self.rest().iter();
                let length =
                    digits.take_while(|b| matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'));
                self.literal(length.count(), Kind::Number)
            }
        };
        Ok(Node {
            text: self.since(start),
            kind,
        })
    }

    fn object(&mut self, depth: usize) -> Result<Kind<'a>, ParseError> {
        let mut members = Vec::new();
        self.at += 1;
        while !self.closes(b'}') {
            // A key that is no Unicode text is kept as it was written, quotes and all.
            let (written, escaped) = self.take_string();
            let key = unescape(written, escaped).unwrap_or(Cow::Borrowed(written));
            self.skip_space();
            self.at += 1; // the colon
            self.skip_space();
            let value = self.value(depth + 1)?;
            if members.capacity() == 0 {
                members.reserve(ROOM);
            }
            members.push((key, value));
        }
        if has_repeated_key(&members) {
            Err(ParseError::RepeatedKey)
        } else {
            Ok(Kind::Object(members))
        }
    }

    fn array(&mut self, depth: usize) -> Result<Kind<'a>, ParseError> {
        let mut items = Vec::new();
        self.at += 1;
        while !self.closes(b']') {
            items.push(self.value(depth + 1)?);
        }
        Ok(Kind::Array(items))
    }

    /// Steps over a comma, and says whether the list or object ends here instead.
    fn closes(&mut self, end: u8) -> bool {
        self.skip_space();
        if self.next() == Some(b',') {
            self.at += 1;
            self.skip_space();
        }
        let closes = self.next().is_none_or(|byte| byte == end);
        self.at += usize::from(closes);
        closes
    }

    /// Takes a string with its quotes, and says whether something in it is escaped.
    fn take_string(&mut self) -> (&'a str, bool) {
        let (start, mut escaped) = (self.at, false);
        self.at += 1;
        while let Some(found) = memchr::memchr2(b'"', b'\\', self.rest()) {
            self.at += found;
            if self.next() == Some(b'"') {
                self.at += 1;
                return (self.since(start), escaped);
            }
            // Whatever is escaped is no end.
            self.at += 2;
            escaped = true;
        }
        self.at = self.text.len();
        (self.since(start), escaped)
    }

    const fn literal(&mut self, length: usize, kind: Kind<'a>) -> Kind<'a> {
        self.at += length;
        kind
    }

    fn skip_space(&mut self) {
        while matches!(self.next(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn next(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }
}

fn unescape(quoted: &str, escaped: bool) -> Option<Cow<'_, str>> {
    if escaped {
        return serde_json::from_str(quoted).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(quoted.strip_prefix('"')?.strip_suffix('"')?))
}

fn has_repeated_key(members: &[(Cow<'_, str>, Node<'_>)]) -> bool {
    // Most objects are small, and comparing beats hashing there.
    if members.len() <= 16 {
        return members
            .iter()
            .enumerate()
            .any(|(i, (key, _))| members.iter().take(i).any(|(other, _)| other == key));
    }
    let mut seen = HashSet::with_capacity(members.len());
    !members.iter().all(|(key, _)| seen.insert(key))
}
