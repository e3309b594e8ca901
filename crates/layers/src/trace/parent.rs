//! `traceparent` as it comes from a client (W3C Trace Context).

use data_encoding::HEXLOWER;
use http::HeaderMap;
use http::header::HeaderName;

use super::SpanIds;

/// The header.
pub(crate) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// The header with what others on the way note of the trace.
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// The longest `tracestate` that is kept; nobody has to keep more.
const LONGEST_STATE: usize = 512;
/// Its most members.
const MOST_MEMBERS: usize = 32;

/// The span that a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parent {
    /// Its ids.
    pub(crate) ids: SpanIds,
    /// Whether whoever sent the request traces it.
    pub(crate) sampled: bool,
}

impl Parent {
    /// Of a request. One that is there twice says nothing.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let only = headers.get(TRACEPARENT)?;
        if headers.get_all(TRACEPARENT).iter().nth(1).is_some() {
            return None;
        }
        Self::parse(only.to_str().ok()?)
    }

    /// Of a version after 00 only what that has is read.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let version = bytes::<1>(parts.next()?)?;
        let trace = bytes(parts.next()?)?;
        let span = bytes(parts.next()?)?;
        let [flags] = bytes(parts.next()?)?;
        let is_known = match version {
            [0] => parts.next().is_none(),
            [0xff] => false,
            _ => true,
        };
        let is_valid = is_known && trace != [0; 16] && span != [0; 8];
        is_valid.then_some(Self {
            ids: SpanIds { trace, span },
            sampled: flags & 1 == 1,
        })
    }
}

/// `tracestate` as it came, if it is well-formed.
pub(crate) fn state(headers: &HeaderMap) -> Option<Box<str>> {
    let mut lines = headers.get_all(TRACESTATE).iter().map(|line| line.to_str().ok());
    let mut state = lines.next()??.to_owned();
    for line in lines {
        state.push(',');
        state.push_str(line?);
    }
    let members = || {
        state
            .split(',')
            .map(str::trim)
            .filter(|member| !member.is_empty())
    };
    let is_valid =
        state.len() <= LONGEST_STATE && members().count() <= MOST_MEMBERS && members().all(is_member);
    (is_valid && members().next().is_some()).then(|| state.into())
}

fn is_member(member: &str) -> bool {
    let Some((key, value)) = member.split_once('=') else {
        return false;
    };
    let of_key = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-*/@".contains(&b);
    let of_value = |b: u8| (0x20..0x7f).contains(&b) && b != b',' && b != b'=';
    (1..=256).contains(&key.len())
        && key.bytes().all(of_key)
        && key.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && (1..=256).contains(&value.len())
        && value.bytes().all(of_value)
}

/// So many bytes in lower-case hex.
fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let fits = text.len() == 2 * N && HEXLOWER.decode_mut(text.as_bytes(), &mut bytes).is_ok();
    fits.then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    const SPAN: &str = "b7ad6b7169203331";

    #[test]
    fn reads_what_is_well_formed() {
        let parent = Parent::parse(&format!("00-{TRACE}-{SPAN}-01")).unwrap();
        assert!(parent.sampled);
        assert_eq!(parent.ids.to_header(true), format!("00-{TRACE}-{SPAN}-01"));
        for (flags, sampled) in [("00", false), ("02", false), ("03", true), ("ff", true)] {
            let parent = Parent::parse(&format!("00-{TRACE}-{SPAN}-{flags}")).unwrap();
            assert_eq!(parent.sampled, sampled, "{flags}");
        }
        for later in ["01", "cc", "fe"] {
            for rest in ["", "-", "-what-the-future-will-be-like"] {
                let text = format!("{later}-{TRACE}-{SPAN}-01{rest}");
                assert_eq!(Parent::parse(&text), Some(parent), "{text}");
            }
        }
    }

    #[test]
    fn reads_nothing_else() {
        let (zeros, upper) = ("0".repeat(32), TRACE.to_ascii_uppercase());
        for text in [
            String::new(),
            "00-0".to_owned(),
            format!("ff-{TRACE}-{SPAN}-01"),
            format!("00-{TRACE}-{SPAN}-01-"),
            format!("00-{TRACE}-{SPAN}-01-more"),
            format!("00-{TRACE}-{SPAN}"),
            format!("00-{TRACE}-{SPAN}-1"),
            format!("00-{TRACE}-{SPAN}-0x"),
            format!("0-{TRACE}-{SPAN}-01"),
            format!("cc-{TRACE}-{SPAN}-01.more"),
            format!("00-{zeros}-{SPAN}-01"),
            format!("00-{TRACE}-{}-01", "0".repeat(16)),
            format!("00-{upper}-{SPAN}-01"),
            format!("00-{TRACE}a-{SPAN}-01"),
            format!(" 00-{TRACE}-{SPAN}-01"),
        ] {
            assert_eq!(Parent::parse(&text), None, "{text}");
        }
    }

    fn kept(lines: &[&str]) -> Option<Box<str>> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(TRACESTATE, line.parse().unwrap());
        }
        state(&headers)
    }

    #[test]
    fn keeps_the_state_as_it_came() {
        for lines in [&["congo=t61rcWkgMzE"][..], &["a=1, b/c@d=2 3"], &["a=1,,b=2"]] {
            assert_eq!(kept(lines).as_deref(), Some(&*lines.join(",")), "{lines:?}");
        }
        assert_eq!(kept(&["a=1", "b=2"]).as_deref(), Some("a=1,b=2"));
        let long = format!("a={}", "x".repeat(257));
        let many = (0..33).map(|n| format!("a{n}=1")).collect::<Vec<_>>().join(",");
        for line in ["", " ,", "a", "a=", "=1", "A=1", "a=1=2", &long, &many] {
            assert_eq!(kept(&[line]), None, "{line}");
        }
        assert_eq!(kept(&[]), None);
    }
}
