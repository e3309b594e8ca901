//! Pages of a list, each linked to its neighbours by opaque tokens.

use hyper::StatusCode;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::{Value, json};

use super::error::Error;
use crate::http::{Answer, Request};

const TOKEN_PREFIX: &str = "PT";

/// What is the same for every list of one resource.
pub(super) struct Listing {
    /// The key of the items in an answer.
    pub(super) key: &'static str,
    /// Items on a page, unless the request says otherwise.
    pub(super) size: usize,
    /// A larger size is cut to this one.
    pub(super) max_size: usize,
    /// Query parameters that select; a link repeats them, so that all pages are of one list.
    pub(super) filters: &'static [&'static str],
}

/// The block that every list answer carries.
#[derive(Serialize)]
struct Meta {
    page: usize,
    page_size: usize,
    first_page_url: String,
    previous_page_url: Option<String>,
    url: String,
    next_page_url: Option<String>,
    key: &'static str,
}

/// A stretch of a list.
struct Page {
    /// The client's own count: the token alone moves.
    index: usize,
    size: usize,
    offset: usize,
}

impl Listing {
    /// The page that a request asks for, of the list at this path.
    pub(super) fn answer<T>(
        &self,
        request: &Request,
        path: &str,
        items: &[T],
        show: impl Fn(&T) -> Value,
    ) -> Result<Answer, Error> {
        let page = self.page(request, items.len())?;
        let shown: Vec<Value> = items.iter().skip(page.offset).take(page.size).map(show).collect();
        let meta = self.meta(request, path, &page, items.len());
        let body = json!({ "meta": meta, self.key: shown });
        Ok(Answer::json(StatusCode::OK, &body))
    }

    fn page(&self, request: &Request, total: usize) -> Result<Page, Error> {
        let size = number(request, "PageSize")?
            .unwrap_or(self.size)
            .min(self.max_size);
        if size == 0 {
            return Err(Error::invalid_parameter("PageSize"));
        }
        let index = number(request, "Page")?.unwrap_or(0);
        let offset = match request.query("PageToken") {
            None => 0,
            Some(token) => token
                .strip_prefix(TOKEN_PREFIX)
                .and_then(|offset| offset.parse().ok())
                .filter(|offset| *offset < total)
                .ok_or_else(|| Error::invalid_parameter("PageToken"))?,
        };
        Ok(Page { index, size, offset })
    }

    fn meta(&self, request: &Request, path: &str, page: &Page, total: usize) -> Meta {
        let list = format!("{}{path}?{}", request.origin, self.filters(request));
        let size = page.size;
        let link = |index: usize, offset: usize| {
            let token = if offset == 0 {
                String::new()
            } else {
                format!("&PageToken={TOKEN_PREFIX}{offset}")
            };
            format!("{list}PageSize={size}&Page={index}{token}")
        };
        let next = page.offset + size;
        let has_previous = page.offset > 0;
        let previous = (page.index.saturating_sub(1), page.offset.saturating_sub(size));
        Meta {
            page: page.index,
            page_size: size,
            first_page_url: link(0, 0),
            previous_page_url: has_previous.then(|| link(previous.0, previous.1)),
            url: link(page.index, page.offset),
            next_page_url: (next < total).then(|| link(page.index.saturating_add(1), next)),
            key: self.key,
        }
    }

    fn filters(&self, request: &Request) -> String {
        let sent = |name: &&str| {
            let value = utf8_percent_encode(request.query(name)?, NON_ALPHANUMERIC);
            Some(format!("{name}={value}&"))
        };
        self.filters.iter().filter_map(sent).collect()
    }
}

fn number(request: &Request, name: &'static str) -> Result<Option<usize>, Error> {
    let parse = |text: &str| text.parse().map_err(|_| Error::invalid_parameter(name));
    request.query(name).map(parse).transpose()
}
