//! The webhooks of conversations.

use std::sync::Arc;

use model::{
    Account, Exchange, NativeId, Page, PageRequest, Progress, Result, UpstreamRequest, Webhook, WebhookChange,
};

use super::cut::Cut;
use super::exchange::{none, one, then};
use super::list::Walk;
use super::listing::{Conversations, Listing, Webhooks};
use super::sid::{self, Conversation, Scope};
use super::{callbacks, change, decode, encode};

/// A page of a conversation's own.
pub(super) fn list(
    account: &Arc<Account>,
    conversation: &NativeId,
    page: &PageRequest,
) -> Result<Exchange<Page<Webhook>>> {
    let webhooks = Webhooks(Conversation::parse(conversation)?);
    Ok(Walk::start(account, webhooks, page)?.step())
}

/// A page of its own, of its service's and of the account's. Where the service is not known, the conversation
/// says it.
pub(super) fn list_effective(
    account: &Arc<Account>,
    conversation: &NativeId,
    page: &PageRequest,
) -> Result<Exchange<Page<Webhook>>> {
    let asked = Conversation::parse(conversation)?;
    let cut = Cut::parse(page)?;
    let account = Arc::clone(account);
    if asked.service.is_some() {
        return all(&account, asked, cut);
    }
    let request = encode::get_conversation(&asked);
    let service = one(request, Conversations::RESOURCE, |_, node, drift| {
        let conversation = super::wire::Conversation::read(node, drift);
        conversation.chat_service_sid.map(str::to_owned)
    });
    Ok(then(service, move |service| {
        let asked = Conversation { service, ..asked };
        all(&account, asked, cut).map(Progress::Next)
    }))
}

/// One.
pub(super) fn get(
    account: &Arc<Account>,
    conversation: &NativeId,
    webhook: &NativeId,
) -> Result<Exchange<Webhook>> {
    let conversation = Conversation::parse(conversation)?;
    let sid = sid::webhook(webhook)?.to_owned();
    let request = encode::get_webhook(&conversation, &sid);
    Ok(read(account, conversation, Some(sid), request))
}

/// A new one.
pub(super) fn create(
    account: &Arc<Account>,
    conversation: &NativeId,
    change: &WebhookChange,
) -> Result<Exchange<Webhook>> {
    let conversation = Conversation::parse(conversation)?;
    let request = encode::create_webhook(&conversation, change::webhook::create(change)?);
    Ok(read(account, conversation, None, request))
}

/// Another than it is now. Where nothing would change, it is only read.
pub(super) fn update(
    account: &Arc<Account>,
    conversation: &NativeId,
    current: &Webhook,
    change: &WebhookChange,
) -> Result<Exchange<Webhook>> {
    let conversation = Conversation::parse(conversation)?;
    let request = match change::webhook::update(current, change)? {
        Some(form) => encode::update_webhook(&conversation, &current.id, form),
        None => encode::get_webhook(&conversation, &current.id),
    };
    Ok(read(account, conversation, Some(current.id.clone()), request))
}

/// It is there no more.
pub(super) fn delete(conversation: &NativeId, webhook: &NativeId) -> Result<Exchange<()>> {
    let conversation = Conversation::parse(conversation)?;
    let request = encode::delete_webhook(&conversation, sid::webhook(webhook)?);
    Ok(none(request, Webhooks::RESOURCE))
}

fn read(
    account: &Arc<Account>,
    conversation: Conversation,
    known: Option<String>,
    request: UpstreamRequest,
) -> Exchange<Webhook> {
    let account = Arc::clone(account);
    one(request, Webhooks::RESOURCE, move |body, node, drift| {
        decode::webhook::read(&account, &conversation, known.as_deref(), body, node, drift)
    })
}

fn all(account: &Arc<Account>, conversation: Conversation, cut: Cut) -> Result<Exchange<Page<Webhook>>> {
    let service = conversation.service.clone().map(Scope::Service);
    let scopes: Vec<_> = service.into_iter().chain([Scope::Account]).collect();
    // There are five at the most, so this is all of them.
    let whole = PageRequest {
        limit: usize::MAX,
        token: None,
    };
    let own = Walk::start(account, Webhooks(conversation), &whole)?.step();
    let account = Arc::clone(account);
    Ok(then(own, move |own| {
        Ok(inherit(account, own.items, scopes.into_iter(), cut))
    }))
}

/// Adds what is called for the remaining scopes.
fn inherit(
    account: Arc<Account>,
    mut webhooks: Vec<Webhook>,
    mut scopes: std::vec::IntoIter<Scope>,
    cut: Cut,
) -> Progress<Page<Webhook>> {
    let Some(scope) = scopes.next() else {
        return Progress::Done(cut.of(webhooks));
    };
    let both = callbacks::read(&account, &scope, encode::get_callbacks(&scope));
    Progress::Next(then(both, move |both| {
        let called = both.into_iter().filter(|webhook| webhook.enabled);
        webhooks.extend(called.map(|webhook| Webhook {
            inherited: true,
            ..webhook
        }));
        Ok(inherit(account, webhooks, scopes, cut))
    }))
}
