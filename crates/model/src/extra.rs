//! `extra`: what the neutral fields do not say, so that both together rebuild the provider's JSON.
//!
//! Every mapping has an inverse: from the neutral fields alone it *predicts* the provider's JSON.
//! [`residue`] keeps what the prediction got wrong, in the provider's own nesting, and [`restore`] undoes it.
//! So nothing has to be remembered field by field: what a mapping forgets is residue.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::json::{Json, Kind, Node};

/// Holds JSON pointers to members that were predicted but are absent.
const ABSENT: &str = "$absent";
/// Holds the whole native value where it is no object.
const WHOLE: &str = "$value";

/// The `extra` of a resource: one key, the provider's name.
#[derive(Debug, Clone, PartialEq)]
pub struct Extra {
    /// The key.
    pub provider: &'static str,
    /// The residue, an object.
    pub residue: Json,
}

impl Extra {
    /// What the provider's JSON says beyond the prediction.
    pub fn of(provider: &'static str, native: &Node<'_>, predicted: &Json) -> Self {
        Self {
            provider,
            residue: residue(native, predicted),
        }
    }

    /// For a resource inside another one, whose own `extra` says everything.
    pub const fn carried(provider: &'static str) -> Self {
        Self {
            provider,
            residue: Json::Object(Vec::new()),
        }
    }
}

impl Serialize for Extra {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.provider, &self.residue)?;
        map.end()
    }
}

/// What `native` says beyond `predicted`, which has to be an object: an object, in which a native member
/// called `$absent` or `$value` carries one more `$`.
pub fn residue(native: &Node<'_>, predicted: &Json) -> Json {
    let mut absent = Vec::new();
    let difference = differ(native, predicted, &mut String::new(), &mut absent);
    let mut members = match difference {
        None => Vec::new(),
        Some(Json::Object(members)) => members,
        Some(other) => return Json::Object(vec![(WHOLE.to_owned(), other)]),
    };
    for (key, _) in &mut members {
        if is_marker(key) {
            key.insert(0, '$');
        }
    }
    if !absent.is_empty() {
        members.push((
            ABSENT.to_owned(),
            Json::Array(absent.into_iter().map(Json::String).collect()),
        ));
    }
    Json::Object(members)
}

/// Rebuilds the provider's JSON from the prediction and the residue.
pub fn restore(predicted: Json, residue: Json) -> Json {
    let Json::Object(members) = residue else {
        return residue;
    };
    let mut pointers = Vec::new();
    let mut difference = Vec::with_capacity(members.len());
    for (mut key, value) in members {
        match value {
            whole if key == WHOLE => return whole,
            Json::Array(items) if key == ABSENT => pointers = items,
            value => {
                if is_marker(&key) {
                    key.remove(0);
                }
                difference.push((key, value));
            }
        }
    }
    let mut restored = predicted;
    for pointer in &pointers {
        if let Json::String(pointer) = pointer {
            remove(&mut restored, pointer);
        }
    }
    merge(restored, Json::Object(difference))
}

fn is_marker(key: &str) -> bool {
    key.starts_with('$') && matches!(key.trim_start_matches('$'), "absent" | "value")
}

/// `None` if the prediction was right.
fn differ(native: &Node<'_>, predicted: &Json, at: &mut String, absent: &mut Vec<String>) -> Option<Json> {
    match (native.kind(), predicted) {
        (Kind::Object(members), Json::Object(expected)) => {
            let mut rest = Vec::new();
            for (key, value) in members {
                let difference = match predicted.member(key) {
                    Some(expected) => step(at, key, |at| differ(value, expected, at, absent)),
                    None => Some(value.to_json()),
                };
                rest.extend(difference.map(|difference| (key.clone().into_owned(), difference)));
            }
            for (key, _) in expected.iter().filter(|(key, _)| native.member(key).is_none()) {
                absent.push(step(at, key, |at| at.clone()));
            }
            (!rest.is_empty()).then_some(Json::Object(rest))
        }
        (Kind::Array(items), Json::Array(expected)) if is_itemwise(items, expected) => {
            let differences: Vec<Json> = items
                .iter()
                .zip(expected)
                .enumerate()
                .map(|(i, (item, expected))| {
                    let difference = step(at, &i.to_string(), |at| differ(item, expected, at, absent));
                    difference.unwrap_or(Json::Object(Vec::new()))
                })
                .collect();
            let empty = |item: &Json| matches!(item, Json::Object(members) if members.is_empty());
            (!differences.iter().all(empty)).then_some(Json::Array(differences))
        }
        _ => (!same(native, predicted)).then(|| native.to_json()),
    }
}

