//! What a list is wrapped in: the items, where the next page begins, and who was asked for this one.

use bytes::Bytes;
use http::header::LINK;
use http::{HeaderName, HeaderValue};
use layers::StaleTail;
use model::{Code, ConnectionName, Error, Result, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use super::json;
use crate::connection::Connection;
use crate::problem::Problem;

/// What became of one connection that was asked for a page.
pub struct Source<'c> {
    /// Which one.
    pub connection: &'c Connection,
    /// When it answered.
    pub as_of: Option<Timestamp>,
    /// Why it did not.
    pub error: Option<Error>,
}

/// What stands after the items.
pub struct Envelope<'a> {
    /// The list's path and filters.
    pub list: &'a str,
    /// Where the next page begins.
    pub cursor: Option<&'a str>,
    /// Who was asked.
    pub sources: &'a [Source<'a>],
}

/// What became of one connection that was asked for a page.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Source")]
pub struct SourceView<'a> {
    /// Which one.
    connection: &'a ConnectionName,
    /// Whether its items are there, are there but old, could not be got, or cannot exist.
    #[schemars(extend("enum" = ["ok", "stale", "error", "unsupported"]))]
    status: &'static str,
    /// When it was asked.
    as_of: Option<&'a Timestamp>,
    /// Why its items are not there.
    problem: Option<Problem<'a>>,
}

impl Source<'_> {
    /// In a word.
    pub fn status(&self) -> &'static str {
        match &self.error {
            None => "ok",
            Some(error) if error.code() == Code::UnsupportedByProvider => "unsupported",
            Some(_) => "error",
        }
    }
}

impl Envelope<'_> {
    /// The body around the items, and how it ends once it is stale.
    pub fn wrap(&self, items: &[impl Serialize]) -> Result<(Bytes, StaleTail)> {
        let mut at = 0;
        let body = json::build(|text| {
            text.push_str("{\"data\":");
            json::add(items, text)?;
            text.push_str(",\"next_cursor\":");
            json::add(&self.cursor, text)?;
            text.push_str(",\"sources\":");
            at = text.len();
            self.tail("ok", text)
        })?;
        let bytes = json::build(|text| self.tail("stale", text))?;
        Ok((body, StaleTail { at, bytes }))
    }

    fn tail(&self, good: &'static str, text: &mut String) -> Result<()> {
        let views = self.sources.iter().map(|source| SourceView {
            connection: &source.connection.name,
            status: if source.error.is_none() {
                good
            } else {
                source.status()
            },
            as_of: source.as_of.as_ref(),
            problem: source
                .error
                .as_ref()
                .map(|error| Problem::of(error, self.list, None)),
        });
        json::add(&views.collect::<Vec<_>>(), text)?;
        text.push('}');
        Ok(())
    }
}

/// `Link` to the page after this one. `list` is its path, with the filters as a query if there are any.
pub fn next_link(list: &str, limit: usize, cursor: &str, raw: bool) -> Result<(HeaderName, HeaderValue)> {
    let separator = if list.contains('?') { '&' } else { '?' };
    let raw = if raw { "&include=raw" } else { "" };
    let link = format!("<{list}{separator}limit={limit}&cursor={cursor}{raw}>; rel=\"next\"");
    let link = HeaderValue::try_from(link).map_err(|error| Error::internal(error.to_string()))?;
    Ok((LINK, link))
}
