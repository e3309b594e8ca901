//! Bland's answers as neutral resources.

pub(super) mod conversation;
pub(super) mod delivery;
pub(super) mod number;
pub(super) mod webhook;

use model::{
    Account, Conversation, Drift, Json, Kind, Node, Number, Result, UpstreamResponse, Webhook,
    WebhookDelivery, list,
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
    let is_it = |item: &Node<'_>| item.member("phone_number").and_then(Node::as_str) == Some(address);
    let webhook = number_that(response, drift, is_it, |item, drift| {
        webhook::of_number(account, channel, &response.body, item, drift)
    })?;
    Ok(webhook
        .flatten()
        .map(|webhook| webhook::inherited(conversation, webhook)))
}

/// What a number is configured to do.
pub(super) struct Configured {
    /// Its callback, if it has one.
    pub(super) webhook: Option<Webhook>,
    /// Its configuration, each value as it was written; or why that cannot be sent back.
    pub(super) config: Result<Vec<(String, Json)>>,
}

/// The number whose id has that address; `None` if there is none.
pub(super) fn configured(
    account: &Account,
    channel: Channel,
    address: &str,
    response: &UpstreamResponse,
    drift: &mut Drift,
) -> Result<Option<Configured>> {
    let is_it = |item: &Node<'_>| number::address(item) == address;
    number_that(response, drift, is_it, |item, drift| Configured {
        webhook: webhook::of_number(account, channel, &response.body, item, drift),
        config: number::config(channel, item).ok_or_else(|| {
            answer::unusable(
                &PROFILE,
                response,
                "it holds no configuration of the number that could be kept",
            )
        }),
    })
}

/// Reads the first number of a list that is the one.
fn number_that<T>(
    response: &UpstreamResponse,
    drift: &mut Drift,
    is_it: impl Fn(&Node<'_>) -> bool,
    read: impl FnOnce(&Node<'_>, &mut Drift) -> T,
) -> Result<Option<T>> {
    let body = answer::parse(&PROFILE, response)?;
    let items = numbers_of(response, &body, drift)?;
    let number = items.iter().find(|item| is_it(item));
    Ok(drift.below("data", |drift| {
        drift.below("[]", |drift| number.map(|item| read(item, drift)))
    }))
}

/// The answer to a write that says no more than that.
pub(super) fn taken(response: &UpstreamResponse, drift: &mut Drift) -> Result<()> {
    let body = answer::parse(&PROFILE, response)?;
    refuse(response, &body, drift)?;
    wire::taken(&body, drift);
    Ok(())
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

/// The delivery after it has been sent again: the one of the only conversation that was asked for.
pub(super) fn resent(
    account: &Account,
    conversation: &str,
    response: &UpstreamResponse,
    drift: &mut Drift,
) -> Result<WebhookDelivery> {
    let body = answer::parse(&PROFILE, response)?;
    let log = open(response, &body, drift)?
        .and_then(list)
        .and_then(<[_]>::first)
        .ok_or_else(|| answer::unusable(&PROFILE, response, "it holds no delivery"))?;
    Ok(drift.below("data", |drift| {
        drift.below("[]", |drift| {
            delivery::read(account, conversation, &response.body, log, drift)
        })
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
