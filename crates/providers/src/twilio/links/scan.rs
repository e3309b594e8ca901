//! Reads a JSON text once, from its beginning to its end, and makes nothing of it: whoever reads says what of it is
//! looked at, and all of it is judged. A test holds that what is JSON here is JSON to `serde_json`, and the reverse.

use std::borrow::Cow;
use std::fmt;

use model::json_token as token;

/// A JSON text, and how far it has been read.
pub(super) struct Scan<'t> {
    text: &'t str,
    rest: &'t [u8],
    /// What ends the lists and objects that are skipped at the moment.
    ends: Vec<u8>,
    /// Whether something was escaped in the string that was read last.
    is_escaped: bool,
}

/// A value, as it was written.
pub(super) struct Written<'t> {
    pub(super) text: &'t str,
    /// Where it begins in the whole text.
    pub(super) at: usize,
    /// It is a string with something escaped in it.
    pub(super) is_escaped: bool,
}

impl<'t> Written<'t> {
    /// What is between the quotes of a string.
    pub(super) fn quoted(&self) -> Option<&'t str> {
        self.text.strip_prefix('"')?.strip_suffix('"')
    }
}

/// The text is not JSON. Where is known to who has read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotJson;

/// How far a text was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    line: usize,
    column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

type Result<T = ()> = std::result::Result<T, NotJson>;

impl<'t> Scan<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        Self {
            text,
            rest: text.as_bytes(),
            ends: Vec::new(),
            is_escaped: false,
        }
    }

    /// The byte that the next value begins with.
    pub(super) fn peek(&mut self) -> Option<u8> {
        self.space();
        self.rest.first().copied()
    }

    /// Reads an object, which the next value is. Each member's value is for `member` to read.
    pub(super) fn object(&mut self, mut member: impl FnMut(&mut Self, &[u8]) -> Result) -> Result {
        self.expect(b'{')?;
        if self.takes(b'}') {
            return Ok(());
        }
        loop {
            let name = self.name()?;
            member(self, &name)?;
            if !self.goes_on(b'}')? {
                return Ok(());
            }
        }
    }

    /// Reads a list, which the next value is. Each item is for `item` to read.
    pub(super) fn array(&mut self, mut item: impl FnMut(&mut Self) -> Result) -> Result {
        self.expect(b'[')?;
        if self.takes(b']') {
            return Ok(());
        }
        loop {
            item(self)?;
            if !self.goes_on(b']')? {
                return Ok(());
            }
        }
    }

    /// Reads any value.
    pub(super) fn value(&mut self) -> Result<Written<'t>> {
        let first = self.peek();
        let at = self.at();
        self.is_escaped = false;
        match first {
            Some(b'{' | b'[') => self.nested()?,
            _ => self.scalar()?,
        }
        Ok(Written {
            text: self.text.get(at..self.at()).unwrap_or_default(),
            at,
            is_escaped: first == Some(b'"') && self.is_escaped,
        })
    }

    /// Reads any value that does not matter.
    pub(super) fn skip(&mut self) -> Result {
        match self.peek() {
            Some(b'{' | b'[') => self.nested(),
            _ => self.scalar(),
        }
    }

    /// Nothing follows.
    pub(super) fn end(&mut self) -> Result {
        self.peek().map_or(Ok(()), |_| Err(NotJson))
    }

    /// How far it has been read.
    pub(super) fn place(&self) -> Place {
        let read = self.text.as_bytes().get(..self.at()).unwrap_or_default();
        let mut lines = read.split(|byte| *byte == b'\n');
        let last = lines.next_back().unwrap_or_default();
        Place {
            line: lines.count() + 1,
            column: last.len() + 1,
        }
    }

    /// A list or an object, however deep, without a stack of calls.
    fn nested(&mut self) -> Result {
        loop {
            if self.takes(b'{') {
                if !self.takes(b'}') {
                    self.skip_name()?;
                    self.ends.push(b'}');
                    continue;
                }
            } else if self.takes(b'[') {
                if !self.takes(b']') {
                    self.ends.push(b']');
                    continue;
                }
            } else {
                self.scalar()?;
            }
            while let Some(end) = self.ends.last().copied() {
                if !self.goes_on(end)? {
                    self.ends.pop();
                    continue;
                }
                if end == b'}' {
                    self.skip_name()?;
                }
                break;
            }
            if self.ends.is_empty() {
                return Ok(());
            }
        }
    }

    /// Steps over a comma, or over the end of the list or object.
    fn goes_on(&mut self, end: u8) -> Result<bool> {
        if self.takes(b',') {
            return Ok(true);
        }
        self.expect(end).map(|()| false)
    }

    /// A member's name, and the colon after it.
    fn name(&mut self) -> Result<Cow<'t, [u8]>> {
        self.space();
        let written = self.rest;
        let name = self.string()?;
        self.expect(b':')?;
        if self.is_escaped {
            let quoted = written.get(..name.len() + 2).unwrap_or_default();
            // One that is no text is none that anybody looks for.
            let unescaped = serde_json::from_slice::<String>(quoted).map(String::into_bytes);
            return Ok(unescaped.map_or(Cow::Borrowed(name), Cow::Owned));
        }
        Ok(Cow::Borrowed(name))
    }

    fn skip_name(&mut self) -> Result {
        self.space();
        self.string()?;
        self.expect(b':')
    }

    fn scalar(&mut self) -> Result {
        match self.peek() {
            Some(b'"') => self.string().map(drop),
            Some(b't') => self.word(b"true"),
            Some(b'f') => self.word(b"false"),
            Some(b'n') => self.word(b"null"),
            _ => self.number(),
        }
    }

    /// What is between the quotes.
    #[expect(
        clippy::inline_always,
        reason = "a call for each string is a tenth of the reading"
    )]
    #[inline(always)]
    fn string(&mut self) -> Result<&'t [u8]> {
        let [b'"', inner @ ..] = self.rest else {
            return Err(NotJson);
        };
        let (rest, is_escaped) = self.judge(token::string(inner))?;
        (self.rest, self.is_escaped) = (rest, is_escaped);
        // Without the closing quote.
        let length = (inner.len() - rest.len()).saturating_sub(1);
        Ok(inner.get(..length).unwrap_or_default())
    }

    fn number(&mut self) -> Result {
        self.rest = self.judge(token::number(self.rest))?;
        Ok(())
    }

    /// A fault is where reading ends.
    fn judge<T>(&mut self, token: std::result::Result<T, &'t [u8]>) -> Result<T> {
        token.map_err(|fault| {
            self.rest = fault;
            NotJson
        })
    }

    fn word(&mut self, word: &[u8]) -> Result {
        self.rest = self.rest.strip_prefix(word).ok_or(NotJson)?;
        Ok(())
    }

    fn expect(&mut self, byte: u8) -> Result {
        if self.takes(byte) { Ok(()) } else { Err(NotJson) }
    }

    /// Whether this byte comes next, which is then read.
    fn takes(&mut self, byte: u8) -> bool {
        self.space();
        self.steps_over(|next| next == byte)
    }

    fn space(&mut self) {
        while self.steps_over(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')) {}
    }

    fn steps_over(&mut self, is_it: impl Fn(u8) -> bool) -> bool {
        match self.rest {
            [first, rest @ ..] if is_it(*first) => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    const fn at(&self) -> usize {
        self.text.len() - self.rest.len()
    }
}

#[cfg(test)]
mod tests;
