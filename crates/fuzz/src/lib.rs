//! What fuzz targets share.

use model::{Json, Node};

/// The same value with every object's members in one order, and every number as it was written.
pub fn canonical(value: &Json) -> Json {
    match value {
        Json::Array(items) => Json::Array(items.iter().map(canonical).collect()),
        Json::Object(members) => {
            let mut members: Vec<(String, Json)> = members
                .iter()
                .map(|(name, value)| (name.clone(), canonical(value)))
                .collect();
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            Json::Object(members)
        }
        // Carried by its text, which may be that of any value.
        Json::Verbatim(text) => match Node::parse(text.as_str().as_bytes()).map(|node| node.to_json()) {
            Ok(Json::Verbatim(text)) => Json::Verbatim(text),
            Ok(other) => canonical(&other),
            Err(_) => value.clone(),
        },
        other => other.clone(),
    }
}

/// A text that ends before the first of these bytes, and what follows it.
pub fn split(data: &[u8], at: u8) -> (&[u8], &[u8]) {
    match data.iter().position(|byte| *byte == at) {
        Some(end) => (&data[..end], &data[end + 1..]),
        None => (data, &[]),
    }
}
