//! Cuts a text into its parts, in one pass that is also the check: what it takes for JSON is JSON to `serde_json`, and
//! the other way round. Property tests and a fuzz target compare the two.

use std::borrow::Cow;
use std::collections::HashSet;

use super::{Kind, Node};
use crate::scan;

/// Why a text was refused. Where its syntax is wrong, is `serde_json`'s to say.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    Syntax,
    RepeatedKey,
    TooDeep,
}

/// Room that most objects and lists fit into.
const ROOM: usize = 8;

/// The parts of a whole text, nested as deep as there are levels.
pub(super) fn cut(text: &[u8], levels: usize) -> Result<Node<'_>, Fault> {
    let text = std::str::from_utf8(text).map_err(|_| Fault::Syntax)?;
    let mut cutter = Cutter {
        text,
        rest: text.as_bytes(),
        controls: 0,
    };
    cutter.skip_space();
    let node = cutter.value(levels)?;
    cutter.skip_space();
    // Between tokens they are white space. In a string they are a fault, and strings are not searched for them one by one.
    let is_control = |byte| byte < b' ';
    let controls = if scan::all(text.as_bytes(), |byte| !is_control(byte)) {
        0
    } else {
        text.bytes().filter(|byte| is_control(*byte)).count()
    };
    if cutter.rest.is_empty() && cutter.controls == controls {
        Ok(node)
    } else {
        Err(Fault::Syntax)
    }
}

struct Cutter<'a> {
    text: &'a str,
    /// What of it is still to be cut.
    rest: &'a [u8],
    /// Control characters between tokens so far.
    controls: usize,
}

/// A string as it was written.
struct Quoted<'a> {
    /// With its quotes.
    text: &'a str,
    /// Between them, if nothing there is escaped.
    plain: Option<&'a str>,
}

impl<'a> Cutter<'a> {
    fn value(&mut self, levels: usize) -> Result<Node<'a>, Fault> {
        let start = self.at();
        let kind = match self.rest {
            [b'"', ..] => {
                let quoted = self.string()?;
                return Ok(Node {
                    text: quoted.text,
                    kind: Kind::String(quoted.unescape()),
                });
            }
            [b'{', rest @ ..] => self.object(rest, levels)?,
            [b'[', rest @ ..] => self.array(rest, levels)?,
            [b't', b'r', b'u', b'e', rest @ ..] => self.literal(rest, Kind::Bool(true)),
            [b'f', b'a', b'l', b's', b'e', rest @ ..] => self.literal(rest, Kind::Bool(false)),
            [b'n', b'u', b'l', b'l', rest @ ..] => self.literal(rest, Kind::Null),
            rest => self.literal(number(rest).ok_or(Fault::Syntax)?, Kind::Number),
        };
        Ok(Node {
            text: self.since(start),
            kind,
        })
    }

    fn object(&mut self, rest: &'a [u8], levels: usize) -> Result<Kind<'a>, Fault> {
        let mut members = Vec::new();
        self.rest = rest;
        self.skip_space();
        if !self.takes(b'}') {
            members.reserve(ROOM);
            loop {
                // A key that is no Unicode text is kept as it was written, quotes and all.
                let quoted = self.string()?;
                let key = quoted.unescape().unwrap_or(Cow::Borrowed(quoted.text));
                self.skip_space();
                if !self.takes(b':') {
                    return Err(Fault::Syntax);
                }
                self.skip_space();
                members.push((key, self.value(below(levels)?)?));
                if self.closes(b'}')? {
                    break;
                }
            }
        }
        if has_repeated_key(&members) {
            Err(Fault::RepeatedKey)
        } else {
            Ok(Kind::Object(members))
        }
    }

    fn array(&mut self, rest: &'a [u8], levels: usize) -> Result<Kind<'a>, Fault> {
        let mut items = Vec::new();
        self.rest = rest;
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
    fn closes(&mut self, end: u8) -> Result<bool, Fault> {
        self.skip_space();
        if self.takes(b',') {
            self.skip_space();
            Ok(false)
        } else if self.takes(end) {
            Ok(true)
        } else {
            Err(Fault::Syntax)
        }
    }

    #[inline]
    fn string(&mut self) -> Result<Quoted<'a>, Fault> {
        let start = self.at();
        let [b'"', inner @ ..] = self.rest else {
            return Err(Fault::Syntax);
        };
        let end = end(inner).ok_or(Fault::Syntax)?;
        let (end, escaped) = match end {
            [b'"', ..] => (end, false),
            escape => (end_of_escaped(escape).ok_or(Fault::Syntax)?, true),
        };
        self.rest = end.get(1..).unwrap_or_default();
        let text = self.since(start);
        Ok(Quoted {
            text,
            plain: if escaped { None } else { inside(text) },
        })
    }

    const fn literal(&mut self, rest: &'a [u8], kind: Kind<'a>) -> Kind<'a> {
        self.rest = rest;
        kind
    }

    fn skip_space(&mut self) {
        while let [byte @ (b' ' | b'\t' | b'\n' | b'\r'), rest @ ..] = self.rest {
            self.controls += usize::from(*byte < b' ');
            self.rest = rest;
        }
    }

    const fn takes(&mut self, wanted: u8) -> bool {
        match self.rest {
            [byte, rest @ ..] if *byte == wanted => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    const fn at(&self) -> usize {
        self.text.len() - self.rest.len()
    }

    fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at()).unwrap_or_default()
    }
}

