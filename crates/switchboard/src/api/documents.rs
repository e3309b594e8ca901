//! `/openapi.json`, and `/docs` with what that page consists of.

use super::asset::Asset;
use super::endpoint::Endpoint;
use super::route::{Action, Gives, Route};

/// The routes of this file.
pub const ROUTES: &[Route] = &[
    Route {
        template: "/openapi.json",
        public: true,
        actions: &[Action::own(
            "get_openapi",
            "The description of this API, as OpenAPI 3.1",
            Gives::Document(&["application/json"]),
            |_, _| Ok(Endpoint::Asset(&OPENAPI)),
        )],
    },
    Route {
        template: "/docs",
        public: true,
        actions: &[Action::own(
            "get_docs",
            "The description of this API, for people",
            Gives::Document(&["text/html"]),
            |_, _| Ok(Endpoint::Asset(&PAGE)),
        )],
    },
    Route {
        template: "/docs/{asset}",
        public: true,
        actions: &[Action::own(
            "get_docs_asset",
            "A part of that page",
            Gives::Document(&["text/javascript", "text/css"]),
            |input, _| Asset::named(&PARTS, &input.text("asset")?).map(Endpoint::Asset),
        )],
    },
];

/// What the page consists of.
pub static PARTS: [Asset; 3] = [
    Asset::plain("start.js", include_bytes!("../../assets/docs/start.js")),
    Asset::packed(
        "swagger-ui-bundle.js",
        include_bytes!("../../assets/docs/swagger-ui-bundle.js.gz"),
    ),
    Asset::packed(
        "swagger-ui.css",
        include_bytes!("../../assets/docs/swagger-ui.css.gz"),
    ),
];

/// The committed copy, which a test compares with what the code says, so that no gateway spends memory on making it.
static OPENAPI: Asset = Asset::plain("openapi.json", include_bytes!("../../../../clients/openapi.json"));

static PAGE: Asset = Asset::plain("index.html", include_bytes!("../../assets/docs/index.html")).with_policy(
    // It loads from here alone, but for pictures that stand in its style sheet.
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);
