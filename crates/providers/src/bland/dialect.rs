//! The two ways in which Bland documents the pages of its conversations, and places in either.

use model::{Account, OptionValue, Result};

use super::page::not_a_cursor;
use super::wire;

/// Items of a page, whichever way it is asked for: the documented default of the one, far below the other's.
pub(super) const PAGE_SIZE: usize = 25;

/// A way of cutting the list into pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Published: numbered pages, with the block about them under `extra`.
    Page,
    /// Offsets, with the block at the top of the answer.
    Offset,
}

impl Dialect {
    /// The one that the connection is configured for; `None` if it is to be detected.
    pub(super) fn configured(account: &Account) -> Option<Self> {
        match account.options.get("list_dialect") {
            Some(OptionValue::Word(word)) => Self::read(word),
            _ => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Offset => "offset",
        }
    }

    fn read(name: &str) -> Option<Self> {
        [Self::Page, Self::Offset]
            .into_iter()
            .find(|dialect| dialect.name() == name)
    }
}

/// A place in the whole list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) dialect: Dialect,
    /// The page's number from 1, or the offset of its first item.
    pub(super) at: usize,
    /// Items of the page that are already behind; of a page by offset, none.
    pub(super) skip: usize,
    /// A mark of the first item of the page before, which must not come again.
    pub(super) before: Option<String>,
}

impl Position {
    /// The start of the list.
    pub(super) const fn start(dialect: Dialect) -> Self {
        Self {
            dialect,
            at: match dialect {
                Dialect::Page => 1,
                Dialect::Offset => 0,
            },
            skip: 0,
            before: None,
        }
    }

    /// From a token, `<dialect>.<at>.<skip>.<before>`.
    pub(super) fn parse(token: &str) -> Result<Self> {
        Self::read(token).ok_or_else(not_a_cursor)
    }

    fn read(token: &str) -> Option<Self> {
        let mut parts = token.splitn(4, '.');
        let position = Self {
            dialect: Dialect::read(parts.next()?)?,
            at: parts.next()?.parse().ok()?,
            skip: parts.next()?.parse().ok()?,
            before: parts
                .next()
                .map(|mark| (!mark.is_empty()).then(|| mark.to_owned()))?,
        };
        // One place has one token.
        let is_ours = position.at >= Self::start(position.dialect).at && position.token() == token;
        is_ours.then_some(position)
    }

    /// The inverse of [`Position::parse`].
    pub(super) fn token(&self) -> String {
        format!(
            "{}.{}.{}.{}",
            self.dialect.name(),
            self.at,
            self.skip,
            self.before.as_deref().unwrap_or_default()
        )
    }

    /// The place behind the first `end` items of the page that stands here; `None` at the end of the list.
    pub(super) fn after(
        self,
        page: &wire::Conversations<'_, '_>,
        end: usize,
        first: Option<String>,
    ) -> Option<Self> {
        let is_whole = end >= page.items.len();
        if is_whole && !self.goes_on(page) {
            return None;
        }
        Some(match self.dialect {
            Dialect::Page if !is_whole => Self { skip: end, ..self },
            Dialect::Page => Self {
                at: self.at.saturating_add(1),
                skip: 0,
                before: first,
                ..self
            },
            Dialect::Offset => Self {
                at: self.at.saturating_add(end),
                before: first,
                ..self
            },
        })
    }

    /// Whether there are pages behind this one. Without totals a full page may have one; an empty page ends
    /// the list whatever the totals say.
    fn goes_on(&self, page: &wire::Conversations<'_, '_>) -> bool {
        let length = page.items.len();
        let (behind, total) = match self.dialect {
            Dialect::Page => (self.at, page.total_pages),
            Dialect::Offset => (self.at.saturating_add(length), page.total_items),
        };
        length > 0 && total.map_or(length >= PAGE_SIZE, |total| behind < total)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn tokens_come_back(pages in any::<bool>(), at in 1usize..100, skip in 0usize..25, mark in "[0-9a-f.]{0,16}") {
            let dialect = if pages { Dialect::Page } else { Dialect::Offset };
            let before = (!mark.is_empty()).then_some(mark);
            let position = Position { dialect, at, skip, before };
            prop_assert_eq!(Position::parse(&position.token()).unwrap(), position);
        }

        #[test]
        fn what_is_no_token_is_refused(token in "(page|offset|auto|)?(\\.[a-z0]{0,3}){0,4}") {
            let is_start = token.starts_with("offset.0.0.");
            prop_assert_eq!(Position::parse(&token).is_ok(), is_start);
        }
    }
}
