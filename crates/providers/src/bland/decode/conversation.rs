//! A conversation, and back.

use bytes::Bytes;
use model::{
    Account, ClosedReason, Conversation, Drift, DriftKind, Extra, Json, Node, Predicted, Raw, Timestamp,
    Verbatim, Vocabulary, Word, path, restore,
};

use super::super::{PROFILE, id, wire};
use crate::fingerprint;

/// The `effective_channel` of a conversation.
const CHANNELS: Vocabulary = Vocabulary {
    provider: PROFILE.provider,
    words: &[
        ("sms", "sms"),
        ("rcs", "rcs"),
        ("whatsapp", "whatsapp"),
        ("imessage", "imessage"),
    ],
};

const ACTIVE: &str = "active";
const CLOSED: &str = "closed";

/// A conversation. `asked` is the id that it was asked for by, and stands in for one that is not of its form;
/// in a list, where there is none, a fingerprint does.
pub(in super::super) fn read(
    account: &Account,
    asked: Option<&str>,
    body: &Bytes,
    node: &Node<'_>,
    drift: &mut Drift,
) -> Conversation {
    let wire::Conversation {
        id: native_id,
        is_active,
        timed_out,
        user_number,
        agent_number,
        effective_channel,
        message_count,
        last_message_at,
        variables,
        created_at,
        updated_at,
    } = wire::Conversation::read(node, drift);
    let native = native_id
        .filter(|id| id::is_conversation(id))
        .or(asked)
        .map_or_else(
            || format!("{}{}", id::UNKNOWN, fingerprint::of([node.text()])),
            str::to_owned,
        );
    let id = format!("{}:{native}", account.connection);
    if effective_channel.is_some_and(|native| !CHANNELS.knows(native)) {
        drift.note("effective_channel", DriftKind::UnknownEnum);
    }
    let mut conversation = Conversation {
        path: path(["v1", "conversations", &id]),
        id,
        connection: account.connection.clone(),
        provider: PROFILE.provider,
        native_id: native_id.map(str::to_owned),
        service_id: None,
        name: None,
        status: is_active.map(|active| Word::neutral(if active { ACTIVE } else { CLOSED })),
        closed_reason: (is_active == Some(false)).then_some(if timed_out {
            ClosedReason::TimedOut
        } else {
            ClosedReason::Ended
        }),
        channel: effective_channel.map(|native| CHANNELS.word(native)),
        user_number: user_number.map(str::to_owned),
        agent_number: agent_number.map(str::to_owned),
        message_count,
        last_message_at,
        attributes: variables.map(Verbatim::of),
        created_at,
        updated_at,
        extra: None,
        raw: Some(Raw::of(body, node)),
    };
    conversation.extra = Some(Extra::of(PROFILE.provider, node, predict(&conversation)));
    conversation
}

/// Bland's JSON of a conversation. Without the conversation's `extra`, only as much of it as the neutral fields
/// say.
pub fn rebuild(conversation: &Conversation) -> Json {
    let residue = conversation.extra.as_ref().map(|extra| extra.residue.clone());
    restore(predict(conversation), residue.unwrap_or_else(|| Json::object([])))
}

/// Bland's JSON as far as the neutral fields alone determine it. Never a member without a neutral value, so
/// that what stands for nothing there, null or absence, is for `extra` to say.
fn predict(conversation: &Conversation) -> Predicted<'_> {
    let Conversation {
        id: _,
        path: _,
        connection: _,
        provider: _,
        native_id,
        service_id: _,
        name: _,
        status,
        closed_reason: _, // when that was is not known
        channel,
        user_number,
        agent_number,
        message_count,
        last_message_at,
        attributes,
        created_at,
        updated_at,
        extra: _,
        raw: _,
    } = conversation;
    let is_active = match status.as_ref().map(Word::as_str) {
        Some(ACTIVE) => Some(true),
        Some(CLOSED) => Some(false),
        _ => None,
    };
    let channel = channel.as_ref().and_then(|word| CHANNELS.native(word));
    Predicted::object([
        ("id", native_id.as_ref().map(Predicted::text)),
        ("is_active", is_active.map(Predicted::Bool)),
        ("effective_channel", channel.map(Predicted::text)),
        ("user_number", user_number.as_ref().map(Predicted::text)),
        ("agent_number", agent_number.as_ref().map(Predicted::text)),
        ("message_count", message_count.map(Predicted::integer)),
        ("last_message_at", time(last_message_at.as_ref())),
        ("variables", attributes.as_ref().map(Predicted::from)),
        ("created_at", time(created_at.as_ref())),
        ("updated_at", time(updated_at.as_ref())),
    ])
}

fn time(time: Option<&Timestamp>) -> Option<Predicted<'_>> {
    time.map(|time| Predicted::text(time.as_str()))
}
