//! A table of the file over the same table of the defaults. Reading a key marks it as known, checks it, and
//! writes it into the view; what nobody asked for is refused.
//!
//! A reader gets a value even where there is a problem, so that one pass finds every problem. Such a value is
//! a filler: a reading with a problem yields no configuration.

use std::ops::Range;

use serde_json::{Map, Value, json};
use toml::de::{DeTable, DeValue};

use super::context::Context;
use super::document::{Entry, entry};
use super::secret::{self, Literal, Secret};
use super::value::{Parsed, Refusal, view};

/// One table.
pub(super) struct Table<'a> {
    context: &'a Context<'a>,
    /// As operators write it: `connections.acme`, `clients[0]`.
    path: String,
    /// Where the file has it.
    place: Option<Range<usize>>,
    own: Option<&'a DeTable<'a>>,
    default: Option<&'a DeTable<'a>>,
    /// It stands where something else does, so nothing can be missing in it.
    misplaced: bool,
    known: Vec<&'static str>,
    view: Map<String, Value>,
}

impl<'a> Table<'a> {
    /// The whole file.
    pub(super) fn root(context: &'a Context<'a>) -> Self {
        Self {
            context,
            path: String::new(),
            place: None,
            own: Some(&context.document.root),
            default: Some(context.defaults),
            misplaced: false,
            known: Vec::new(),
            view: Map::new(),
        }
    }

