//! Bland's answers as neutral resources.

pub(super) mod conversation;
pub(super) mod delivery;
pub(super) mod number;
pub(super) mod webhook;

use model::{
    Account, Conversation, Drift, Kind, Node, Number, Result, UpstreamResponse, Webhook, WebhookDelivery,
    list,
};

use super::channel::Channel;
use super::{PROFILE, error, wire};
use crate::answer;

/// The conversation that was asked for.
pub(super) fn conversation(
    account: &Account,
    asked: &str,
    response: &UpstreamResponse,
    drift: &mut Drift,
) -> Result<Conversation> {
    let body = answer::parse(&PROFILE, response)?;
    let data = open(response, &body, drift)?
        .ok_or_else(|| answer::unusable(&PROFILE, response, "it holds no conversation"))?;
    Ok(drift.below("data", |drift| {
        conversation::read(account, Some(asked), &response.body, data, drift)
    }))
}

/// A page of conversations, whose items are still to be read.
pub(super) fn conversations<'n, 'a>(
    response: &UpstreamResponse,
    body: &'n Node<'a>,
    drift: &mut Drift,
) -> Result<wire::Conversations<'n, 'a>> {
    refuse(response, body, drift)?;
    wire::Conversations::read(body, drift)
        .ok_or_else(|| answer::unusable(&PROFILE, response, "it holds no list of conversations"))
}

/// The callback that a conversation has from its number; `None` if there is no such number, or it has none.
pub(super) fn inherited(
    account: &Account,
    channel: Channel,
    conversation: &str,
    address: &str,
    response: &UpstreamResponse,
    drift: &mut Drift,
) -> Result<Option<Webhook>> {
    let body = answer::parse(&PROFILE, response)?;
    let items = numbers_of(response, &body, drift)?;
    let is_it = |item: &&Node<'_>| item.member("phone_number").and_then(Node::as_str) == Some(address);
    let number = items.iter().find(is_it);
    Ok(drift.below("data", |drift| {
        drift.below("[]", |drift| {
            number.and_then(|item| {
                webhook::inherited(account, channel, conversation, &response.body, item, drift)
            })
        })
    }))
}

/// The callback that a conversation's log names; `None` if nothing was sent.
pub(super) fn observed(
    account: &Account,
    conversation: &str,
    response: &UpstreamResponse,
    drift: &mut Drift,
) -> Result<Option<Webhook>> {
    let body = answer::parse(&PROFILE, response)?;
    let data = open(response, &body, drift)?;
    Ok(drift.below("data", |drift| {
        data.and_then(|log| webhook::observed(account, conversation, &response.body, log, drift))
    }))
}

/// The delivery that a conversation's log holds, if anything was sent.
pub(super) fn log(
    account: &Account,
    conversation: &str,
    response: &UpstreamResponse,
    drift: &mut Drift,
) -> Result<Option<WebhookDelivery>> {
    let body = answer::parse(&PROFILE, response)?;
    let data = open(response, &body, drift)?;
    Ok(drift.below("data", |drift| {
        data.map(|log| delivery::read(account, conversation, &response.body, log, drift))
    }))
}

/// All numbers of a channel.
pub(super) fn numbers(
    account: &Account,
    channel: Channel,
    response: &UpstreamResponse,
    drift: &mut Drift,
) -> Result<Vec<Number>> {
    let body = answer::parse(&PROFILE, response)?;
    let items = numbers_of(response, &body, drift)?;
    Ok(drift.below("data", |drift| {
        drift.below("[]", |drift| {
            let read = |item| number::read(account, channel, &response.body, item, drift);
            items.iter().map(read).collect()
        })
    }))
}

fn numbers_of<'n, 'a>(
    response: &UpstreamResponse,
    body: &'n Node<'a>,
    drift: &mut Drift,
) -> Result<&'n [Node<'a>]> {
    open(response, body, drift)?
        .and_then(list)
        .ok_or_else(|| answer::unusable(&PROFILE, response, "it holds no list of numbers"))
}

/// What an answer holds, unless it is an error.
fn open<'n, 'a>(
    response: &UpstreamResponse,
    body: &'n Node<'a>,
    drift: &mut Drift,
) -> Result<Option<&'n Node<'a>>> {
    refuse(response, body, drift)?;
    Ok(wire::Envelope::read(body, drift).data)
}

/// Refuses an answer that is no object, or an error all the same.
fn refuse(response: &UpstreamResponse, body: &Node<'_>, drift: &mut Drift) -> Result<()> {
    if !matches!(body.kind(), Kind::Object(_)) {
        return Err(answer::unusable(&PROFILE, response, "it is no object"));
    }
    error::inside(response, body, drift).map_or(Ok(()), Err)
}
