//! The rules in force, in the order that they were given.

use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use super::Fault;

const MAX_RULES: usize = 64;

/// The rules; a request meets the first that matches it, and no other.
#[derive(Default)]
pub(crate) struct Rules {
    book: Mutex<Book>,
}

/// A rule with what it is removed by; its `times` are those that are left.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Listed {
    /// The number of the rule.
    pub id: u64,
    /// The rule itself.
    #[serde(flatten)]
    pub fault: Fault,
}

#[derive(Default)]
struct Book {
    /// Not put back by a reset, so that an old id never means a new rule.
    last_id: u64,
    rules: Vec<Listed>,
}

impl Rules {
    /// Adds a rule behind the others; nothing if there are too many.
    pub(crate) fn add(&self, fault: Fault) -> Option<Listed> {
        self.with(|book| {
            if book.rules.len() >= MAX_RULES {
                return None;
            }
            book.last_id += 1;
            let rule = Listed {
                id: book.last_id,
                fault,
            };
            book.rules.push(rule.clone());
            Some(rule)
        })
    }

    pub(crate) fn list(&self) -> Vec<Listed> {
        self.with(|book| book.rules.clone())
    }

    /// Whether there was such a rule.
    pub(crate) fn remove(&self, id: u64) -> bool {
        self.with(|book| {
            let before = book.rules.len();
            book.rules.retain(|rule| rule.id != id);
            book.rules.len() < before
        })
    }

    pub(crate) fn clear(&self) {
        self.with(|book| book.rules.clear());
    }

    /// What a request is to meet with; a rule that has now met its last request is gone.
    pub(crate) fn take(&self, provider: &str, method: &str, path: &str) -> Option<Fault> {
        self.with(|book| {
            let mut rules = book.rules.iter_mut().enumerate();
            let (index, rule) = rules.find(|(_, rule)| rule.fault.matches(provider, method, path))?;
            let fault = rule.fault.clone();
            match &mut rule.fault.times {
                0 => {}
                1 => drop(book.rules.remove(index)),
                left => *left -= 1,
            }
            Some(fault)
        })
    }

    fn with<R>(&self, act: impl FnOnce(&mut Book) -> R) -> R {
        act(&mut self.book.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
