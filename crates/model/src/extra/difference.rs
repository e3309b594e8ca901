//! What a provider's JSON says beyond the prediction, written while both are compared.

use std::borrow::Cow;

use super::predicted::Predicted;
use super::{ABSENT, WHOLE, is_marker};
use crate::json::{Kind, Node, Verbatim, string};

/// The residue: an object, in the provider's nesting.
pub(super) fn write(native: &Node<'_>, predicted: &Predicted<'_>) -> Verbatim {
    let mut difference = Difference {
        text: String::with_capacity(native.text().len()),
        absent: Vec::new(),
    };
    difference.text.push('{');
    match (native.kind(), predicted) {
        (Kind::Object(members), Predicted::Object(expected)) => difference.members(members, expected, None),
        (_, other) if same(native, other) => {}
        (Kind::Object(members), _) => difference.members(members, &[], None),
        _ => {
            difference.key(WHOLE);
            native.write(&mut difference.text);
        }
    }
    Verbatim::known(difference.finish())
}

struct Difference {
    text: String,
    /// JSON pointers to members that were predicted and are not there.
    absent: Vec<String>,
}

/// Where a part is; `None` at the top.
type At<'s> = Option<&'s Step<'s>>;

struct Step<'s> {
    from: At<'s>,
    key: &'s str,
}

impl Difference {
    /// Adds those members of an object that were not predicted as they are.
    fn members(
        &mut self,
        members: &[(Cow<'_, str>, Node<'_>)],
        expected: &[(&str, Predicted<'_>)],
        at: At<'_>,
    ) {
        let (opened, mut found) = (self.text.len(), 0);
        for (key, value) in members {
            let expected = expected.iter().find(|(known, _)| known == key);
            found += usize::from(expected.is_some());
            if expected.is_some_and(|(_, expected)| same(value, expected)) {
                continue;
            }
            let before = self.text.len();
            if before > opened {
                self.text.push(',');
            }
            if at.is_none() && is_marker(key) {
                self.key(&format!("${key}"));
            } else {
                self.key(key);
            }
            match expected {
                None => value.write(&mut self.text),
                Some((_, expected)) => {
                    if !self.part(value, expected, &Step { from: at, key }) {
                        self.text.truncate(before);
                    }
                }
            }
        }
        if found < expected.len() {
            let is_absent = |name: &str| !members.iter().any(|(key, _)| key == name);
            let absent = expected.iter().filter(|(key, _)| is_absent(key));
            let pointers = absent.map(|(key, _)| pointer(&Step { from: at, key }));
            self.absent.extend(pointers);
        }
    }

    /// Adds what a part says that was predicted otherwise. Says whether that is anything: only absence is nothing.
    fn part(&mut self, native: &Node<'_>, predicted: &Predicted<'_>, at: &Step<'_>) -> bool {
        match (native.kind(), predicted) {
            (Kind::Object(members), Predicted::Object(expected)) => {
                self.text.push('{');
                let opened = self.text.len();
                self.members(members, expected, Some(at));
                let differs = self.text.len() > opened;
                self.text.push('}');
                differs
            }
            (Kind::Array(items), Predicted::Array(expected)) if is_itemwise(items, expected) => {
                let mut differs = false;
                for (index, (item, expected)) in items.iter().zip(expected).enumerate() {
                    self.text.push(if index == 0 { '[' } else { ',' });
                    let step = Step {
                        from: Some(at),
                        key: &index.to_string(),
                    };
                    // What is nothing is an empty object here, which holds the place.
                    differs |= self.part(item, expected, &step);
                }
                self.text.push(']');
                differs
            }
            _ => {
                native.write(&mut self.text);
                true
            }
        }
    }

    fn key(&mut self, key: &str) {
        string(key, &mut self.text);
        self.text.push(':');
    }

    fn finish(mut self) -> String {
        let pointers = std::mem::take(&mut self.absent);
        if !pointers.is_empty() {
            if self.text.len() > 1 {
                self.text.push(',');
            }
            self.key(ABSENT);
            for (index, pointer) in pointers.iter().enumerate() {
                self.text.push(if index == 0 { '[' } else { ',' });
                string(pointer, &mut self.text);
            }
            self.text.push(']');
        }
        self.text.push('}');
        self.text
    }
}

/// Lists are compared item by item only where every item is an object on both sides: then, and only then, is
/// the residue a list of as many objects.
fn is_itemwise(items: &[Node<'_>], expected: &[Predicted<'_>]) -> bool {
    items.len() == expected.len()
        && items.iter().all(|item| matches!(item.kind(), Kind::Object(_)))
        && expected.iter().all(|item| matches!(item, Predicted::Object(_)))
}

fn same(native: &Node<'_>, predicted: &Predicted<'_>) -> bool {
    match (native.kind(), predicted) {
        (Kind::Null, Predicted::Null) => true,
        (Kind::Bool(a), Predicted::Bool(b)) => a == b,
        (Kind::String(Some(a)), Predicted::Text(b)) => a == b,
        (_, Predicted::Verbatim(text)) => native.text() == text,
        (Kind::Array(a), Predicted::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Kind::Object(a), Predicted::Object(b)) => {
            let is_same = |(key, value): &(Cow<'_, str>, Node<'_>)| {
                let expected = b.iter().find(|(known, _)| known == key);
                expected.is_some_and(|(_, expected)| same(value, expected))
            };
            a.len() == b.len() && a.iter().all(is_same)
        }
        _ => false,
    }
}

/// The JSON pointer (RFC 6901) to where a step leads.
fn pointer(step: &Step<'_>) -> String {
    let mut pointer = step.from.map(pointer).unwrap_or_default();
    pointer.push('/');
    pointer.push_str(&step.key.replace('~', "~0").replace('/', "~1"));
    pointer
}
