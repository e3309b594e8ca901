//! A conversation's log as a delivery, and back.

use bytes::Bytes;
use model::{
    Account, Attempt, Completeness, DeliveryStatus, Drift, DriftKind, Extra, Json, Kind, Node, ObservedBy,
    Outcome, Predicted, Raw, Verbatim, Vocabulary, WebhookDelivery, Word, integer, path, restore, typed,
};

use super::super::{PROFILE, duration, id, wire};
use crate::fingerprint;

/// The `status` of a payload.
const EVENTS: Vocabulary = Vocabulary {
    provider: PROFILE.provider,
    words: &[
        ("ended", "conversation.ended"),
        ("timeout", "conversation.timed_out"),
        ("blacklisted", "conversation.opted_out"),
        // What a draft called the one above. Only ever read: the payload itself stands beside the event.
        ("opt_out", "conversation.opted_out"),
        ("inactive", "conversation.deactivated"),
        ("human_handoff", "conversation.handoff_started"),
        ("human_handoff_ended", "conversation.handoff_ended"),
        ("read", "message.read"),
        ("link_clicked", "message.link_clicked"),
    ],
};

/// The `send_type` of an attempt.
const KINDS: Vocabulary = Vocabulary {
    provider: PROFILE.provider,
    words: &[
        ("spawn", "initial"),
        ("resend", "resend"),
        ("rebuild", "resend_rebuilt"),
        ("create", "manual"),
    ],
};

/// Words with which an error message says that there was no answer in time.
const TIMEOUTS: [&str; 4] = ["timeout", "timed out", "timedout", "deadline exceeded"];

/// The delivery of the conversation that was asked for.
pub(super) fn read(
    account: &Account,
    asked: &str,
    body: &Bytes,
    node: &Node<'_>,
    drift: &mut Drift,
) -> WebhookDelivery {
    let wire::Log {
        conversation_id,
        url,
        payload,
        created_at,
        metadata,
    } = wire::Log::read(node, drift);
    let native = conversation_id
        .filter(|id| id::is_conversation(id))
        .unwrap_or(asked);
    let conversation = format!("{}:{native}", account.connection);
    let id = delivery_id(conversation_id.unwrap_or(asked), node);
    let event = payload.and_then(|payload| drift.below("payload", |drift| event(payload, drift)));
    let attempts: Vec<_> = drift.below("metadata", |drift| {
        drift.below("[]", |drift| {
            let numbered = (1..).zip(metadata);
            numbered
                .map(|(number, wire)| attempt(number, wire, drift))
                .collect()
        })
    });
    let mut delivery = WebhookDelivery {
        path: path(["v1", "conversations", &conversation, "webhook-deliveries", &id]),
        id,
        connection: account.connection.clone(),
        provider: PROFILE.provider,
        conversation_id: conversation,
        event,
        url: url.map(str::to_owned),
        status: status(&attempts),
        payload: payload.map(Verbatim::of),
        attempts,
        observed_by: ObservedBy::Provider,
        completeness: Completeness::Full,
        created_at,
        extra: None,
        raw: Some(Raw::of(body, node)),
    };
    delivery.extra = Some(Extra::of(PROFILE.provider, node, predict(&delivery)));
    delivery
}

/// Bland's JSON of a log. Without the delivery's `extra`, only as much of it as the neutral fields say.
pub fn rebuild(delivery: &WebhookDelivery) -> Json {
    let residue = delivery.extra.as_ref().map(|extra| extra.residue.clone());
    restore(predict(delivery), residue.unwrap_or_else(|| Json::object([])))
}

/// Logs have no id: the first 16 hex digits of the SHA-256 of the conversation's id, directly followed by the
/// text of `created_at`, both as they stand in the log. Where the log names no conversation it is the one that
/// was asked for; a `created_at` that is no text counts as empty.
fn delivery_id(conversation: &str, node: &Node<'_>) -> String {
    let created_at = node.member("created_at").and_then(Node::as_str);
    fingerprint::of([conversation, created_at.unwrap_or_default()])
}

/// Nobody publishes the `type` of payloads about messages, so these are told by what only they have.
fn event(payload: &Node<'_>, drift: &mut Drift) -> Option<Word> {
    let text = |name| payload.member(name).and_then(Node::as_str);
    let is_message = payload.member("message").is_some() && payload.member("sender").is_some();
    let (field, native) = match (text("type"), text("status")) {
        (Some("status"), status) => ("status", status?),
        _ if is_message => return Some(Word::neutral("message.created")),
        (_, Some(status)) => ("status", status),
        (Some(kind), None) => ("type", kind),
        (None, None) => return None,
    };
    if !EVENTS.knows(native) {
        drift.note(field, DriftKind::UnknownEnum);
    }
    Some(EVENTS.word(native))
}

