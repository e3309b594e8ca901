//! Numbers, and what they give to new conversations.

use std::sync::Arc;

use model::{
    Account, Code, Error, Exchange, NativeId, Node, Number, Page, PageRequest, Progress, Result,
    UpstreamRequest, Webhook, WebhookChange,
};

use super::address::{self, Address};
use super::exchange::none;
use super::list::Walk;
use super::listing::{Listing, Numbers, Webhooks};
use super::sid::is_sid;
use super::{PROFILE, change, decode, encode};
use crate::answer;

/// A page of them.
pub(super) fn list(
    account: &Arc<Account>,
    channel: Option<&str>,
    page: &PageRequest,
) -> Result<Exchange<Page<Number>>> {
    let numbers = Numbers(channel.map(address::of_filter).transpose()?);
    Ok(Walk::start(account, numbers, page)?.step())
}

/// One.
pub(super) fn get(account: &Arc<Account>, number: &NativeId) -> Result<Exchange<Number>> {
    let asked = Address::parse(number)?;
    let request = encode::get_address(&asked.address);
    Ok(read(account, asked, request, Numbers::RESOURCE, |number, _| {
        Ok(Progress::Done(number))
    }))
}

/// Its webhook.
pub(super) fn get_webhook(account: &Arc<Account>, number: &NativeId) -> Result<Exchange<Webhook>> {
    let asked = Address::parse(number)?;
    let request = encode::get_address(&asked.address);
    Ok(read(
        account,
        asked,
        request,
        Webhooks::RESOURCE,
        |number, node| webhook(number, node).map(Progress::Done),
    ))
}

/// Its webhook as it is wanted.
pub(super) fn replace_webhook(
    account: &Arc<Account>,
    number: &NativeId,
    change: &WebhookChange,
) -> Result<Exchange<Webhook>> {
    let asked = Address::parse(number)?;
    let form = change::number::replace(change)?;
    let request = encode::get_address(&asked.address);
    let (again, answered) = (Arc::clone(account), asked.clone());
    Ok(read(
        account,
        asked,
        request,
        Webhooks::RESOURCE,
        move |_, node| {
            let request = encode::update_address(key(node, &answered), form);
            let replaced = read(&again, answered, request, Webhooks::RESOURCE, |number, node| {
                decode::number::webhook(number, node)
                    .map(Progress::Done)
                    .ok_or_else(|| {
                        let detail = "twilio took the change, and answered without a webhook";
                        Error::provider(Code::ProviderProtocolError, detail)
                    })
            });
            Ok(Progress::Next(replaced))
        },
    ))
}

/// Its webhook is not given to new conversations any more, and none begins by itself. The number stays.
pub(super) fn delete_webhook(account: &Arc<Account>, number: &NativeId) -> Result<Exchange<()>> {
    let asked = Address::parse(number)?;
    let request = encode::get_address(&asked.address);
    let there = asked.clone();
    Ok(read(
        account,
        asked,
        request,
        Webhooks::RESOURCE,
        move |number, node| {
            // Without one, conversations may well begin by themselves, and that is not ours to end.
            webhook(number, node)?;
            let request = encode::update_address(key(node, &there), change::number::disable());
            Ok(Progress::Next(none(request, Webhooks::RESOURCE)))
        },
    ))
}

/// Reads the configuration of an address, and makes of it what was asked for.
fn read<T: 'static>(
    account: &Arc<Account>,
    asked: Address,
    request: UpstreamRequest,
    resource: &'static str,
    make: impl FnOnce(Number, &Node<'_>) -> Result<Progress<T>> + Send + 'static,
) -> Exchange<T> {
    let account = Arc::clone(account);
    Exchange::new(request, resource, move |response, drift| {
        let node = answer::parse(&PROFILE, &response)?;
        let known = (Some(&asked.channel), Some(asked.address.as_str()));
        let number = decode::number::read(&account, known, &response.body, &node, drift);
        // Twilio finds it by its own id, too, and on whatever channel; a number has one id here.
        if number.id == format!("{}:{}", account.connection, asked.native()) {
            make(number, &node)
        } else {
            Err(Error::client(
                Code::NotFound,
                "this connection has no such number",
            ))
        }
    })
}

fn webhook(number: Number, node: &Node<'_>) -> Result<Webhook> {
    decode::number::webhook(number, node)
        .ok_or_else(|| Error::client(Code::NotFound, "this number has no webhook"))
}

/// What the configuration is changed by: its own id, which means no other number should the address move.
fn key<'k>(node: &'k Node<'_>, asked: &'k Address) -> &'k str {
    let sid = node.member("sid").and_then(Node::as_str);
    sid.filter(|sid| is_sid("IG", sid)).unwrap_or(&asked.address)
}
