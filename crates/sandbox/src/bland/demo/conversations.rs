//! The made-up conversations: every state and channel, on numbers that are configured and on some
//! that are not, and so many that lists page.

use serde_json::{Value, json};

const COUNT: u32 = 90;
const CHANNELS: [Option<&str>; 5] = [Some("sms"), Some("rcs"), Some("whatsapp"), Some("imessage"), None];
/// What becomes of a message that was sent, in turn.
const STATUSES: [Option<&str>; 5] = [
    Some("delivered"),
    Some("read"),
    Some("sent"),
    Some("failed"),
    None,
];

/// The made-up conversations, oldest first.
pub(in super::super) fn made_up() -> impl Iterator<Item = Value> {
    (0..COUNT)
        .zip(CHANNELS.into_iter().cycle())
        .map(|(index, channel)| conversation(index, channel))
}

/// The variations have different periods, so that they meet in many combinations.
fn conversation(index: u32, channel: Option<&str>) -> Value {
    let user = format!("+1555010{:04}", 2000 + index % 40);
    let agent = agent_number(index, channel);
    let start = format!("2026-05-{:02}T{:02}", index / 8 + 10, index % 8 * 3);
    let messages = messages(index, &start, &user, &agent);
    let (is_active, timed_out) = (index.is_multiple_of(3), index % 3 == 1);
    let updated_at = format!("{start}:45:00.600Z");
    let mut conversation = json!({
        "id": format!("7f0d0000-0000-4000-8000-{index:012}"),
        "created_at": format!("{start}:00:00.000Z"),
        "updated_at": updated_at,
        "user_id": "org_sandbox",
        "inbound_id": 1000 + index,
        "user_number": user,
        "agent_number": agent,
        "variables": index.is_multiple_of(2).then(|| json!({ "order": format!("A-{index}") })),
        "current_node_id": index.is_multiple_of(4).then_some("node_lookup"),
        "curr_pathway_id": index.is_multiple_of(4).then_some("pathway_orders"),
        "curr_pathway_version": index.is_multiple_of(4).then(|| pathway_version(index)),
        "is_active": is_active,
        "timed_out_at": timed_out.then_some(updated_at.as_str()),
        "ended_by_end_call_node": !is_active && !timed_out && index.is_multiple_of(2),
        "message_count": messages.len(),
        "last_message": messages.last().map(|message| &message["message"]),
        "pathway_tags": index.is_multiple_of(6).then(|| json!([{ "name": "orders", "color": "blue" }])),
        "effective_channel": channel,
        "summary": (!is_active).then(|| format!("Asked about order A-{index}.")),
        "citation_variables": index.is_multiple_of(9).then(|| json!({ "city": "Berlin" })),
        "disposition_tag": index.is_multiple_of(11).then_some("resolved"),
        "disposition_logs": [],
    });
    // Older answers call the time of the last message differently.
    let time_key = if index.is_multiple_of(10) {
        "last_message_timestamp"
    } else {
        "last_message_at"
    };
    if let Value::Object(fields) = &mut conversation {
        let time = messages.last().and_then(|message| message.get("created_at"));
        fields.insert(time_key.to_owned(), json!(time));
        fields.insert("messages".to_owned(), messages.into());
    }
    conversation
}

/// Every eleventh is in no list of numbers; RCS falls back to the SMS configuration of its number.
fn agent_number(index: u32, channel: Option<&str>) -> String {
    match channel {
        _ if index % 11 == 7 => format!("+1555020{index:04}"),
        Some("whatsapp") if index.is_multiple_of(2) => "+15005559001".to_owned(),
        Some("imessage") if index.is_multiple_of(2) => "+15005559002".to_owned(),
        Some("whatsapp") => "+15005550002".to_owned(),
        Some("imessage") => "+15005550001".to_owned(),
        // Out of step with the channels, so that each meets numbers with a webhook and without.
        _ => format!("+1500555{:04}", index + index / 5),
    }
}

fn pathway_version(index: u32) -> Value {
    if index.is_multiple_of(8) {
        json!("latest")
    } else {
        json!(index % 9 + 1)
    }
}

/// The user writes first and gets an answer to every line but the last odd one.
fn messages(index: u32, start: &str, user: &str, agent: &str) -> Vec<Value> {
    (0..index % 6)
        .zip(STATUSES.into_iter().cycle().skip(index as usize % 5))
        .map(|(position, status)| {
            let is_ours = position % 2 == 1;
            let (from, to) = if is_ours { (agent, user) } else { (user, agent) };
            let status = status.filter(|_| is_ours);
            json!({
                "id": message_id(index, position),
                "created_at": format!("{start}:{:02}:00.250Z", position * 2),
                "message": format!("Line {} about order A-{index}", position + 1),
                "from": from,
                "to": to,
                "sender": if is_ours { "AGENT" } else { "USER" },
                "status": status,
                "error_code": (status == Some("failed")).then_some("30003"),
                "attachments": [],
                "app_card": null,
            })
        })
        .collect()
}

/// Published answers have numbers here, later ones the SID of the message.
fn message_id(index: u32, position: u32) -> Value {
    if index.is_multiple_of(2) {
        json!(10_000 + index * 10 + position)
    } else {
        json!(format!("SM{index:016x}{position:016x}"))
    }
}
