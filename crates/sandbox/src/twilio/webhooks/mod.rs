//! Conversation-scoped webhooks. A conversation that is closed keeps its own, and only shows them.

mod configuration;

use hyper::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

use self::configuration::{FILTERS, FLOW_SID, METHOD, REPLAY_AFTER, TARGET, TRIGGERS, URL};
use super::data::Data;
use super::error::Error;
use super::page::Listing;
use super::parameters::Parameters;
use super::reason::Reason;
use super::record::Webhook;
use super::scope::{API, Scope};
use crate::http::{Answer, Request};

const LISTING: Listing = Listing {
    key: "webhooks",
    size: 5,
    max_size: 5,
    filters: &[],
};
const MAX_WEBHOOKS: usize = 5;
const ON_CREATE: [&str; 7] = [TARGET, URL, METHOD, FILTERS, TRIGGERS, FLOW_SID, REPLAY_AFTER];
/// The target and where to replay from are for good.
const ON_UPDATE: [&str; 5] = [URL, METHOD, FILTERS, TRIGGERS, FLOW_SID];

pub(super) fn list(
    data: &Data,
    scope: Scope<'_>,
    conversation: &str,
    request: &Request,
) -> Result<Answer, Error> {
    let conversation = data.conversation(scope, conversation)?;
    let path = scope.webhooks(&conversation.sid);
    LISTING.answer(request, &path, &conversation.webhooks, |webhook| {
        show(webhook, scope)
    })
}

pub(super) fn create(
    data: &mut Data,
    scope: Scope<'_>,
    conversation: &str,
    request: &Request,
    now: &str,
) -> Result<Answer, Error> {
    let next_sid = data.next_sid("WH");
    let conversation = data.open_conversation(scope, conversation)?;
    let parameters = Parameters::of(request, &ON_CREATE)?;
    let target = configuration::target(&parameters)?;
    let configuration = configuration::create(target, &parameters)?;
    if conversation.webhooks.len() >= MAX_WEBHOOKS {
        return Err(Reason::TooManyWebhooks.into());
    }
    let webhook = Webhook {
        sid: next_sid,
        account_sid: conversation.account_sid.clone(),
        conversation_sid: conversation.sid.clone(),
        target: target.to_owned(),
        configuration,
        date_created: now.to_owned(),
        date_updated: now.to_owned(),
    };
    let shown = show(&webhook, scope);
    conversation.webhooks.push(webhook);
    Ok(Answer::json(StatusCode::CREATED, &shown))
}

pub(super) fn fetch(data: &Data, scope: Scope<'_>, conversation: &str, sid: &str) -> Result<Answer, Error> {
    let mut webhooks = data.conversation(scope, conversation)?.webhooks.iter();
    let webhook = webhooks.find(|webhook| webhook.sid == sid);
    let webhook = webhook.ok_or(Reason::WebhookNotFound)?;
    Ok(Answer::json(StatusCode::OK, &show(webhook, scope)))
}

pub(super) fn update(
    data: &mut Data,
    scope: Scope<'_>,
    conversation: &str,
    sid: &str,
    request: &Request,
    now: &str,
) -> Result<Answer, Error> {
    let mut webhooks = data.open_conversation(scope, conversation)?.webhooks.iter_mut();
    let webhook = webhooks.find(|webhook| webhook.sid == sid);
    let webhook = webhook.ok_or(Reason::WebhookNotFound)?;
    let parameters = Parameters::of_update(request, &ON_UPDATE)?;
    webhook.configuration = configuration::update(&webhook.target, &webhook.configuration, &parameters)?;
    now.clone_into(&mut webhook.date_updated);
    Ok(Answer::json(StatusCode::OK, &show(webhook, scope)))
}

pub(super) fn delete(
    data: &mut Data,
    scope: Scope<'_>,
    conversation: &str,
    sid: &str,
) -> Result<Answer, Error> {
    let webhooks = &mut data.open_conversation(scope, conversation)?.webhooks;
    let index = webhooks.iter().position(|webhook| webhook.sid == sid);
    webhooks.remove(index.ok_or(Reason::WebhookNotFound)?);
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

/// The resource as its path shows it: only the long one names the service.
fn show(webhook: &Webhook, scope: Scope<'_>) -> Value {
    #[derive(Serialize)]
    struct Shown<'a> {
        #[serde(flatten)]
        webhook: &'a Webhook,
        #[serde(skip_serializing_if = "Option::is_none")]
        chat_service_sid: Option<&'a str>,
        url: String,
    }
    let path = scope.webhooks(&webhook.conversation_sid);
    json!(Shown {
        webhook,
        chat_service_sid: scope.service(),
        url: format!("{API}{path}/{}", webhook.sid),
    })
}
