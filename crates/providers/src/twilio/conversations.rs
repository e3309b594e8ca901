//! Services and conversations, which are only read.

use std::sync::Arc;

use model::{
    Account, Conversation, ConversationFilter, Exchange, NativeId, Page, PageRequest, Result, Service,
};

use super::exchange::one;
use super::filter::Filter;
use super::list::Walk;
use super::listing::{Conversations, Listing, Services};
use super::{decode, encode, sid};

/// A page of services.
pub(super) fn services(account: &Arc<Account>, page: &PageRequest) -> Result<Exchange<Page<Service>>> {
    Ok(Walk::start(account, Services, page)?.step())
}

/// One service.
pub(super) fn service(account: &Arc<Account>, service: &NativeId) -> Result<Exchange<Service>> {
    let sid = sid::service(service, "id")?.to_owned();
    let request = encode::get_service(&sid);
    let account = Arc::clone(account);
    Ok(one(request, Services::RESOURCE, move |body, node, drift| {
        decode::service::read(&account, Some(&sid), body, node, drift)
    }))
}

/// A page of conversations.
pub(super) fn list(
    account: &Arc<Account>,
    filter: &ConversationFilter,
    page: &PageRequest,
) -> Result<Exchange<Page<Conversation>>> {
    let conversations = Conversations(Filter::of(filter)?);
    Ok(Walk::start(account, conversations, page)?.step())
}

/// One conversation.
pub(super) fn get(account: &Arc<Account>, conversation: &NativeId) -> Result<Exchange<Conversation>> {
    let asked = sid::Conversation::parse(conversation)?;
    let request = encode::get_conversation(&asked);
    let account = Arc::clone(account);
    Ok(one(request, Conversations::RESOURCE, move |body, node, drift| {
        let (service, sid) = (asked.service.as_deref(), Some(asked.sid.as_str()));
        decode::conversation::read(&account, service, sid, body, node, drift)
    }))
}