impl<'a> Quoted<'a> {
    /// What it says; `None` if that is no Unicode text.
    #[inline]
    fn unescape(&self) -> Option<Cow<'a, str>> {
        match self.plain {
            Some(plain) => Some(Cow::Borrowed(plain)),
            None => by_serde_json(self.text),
        }
    }
}

fn by_serde_json(quoted: &str) -> Option<Cow<'static, str>> {
    serde_json::from_str(quoted).ok().map(Cow::Owned)
}

/// Between the quotes.
fn inside(quoted: &str) -> Option<&str> {
    quoted.strip_prefix('"')?.strip_suffix('"')
}

/// What follows a number that the text begins with. No digit follows a leading zero: whatever comes then is no digit's
/// business.
fn number(text: &[u8]) -> Option<&[u8]> {
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let text = match text {
        [b'0', rest @ ..] => rest,
        _ => digits(text)?,
    };
    let text = match text {
        [b'.', rest @ ..] => digits(rest)?,
        _ => text,
    };
    match text {
        [b'e' | b'E', b'+' | b'-', rest @ ..] | [b'e' | b'E', rest @ ..] => digits(rest),
        _ => Some(text),
    }
}

/// What follows digits that the text begins with.
fn digits(text: &[u8]) -> Option<&[u8]> {
    match text {
        [b'0'..=b'9', rest @ ..] => {
            let mut rest = rest;
            while let [b'0'..=b'9', after @ ..] = rest {
                rest = after;
            }
            Some(rest)
        }
        _ => None,
    }
}

/// Levels that are left one deeper.
fn below(levels: usize) -> Result<usize, Fault> {
    levels.checked_sub(1).ok_or(Fault::TooDeep)
}

/// From the first quote or escape.
fn end(text: &[u8]) -> Option<&[u8]> {
    memchr::memchr2(b'"', b'\\', text).and_then(|found| text.get(found..))
}

/// From the first quote that is not escaped, of a text that begins with an escape.
fn end_of_escaped(text: &[u8]) -> Option<&[u8]> {
    let mut rest = text;
    while let [b'\\', ..] = rest {
        rest = end(unescaped(rest)?)?;
    }
    Some(rest)
}

/// What follows an escape that the text begins with.
fn unescaped(text: &[u8]) -> Option<&[u8]> {
    match text {
        [
            b'\\',
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't',
            rest @ ..,
        ] => Some(rest),
        [b'\\', b'u', a, b, c, d, rest @ ..] => {
            let are_digits = [a, b, c, d].into_iter().all(u8::is_ascii_hexdigit);
            are_digits.then_some(rest)
        }
        _ => None,
    }
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