    /// A value that has a default.
    pub(super) fn get<T: Default>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&DeValue<'_>) -> Parsed<T>,
    ) -> T {
        self.need(key, parse).unwrap_or_default()
    }

    /// A value without which nothing goes.
    pub(super) fn need<T>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&DeValue<'_>) -> Parsed<T>,
    ) -> Option<T> {
        if self.entry(key).is_none() {
            self.missing(key);
        }
        self.optional(key, parse)
    }

    /// A value that may be absent.
    pub(super) fn optional<T>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&DeValue<'_>) -> Parsed<T>,
    ) -> Option<T> {
        let ((name, value), own) = self.entry(key)?;
        match parse(value.get_ref()) {
            Ok(parsed) => {
                self.show(key, view(value.get_ref()));
                Some(parsed)
            }
            Err(refusal) => {
                let place = if refusal.private {
                    name.span()
                } else {
                    value.span()
                };
                self.refuse(key, own.then_some(&place), refusal);
                None
            }
        }
    }

    /// A list; each item is checked by itself.
    pub(super) fn list<T>(
        &mut self,
        key: &'static str,
        mut parse: impl FnMut(&DeValue<'_>) -> Parsed<T>,
    ) -> Vec<T> {
        let Some(((name, value), own)) = self.entry(key) else {
            return Vec::new();
        };
        let Some(items) = value.get_ref().as_array() else {
            let refusal = Refusal::expected("a list", value.get_ref());
            self.refuse(key, own.then_some(&value.span()), refusal);
            return Vec::new();
        };
        self.show(key, view(value.get_ref()));
        let mut parsed = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            match parse(item.get_ref()) {
                Ok(item) => parsed.push(item),
                Err(refusal) => {
                    let place = if refusal.private { name.span() } else { item.span() };
                    self.refuse(&format!("{key}[{index}]"), own.then_some(&place), refusal);
                }
            }
        }
        parsed
    }

    /// A list that may be absent.
    pub(super) fn optional_list<T>(
        &mut self,
        key: &'static str,
        parse: impl FnMut(&DeValue<'_>) -> Parsed<T>,
    ) -> Option<Vec<T>> {
        self.entry(key).is_some().then(|| self.list(key, parse))
    }

    /// A list that has to have an item.
    pub(super) fn some<T>(
        &mut self,
        key: &'static str,
        parse: impl FnMut(&DeValue<'_>) -> Parsed<T>,
    ) -> Vec<T> {
        match self.entry(key) {
            None => self.missing(key),
            Some(((_, value), own)) if value.get_ref().as_array().is_some_and(|items| items.is_empty()) => {
                let refusal = Refusal::new("is empty");
                self.refuse(key, own.then_some(&value.span()), refusal);
            }
            Some(_) => {}
        }
        self.list(key, parse)
    }

    /// A secret. A problem with it marks the key, so that no excerpt shows the value.
    pub(super) fn secret(&mut self, key: &'static str, literal: Literal) -> Option<Secret> {
        let ((name, value), own) = self.entry(key)?;
        let place = name.span();
        match secret::resolve(self.context, value.get_ref(), literal) {
            Ok((secret, warning)) => {
                self.show(key, secret.starred());
                if let Some(warning) = warning {
                    self.warn_key(key, warning);
                }
                Some(secret)
            }
            Err(refusal) => {
                self.refuse(key, own.then_some(&place), refusal);
                None
            }
        }
    }

    /// A secret without which nothing goes.
    pub(super) fn need_secret(&mut self, key: &'static str, literal: Literal) -> Option<Secret> {
        if self.entry(key).is_none() {
            self.missing(key);
        }
        self.secret(key, literal)
    }

    /// A table below this one.
    pub(super) fn table<T>(&mut self, key: &'static str, read: impl FnOnce(&mut Table<'a>) -> T) -> T {
        self.known.push(key);
        let own = self.own.and_then(|own| entry(own, key));
        let mut inner = self.inner(join(&self.path, key), own);
        inner.default = self
            .default
            .and_then(|default| entry(default, key)?.1.get_ref().as_table());
        let result = read(&mut inner);
        self.show(key, inner.finish());
        result
    }

    /// A table below this one that may be absent.
    pub(super) fn optional_table<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&mut Table<'a>) -> T,
    ) -> Option<T> {
        self.entry(key).is_some().then(|| self.table(key, read))
    }

    /// Tables that the operator names, in the order of the file.
    pub(super) fn named<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&str, &mut Table<'a>) -> Option<T>,
    ) -> Vec<T> {
        self.table(key, |outer| {
            let entries: Vec<Entry<'a>> = outer.own.into_iter().flat_map(DeTable::iter).collect();
            let read_one = |(name, value): Entry<'a>| {
                let name_text = name.get_ref().as_ref();
                let path = join(&outer.path, name_text);
                let mut inner = outer.inner(path, Some((name, value)));
                inner.default = Some(outer.context.connection_defaults);
                let result = read(name_text, &mut inner);
                (name_text.to_owned(), inner.finish(), result)
            };
            let read: Vec<_> = entries.into_iter().map(read_one).collect();
            outer.accept_everything();
            read.into_iter()
                .filter_map(|(name, view, result)| {
                    outer.view.insert(name, view);
                    result
                })
                .collect()
        })
    }

    /// The tables of an array.
    pub(super) fn each<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(u32, &mut Table<'a>) -> T,
    ) -> Vec<T> {
        self.known.push(key);
        let own = self.own.and_then(|own| entry(own, key));
        let Some((name, value)) = own else {
            self.show(key, json!([]));
            return Vec::new();
        };
        let Some(items) = value.get_ref().as_array() else {
            let refusal = Refusal::new("has to be a list of tables").fix(format!("write [[{key}]]"));
            self.refuse(key, Some(&name.span()), refusal);
            return Vec::new();
        };
        let mut views = Vec::new();
        let mut results = Vec::new();
        for (index, item) in (0_u32..).zip(items.iter()) {
            let path = format!("{}[{index}]", join(&self.path, key));
            let mut inner = self.inner(path, Some((name, item)));
            inner.place = Some(item.span());
            results.push(read(index, &mut inner));
            views.push(inner.finish());
        }
        self.show(key, Value::Array(views));
        results
    }

    /// Treats what the file has here as known.
    pub(super) fn accept_everything(&mut self) {
        self.own = None;
    }

    /// Refuses the value of a key without showing it.
    pub(super) fn refuse_key(&self, key: &str, refusal: Refusal) {
        let name = self
            .own
            .and_then(|own| entry(own, key))
            .map(|(name, _)| name.span());
        self.refuse(key, name.as_ref(), refusal);
    }

    /// Warns about a key without showing its value.
    pub(super) fn warn_key(&self, key: &str, warning: Refusal) {
        let name = self.own.and_then(|own| entry(own, key));
        let place = name.map(|(name, _)| name.span());
        let problem = self.context.problem(place.as_ref(), warning.message);
        self.context
            .warning(problem.key(join(&self.path, key)).fix(warning.fix));
    }

    /// Refuses the whole table.
    pub(super) fn refuse_table(&self, refusal: Refusal) {
        let problem = self.context.problem(self.place.as_ref(), refusal.message);
        self.context
            .error(problem.key(self.path.as_str()).fix(refusal.fix));
    }

    /// Writes a value into the view.
    pub(super) fn show(&mut self, key: &str, value: Value) {
        self.view.insert(key.to_owned(), value);
    }

    /// What the file is being read with.
    pub(super) fn context(&self) -> &'a Context<'a> {
        self.context
    }

    /// Refuses what nobody asked for, and gives the view.
    pub(super) fn finish(self) -> Value {
        for (name, _) in self.own.into_iter().flat_map(DeTable::iter) {
            let text = name.get_ref().as_ref();
            if self.known.contains(&text) {
                continue;
            }
            let refusal = Refusal::unknown(text, self.known.iter().copied());
            self.refuse(text, Some(&name.span()), refusal);
        }
        Value::Object(self.view)
    }

    fn inner(&self, path: String, own: Option<Entry<'a>>) -> Self {
        let mut inner = Self {
            context: self.context,
            path,
            place: own.map(|(name, _)| name.span()),
            own: own.and_then(|(_, value)| value.get_ref().as_table()),
            default: None,
            misplaced: false,
            known: Vec::new(),
            view: Map::new(),
        };
        if let (Some((_, value)), None) = (own, inner.own) {
            inner.refuse_table(Refusal::expected("a table", value.get_ref()));
            inner.misplaced = true;
        }
        inner
    }

    /// The file's entry, else the default's, and whether it is the file's.
    fn entry(&mut self, key: &'static str) -> Option<(Entry<'a>, bool)> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        let own = self.own.and_then(|own| entry(own, key));
        let default = || self.default.and_then(|default| entry(default, key));
        own.map(|entry| (entry, true))
            .or_else(|| default().map(|entry| (entry, false)))
    }

    fn missing(&self, key: &str) {
        if !self.misplaced {
            let refusal = Refusal::new("is missing").fix(format!("add {key} = …"));
            self.refuse(key, self.place.as_ref(), refusal);
        }
    }

    fn refuse(&self, key: &str, place: Option<&Range<usize>>, refusal: Refusal) {
        let problem = self.context.problem(place, refusal.message);
        self.context
            .error(problem.key(join(&self.path, key)).fix(refusal.fix));
    }
}

/// A path one step longer. A name that needs quotes in the file gets them here, so that a path is one line.
fn join(path: &str, key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '[' | ']');
    let key = if !key.is_empty() && key.chars().all(bare) {
        key.to_owned()
    } else {
        format!("{key:?}")
    };
    if path.is_empty() {
        key
    } else {
        format!("{path}.{key}")
    }
}
