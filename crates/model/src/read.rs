//! Reads a provider's object field by field. Nothing here fails: what is unknown, missing or of another type
//! is noted as drift, and the value is then simply not there.

use std::borrow::Cow;

use crate::drift::{Drift, DriftKind};
use crate::json::{Kind, Node};
use crate::time::Timestamp;

/// The fields of one object, each asked for once by name. [`Fields::finish`] notes those nobody asked for.
#[derive(Debug)]
pub struct Fields<'n, 'a> {
    members: &'n [(Cow<'a, str>, Node<'a>)],
    /// Which of the members were asked for, a bit for each.
    asked: u64,
    /// Those that no bit is left for.
    beyond: Vec<&'static str>,
    is_object: bool,
}

impl<'n, 'a> Fields<'n, 'a> {
    /// Opens an object. Anything else is noted, and then has no fields. `null` is an object without fields.
    pub fn open(node: &'n Node<'a>, drift: &mut Drift) -> Self {
        let members: &[_] = match node.kind() {
            Kind::Object(members) => members,
            Kind::Null => &[],
            _ => {
                drift.note("", DriftKind::TypeChanged);
                &[]
            }
        };
        Self {
            members,
            asked: 0,
            beyond: Vec::new(),
            is_object: matches!(node.kind(), Kind::Object(_)),
        }
    }

    /// A field that is always there, though it may be null.
    pub fn required(&mut self, name: &'static str, drift: &mut Drift) -> Option<&'n Node<'a>> {
        let node = self.find(name);
        if node.is_none() && self.is_object {
            drift.note(name, DriftKind::MissingField);
        }
        node.filter(|node| !matches!(node.kind(), Kind::Null))
    }

    /// A field that may be absent.
    pub fn optional(&mut self, name: &'static str) -> Option<&'n Node<'a>> {
        self.find(name).filter(|node| !matches!(node.kind(), Kind::Null))
    }

    /// A text that is always there.
    pub fn text(&mut self, name: &'static str, drift: &mut Drift) -> Option<&'n str> {
        let node = self.required(name, drift);
        typed(node, name, drift, Node::as_str)
    }

    /// A text that may be absent.
    pub fn optional_text(&mut self, name: &'static str, drift: &mut Drift) -> Option<&'n str> {
        let node = self.optional(name);
        typed(node, name, drift, Node::as_str)
    }

    /// A time that is always there.
    pub fn time(&mut self, name: &'static str, drift: &mut Drift) -> Option<Timestamp> {
        let node = self.required(name, drift);
        typed(node, name, drift, |node| node.as_str().and_then(Timestamp::parse))
    }

    /// Notes every field that nobody asked for.
    pub fn finish(self, drift: &mut Drift) {
        for (index, (name, _)) in self.members.iter().enumerate() {
            let is_known = match bit(index) {
                Some(bit) => self.asked & bit != 0,
                None => self.beyond.contains(&name.as_ref()),
            };
            if !is_known {
                drift.note(name, DriftKind::UnknownField);
            }
        }
    }

    fn find(&mut self, name: &'static str) -> Option<&'n Node<'a>> {
        let mut members = self.members.iter().enumerate();
        let (index, (_, node)) = members.find(|(_, (key, _))| key == name)?;
        match bit(index) {
            Some(bit) => self.asked |= bit,
            None => self.beyond.push(name),
        }
        Some(node)
    }
}

fn bit(index: usize) -> Option<u64> {
    u32::try_from(index)
        .ok()
        .and_then(|index| 1_u64.checked_shl(index))
}

/// Reads a present value, and notes when it is not of the type that was expected.
pub fn typed<'n, 'a, T>(
    node: Option<&'n Node<'a>>,
    name: &str,
    drift: &mut Drift,
    read: impl FnOnce(&'n Node<'a>) -> Option<T>,
) -> Option<T> {
    let value = read(node?);
    if value.is_none() {
        drift.note(name, DriftKind::TypeChanged);
    }
    value
}

/// A whole number that fits.
pub fn integer(node: &Node<'_>) -> Option<i64> {
    match node.kind() {
        Kind::Number => node.text().parse().ok(),
        _ => None,
    }
}

/// Any number, by its text.
pub fn number<'a>(node: &Node<'a>) -> Option<&'a str> {
    matches!(node.kind(), Kind::Number).then(|| node.text())
}

/// The items of a list.
pub fn list<'n, 'a>(node: &'n Node<'a>) -> Option<&'n [Node<'a>]> {
    match node.kind() {
        Kind::Array(items) => Some(items),
        _ => None,
    }
}

/// The texts of a list; items that are no text are noted and left out.
pub fn texts<'n>(node: Option<&'n Node<'_>>, name: &str, drift: &mut Drift) -> Vec<&'n str> {
    let items = typed(node, name, drift, list).unwrap_or_default();
    let mut texts = Vec::with_capacity(items.len());
    for item in items {
        match item.as_str() {
            Some(text) => texts.push(text),
            None => drift.below(name, |drift| drift.note("[]", DriftKind::TypeChanged)),
        }
    }
    texts
}
