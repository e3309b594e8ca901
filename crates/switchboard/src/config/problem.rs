//! What is wrong with a configuration, for people and for programs.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use serde::Serialize;

/// One thing that is wrong: where, what, and what to do about it. It never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfigError {
    /// The file as it was named.
    pub file: String,
    /// The line, from 1; none if it is about the file as a whole.
    pub line: Option<usize>,
    /// The column in characters, from 1.
    pub column: Option<usize>,
    /// The key's path, `connections.acme.base_url`.
    pub key: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub fix: Option<String>,
    #[serde(skip)]
    excerpt: Option<Excerpt>,
}

/// A place in a text.
#[derive(Debug, Clone)]
pub(super) struct Place {
    line: usize,
    column: usize,
    excerpt: Option<Excerpt>,
}

/// The line of a place and the marked bytes in it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Excerpt {
    line: String,
    mark: Range<usize>,
}

impl ConfigError {
    /// All of them, to be read at a terminal.
    pub fn render_all(errors: &[Self]) -> String {
        let errors = errors.iter().map(|error| error.render(Severity::Error));
        errors.collect::<Vec<_>>().join("\n\n")
    }

    pub(super) fn new(file: &str, message: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line: None,
            column: None,
            key: None,
            message: message.into(),
            fix: None,
            excerpt: None,
        }
    }

    pub(super) fn at(mut self, place: Place) -> Self {
        (self.line, self.column) = (Some(place.line), Some(place.column));
        self.excerpt = place.excerpt;
        self
    }

    pub(super) fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    pub(super) fn fix(mut self, fix: impl Into<Option<String>>) -> Self {
        self.fix = fix.into();
        self
    }

    /// Several lines with the place marked, to be read at a terminal: they have colours.
    pub fn render(&self, level: Severity) -> String {
        let title = match &self.key {
            Some(key) => format!("`{key}` {}", self.message),
            None => self.message.clone(),
        };
        let level = match level {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut group = match (&self.excerpt, self.line) {
            (Some(excerpt), Some(line)) => level.primary_title(&title).element(
                Snippet::source(excerpt.line.as_str())
                    .line_start(line)
                    .path(self.file.as_str())
                    .annotation(AnnotationKind::Primary.span(excerpt.mark.clone())),
            ),
            (_, Some(line)) => level.primary_title(&title).element(
                Origin::path(self.file.as_str())
                    .line(line)
                    .char_column(self.column.unwrap_or(1)),
            ),
            (_, None) => level
                .primary_title(&title)
                .element(Origin::path(self.file.as_str())),
        };
        if let Some(fix) = &self.fix {
            group = group.element(Level::HELP.message(fix.as_str()));
        }
        Renderer::styled().render(&[group])
    }
}

/// One line, for a log.
impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        for number in [self.line, self.column].into_iter().flatten() {
            write!(f, ":{number}")?;
        }
        f.write_str(": ")?;
        if let Some(key) = &self.key {
            write!(f, "`{key}` ")?;
        }
        f.write_str(&self.message)?;
        match &self.fix {
            Some(fix) => write!(f, "; {fix}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ConfigError {}

/// Whether the configuration can be used all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// It cannot.
    Error,
    /// It can.
    Warning,
}

impl Place {
    /// Where a byte offset lies.
    pub(super) fn at(text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).map_or(0, |line| line.chars().count()) + 1,
            excerpt: None,
        }
    }

    /// Where a span lies, with its first line. Strings outside the span are starred: they may be secrets.
    pub(super) fn of(text: &str, span: &Range<usize>) -> Self {
        let mut place = Self::at(text, span.start);
        let start = text
            .get(..span.start)
            .and_then(|before| before.rfind('\n'))
            .map_or(0, |at| at + 1);
        let line = text.get(start..).and_then(|rest| rest.lines().next());
        place.excerpt = line.map(|line| {
            let end = (span.end - start).min(line.len());
            let mark = (span.start - start).min(end)..end;
            Excerpt {
                line: star_strings(line, &mark),
                mark,
            }
        });
        place
    }
}

/// Stars what stands in quotes outside `keep`, byte for byte, so that offsets stay.
fn star_strings(line: &str, keep: &Range<usize>) -> String {
    let mut starred = String::with_capacity(line.len());
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        let delimits = match quote {
            None => matches!(c, '"' | '\''),
            Some(open) => c == open && !escaped,
        };
        if delimits {
            quote = if quote.is_none() { Some(c) } else { None };
        }
        escaped = quote == Some('"') && c == '\\' && !escaped;
        if quote.is_some() && !delimits && !keep.contains(&at) {
            starred.extend(std::iter::repeat_n('*', c.len_utf8()));
        } else {
            starred.push(c);
        }
    }
    starred
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_characters_from_one() {
        let text = "a = 1\nb = \"é\" # x\n";
        for (needle, line, column) in [("a", 1, 1), ("b", 2, 1), ("#", 2, 9)] {
            let place = Place::at(text, text.find(needle).unwrap());
            assert_eq!((place.line, place.column), (line, column), "{needle}");
        }
        assert_eq!(Place::at(text, 9_999).line, 3);
    }

    fn plain(styled: &str) -> String {
        anstream::adapter::strip_str(styled).to_string()
    }

    #[test]
    fn an_excerpt_shows_the_marked_value_and_no_other() {
        let text = r#"acme = { key = "s\"écret", retires = "x", 'a' = 'b' }"#;
        let at = text.find("retires").unwrap();
        let error = ConfigError::new("f.toml", "is unknown").at(Place::of(text, &(at..at + 7)));
        let rendered = plain(&error.render(Severity::Error));
        assert!(rendered.contains("retires = \"*\", '*' = '*'"), "{rendered}");
        assert!(rendered.contains("key = \"*********\""), "{rendered}");
        let value = text.find("\"x\"").unwrap();
        let error = ConfigError::new("f.toml", "is odd").at(Place::of(text, &(value..value + 3)));
        let rendered = plain(&error.render(Severity::Warning));
        assert!(rendered.contains("retires = \"x\""), "{rendered}");
        assert!(!rendered.contains("cret"), "{rendered}");
    }

    #[test]
    fn one_line_for_a_log() {
        let error = ConfigError::new("f.toml", "is unknown")
            .at(Place::at("x", 0))
            .key("server.x")
            .fix("remove it".to_owned());
        assert_eq!(error.to_string(), "f.toml:1:1: `server.x` is unknown; remove it");
    }
}
