//! Cuts a text into its parts, in one pass that is also the check: what it takes for JSON is JSON to `serde_json`, and
//! the other way round. Property tests and a fuzz target compare the two.

use std::borrow::Cow;
use std::collections::HashSet;

use super::{Kind, Node, ParseError};

/// Where it is, is `serde_json`'s to say.
const FAULT: ParseError = ParseError::Syntax { line: 0, column: 0 };

/// Room that most objects and lists fit into.
const ROOM: usize = 8;

/// The parts of a whole text, nested as deep as there are levels.
pub(super) fn cut(text: &[u8], levels: usize) -> Result<Node<'_>, ParseError> {
    let text = std::str::from_utf8(text).map_err(|_| FAULT)?;
    let mut cutter = Cutter {
        text,
        at: 0,
        controls: 0,
    };
    cutter.skip_space();
    let node = cutter.value(levels)?;
    cutter.skip_space();
    // Between tokens they are white space. In a string they are a fault, and strings are not searched for them one by one.
    let controls: usize = text.bytes().map(|byte| usize::from(byte < b' ')).sum();
    if cutter.at == text.len() && cutter.controls == controls {
        Ok(node)
    } else {
        Err(FAULT)
    }
}

struct Cutter<'a> {
    text: &'a str,
    at: usize,
    /// Control characters between tokens so far.
    controls: usize,
}

impl<'a> Cutter<'a> {
    fn value(&mut self, levels: usize) -> Result<Node<'a>, ParseError> {
        let start = self.at;
        let kind = match self.next() {
            Some(b'"') => {
                let (quoted, escaped) = self.string()?;
                return Ok(Node {
                    text: quoted,
                    kind: Kind::String(unescape(quoted, escaped)),
                });
            }
            Some(b'{') => self.object(levels)?,
            Some(b'[') => self.array(levels)?,
            Some(b't') => self.literal(b"true", Kind::Bool(true))?,
            Some(b'f') => self.literal(b"false", Kind::Bool(false))?,
            Some(b'n') => self.literal(b"null", Kind::Null)?,
            _ => self.number()?,
        };
        Ok(Node {
            text: self.since(start),
            kind,
        })
    }

    fn object(&mut self, levels: usize) -> Result<Kind<'a>, ParseError> {
        let mut members = Vec::new();
        self.at += 1;
        self.skip_space();
        if !self.takes(b'}') {
            members.reserve(ROOM);
            loop {
                // A key that is no Unicode text is kept as it was written, quotes and all.
                let (quoted, escaped) = self.string()?;
                let key = unescape(quoted, escaped).unwrap_or(Cow::Borrowed(quoted));
                self.skip_space();
                if !self.takes(b':') {
                    return Err(FAULT);
                }
                self.skip_space();
                members.push((key, self.value(below(levels)?)?));
                if self.closes(b'}')? {
                    break;
                }
            }
        }
        if has_repeated_key(&members) {
            Err(ParseError::RepeatedKey)
        } else {
            Ok(Kind::Object(members))
        }
    }

    fn array(&mut self, levels: usize) -> Result<Kind<'a>, ParseError> {
        let mut items = Vec::new();
        self.at += 1;
        self.skip_space();
        if !self.takes(b']') {
            loop {
                items.push(self.value(below(levels)?)?);
                if self.closes(b']')? {
                    break;
                }
            }
        }
        Ok(Kind::Array(items))
    }

    /// Steps over a comma, or over the end of the list or object, and says which it was.
    fn closes(&mut self, end: u8) -> Result<bool, ParseError> {
        self.skip_space();
        if self.takes(b',') {
            self.skip_space();
            Ok(false)
        } else if self.takes(end) {
            Ok(true)
        } else {
            Err(FAULT)
        }
    }

    /// Takes a string with its quotes, and says whether something in it is escaped.
    fn string(&mut self) -> Result<(&'a str, bool), ParseError> {
        let (start, mut escaped) = (self.at, false);
        if !self.takes(b'"') {
            return Err(FAULT);
        }
        loop {
            self.at += memchr::memchr2(b'"', b'\\', self.rest()).ok_or(FAULT)?;
            if self.takes(b'"') {
                return Ok((self.since(start), escaped));
            }
            self.at += escape(self.rest()).ok_or(FAULT)?;
            escaped = true;
        }
    }

    fn number(&mut self) -> Result<Kind<'a>, ParseError> {
        self.takes(b'-');
        // No digit follows a leading zero: whatever comes next is no digit's business.
        if !self.takes(b'0') {
            self.digits()?;
        }
        if self.takes(b'.') {
            self.digits()?;
        }
        if self.takes(b'e') || self.takes(b'E') {
            if !self.takes(b'+') {
                self.takes(b'-');
            }
            self.digits()?;
        }
        Ok(Kind::Number)
    }

    fn digits(&mut self) -> Result<(), ParseError> {
        let digits = self.rest().iter().take_while(|byte| byte.is_ascii_digit());
        let length = digits.count();
        self.at += length;
        if length == 0 { Err(FAULT) } else { Ok(()) }
    }

    fn literal(&mut self, word: &[u8], kind: Kind<'a>) -> Result<Kind<'a>, ParseError> {
        if !self.rest().starts_with(word) {
            return Err(FAULT);
        }
        self.at += word.len();
        Ok(kind)
    }

    fn skip_space(&mut self) {
        while let Some(byte @ (b' ' | b'\t' | b'\n' | b'\r')) = self.next() {
            self.controls += usize::from(byte < b' ');
            self.at += 1;
        }
    }

    fn takes(&mut self, byte: u8) -> bool {
        let is_next = self.next() == Some(byte);
        self.at += usize::from(is_next);
        is_next
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

/// Levels that are left one deeper.
fn below(levels: usize) -> Result<usize, ParseError> {
    levels.checked_sub(1).ok_or(ParseError::TooDeep)
}

/// The length of an escape that the text begins with.
fn escape(text: &[u8]) -> Option<usize> {
    match text {
        [b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => Some(2),
        [b'\\', b'u', a, b, c, d, ..] => [a, b, c, d].into_iter().all(u8::is_ascii_hexdigit).then_some(6),
        _ => None,
    }
}

fn unescape(quoted: &str, escaped: bool) -> Option<Cow<'_, str>> {
    if escaped {
        return serde_json::from_str(quoted).ok().map(Cow::Owned);
    }
    quoted.get(1..quoted.len() - 1).map(Cow::Borrowed)
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
