//! What all sections share while a file is read: the texts, where secrets come from, and what was found.

use std::cell::RefCell;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::document::Document;
use super::problem::{ConfigError, Place};

/// One reading of one file.
pub(super) struct Context<'a> {
    /// The operator's file.
    pub(super) document: &'a Document<'a>,
    /// The shipped file, which lies below it.
    pub(super) defaults: &'a DeTable<'a>,
    /// What lies below each connection.
    pub(super) connection_defaults: &'a DeTable<'a>,
    /// Looks a variable up.
    pub(super) environment: &'a dyn Fn(&str) -> Option<String>,
    /// What relative paths are relative to.
    pub(super) folder: &'a Path,
    found: RefCell<Found>,
}

/// What came up while reading.
#[derive(Default)]
pub(super) struct Found {
    pub(super) errors: Vec<ConfigError>,
    pub(super) warnings: Vec<ConfigError>,
    /// Files that were read beside the configuration.
    pub(super) files: Vec<PathBuf>,
}

impl<'a> Context<'a> {
    pub(super) fn new(
        document: &'a Document<'a>,
        defaults: &'a DeTable<'a>,
        connection_defaults: &'a DeTable<'a>,
        environment: &'a dyn Fn(&str) -> Option<String>,
        folder: &'a Path,
    ) -> Self {
        Self {
            document,
            defaults,
            connection_defaults,
            environment,
            folder,
            found: RefCell::default(),
        }
    }

    /// Something that makes the file unusable.
    pub(super) fn error(&self, error: ConfigError) {
        self.found.borrow_mut().errors.push(error);
    }

    /// Something that does not.
    pub(super) fn warning(&self, warning: ConfigError) {
        self.found.borrow_mut().warnings.push(warning);
    }

    /// A file that belongs to the configuration: a change of it is a change of the configuration.
    pub(super) fn file(&self, path: PathBuf) {
        self.found.borrow_mut().files.push(path);
    }

    /// A problem of this file. Without a place it is about a key that the file does not have.
    pub(super) fn problem(&self, place: Option<&Range<usize>>, message: impl Into<String>) -> ConfigError {
        let problem = ConfigError::new(self.document.name, message);
        match place {
            Some(span) => problem.at(Place::of(self.document.text, span)),
            None => problem,
        }
    }

    /// A problem of a key, found after all sections were read.
    pub(super) fn conflict(&self, path: &[&str], message: &str, fix: &str) {
        let place = self.document.place_of(path);
        let problem = self.problem(place.as_ref(), message);
        self.error(problem.key(path.join(".")).fix(fix.to_owned()));
    }

    /// Whether the value of a key was refused, so that what was read in its place means nothing.
    pub(super) fn has_refused(&self, key: &str) -> bool {
        let found = self.found.borrow();
        found.errors.iter().any(|error| error.key.as_deref() == Some(key))
    }

    /// Whether a key of this table was refused, or the table itself.
    pub(super) fn has_refused_in(&self, table: &str) -> bool {
        let found = self.found.borrow();
        let mut keys = found.errors.iter().filter_map(|error| error.key.as_deref());
        keys.any(|key| {
            key.strip_prefix(table)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }

    /// What came up.
    pub(super) fn finish(self) -> Found {
        let mut found = self.found.into_inner();
        // Files are read from top to bottom, whatever the order of the sections.
        found.errors.sort_by_key(|error| (error.line, error.column));
        found
    }
}
