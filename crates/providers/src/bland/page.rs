//! Pages of the list of numbers, which Bland sends whole and in no particular order.

use model::{Error, Number, Page, Result};

/// The last number of a page. Not an offset: numbers that come or go elsewhere move nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Position {
    /// Numbers with this key that are behind; more than one only if Bland lists an address twice.
    behind: usize,
    /// The last number's id.
    key: String,
}

impl Position {
    /// From a token, `<behind>.<key>`.
    pub(super) fn parse(token: &str) -> Result<Self> {
        Self::read(token).ok_or_else(not_a_cursor)
    }

    fn read(token: &str) -> Option<Self> {
        let (behind, key) = token.split_once('.')?;
        Some(Self {
            behind: behind.parse().ok()?,
            key: key.to_owned(),
        })
    }

    fn token(&self) -> String {
        format!("{}.{}", self.behind, self.key)
    }
}

/// The answer to a token that is none.
pub(super) fn not_a_cursor() -> Error {
    Error::parameter("cursor", "not a cursor of this list")
}

/// Cuts a page out of all numbers of a channel.
pub(super) fn cut(mut numbers: Vec<Number>, after: Option<&Position>, limit: usize) -> Page<Number> {
    // Two of one id are ordered by their text, since their order in the list may change.
    numbers.sort_by(|a, b| (key(a), text(a)).cmp(&(key(b), text(b))));
    let start = after.map_or(0, |after| {
        let before = numbers.partition_point(|number| key(number) < after.key.as_str());
        let upto = numbers.partition_point(|number| key(number) <= after.key.as_str());
        before.saturating_add(after.behind).min(upto)
    });
    let end = start.saturating_add(limit).min(numbers.len());
    let has_more = end < numbers.len();
    numbers.truncate(end);
    let last = numbers.last().filter(|_| has_more).map(|last| Position {
        behind: numbers.iter().filter(|number| key(number) == key(last)).count(),
        key: key(last).to_owned(),
    });
    Page {
        items: numbers.split_off(start),
        next: last.map(|last| last.token()),
    }
}

/// The id without its connection. All have one channel, so this is the order of the addresses; what has no
/// address comes last, since `+` sorts before letters.
fn key(number: &Number) -> &str {
    number
        .id
        .split_once(':')
        .map_or(number.id.as_str(), |(_, key)| key)
}

fn text(number: &Number) -> Option<&[u8]> {
    number.raw.as_ref().map(model::Raw::as_bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn tokens_come_back(behind in 0usize..100, key in "\\PC{0,40}") {
            let position = Position { behind, key };
            prop_assert_eq!(Position::parse(&position.token()).unwrap(), position);
        }

        #[test]
        fn what_is_no_token_is_refused(token in "[a-z+]{0,3}(\\.[a-z]{0,3})?") {
            prop_assert!(Position::parse(&token).is_err());
        }
    }
}
