//! `extra`: what the neutral fields do not say, so that both together rebuild the provider's JSON.
//!
//! Every mapping has an inverse: from the neutral fields alone it *predicts* the provider's JSON.
//! [`residue`] keeps what the prediction got wrong, in the provider's own nesting, and [`restore`] undoes it.
//! So nothing has to be remembered field by field: what a mapping forgets is residue.

mod difference;
mod predicted;

use serde::ser::{Serialize, SerializeMap, Serializer};

pub use self::predicted::Predicted;
use crate::json::{Json, Node};

/// Holds JSON pointers to members that were predicted but are absent.
const ABSENT: &str = "$absent";
/// Holds the whole native value where it is no object.
const WHOLE: &str = "$value";

/// The `extra` of a resource: one key, the provider's name.
#[derive(Debug, Clone, PartialEq)]
pub struct Extra {
    /// The key.
    pub provider: &'static str,
    /// The residue, an object; what was read carries it by its text.
    pub residue: Json,
}

impl Extra {
    /// What the provider's JSON says beyond the prediction.
    pub fn of<'p>(provider: &'static str, native: &Node<'_>, predicted: impl Into<Predicted<'p>>) -> Self {
        Self {
            provider,
            residue: difference::write(native, &predicted.into()).into(),
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
pub fn residue<'p>(native: &Node<'_>, predicted: impl Into<Predicted<'p>>) -> Json {
    difference::write(native, &predicted.into()).open()
}

/// Rebuilds the provider's JSON from the prediction and the residue.
pub fn restore(predicted: impl Into<Json>, residue: Json) -> Json {
    let residue = match residue {
        Json::Verbatim(text) => text.open(),
        other => other,
    };
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
    let mut restored = predicted.into();
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

fn unescape(segment: &str) -> String {
    segment.replace("~1", "/").replace("~0", "~")
}
