//! Bland's answers as neutral resources.

pub(super) mod delivery;
pub(super) mod number;

use model::{Account, Drift, Kind, Node, Number, Result, UpstreamResponse, WebhookDelivery, list};

use super::channel::Channel;
use super::{PROFILE, error, wire};
use crate::answer;

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
    let items = open(response, &body, drift)?
        .and_then(list)
        .ok_or_else(|| answer::unusable(&PROFILE, response, "it holds no list of numbers"))?;
    Ok(drift.below("data", |drift| {
        drift.below("[]", |drift| {
            let read = |item| number::read(account, channel, &response.body, item, drift);
            items.iter().map(read).collect()
        })
    }))
}

/// What an answer holds, unless it is an error.
fn open<'n, 'a>(
    response: &UpstreamResponse,
    body: &'n Node<'a>,
    drift: &mut Drift,
) -> Result<Option<&'n Node<'a>>> {
    if !matches!(body.kind(), Kind::Object(_)) {
        return Err(answer::unusable(&PROFILE, response, "it is no object"));
    }
    match error::inside(response, body, drift) {
        Some(error) => Err(error),
        None => Ok(wire::Envelope::read(body, drift).data),
    }
}
