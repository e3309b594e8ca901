//! `/openapi.json`, `/docs` and what that page consists of. All of it is in the program, made ready at the first
//! request for it.

use std::io::Read;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use flate2::read::GzDecoder;
use http::HeaderValue;
use http::header::CONTENT_SECURITY_POLICY;
use layers::{Answer, Draft};
use model::{Code, Error, Result};

use super::endpoint::Endpoint;
use super::input::Input;
use super::pages::PUBLIC;
use super::route::{Action, Gives, Route};
use crate::gateway::Gateway;

/// The routes of this file.
pub const ROUTES: &[Route] = &[
    Route {
        template: "/openapi.json",
        public: true,
        actions: &[Action::own(
            "get_openapi",
            "The description of this API, as OpenAPI 3.1",
            Gives::Document(&["application/json"]),
            |_, _| Ok(Endpoint::Document(Document::OpenApi)),
        )],
    },
    Route {
        template: "/docs",
        public: true,
        actions: &[Action::own(
            "get_docs",
            "The description of this API, for people",
            Gives::Document(&["text/html"]),
            |_, _| Ok(Endpoint::Document(Document::Docs)),
        )],
    },
    Route {
        template: "/docs/{asset}",
        public: true,
        actions: &[Action::own(
            "get_docs_asset",
            "A part of that page",
            Gives::Document(&["text/javascript", "text/css"]),
            parse_asset,
        )],
    },
];

/// The committed copy, which a test compares with what the code says, so that no gateway spends memory on making it.
const OPENAPI: &[u8] = include_bytes!("../../../../clients/openapi.json");

/// The page loads from here alone, but for pictures that stand in its style sheet.
const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// A document that never changes while the gateway runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Document {
    /// The description of the API.
    OpenApi,
    /// The page that shows it.
    Docs,
    /// A part of that page.
    Asset(Asset),
}

/// A part of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Asset {
    /// Starts the library.
    Start,
    /// The library.
    Library,
    /// How it looks.
    Style,
}

impl Asset {
    /// Every one of them.
    pub const ALL: [Self; 3] = [Self::Start, Self::Library, Self::Style];

    /// Its name in the path.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Start => "start.js",
            Self::Library => "swagger-ui-bundle.js",
            Self::Style => "swagger-ui.css",
        }
    }
}

impl Document {
    /// The ready-made answer.
    pub fn answer(self) -> Result<Arc<Answer>> {
        static DESCRIPTION: Ready = LazyLock::new(|| ready(Document::OpenApi));
        static DOCS: Ready = LazyLock::new(|| ready(Document::Docs));
        static START: Ready = LazyLock::new(|| ready(Document::Asset(Asset::Start)));
        static LIBRARY: Ready = LazyLock::new(|| ready(Document::Asset(Asset::Library)));
        static STYLE: Ready = LazyLock::new(|| ready(Document::Asset(Asset::Style)));
        let ready = match self {
            Self::OpenApi => &DESCRIPTION,
            Self::Docs => &DOCS,
            Self::Asset(Asset::Start) => &START,
            Self::Asset(Asset::Library) => &LIBRARY,
            Self::Asset(Asset::Style) => &STYLE,
        };
        LazyLock::force(ready).clone()
    }

    fn draft(self) -> std::io::Result<Draft> {
        let (content_type, body) = match self {
            Self::OpenApi => ("application/json", Bytes::from_static(OPENAPI)),
            Self::Docs => (
                "text/html; charset=utf-8",
                Bytes::from_static(include_bytes!("../../assets/docs/index.html")),
            ),
            Self::Asset(Asset::Start) => (
                "text/javascript; charset=utf-8",
                Bytes::from_static(include_bytes!("../../assets/docs/start.js")),
            ),
            Self::Asset(Asset::Library) => (
                "text/javascript; charset=utf-8",
                unpack(include_bytes!("../../assets/docs/swagger-ui-bundle.js.gz"))?,
            ),
            Self::Asset(Asset::Style) => (
                "text/css; charset=utf-8",
                unpack(include_bytes!("../../assets/docs/swagger-ui.css.gz"))?,
            ),
        };
        let headers = match self {
            Self::Docs => vec![(CONTENT_SECURITY_POLICY, PAGE_POLICY)],
            _ => Vec::new(),
        };
        Ok(Draft {
            content_type,
            cache_control: PUBLIC,
            headers,
            ..Draft::json(body)
        })
    }
}

type Ready = LazyLock<Result<Arc<Answer>>>;

fn ready(document: Document) -> Result<Arc<Answer>> {
    let draft = document.draft();
    draft
        .map(|draft| Arc::new(draft.into()))
        .map_err(|error| Error::internal(error.to_string()))
}

fn unpack(packed: &[u8]) -> std::io::Result<Bytes> {
    let mut whole = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut whole)?;
    Ok(whole.into())
}

fn parse_asset(input: &mut Input<'_>, _: &Gateway) -> Result<Endpoint> {
    let name = input.text("asset")?;
    let asset = Asset::ALL.into_iter().find(|asset| asset.name() == name);
    asset
        .map(|asset| Endpoint::Document(Document::Asset(asset)))
        .ok_or_else(|| Error::client(Code::NotFound, "The page has no such part."))
}
