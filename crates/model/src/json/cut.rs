//! Cuts a text into its parts, in one pass that is also the check: what it takes for JSON is JSON to `serde_json`, and
//! the other way round. Property tests and a fuzz target compare the two.

use std::borrow::Cow;
use std::collections::HashSet;

use super::token;
use super::{Kind, Node};

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
    };
    cutter.skip_space();
    let node = cutter.value(levels)?;
    cutter.skip_space();
    if cutter.rest.is_empty() {
        Ok(node)
    } else {
        Err(Fault::Syntax)
    }
}

struct Cutter<'a> {
    text: &'a str,
    /// What of it is still to be cut.
    rest: &'a [u8],
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
            rest => self.literal(token::number(rest).map_err(|_| Fault::Syntax)?, Kind::Number),
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
        let (rest, escaped) = token::string(inner).map_err(|_| Fault::Syntax)?;
        self.rest = rest;
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
        while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] = self.rest {
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

/// Levels that are left one deeper.
fn below(levels: usize) -> Result<usize, Fault> {
    levels.checked_sub(1).ok_or(Fault::TooDeep)
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
