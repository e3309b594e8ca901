//! The tokens of JSON that have a length: strings and numbers. Whoever reads JSON here, to cut it into parts or to look
//! for links, steps over them with these, so that there is one opinion of what they are.

/// What follows a string, and whether something in it is escaped; of a text that begins after its opening quote. An error
/// is what follows from the fault on.
#[expect(clippy::inline_always, reason = "as for `plain`")]
#[inline(always)]
pub fn string(text: &[u8]) -> Result<(&[u8], bool), &[u8]> {
    let mut rest = plain(text);
    let mut is_escaped = false;
    while let [b'\\', escape @ ..] = rest {
        rest = plain(escaped(escape).ok_or(rest)?);
        is_escaped = true;
    }
    let after = rest.strip_prefix(b"\"").ok_or(rest)?;
    Ok((after, is_escaped))
}

/// What follows a number. No digit follows a leading zero: whatever comes then is no digit's business. An error is what
/// follows from the fault on.
#[inline]
pub fn number(text: &[u8]) -> Result<&[u8], &[u8]> {
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
        _ => Ok(text),
    }
}

/// What follows one digit or more.
fn digits(text: &[u8]) -> Result<&[u8], &[u8]> {
    let mut rest = text;
    while let [b'0'..=b'9', after @ ..] = rest {
        rest = after;
    }
    if rest.len() < text.len() {
        Ok(rest)
    } else {
        Err(text)
    }
}

/// What follows an escape, whose backslash has been read.
fn escaped(text: &[u8]) -> Option<&[u8]> {
    match text {
        [b'u', a, b, c, d, rest @ ..] if [a, b, c, d].into_iter().all(u8::is_ascii_hexdigit) => Some(rest),
        [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', rest @ ..] => Some(rest),
        _ => None,
    }
}

/// What follows the plain characters of a string. Most of a body is strings: many at a time are looked at as the
/// processor does it at once, then eight as a number.
#[expect(
    clippy::inline_always,
    reason = "most of the reading is here; a call for each string is a tenth of it"
)]
#[inline(always)]
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
