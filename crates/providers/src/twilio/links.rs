//! Links in answers, which Twilio's libraries follow with the credential that they hold.

use std::ops::Range;

use bytes::Bytes;
use model::{Account, Code, Error, Kind, Node, Result};

use super::PROFILE;

/// The body with links that lead to `face`; `None` if no link changes.
pub(super) fn rewrite(account: &Account, face: &str, body: &Bytes) -> Result<Option<Bytes>> {
    let node = Node::parse(body).map_err(|why| {
        let provider = PROFILE.provider;
        let detail = format!("{provider} sent an answer whose links cannot be found: {why}");
        Error::provider(Code::ProviderProtocolError, detail)
    })?;
    let mut rewriter = Rewriter {
        account,
        face,
        body,
        edits: Vec::new(),
    };
    rewriter.answer(&node);
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

impl Rewriter<'_> {
    /// A resource, or a page: `meta`, and lists of resources.
    fn answer(&mut self, node: &Node<'_>) {
        self.resource(node);
        let Kind::Object(members) = node.kind() else {
            return;
        };
        for (name, value) in members {
            match value.kind() {
                Kind::Array(items) => items.iter().for_each(|item| self.resource(item)),
                Kind::Object(meta) if name == "meta" => {
                    for (name, link) in meta {
                        if name.ends_with("_page_url") {
                            self.link(link, Foreign::Null);
                        } else if name == "url" {
                            self.link(link, Foreign::Stays);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn resource(&mut self, node: &Node<'_>) {
        if let Some(url) = node.member("url") {
            self.link(url, Foreign::Stays);
        }
        if let Some(Kind::Object(links)) = node.member("links").map(Node::kind) {
            for (_, link) in links {
                self.link(link, Foreign::Stays);
            }
        }
    }

    fn link(&mut self, node: &Node<'_>, foreign: Foreign) {
        let text = node.text();
        // The text is a part of the body, so its address tells where.
        let start = text.as_ptr().addr() - self.body.as_ptr().addr();
        let Kind::String(url) = node.kind() else {
            return;
        };
        let ours = url.as_deref().and_then(|url| prefix(self.account, url));
        if let Some(length) = ours {
            let end = written(text, length);
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
