//! Links in answers, which Twilio's libraries follow with the credential that they hold. The text is read once and no
//! tree is made of it; of a member that is there twice both are rewritten, whichever the next reader takes.

mod scan;

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use model::{Account, Code, Error};

use self::scan::{NotJson, Scan, Written};
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
        text,
        spliced: Vec::new(),
        taken: 0,
    };
    let mut scan = Scan::new(text);
    let read = rewriter.part(&mut scan, Role::Answer);
    read.and_then(|()| scan.end())
        .map_err(|NotJson| unreadable(&format_args!("not JSON at {}", scan.place())))?;
    Ok(rewriter.finish())
}

struct Rewriter<'a> {
    account: &'a Account,
    face: &'a str,
    text: &'a str,
    /// The answer with what stands instead, as far as something has changed.
    spliced: Vec<u8>,
    /// How much of the text is in it.
    taken: usize,
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

impl Rewriter<'_> {
    fn part(&mut self, scan: &mut Scan<'_>, role: Role) -> Result<(), NotJson> {
        match (scan.peek(), role) {
            (Some(b'{'), _) => scan.object(|scan, name| self.member(scan, role, name)),
            (Some(b'['), Role::Resources) => scan.array(|scan| self.part(scan, Role::Resource)),
            _ => scan.skip(),
        }
    }

    fn member(&mut self, scan: &mut Scan<'_>, role: Role, name: &[u8]) -> Result<(), NotJson> {
        match (role, name) {
            // A list is one of resources, whatever it is called.
            (Role::Answer, _) if scan.peek() == Some(b'[') => self.part(scan, Role::Resources)?,
            (Role::Meta, name) if name.ends_with(b"_page_url") => self.link(&scan.value()?, Foreign::Null),
            (Role::Answer | Role::Resource | Role::Meta, b"url") | (Role::Links, _) => {
                self.link(&scan.value()?, Foreign::Stays);
            }
            (Role::Answer | Role::Resource, b"links") => self.part(scan, Role::Links)?,
            (Role::Answer, b"meta") => self.part(scan, Role::Meta)?,
            (Role::Answer, _) => self.part(scan, Role::Resources)?,
            (Role::Resources | Role::Resource | Role::Meta, _) => scan.skip()?,
        }
        Ok(())
    }

    fn link(&mut self, written: &Written<'_>, foreign: Foreign) {
        let Some(quoted) = written.quoted() else {
            return;
        };
        let url = if written.is_escaped {
            serde_json::from_str(written.text).ok().map(Cow::Owned)
        } else {
            Some(Cow::Borrowed(quoted))
        };
        let ours = url.as_deref().and_then(|url| prefix(self.account, url));
        if let Some(length) = ours {
            let end = if written.is_escaped {
                escaped_length(written.text, length)
            } else {
                1 + length
            };
            // A face is an origin and a path of letters, so nothing in it needs an escape.
            self.put(written.at + 1, written.at + end, self.face);
        } else if matches!(foreign, Foreign::Null) {
            self.put(written.at, written.at + written.text.len(), "null");
        }
    }

    /// Puts a text where another one was.
    fn put(&mut self, from: usize, to: usize, text: &str) {
        if self.taken == 0 {
            // A link is rarely shorter than twice what it leads to, so that this is nearly always enough.
            self.spliced.reserve(self.text.len() + self.text.len() / 4);
        }
        let before = self.text.as_bytes().get(self.taken..from);
        self.spliced.extend_from_slice(before.unwrap_or_default());
        self.spliced.extend_from_slice(text.as_bytes());
        self.taken = to;
    }

    fn finish(mut self) -> Option<Bytes> {
        if self.taken == 0 {
            return None;
        }
        let rest = self.text.as_bytes().get(self.taken..);
        self.spliced.extend_from_slice(rest.unwrap_or_default());
        Some(self.spliced.into())
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
fn escaped_length(text: &str, characters: usize) -> usize {
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
