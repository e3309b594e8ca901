//! Conversations. `X-Twilio-Webhook-Enabled` is taken and means nothing: the sandbox calls nobody.

mod write;

use std::collections::BTreeMap;

use hyper::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::data::{Data, date};
use super::error::Error;
use super::page::Listing;
use super::parameters::Parameters;
use super::period::Period;
use super::reason::Reason;
use super::record::Conversation;
use super::scope::{API, Scope};
use crate::http::{Answer, Request};

const LISTING: Listing = Listing {
    key: "conversations",
    size: 50,
    max_size: 100,
    filters: &["State", "StartDate", "EndDate"],
};
const STATES: [&str; 4] = ["initializing", "inactive", "active", "closed"];
const LINKS: [(&str, &str); 4] = [
    ("participants", "Participants"),
    ("messages", "Messages"),
    ("webhooks", "Webhooks"),
    ("export", "Export"),
];

/// In order of creation, but newest first when dates select.
pub(super) fn list(data: &Data, scope: Scope<'_>, request: &Request) -> Result<Answer, Error> {
    let state = request.query("State");
    if state.is_some_and(|state| !STATES.contains(&state)) {
        return Err(Error::invalid_parameter("State"));
    }
    let period = Period::of(request)?;
    let is_wanted = |conversation: &&Conversation| {
        state.is_none_or(|state| conversation.state == state) && period.contains(&conversation.date_created)
    };
    let mut wanted: Vec<&Conversation> = data.conversations(scope)?.iter().filter(is_wanted).collect();
    if period.is_bounded() {
        wanted.reverse();
    }
    LISTING.answer(request, &scope.conversations(), &wanted, |conversation| {
        show(conversation, scope)
    })
}

pub(super) fn fetch(data: &Data, scope: Scope<'_>, name: &str) -> Result<Answer, Error> {
    let conversation = data.conversation(scope, name)?;
    Ok(Answer::json(StatusCode::OK, &show(conversation, scope)))
}

pub(super) fn create(
    data: &mut Data,
    scope: Scope<'_>,
    request: &Request,
    now: Timestamp,
) -> Result<Answer, Error> {
    let sid = data.next_sid("CH");
    let service = data.service_of(scope)?;
    let mut conversation = Conversation::new(service, sid, &date(now));
    let parameters = Parameters::of(request, &write::KNOWN)?;
    write::apply(&parameters, &mut conversation, service, now)?;
    let shown = show(&conversation, scope);
    service.conversations.push(conversation);
    Ok(Answer::json(StatusCode::CREATED, &shown))
}

pub(super) fn update(
    data: &mut Data,
    scope: Scope<'_>,
    name: &str,
    request: &Request,
    now: Timestamp,
) -> Result<Answer, Error> {
    let mut changed = data.open_conversation(scope, name)?.clone();
    changed.date_updated = date(now);
    let parameters = Parameters::of_update(request, &write::KNOWN)?;
    write::apply(&parameters, &mut changed, data.service_of(scope)?, now)?;
    let answer = Answer::json(StatusCode::OK, &show(&changed, scope));
    *data.open_conversation(scope, name)? = changed;
    Ok(answer)
}

/// One that is closed can go as well, and its webhooks with it.
pub(super) fn delete(data: &mut Data, scope: Scope<'_>, name: &str) -> Result<Answer, Error> {
    let conversations = &mut data.service_of(scope)?.conversations;
    let index = conversations.iter().position(|one| one.is_called(name));
    conversations.remove(index.ok_or(Reason::ConversationNotFound)?);
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

/// The resource; its URLs follow the path, but its service is named on both.
fn show(conversation: &Conversation, scope: Scope<'_>) -> Value {
    #[derive(Serialize)]
    struct Shown<'a> {
        #[serde(flatten)]
        conversation: &'a Conversation,
        links: BTreeMap<&'a str, String>,
        url: String,
    }
    let url = format!("{API}{}/{}", scope.conversations(), conversation.sid);
    let links = LINKS.map(|(name, segment)| (name, format!("{url}/{segment}")));
    json!(Shown {
        conversation,
        links: links.into(),
        url
    })
}
