//! Pages of a list: at most five items, each page linked to its neighbours by opaque tokens.

use serde::Serialize;

use super::error::Error;
use crate::http::Request;

const MAX_SIZE: usize = 5;
const TOKEN_PREFIX: &str = "PT";

/// A stretch of a list of known length.
pub(super) struct Page {
    index: usize,
    size: usize,
    offset: usize,
    total: usize,
}

/// The block that every list answer carries.
#[derive(Serialize)]
pub(super) struct Meta {
    page: usize,
    page_size: usize,
    first_page_url: String,
    previous_page_url: Option<String>,
    url: String,
    next_page_url: Option<String>,
    key: &'static str,
}

impl Page {
    /// The page that a request asks for. `Page` is the client's own count: the token alone moves.
    pub(super) fn of(request: &Request, total: usize) -> Result<Self, Error> {
        let size = number(request, "PageSize")?.unwrap_or(MAX_SIZE).min(MAX_SIZE);
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
        Ok(Self {
            index,
            size,
            offset,
            total,
        })
    }

    /// Its items.
    pub(super) fn slice<'a, T>(&self, list: &'a [T]) -> impl Iterator<Item = &'a T> + use<'a, T> {
        list.iter().skip(self.offset).take(self.size)
    }

    /// Its links, below the absolute URL of the list.
    pub(super) fn meta(&self, list: &str, key: &'static str) -> Meta {
        let size = self.size;
        let link = |index: usize, offset: usize| {
            let token = if offset == 0 {
                String::new()
            } else {
                format!("&PageToken={TOKEN_PREFIX}{offset}")
            };
            format!("{list}?PageSize={size}&Page={index}{token}")
        };
        let next = self.offset + size;
        let has_previous = self.offset > 0;
        let previous = (self.index.saturating_sub(1), self.offset.saturating_sub(size));
        Meta {
            page: self.index,
            page_size: size,
            first_page_url: link(0, 0),
            previous_page_url: has_previous.then(|| link(previous.0, previous.1)),
            url: link(self.index, self.offset),
            next_page_url: (next < self.total).then(|| link(self.index.saturating_add(1), next)),
            key,
        }
    }
}

fn number(request: &Request, name: &'static str) -> Result<Option<usize>, Error> {
    let parse = |text: &str| text.parse().map_err(|_| Error::invalid_parameter(name));
    request.query(name).map(parse).transpose()
}