/// Lists are compared item by item only where every item is an object on both sides: then, and only then, is
/// the residue a list of as many objects.
fn is_itemwise(items: &[Node<'_>], expected: &[Json]) -> bool {
    items.len() == expected.len()
        && items.iter().all(|item| matches!(item.kind(), Kind::Object(_)))
        && expected.iter().all(|item| matches!(item, Json::Object(_)))
}

fn same(native: &Node<'_>, predicted: &Json) -> bool {
    match (native.kind(), predicted) {
        (Kind::Null, Json::Null) => true,
        (Kind::Bool(a), Json::Bool(b)) => a == b,
        (Kind::String(Some(a)), Json::String(b)) => a == b,
        (_, Json::Verbatim(text)) => native.text() == text.as_str(),
        (Kind::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Kind::Object(a), Json::Object(b)) => {
            let is_same = |(key, value)| predicted.member(key).is_some_and(|b| same(value, b));
            a.len() == b.len() && a.iter().map(|(key, value)| (&**key, value)).all(is_same)
        }
        _ => false,
    }
}

fn merge(predicted: Json, difference: Json) -> Json {
    match (predicted, difference) {
        (Json::Object(mut members), Json::Object(difference)) => {
            for (key, value) in difference {
                match members.iter_mut().find(|(known, _)| *known == key) {
                    Some((_, slot)) => *slot = merge(std::mem::replace(slot, Json::Null), value),
                    None => members.push((key, value)),
                }
            }
            Json::Object(members)
        }
        (Json::Array(items), Json::Array(difference)) if is_itemwise_json(&items, &difference) => {
            Json::Array(
                items
                    .into_iter()
                    .zip(difference)
                    .map(|(item, part)| merge(item, part))
                    .collect(),
            )
        }
        (_, difference) => difference,
    }
}

fn is_itemwise_json(items: &[Json], difference: &[Json]) -> bool {
    items.len() == difference.len()
        && items
            .iter()
            .chain(difference)
            .all(|item| matches!(item, Json::Object(_)))
}

fn remove(value: &mut Json, pointer: &str) {
    let Some((parent, name)) = pointer.rsplit_once('/') else {
        return;
    };
    let mut place = value;
    for segment in parent.split('/').skip(1) {
        let segment = unescape(segment);
        let next = match place {
            Json::Object(members) => members
                .iter_mut()
                .find(|(key, _)| *key == segment)
                .map(|(_, value)| value),
            Json::Array(items) => segment
                .parse::<usize>()
                .ok()
                .and_then(|index| items.get_mut(index)),
            _ => None,
        };
        let Some(next) = next else { return };
        place = next;
    }
    if let Json::Object(members) = place {
        let name = unescape(name);
        members.retain(|(key, _)| *key != name);
    }
}

/// Goes one step along a JSON pointer (RFC 6901) and back.
fn step<T>(at: &mut String, key: &str, run: impl FnOnce(&mut String) -> T) -> T {
    let length = at.len();
    at.push('/');
    if key.contains(['~', '/']) {
        at.push_str(&key.replace('~', "~0").replace('/', "~1"));
    } else {
        at.push_str(key);
    }
    let value = run(at);
    at.truncate(length);
    value
}

fn unescape(segment: &str) -> String {
    segment.replace("~1", "/").replace("~0", "~")
}
