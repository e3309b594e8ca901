//! Twilio's resources as neutral ones, and back. Each file has the mapping and its inverse side by side, so
//! that what one of them forgets, the other shows.

pub(super) mod callbacks;
pub(super) mod conversation;
pub(super) mod number;
pub(super) mod service;
pub(super) mod webhook;

use model::{Drift, DriftKind, Extra, Json, Node, Predicted, Timestamp, Vocabulary, Word, restore};

use super::PROFILE;
use super::event::EVENTS;
use super::sid::is_sid;
use crate::fingerprint;

/// Targets beyond those that have a form of their own.
const TARGETS: Vocabulary = Vocabulary {
    provider: PROFILE.provider,
    words: &[],
};

/// The id of a resource. One that has none gets the id in its URL, else one from its text.
fn id(kind: &str, sid: Option<&str>, url: Option<&str>, node: &Node<'_>) -> String {
    let last = || url.and_then(|url| url.rsplit('/').next());
    sid.or_else(|| last().filter(|last| is_sid(kind, last)))
        .map_or_else(|| fingerprint::of([node.text()]), str::to_owned)
}

/// Twilio's JSON again. Without `extra`, only as much of it as was predicted.
fn rebuild(predicted: Predicted<'_>, extra: Option<&Extra>) -> Json {
    let residue = extra.map(|extra| extra.residue.clone());
    restore(predicted, residue.unwrap_or_else(|| Json::object([])))
}

/// The text of a time.
fn time(time: Option<&Timestamp>) -> Option<Predicted<'_>> {
    time.map(|time| Predicted::text(time.as_str()))
}

/// A method in upper case. The spelling depends on the endpoint and has changed before, so it means nothing; but
/// one that is not documented for this endpoint is worth knowing.
fn method(method: &str, documented: &[&str], field: &str, drift: &mut Drift) -> String {
    if !documented.contains(&method) {
        drift.note(field, DriftKind::UnknownEnum);
    }
    method.to_ascii_uppercase()
}

/// The words of events.
fn words(names: &[&str], field: &str, drift: &mut Drift) -> Vec<Word> {
    let words: Vec<_> = names.iter().map(|name| EVENTS.word(name)).collect();
    if !words.iter().all(Word::is_neutral) {
        drift.below(field, |drift| drift.note("[]", DriftKind::UnknownEnum));
    }
    words
}

/// The list of events, if there are any.
fn filters(events: &[Word]) -> Option<Predicted<'_>> {
    let names = events.iter().filter_map(|event| EVENTS.native(event));
    let names: Vec<_> = names.map(Predicted::text).collect();
    (!names.is_empty()).then_some(Predicted::Array(names))
}
