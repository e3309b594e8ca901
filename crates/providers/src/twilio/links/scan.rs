//! Reads a JSON text once, from its beginning to its end, and makes nothing of it: whoever reads says what of it is
//! looked at, and all of it is judged. A test holds that what is JSON here is JSON to `serde_json`, and the reverse.

use std::borrow::Cow;
use std::fmt;

/// A JSON text, and how far it has been read.
pub(super) struct Scan<'t> {
    text: &'t str,
    rest: &'t [u8],
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

/// The text is not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotJson {
    line: usize,
    column: usize,
}

impl fmt::Display for NotJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not JSON at line {}, column {}", self.line, self.column)
    }
}

type Result<T = ()> = std::result::Result<T, NotJson>;

impl<'t> Scan<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        Self {
            text,
            rest: text.as_bytes(),
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
        let is_escaped = if matches!(first, Some(b'{' | b'[')) {
            self.nested()?;
            false
        } else {
            self.scalar()?
        };
        let text = self.text.get(at..self.at()).unwrap_or_default();
        Ok(Written { text, at, is_escaped })
    }

    /// Reads any value that does not matter.
    pub(super) fn skip(&mut self) -> Result {
        match self.peek() {
            Some(b'{' | b'[') => self.nested(),
            _ => self.scalar().map(drop),
        }
    }

    /// Nothing follows.
    pub(super) fn end(&mut self) -> Result {
        self.peek().map_or(Ok(()), |_| Err(self.fault()))
    }

    /// That what has just been read cannot be accepted.
    pub(super) fn fault(&self) -> NotJson {
        let read = self.text.as_bytes().get(..self.at()).unwrap_or_default();
        let mut lines = read.split(|byte| *byte == b'\n');
        let last = lines.next_back().unwrap_or_default();
        NotJson {
            line: lines.count() + 1,
            column: last.len() + 1,
        }
    }

    /// A list or an object, however deep, without a stack of calls.
    fn nested(&mut self) -> Result {
        let mut ends = Vec::with_capacity(8);
        loop {
            if self.takes(b'{') {
                if !self.takes(b'}') {
                    self.skip_name()?;
                    ends.push(b'}');
                    continue;
                }
            } else if self.takes(b'[') {
                if !self.takes(b']') {
                    ends.push(b']');
                    continue;
                }
            } else {
                self.scalar()?;
            }
            loop {
                let Some(end) = ends.last() else {
                    return Ok(());
                };
                if self.goes_on(*end)? {
                    if *end == b'}' {
                        self.skip_name()?;
                    }
                    break;
                }
                ends.pop();
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
        let at = self.at();
        let is_escaped = self.string()?;
        let quoted = self.text.as_bytes().get(at..self.at()).unwrap_or_default();
        self.expect(b':')?;
        if is_escaped {
            let name: String = serde_json::from_slice(quoted).map_err(|_| self.fault())?;
            return Ok(Cow::Owned(name.into_bytes()));
        }
        let inner = quoted.get(1..quoted.len() - 1);
        Ok(Cow::Borrowed(inner.unwrap_or_default()))
    }

    fn skip_name(&mut self) -> Result {
        self.space();
        self.string()?;
        self.expect(b':')
    }

    /// Whether something in it is escaped.
    fn scalar(&mut self) -> Result<bool> {
        match self.peek() {
            Some(b'"') => return self.string(),
            Some(b't') => self.word(b"true")?,
            Some(b'f') => self.word(b"false")?,
            Some(b'n') => self.word(b"null")?,
            _ => self.number()?,
        }
        Ok(false)
    }

    /// Whether something in it is escaped.
    fn string(&mut self) -> Result<bool> {
        let mut is_escaped = false;
        let [b'"', inner @ ..] = self.rest else {
            return Err(self.fault());
        };
        self.rest = inner;
        loop {
            self.rest = plain(self.rest);
            match self.rest {
                [b'"', rest @ ..] => {
                    self.rest = rest;
                    return Ok(is_escaped);
                }
                [b'\\', b'u', a, b, c, d, rest @ ..]
                    if [a, b, c, d].into_iter().all(u8::is_ascii_hexdigit) =>
                {
                    self.rest = rest;
                }
                [
                    b'\\',
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't',
                    rest @ ..,
                ] => self.rest = rest,
                _ => return Err(self.fault()),
            }
            is_escaped = true;
        }
    }

    fn number(&mut self) -> Result {
        self.steps_over(|byte| byte == b'-');
        if !self.steps_over(|byte| byte == b'0') {
            self.digits()?;
        }
        if self.steps_over(|byte| byte == b'.') {
            self.digits()?;
        }
        if self.steps_over(|byte| matches!(byte, b'e' | b'E')) {
            self.steps_over(|byte| matches!(byte, b'+' | b'-'));
            self.digits()?;
        }
        Ok(())
    }

    /// One or more.
    fn digits(&mut self) -> Result {
        let before = self.rest.len();
        while self.steps_over(|byte| byte.is_ascii_digit()) {}
        if self.rest.len() < before {
            Ok(())
        } else {
            Err(self.fault())
        }
    }

    fn word(&mut self, word: &[u8]) -> Result {
        self.rest = self.rest.strip_prefix(word).ok_or_else(|| self.fault())?;
        Ok(())
    }

    fn expect(&mut self, byte: u8) -> Result {
        if self.takes(byte) {
            Ok(())
        } else {
            Err(self.fault())
        }
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

/// What follows the plain characters of a string. Most of a body is strings: many at a time are looked at as the
/// processor does it at once, then eight as a number.
fn plain(mut text: &[u8]) -> &[u8] {
    // No branch in it, which is what lets the processor.
    let is_special = |byte: &u8| u8::from(*byte == b'"') | u8::from(*byte == b'\\') | u8::from(*byte < 0x20);
    while let Some((block, rest)) = text.split_first_chunk::<16>()
        && block.iter().fold(0, |found, byte| found | is_special(byte)) == 0
    {
        text = rest;
    }
    while let Some((eight, rest)) = text.split_first_chunk() {
        let special = special(*eight);
        if special != 0 {
            let plain = special.trailing_zeros() / 8;
            return text.get(plain as usize..).unwrap_or_default();
        }
        text = rest;
    }
    let plain = text.iter().position(|byte| is_special(byte) != 0);
    text.get(plain.unwrap_or(text.len())..).unwrap_or_default()
}

/// Its lowest bit is in the first byte that is special; bits above that one may be wrong.
const fn special(eight: [u8; 8]) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    let word = u64::from_le_bytes(eight);
    // A high bit is set where the subtraction goes below zero, and where it was set before.
    let quotes = (word ^ (ONES * b'"' as u64)).wrapping_sub(ONES);
    let escapes = (word ^ (ONES * b'\\' as u64)).wrapping_sub(ONES);
    let controls = word.wrapping_sub(ONES * 0x20);
    (quotes | escapes | controls) & !word & (ONES << 7)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::de::IgnoredAny;

    use super::*;

    fn judge(text: &str) -> Result {
        let mut scan = Scan::new(text);
        let whole = scan.value()?;
        scan.end()?;
        assert_eq!(whole.text, text.trim());
        Ok(())
    }

    /// The same, by members and items.
    fn walk(scan: &mut Scan<'_>) -> Result {
        match scan.peek() {
            Some(b'{') => scan.object(|scan, _| walk(scan)),
            Some(b'[') => scan.array(walk),
            _ => scan.skip(),
        }
    }

    #[test]
    fn depth_is_no_fault() {
        let depth = 100_000;
        let deep = ["[".repeat(depth), "]".repeat(depth)].concat();
        assert_eq!(judge(&deep), Ok(()));
        assert!(judge(deep.strip_prefix('[').unwrap()).is_err());
    }

    #[test]
    fn a_fault_has_a_place() {
        for (text, line, column) in [("", 1, 1), ("{\n \"a\" 1}", 2, 6), ("[1, 02]", 1, 6)] {
            assert_eq!(judge(text), Err(NotJson { line, column }), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 4096, ..ProptestConfig::default() })]

        #[test]
        fn serde_json_judges_the_same(parts in prop::collection::vec(prop::sample::select(vec![
            "{", "}", "[", "]", ",", ":", "\"", "\"a\":", "\"\"", "null", "true", "false", "tru", "0", "1", "-", "+", ".", "e", "E9",
            "\\", "\\u00e9", "\\ud800", "\\n", "\\x", "\n", " ", "\t", "\u{1f}", "\u{7f}", "\u{0}", "é", "plain text",
        ]), 0..12)) {
            let text = parts.concat();
            let expected = serde_json::from_str::<IgnoredAny>(&text).is_ok();
            prop_assert_eq!(judge(&text).is_ok(), expected);
            let strict = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            let mut scan = Scan::new(&text);
            let walked = walk(&mut scan).and_then(|()| scan.end()).is_ok();
            prop_assert!(walked <= expected && strict <= walked, "{} {} {}", strict, walked, expected);
        }

        #[test]
        fn a_text_ends_where_it_ends(text in "[ -~é\\x00-\\x1f]{0,40}", cut in 0..40_usize) {
            let written = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(judge(&written), Ok(()));
            let raw = format!("\"{text}\"");
            prop_assert_eq!(judge(&raw).is_ok(), serde_json::from_str::<IgnoredAny>(&raw).is_ok());
            if let Some(part) = written.get(..cut.min(written.len() - 1)) {
                prop_assert!(judge(part).is_err());
            }
        }
    }
}
