//! Lists that are read as a whole, and cut into pages here.

use model::{Error, Page, PageRequest, Result};

/// Before the place in a token, so that it is none of the lists that Twilio cuts.
const OFFSET: &str = "at";

/// A page of a list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    offset: usize,
    limit: usize,
}

impl Cut {
    /// The page that a client asks for.
    pub(super) fn parse(page: &PageRequest) -> Result<Self> {
        let offset = page.token.as_deref().map(|token| {
            let digits = token.strip_prefix(OFFSET)?;
            // One place has one token: no sign, no leading zero.
            digits
                .parse::<usize>()
                .ok()
                .filter(|offset| offset.to_string() == digits)
        });
        Ok(Self {
            offset: offset
                .unwrap_or(Some(0))
                .ok_or_else(|| Error::parameter("cursor", "not a cursor of this list"))?,
            limit: page.limit,
        })
    }

    /// That part of the whole list.
    pub(super) fn of<T>(self, items: Vec<T>) -> Page<T> {
        let end = self.offset.saturating_add(self.limit);
        let next = (end < items.len()).then(|| format!("{OFFSET}{end}"));
        Page {
            items: items.into_iter().skip(self.offset).take(self.limit).collect(),
            next,
        }
    }
}
