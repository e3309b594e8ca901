//! Twilio's resources as neutral ones, and back. Each file has the mapping and its inverse side by side, so
//! that what one of them forgets, the other shows.

pub(super) mod conversation;
pub(super) mod service;
pub(super) mod webhook;

use model::{Extra, Json, Node, Timestamp, restore};

use super::sid::is_sid;
use crate::fingerprint;

/// The id of a resource. One that has none gets the id in its URL, else one from its text.
fn id(kind: &str, sid: Option<&str>, url: Option<&str>, node: &Node<'_>) -> String {
    let last = || url.and_then(|url| url.rsplit('/').next());
    sid.or_else(|| last().filter(|last| is_sid(kind, last)))
        .map_or_else(|| fingerprint::of([node.text()]), str::to_owned)
}

/// Twilio's JSON again. Without `extra`, only as much of it as was predicted.
fn rebuild(predicted: Json, extra: Option<&Extra>) -> Json {
    let residue = extra.map(|extra| extra.residue.clone());
    restore(predicted, residue.unwrap_or_else(|| Json::object([])))
}

/// The text of a time.
fn time(time: Option<&Timestamp>) -> Option<Json> {
    time.map(|time| Json::text(time.as_str()))
}