fn attempt(number: usize, wire: wire::Attempt<'_, '_>, drift: &mut Drift) -> Attempt {
    let wire::Attempt {
        sent_at,
        response_code,
        response_time,
        send_type,
        error_message,
    } = wire;
    let status_code = response_code.and_then(|node| status_code(node, drift));
    let duration_ms = response_time.and_then(|node| duration_ms(node, drift));
    if send_type.is_some_and(|native| !KINDS.knows(native)) {
        drift.note("send_type", DriftKind::UnknownEnum);
    }
    Attempt {
        number,
        sent_at,
        status_code,
        duration_ms,
        kind: send_type.map(|native| KINDS.word(native)),
        outcome: outcome(status_code, error_message),
        error: error_message.map(str::to_owned),
    }
}

/// A number, or the same as text, which is drift all the same. Beyond HTTP's range it is no status.
fn status_code(node: &Node<'_>, drift: &mut Drift) -> Option<u16> {
    let number = integer(node).or_else(|| node.as_str()?.parse().ok());
    let code = number
        .and_then(|code| u16::try_from(code).ok())
        .filter(|code| (100..=599).contains(code));
    if code.is_none() || node.as_str().is_some() {
        drift.note("response_code", DriftKind::TypeChanged);
    }
    code
}

fn duration_ms(node: &Node<'_>, drift: &mut Drift) -> Option<i64> {
    typed(Some(node), "response_time", drift, |node| match node.kind() {
        Kind::Number => duration::of_milliseconds(node.text()),
        _ => duration::milliseconds(node.as_str()?),
    })
}

fn outcome(status_code: Option<u16>, error: Option<&str>) -> Outcome {
    match status_code {
        Some(200..=299) => Outcome::Success,
        Some(_) => Outcome::HttpError,
        None => {
            let error = error.unwrap_or_default().to_lowercase();
            let in_time = !TIMEOUTS.iter().any(|word| error.contains(word));
            if in_time {
                Outcome::NetworkError
            } else {
                Outcome::Timeout
            }
        }
    }
}

fn status(attempts: &[Attempt]) -> DeliveryStatus {
    if attempts.is_empty() {
        DeliveryStatus::Pending
    } else if attempts.iter().any(|attempt| attempt.outcome == Outcome::Success) {
        DeliveryStatus::Delivered
    } else {
        DeliveryStatus::Failed
    }
}

/// Bland's JSON as far as the neutral fields alone determine it. Never a member without a neutral value, so
/// that what stands for nothing there, null or absence, is for `extra` to say.
fn predict(delivery: &WebhookDelivery) -> Predicted<'_> {
    let WebhookDelivery {
        id: _,
        path: _,
        connection,
        provider: _,
        conversation_id,
        event: _, // the payload says it
        url,
        status: _,
        payload,
        attempts,
        observed_by: _,
        completeness: _,
        created_at,
        extra: _,
        raw: _,
    } = delivery;
    let native = conversation_id
        .strip_prefix(connection.as_str())
        .and_then(|rest| rest.strip_prefix(':'));
    let metadata: Vec<_> = attempts.iter().map(predict_attempt).collect();
    Predicted::object([
        ("conversation_id", native.map(Predicted::text)),
        ("url", url.as_ref().map(Predicted::text)),
        ("payload", payload.as_ref().map(Predicted::from)),
        (
            "created_at",
            created_at.as_ref().map(|time| Predicted::text(time.as_str())),
        ),
        (
            "metadata",
            (!metadata.is_empty()).then_some(Predicted::Array(metadata)),
        ),
    ])
}

fn predict_attempt(attempt: &Attempt) -> Predicted<'_> {
    let Attempt {
        number: _,
        sent_at,
        status_code,
        duration_ms: _, // its unit, and what rounding took, is not known
        kind,
        outcome: _,
        error,
    } = attempt;
    let send_type = kind.as_ref().and_then(|kind| KINDS.native(kind));
    Predicted::object([
        (
            "sent_at",
            sent_at.as_ref().map(|time| Predicted::text(time.as_str())),
        ),
        (
            "response_code",
            status_code.map(|code| Predicted::integer(code.into())),
        ),
        ("send_type", send_type.map(Predicted::text)),
        ("error_message", error.as_ref().map(Predicted::text)),
    ])
}
