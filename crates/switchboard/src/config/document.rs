//! A configuration file as a tree in which every key and value knows its place.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{ConfigError, Place};

/// A key and its value, both with their place.
pub(super) type Entry<'a> = (&'a Spanned<toml::de::DeString<'a>>, &'a Spanned<DeValue<'a>>);

/// One file, parsed.
pub(super) struct Document<'a> {
    /// What to call it in messages.
    pub(super) name: &'a str,
    /// Its text.
    pub(super) text: &'a str,
    /// Its tables.
    pub(super) root: DeTable<'a>,
}

impl<'a> Document<'a> {
    /// Parses a text, or says everything that is wrong with its syntax.
    pub(super) fn parse(name: &'a str, text: &'a str) -> Result<Self, Vec<ConfigError>> {
        let (root, errors) = DeTable::parse_recoverable(text);
        if errors.is_empty() {
            let root = root.into_inner();
            return Ok(Self { name, text, root });
        }
        // No excerpt: in a broken line nobody knows which part is a secret.
        let describe = |error: &toml::de::Error| {
            let place = Place::at(text, error.span().map_or(0, |span| span.start));
            let fix =
                "write what TOML can read: `key = \"value\"`, each in a line, and [table] in one of its own";
            ConfigError::new(name, error.message())
                .at(place)
                .fix(fix.to_owned())
        };
        Err(errors.iter().map(describe).collect())
    }

    /// Where the value of a key stands, or the innermost table around it that the file has.
    pub(super) fn place_of(&self, path: &[&str]) -> Option<Range<usize>> {
        let mut table = &self.root;
        let mut place = None;
        for key in path {
            let Some((name, value)) = entry(table, key) else {
                return place;
            };
            match value.get_ref() {
                DeValue::Table(inner) => {
                    place = Some(name.span());
                    table = inner;
                }
                _ => return Some(value.span()),
            }
        }
        place
    }
}

/// The entry of a key.
pub(super) fn entry<'a>(table: &'a DeTable<'a>, key: &str) -> Option<Entry<'a>> {
    table.iter().find(|(name, _)| name.get_ref() == key)
}
