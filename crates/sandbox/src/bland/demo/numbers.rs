//! The made-up SMS numbers: enough of them that a reader has to page, configured in every way that the API is known to answer.

use serde_json::{Map, Value, json};

const COUNT: u32 = 511;

/// The made-up SMS numbers in ascending order.
pub(in super::super) fn made_up() -> impl Iterator<Item = Value> {
    (0..COUNT).map(number)
}

/// The variations have different periods, so that they meet in many combinations.
fn number(index: u32) -> Value {
    let mut number = Map::new();
    number.insert("phone_number".to_owned(), format!("+1500555{index:04}").into());
    // Older answers lack the first two keys altogether.
    if !index.is_multiple_of(7) {
        let label = (!index.is_multiple_of(2)).then(|| format!("Support line {index}"));
        let service = index.is_multiple_of(3).then_some("linq");
        number.insert("label".to_owned(), json!(label));
        number.insert("messaging_service".to_owned(), json!(service));
    }
    number.insert("sms_config".to_owned(), config(index));
    number.insert("conversation_count".to_owned(), (index * 17 % 101).into());
    number.into()
}

fn config(index: u32) -> Value {
    let mut config = Map::new();
    let webhook = (!index.is_multiple_of(5)).then(|| format!("https://hooks.example.com/sms/{index}"));
    config.insert("webhook".to_owned(), json!(webhook));
    config.insert("request_data".to_owned(), request_data(index));
    config.insert("time_out".to_owned(), time_out(index));
    config.insert("tools".to_owned(), tools(index));
    if !index.is_multiple_of(11) {
        config.extend(agent(index));
    }
    config.into()
}

fn request_data(index: u32) -> Value {
    match index % 3 {
        0 => json!({ "ref": format!("campaign_{index}") }),
        1 => json!({}),
        _ => json!([]),
    }
}

/// Both null and zero mean that nothing times out.
fn time_out(index: u32) -> Value {
    match index % 4 {
        0 => json!(0),
        1 => json!(60),
        2 => Value::Null,
        _ => json!(900),
    }
}

fn tools(index: u32) -> Value {
    match index % 5 {
        0 | 1 => json!([]),
        2 | 3 => json!(["lookup", "escalate"]),
        _ => json!([{ "name": "lookup", "url": "https://tools.example.com/lookup", "method": "POST" }]),
    }
}

fn agent(index: u32) -> Map<String, Value> {
    let has_pathway = !index.is_multiple_of(4);
    let pathway_version = match index % 3 {
        0 => json!("latest"),
        1 => json!(index % 9 + 1),
        _ => Value::Null,
    };
    let agent = [
        (
            "messaging_service_sid",
            json!(index.is_multiple_of(6).then(|| format!("MG{index:032}"))),
        ),
        ("objective", json!("Answer questions about orders.")),
        ("temperature", json!(f64::from(index % 10) / 10.0)),
        (
            "pathway_id",
            json!(has_pathway.then(|| format!("pathway_{}", index % 13))),
        ),
        ("pathway_version", pathway_version),
        ("start_node_id", json!(has_pathway.then_some("entry-node"))),
        ("restart_after_end_call", json!(index.is_multiple_of(2))),
        (
            "timezone",
            json!(index.is_multiple_of(3).then_some("Europe/Berlin")),
        ),
        (
            "disposition_ids",
            json!(index.is_multiple_of(8).then_some(["disposition_1"])),
        ),
        ("summary_prompt", Value::Null),
    ];
    agent
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}
