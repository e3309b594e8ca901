//! A ready-made answer: body, validators and header values are made once and served many times.

mod packed;

use std::io::Write;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::digest::{Context as Digest, SHA256};
use bytes::Bytes;
use data_encoding::HEXLOWER;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderName, HeaderValue, StatusCode};

pub(crate) use self::packed::header;

use crate::value::Writer;

/// `Cache-Control` of most answers: our 304 is cheap, and a user sees his own write.
pub const NO_CACHE: &str = "private, no-cache";
/// `Cache-Control` of what no client should keep.
pub const NO_STORE: &str = "private, no-store";

/// The media type of most answers.
const JSON: &str = "application/json";
/// Below this a gzip form saves less than its head costs.
const GZIP_FROM: usize = 1024;
/// Of SHA-256: 128 bits tell apart every state that a resource will ever have.
const TAG_BYTES: usize = 16;
/// What an answer costs beside its bytes, roughly.
const OVERHEAD: usize = 512;

/// What an [`Answer`] is made from.
#[derive(Debug, Clone)]
pub struct Draft {
    /// 200, or what a write gets.
    pub status: StatusCode,
    /// The media type of the body.
    pub content_type: &'static str,
    /// The body. A 204 has none.
    pub body: Bytes,
    /// The body without `raw`, if `body` has it. The tag is made from this one then, and ends in `-raw`.
    pub neutral: Option<Bytes>,
    /// `Link`, `Location`, `Switchboard-Redacted`.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// What the client may do with it: [`NO_CACHE`] or [`NO_STORE`], for public pages something longer.
    pub cache_control: &'static str,
    /// Whether the gateway may keep it. A page with a failed source must not be kept.
    pub cacheable: bool,
    /// How the body ends when it is served stale, for bodies that say so themselves.
    pub stale: Option<StaleTail>,
}

/// The end of a body that is served stale.
#[derive(Debug, Clone)]
pub struct StaleTail {
    /// Where it begins.
    pub at: usize,
    /// What stands there instead.
    pub bytes: Bytes,
}

impl Draft {
    /// A 200 with a JSON body that the gateway may keep.
    pub fn json(body: impl Into<Bytes>) -> Self {
        Self {
            status: StatusCode::OK,
            content_type: JSON,
            body: body.into(),
            neutral: None,
            headers: Vec::new(),
            cache_control: NO_CACHE,
            cacheable: true,
            stale: None,
        }
    }
}

/// A ready-made answer.
#[derive(Debug)]
pub struct Answer {
    draft: Draft,
    tag: Box<str>,
    plain: Form,
    gzip: OnceLock<Option<Form>>,
    stale: OnceLock<Arc<Self>>,
    content_type: HeaderValue,
    cache_control: HeaderValue,
}

/// One encoding of an answer.
#[derive(Debug)]
pub struct Form {
    /// The bytes.
    pub body: Bytes,
    /// Their tag, quoted.
    pub etag: HeaderValue,
    /// Their number.
    pub length: HeaderValue,
}

impl From<Draft> for Answer {
    fn from(draft: Draft) -> Self {
        let tag = tag(
            &[draft.neutral.as_ref().unwrap_or(&draft.body)],
            draft.neutral.is_some(),
        );
        Self::tagged(draft, tag)
    }
}

impl Answer {
    fn tagged(draft: Draft, tag: Box<str>) -> Self {
        Self {
            plain: Form::new(draft.body.clone(), &tag),
            gzip: OnceLock::new(),
            stale: OnceLock::new(),
            content_type: HeaderValue::from_static(draft.content_type),
            cache_control: HeaderValue::from_static(draft.cache_control),
            // Its work is done; its bytes would only weigh.
            draft: Draft {
                neutral: None,
                ..draft
            },
            tag,
        }
    }

    /// The status.
    pub const fn status(&self) -> StatusCode {
        self.draft.status
    }

    /// The media type.
    pub const fn content_type(&self) -> &HeaderValue {
        &self.content_type
    }

    /// What the client may do with it.
    pub const fn cache_control(&self) -> &HeaderValue {
        &self.cache_control
    }

    /// The other headers.
    pub fn headers(&self) -> &[(HeaderName, HeaderValue)] {
        &self.draft.headers
    }

    /// Whether the gateway may keep it.
    pub const fn is_cacheable(&self) -> bool {
        self.draft.cacheable
    }

    /// The tag of the plain form, without quotes.
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// The body as it is.
    pub const fn plain(&self) -> &Form {
        &self.plain
    }

    /// The body compressed, made when first asked for. `None` if that does not at least halve it.
    pub fn gzip(&self) -> Option<&Form> {
        if self.plain.body.len() < GZIP_FROM {
            return None;
        }
        self.gzip
            .get_or_init(|| {
                let packed = compress(&self.plain.body).ok()?;
                (packed.len() <= self.plain.body.len() / 2)
                    .then(|| Form::new(packed.into(), &format!("{}{GZIP}", self.tag)))
            })
            .as_ref()
    }

    /// What to serve once it is stale.
    #[must_use]
    pub fn stale(self: &Arc<Self>) -> Arc<Self> {
        let Some(tail) = &self.draft.stale else {
            return Arc::clone(self);
        };
        let made = self.stale.get_or_init(|| {
            let head = self.plain.body.get(..tail.at).unwrap_or(&self.plain.body);
            let draft = Draft {
                body: [head, &tail.bytes].concat().into(),
                stale: None,
                ..self.draft.clone()
            };
            // The fresh tag stands for the fresh body: no need to read it again.
            let tag = tag(&[self.tag.as_bytes(), &tail.bytes], self.tag.ends_with(RAW));
            Arc::new(Self::tagged(draft, tag))
        });
        Arc::clone(made)
    }

    /// The most memory that it can come to hold, lazily made forms included.
    pub fn weight(&self) -> usize {
        let body = self.plain.body.len();
        let forms = if body < GZIP_FROM { body } else { body + body / 2 };
        let tail = self
            .draft
            .stale
            .as_ref()
            .map(|tail| forms + 2 * tail.bytes.len() + OVERHEAD);
        let headers: usize = self.draft.headers.iter().map(|(_, value)| value.len() + 64).sum();
        OVERHEAD + headers + forms + tail.unwrap_or(0)
    }
}

impl Form {
    fn new(body: Bytes, tag: &str) -> Self {
        Self {
            etag: Writer::new().text("\"").text(tag).text("\"").finish(),
            length: HeaderValue::from(body.len()),
            body,
        }
    }
}

/// The end of a gzip form's tag.
pub(crate) const GZIP: &str = "-gzip";
/// The end of the tag of a body with `raw`.
pub(crate) const RAW: &str = "-raw";

fn tag(parts: &[&[u8]], raw: bool) -> Box<str> {
    let mut digest = Digest::new(&SHA256);
    for part in parts {
        digest.update(part);
    }
    let digest = digest.finish();
    let short = digest.as_ref().get(..TAG_BYTES).unwrap_or_default();
    let mut tag = HEXLOWER.encode(short);
    if raw {
        tag.push_str(RAW);
    }
    tag.into()
}

fn compress(body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::default());
    encoder.write_all(body)?;
    encoder.finish()
}
