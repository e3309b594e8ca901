//! Entity tags in `If-Match` and `If-None-Match` (RFC 9110, section 13.1).

use http::HeaderValue;

use crate::answer::{Answer, GZIP, RAW};

/// One member of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag<'a> {
    /// `*`, alone in its field.
    Any,
    /// `"…"`.
    Strong(&'a str),
    /// `W/"…"`.
    Weak(&'a str),
}

/// Which form of an answer a client has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// The plain one.
    Plain,
    /// The compressed one.
    Gzip,
}

/// The members of one field value. What follows a malformed member is not read.
pub fn tags(value: &str) -> impl Iterator<Item = Tag<'_>> {
    let mut rest = value.trim_matches(SEPARATORS);
    std::iter::from_fn(move || {
        if rest == "*" {
            rest = "";
            return Some(Tag::Any);
        }
        let item = rest.trim_start_matches(SEPARATORS);
        let strong = item.strip_prefix("W/").unwrap_or(item);
        let (opaque, after) = strong.strip_prefix('"')?.split_once('"')?;
        rest = after;
        Some(if strong.len() == item.len() {
            Tag::Strong(opaque)
        } else {
            Tag::Weak(opaque)
        })
    })
}

/// Which form of the answer the client has according to `If-None-Match`. The comparison is weak: proxies
/// that compress make our tags so. `gzip` is whether the client would get the compressed form now.
pub fn held(if_none_match: &[HeaderValue], answer: &Answer, gzip: bool) -> Option<Held> {
    let default = if gzip { Held::Gzip } else { Held::Plain };
    listed(if_none_match).find_map(|tag| match tag {
        Tag::Any => Some(default),
        Tag::Strong(tag) | Tag::Weak(tag) if tag == answer.tag() => Some(Held::Plain),
        Tag::Strong(tag) | Tag::Weak(tag) if gzip && tag.strip_suffix(GZIP) == Some(answer.tag()) => {
            Some(Held::Gzip)
        }
        Tag::Strong(_) | Tag::Weak(_) => None,
    })
}

/// Whether `If-Match` holds. The comparison is strong, but all forms of one state are that state: with `raw`
/// or without, compressed or not.
pub fn matches(if_match: &[HeaderValue], answer: &Answer) -> bool {
    listed(if_match).any(|tag| match tag {
        Tag::Any => true,
        Tag::Strong(tag) => state(tag) == state(answer.tag()),
        Tag::Weak(_) => false,
    })
}

const SEPARATORS: [char; 3] = [',', ' ', '\t'];

fn listed(values: &[HeaderValue]) -> impl Iterator<Item = Tag<'_>> {
    values
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(tags)
}

fn state(tag: &str) -> &str {
    let tag = tag.strip_suffix(GZIP).unwrap_or(tag);
    tag.strip_suffix(RAW).unwrap_or(tag)
}
