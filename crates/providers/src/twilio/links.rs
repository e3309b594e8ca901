//! Links in answers, which Twilio's libraries follow with the credential that they hold. The text is read once and no
//! tree is made of it; of a member that is there twice both are rewritten, whichever the next reader takes.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use bytes::Bytes;
use model::{Account, Code, Error};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::PROFILE;

/// The body with links that lead to `face`; `None` if no link changes.
pub(super) fn rewrite(account: &Account, face: &str, body: &Bytes) -> Result<Option<Bytes>, Error> {
    let unreadable = |why: &dyn fmt::Display| {
        let provider = PROFILE.provider;
        let detail = format!("{provider} sent an answer whose links cannot be found: {why}");
        Error::provider(Code::ProviderProtocolError, detail)
    };
    let text = std::str::from_utf8(body).map_err(|why| unreadable(&why))?;
    let mut rewriter = Rewriter {
        account,
        face,
        body,
        edits: Vec::new(),
    };
    let mut json = serde_json::Deserializer::from_str(text);
    let read = Part(Role::Answer, &mut rewriter).deserialize(&mut json);
    read.and_then(|()| json.end()).map_err(|why| {
        unreadable(&format_args!(
            "not JSON at line {}, column {}",
            why.line(),
            why.column()
        ))
    })?;
    Ok(rewriter.finish())
}

struct Rewriter<'a> {
    account: &'a Account,
    face: &'a str,
    body: &'a Bytes,
    /// What stands where instead.
    edits: Vec<(Range<usize>, String)>,
}

/// What happens to a link that leads elsewhere.
#[derive(Clone, Copy)]
enum Foreign {
    /// It stays: nobody follows it with a credential.
    Stays,
    /// Libraries follow it, so it goes.
    Null,
}

/// What a part of an answer may hold.
#[derive(Clone, Copy)]
enum Role {
    /// A resource, or a page: `meta`, and lists of resources.
    Answer,
    /// Perhaps a list of resources.
    Resources,
    Resource,
    Meta,
    Links,
}

/// A part on its way through.
struct Part<'p, 'r>(Role, &'p mut Rewriter<'r>);

impl<'de> DeserializeSeed<'de> for Part<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let Self(role, rewriter) = self;
        while let Some(Name(name)) = members.next_key()? {
            let inner = match (role, &*name) {
                (Role::Meta, name) if name.ends_with("_page_url") => {
                    rewriter.link(members.next_value()?, Foreign::Null);
                    continue;
                }
                (Role::Answer | Role::Resource | Role::Meta, "url") | (Role::Links, _) => {
                    rewriter.link(members.next_value()?, Foreign::Stays);
                    continue;
                }
                (Role::Answer | Role::Resource, "links") => Role::Links,
                (Role::Answer, "meta") => Role::Meta,
                (Role::Answer, _) => Role::Resources,
                (Role::Resources | Role::Resource | Role::Meta, _) => {
                    members.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            members.next_value_seed(Part(inner, rewriter))?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Self(role, rewriter) = self;
        match role {
            Role::Resources => while items.next_element_seed(Part(Role::Resource, rewriter))?.is_some() {},
            _ => while items.next_element::<IgnoredAny>()?.is_some() {},
        }
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
}

/// A member's name, borrowed if nothing in it is escaped.
#[derive(Deserialize)]
struct Name<'n>(#[serde(borrow)] Cow<'n, str>);

impl Rewriter<'_> {
    fn link(&mut self, written_url: &RawValue, foreign: Foreign) {
        let text = written_url.get();
        // The text is a part of the body, so its address tells where.
        let start = text.as_ptr().addr() - self.body.as_ptr().addr();
        let Some(quoted) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) else {
            return;
        };
        let url = if quoted.contains('\\') {
            serde_json::from_str(text).ok().map(Cow::Owned)
        } else {
            Some(Cow::Borrowed(quoted))
        };
        let ours = url.as_deref().and_then(|url| prefix(self.account, url));
        if let Some(length) = ours {
            let end = match url {
                Some(Cow::Borrowed(_)) => 1 + length,
                _ => written(text, length),
            };
            // A face is an origin and a path of letters, so nothing in it needs an escape.
            self.edits.push((start + 1..start + end, self.face.to_owned()));
        } else if matches!(foreign, Foreign::Null) {
            self.edits.push((start..start + text.len(), "null".to_owned()));
        }
    }

    fn finish(mut self) -> Option<Bytes> {
        if self.edits.is_empty() {
            return None;
        }
        self.edits.sort_by_key(|(range, _)| range.start);
        let mut spliced = Vec::with_capacity(self.body.len() + self.edits.len() * self.face.len());
        let mut from = 0;
        for (range, text) in &self.edits {
            spliced.extend_from_slice(self.body.get(from..range.start).unwrap_or_default());
            spliced.extend_from_slice(text.as_bytes());
            from = range.end;
        }
        spliced.extend_from_slice(self.body.get(from..).unwrap_or_default());
        Some(spliced.into())
    }
}

/// How much of the URL stands for this account: the account's own base, or an origin of Twilio's. What follows is
/// a path, a query or nothing.
fn prefix(account: &Account, url: &str) -> Option<usize> {
    // As nearly all of them begin.
    if url.strip_prefix(PROFILE.base_url).is_some_and(is_boundary) {
        return Some(PROFILE.base_url.len());
    }
    let base = account.base_url.len();
    let is_base = url
        .split_at_checked(base)
        .is_some_and(|(start, rest)| start.eq_ignore_ascii_case(&account.base_url) && is_boundary(rest));
    if is_base {
        return Some(base);
    }
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let length = scheme.len() + 3 + authority.len();
    let is_https = scheme.eq_ignore_ascii_case("https");
    let is_whole = url.get(length..).is_some_and(is_boundary);
    (is_https && is_whole && is_twilio(&authority.to_ascii_lowercase())).then_some(length)
}

/// Neither a fragment nor a backslash: what readers make of those differs.
fn is_boundary(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(['/', '?'])
}

/// `conversations[.<edge>][.<region>].twilio.com`.
fn is_twilio(authority: &str) -> bool {
    let host = authority.strip_suffix(":443").unwrap_or(authority);
    let canonical = PROFILE.base_url.trim_start_matches("https://");
    let Some((product, domain)) = canonical.split_once('.') else {
        return false;
    };
    let between = host
        .strip_prefix(product)
        .and_then(|rest| rest.strip_suffix(domain))
        .and_then(|rest| rest.strip_prefix('.'));
    let label =
        |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    match between.map(|between| between.strip_suffix('.')) {
        // The canonical host has one dot there.
        Some(None) => between == Some(""),
        Some(Some(labels)) => labels.split('.').count() <= 2 && labels.split('.').all(label),
        None => false,
    }
}

/// Where in a quoted text so many of its first characters, all of them ASCII, have ended.
fn written(text: &str, characters: usize) -> usize {
    let mut at = 1;
    for _ in 0..characters {
        at += match text.as_bytes().get(at..).unwrap_or_default() {
            [b'\\', b'u', ..] => 6,
            [b'\\', ..] => 2,
            _ => 1,
        };
    }
    at.min(text.len())
}
