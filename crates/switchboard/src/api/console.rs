//! `/`: the console, a page for people who would rather look than read, and what it consists of.

use super::asset::Asset;
use super::endpoint::Endpoint;
use super::route::{Action, Gives, Route};
use crate::config::{Auth, Mode};

/// The routes of this file.
pub const ROUTES: &[Route] = &[
    Route {
        template: "/",
        public: true,
        actions: &[Action::own(
            "get_console",
            "What the gateway has and does, for people",
            Gives::Document(&["text/html"]),
            |_, gateway| Ok(Endpoint::Asset(page(&gateway.config.auth))),
        )],
    },
    Route {
        template: "/console/{asset}",
        public: true,
        actions: &[Action::own(
            "get_console_asset",
            "A part of that page",
            Gives::Document(&["text/javascript", "text/css", "image/svg+xml"]),
            |input, _| Asset::named(&PARTS, &input.text("asset")?).map(Endpoint::Asset),
        )],
    },
];

/// A file of the console's folder.
macro_rules! part {
    ($name:literal) => {
        Asset::plain($name, include_bytes!(concat!("../../console/", $name))).revalidated()
    };
}

/// What the page consists of.
pub static PARTS: [Asset; 32] = [
    part!("board.js"),
    part!("capability.js"),
    part!("chart.js"),
    part!("confirm.js"),
    part!("console.css"),
    part!("conversation.js"),
    part!("conversations.js"),
    part!("counters.js"),
    part!("deliveries.js"),
    part!("dom.js"),
    part!("drift.js"),
    part!("elements.js"),
    part!("events.js"),
    part!("explain.js"),
    part!("format.js"),
    part!("gateway.js"),
    part!("icon.svg"),
    part!("json.js"),
    part!("key.js"),
    part!("main.js"),
    part!("number.js"),
    part!("numbers.js"),
    part!("overview.js"),
    part!("panels.js"),
    part!("place.js"),
    part!("poll.js"),
    part!("problem.js"),
    part!("uplot.css"),
    part!("webhook-fields.js"),
    part!("webhook.js"),
    part!("webhooks.js"),
    Asset::packed("uplot.js", include_bytes!("../../console/uplot.js.gz")).revalidated(),
];

/// The page for a gateway that lets everybody in, for one with keys, and for one with keys and tokens.
static PAGES: [Asset; 3] = [page_for("nothing"), page_for("key"), page_for("token")];

/// The page does everything by modules from here, and inserts text as text: with trusted types a browser refuses what
/// would be read as HTML.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types 'none'";

/// The page that knows what this gateway asks for.
fn page(auth: &Auth) -> &'static Asset {
    let [open, keys, tokens] = &PAGES;
    match (auth.mode, &auth.jwt) {
        (Mode::None, _) => open,
        (Mode::Required, None) => keys,
        (Mode::Required, Some(_)) => tokens,
    }
}

const fn page_for(credential: &'static str) -> Asset {
    let html = include_str!("../../console/index.html");
    Asset::filled("index.html", html, ["{credential}", credential])
        .with_policy(POLICY)
        .revalidated()
}
