//! A JSON value as YAML. Scalars are written as in JSON, which YAML 1.2 includes, so that no text can turn into
//! a number, a date or a truth value.

use serde_json::Value;

/// The text of a document.
pub(super) fn text(value: &Value) -> String {
    let mut out = String::new();
    block(value, 0, &mut out);
    out
}

/// Writes a value that begins on a line of its own.
fn block(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (key, value) in members {
                indent(depth, out);
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                below(value, depth, out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                indent(depth, out);
                out.push('-');
                below(item, depth, out);
            }
        }
        scalar => {
            indent(depth, out);
            out.push_str(&scalar.to_string());
            out.push('\n');
        }
    }
}

/// Writes a value behind its key or its dash.
fn below(value: &Value, depth: usize, out: &mut String) {
    let is_block = match value {
        Value::Object(members) => !members.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    if is_block {
        out.push('\n');
        block(value, depth + 1, out);
    } else {
        out.push(' ');
        out.push_str(&value.to_string());
        out.push('\n');
    }
}

fn indent(depth: usize, out: &mut String) {
    out.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn every_kind_of_value_has_its_form() {
        let value = json!({ "no": null, "list": ["on", 1, [], [true]], "map": { "a: b": {}, "c": "d\n" } });
        let expected = "\"no\": null\n\
                        \"list\":\n  - \"on\"\n  - 1\n  - []\n  -\n    - true\n\
                        \"map\":\n  \"a: b\": {}\n  \"c\": \"d\\n\"\n";
        assert_eq!(super::text(&value), expected);
    }
}
