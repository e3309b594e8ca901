//! Files in the program: made ready to be served at the first request for each, and the same ever after.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::io::Read;
use std::ptr;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use flate2::read::GzDecoder;
use http::HeaderValue;
use http::header::CONTENT_SECURITY_POLICY;
use layers::{Answer, Draft, NO_CACHE};
use model::{Code, Error, Result};

use super::pages::PUBLIC;

/// A file that never changes while the gateway runs.
pub struct Asset {
    /// Its name in the path, without folders.
    pub name: &'static str,
    content: Content,
    cache_control: &'static str,
    policy: Option<&'static str>,
    ready: OnceLock<Result<Arc<Answer>>>,
}

/// A file's bytes.
#[derive(Debug, Clone, Copy)]
enum Content {
    /// As they are.
    Plain(&'static [u8]),
    /// In gzip, for those that are large.
    Packed(&'static [u8]),
    /// With something put in.
    Filled(&'static str, [&'static str; 2]),
}

impl Asset {
    /// A file as it is.
    pub const fn plain(name: &'static str, bytes: &'static [u8]) -> Self {
        Self::new(name, Content::Plain(bytes))
    }

    /// A file that is kept in gzip.
    pub const fn packed(name: &'static str, bytes: &'static [u8]) -> Self {
        Self::new(name, Content::Packed(bytes))
    }

    /// A file in whose text the second of these stands instead of the first.
    pub const fn filled(name: &'static str, text: &'static str, replaced: [&'static str; 2]) -> Self {
        Self::new(name, Content::Filled(text, replaced))
    }

    /// The same, with what a browser may do with it.
    #[must_use]
    pub const fn with_policy(mut self, policy: &'static str) -> Self {
        self.policy = Some(policy);
        self
    }

    /// The same, asked for anew each time: for files that fit together, so that none of another version is among them.
    #[must_use]
    pub const fn revalidated(mut self) -> Self {
        self.cache_control = NO_CACHE;
        self
    }

    const fn new(name: &'static str, content: Content) -> Self {
        Self {
            name,
            content,
            cache_control: PUBLIC,
            policy: None,
            ready: OnceLock::new(),
        }
    }

    /// The one of that name.
    pub fn named(assets: &'static [Self], name: &str) -> Result<&'static Self> {
        let asset = assets.iter().find(|asset| asset.name == name);
        asset.ok_or_else(|| Error::client(Code::NotFound, "The page has no such part."))
    }

    /// The ready-made answer.
    pub fn answer(&self) -> Result<Arc<Answer>> {
        self.ready
            .get_or_init(|| {
                let draft = self.draft();
                draft
                    .map(|draft| Arc::new(draft.into()))
                    .map_err(|error| Error::internal(error.to_string()))
            })
            .clone()
    }

    fn draft(&self) -> std::io::Result<Draft> {
        let body = match self.content {
            Content::Plain(bytes) => Bytes::from_static(bytes),
            Content::Packed(bytes) => unpack(bytes)?,
            Content::Filled(text, [place, filling]) => text.replacen(place, filling, 1).into(),
        };
        let policy = self.policy.map(HeaderValue::from_static);
        Ok(Draft {
            content_type: media_type(self.name),
            cache_control: self.cache_control,
            headers: policy
                .map(|policy| (CONTENT_SECURITY_POLICY, policy))
                .into_iter()
                .collect(),
            ..Draft::json(body)
        })
    }
}

impl fmt::Debug for Asset {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

/// Each is itself and no other, so its place says which one it is.
impl PartialEq for Asset {
    fn eq(&self, other: &Self) -> bool {
        ptr::eq(self, other)
    }
}

impl Eq for Asset {}

impl Hash for Asset {
    fn hash<H: Hasher>(&self, state: &mut H) {
        ptr::hash(self, state);
    }
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/json",
    }
}

fn unpack(packed: &[u8]) -> std::io::Result<Bytes> {
    let mut whole = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut whole)?;
    Ok(whole.into())
}
