//! Twilio's conversations as neutral ones, and back.

use bytes::Bytes;
use model::{
    Account, Conversation, Drift, DriftKind, Extra, Json, Kind, Node, Predicted, Raw, Verbatim, Vocabulary,
    Word, path,
};

use super::super::{PROFILE, sid, wire};
use super::time;

/// The states of a conversation.
pub(crate) const STATES: Vocabulary = Vocabulary {
    provider: PROFILE.provider,
    words: &[
        ("initializing", "pending"),
        ("active", "active"),
        ("inactive", "inactive"),
        ("closed", "closed"),
    ],
};

/// How Twilio's own description spelt `initializing` until August 2025. It is drift, but no new state.
const MISSPELT: &str = "intializing";

fn status(state: &str) -> Word {
    match state {
        MISSPELT => Word::neutral("pending"),
        state => STATES.word(state),
    }
}

/// A conversation. `service` and `asked` are what the request says of it; the answer knows better.
pub(crate) fn read(
    account: &Account,
    service: Option<&str>,
    asked: Option<&str>,
    body: &Bytes,
    node: &Node<'_>,
    drift: &mut Drift,
) -> Conversation {
    let wire::Conversation {
        sid,
        chat_service_sid,
        friendly_name,
        attributes,
        state,
        url,
        date_created,
        date_updated,
    } = wire::Conversation::read(node, drift);
    if !state.is_none_or(|state| STATES.knows(state)) {
        drift.note("state", DriftKind::UnknownEnum);
    }
    let global = |native: &str| format!("{}:{native}", account.connection);
    let service = chat_service_sid.or(service);
    let own = super::id("CH", sid.or(asked), url, node);
    let id = sid::global(account.connection.as_str(), service, &own);
    let mut conversation = Conversation {
        path: path(["v1", "conversations", &id]),
        id,
        connection: account.connection.clone(),
        provider: PROFILE.provider,
        native_id: sid.map(str::to_owned),
        service_id: service.map(global),
        name: friendly_name.map(str::to_owned),
        status: state.map(status),
        // Its participants and messages would say these, and they are other resources.
        closed_reason: None,
        channel: None,
        user_number: None,
        agent_number: None,
        message_count: None,
        last_message_at: None,
        attributes: attributes.and_then(|text| value(text, drift)),
        created_at: date_created,
        updated_at: date_updated,
        extra: None,
        raw: Some(Raw::of(body, node)),
    };
    conversation.extra = Some(Extra::of(PROFILE.provider, node, predict(&conversation)));
    conversation
}

/// Twilio's JSON of a conversation. Without its `extra`, only as much of it as the neutral fields say.
pub fn rebuild(conversation: &Conversation) -> Json {
    super::rebuild(predict(conversation), conversation.extra.as_ref())
}

/// The JSON in a text. A text without any stays in `extra`; so does `null`, which nobody could tell from
/// having no attributes.
fn value(text: &str, drift: &mut Drift) -> Option<Verbatim> {
    let Ok(node) = Node::parse(text.as_bytes()) else {
        drift.note("attributes", DriftKind::TypeChanged);
        return None;
    };
    (!matches!(node.kind(), Kind::Null)).then(|| Verbatim::of(&node))
}

/// Twilio's JSON as far as the neutral fields alone determine it, and never a member without a neutral value.
fn predict(conversation: &Conversation) -> Predicted<'_> {
    let Conversation {
        id: _,
        path: _,
        connection,
        provider: _,
        native_id,
        service_id,
        name,
        status,
        closed_reason: _,
        channel: _,
        user_number: _,
        agent_number: _,
        message_count: _,
        last_message_at: _,
        attributes,
        created_at,
        updated_at,
        extra: _,
        raw: _,
    } = conversation;
    let service = service_id.as_ref().and_then(|id| {
        id.strip_prefix(connection.as_str())
            .and_then(|rest| rest.strip_prefix(':'))
    });
    let state = status.as_ref().and_then(|status| STATES.native(status));
    // White space around it is the only part of the text that the value does not keep.
    let attributes = attributes.as_ref().map(Verbatim::as_str);
    Predicted::object([
        ("sid", native_id.as_ref().map(Predicted::text)),
        ("chat_service_sid", service.map(Predicted::text)),
        ("friendly_name", name.as_ref().map(Predicted::text)),
        ("attributes", attributes.map(Predicted::text)),
        ("state", state.map(Predicted::text)),
        ("date_created", time(created_at.as_ref())),
        ("date_updated", time(updated_at.as_ref())),
    ])
}
