//! Bland's ids, and those that stand in where it has none.

use model::{Error, NativeId, Result};

use super::channel::Channel;
use crate::fingerprint;

/// Before the fingerprint of a number without an address that could be its id.
pub(super) const UNKNOWN: &str = "unknown-";

/// A conversation's id from a client.
pub(super) fn conversation(id: &NativeId) -> Result<&str> {
    let id = id.as_str();
    if is_conversation(id) {
        Ok(id)
    } else {
        Err(Error::parameter("id", "1 to 128 letters, digits, `-` and `_`"))
    }
}

/// Whether a text can be a conversation's id.
pub(super) fn is_conversation(text: &str) -> bool {
    let valid = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    (1..=128).contains(&text.len()) && text.bytes().all(valid)
}

/// A delivery's id from a client.
pub(super) fn delivery(id: &NativeId) -> Result<&str> {
    let id = id.as_str();
    if fingerprint::is_one(id) {
        Ok(id)
    } else {
        Err(Error::parameter("delivery_id", "16 lower-case hex digits"))
    }
}

/// A number's id from a client: it has to be one that a list can show. Its channel and its address.
pub(super) fn number(id: &NativeId) -> Result<(Channel, &str)> {
    let parts = id.as_str().split_once(':');
    let (channel, address) = parts.unwrap_or((id.as_str(), ""));
    let channel = Channel::read(channel).ok_or_else(|| {
        Error::parameter(
            "id",
            "a number is `sms`, `whatsapp` or `imessage`, a `:` and its address",
        )
    })?;
    let stands_in = address.strip_prefix(UNKNOWN).is_some_and(fingerprint::is_one);
    if stands_in || is_e164(address) {
        Ok((channel, address))
    } else {
        let form = "an address is E.164, `+` and 2 to 15 digits; where a `+` would be read as a space, it is \
                    written `%2B`";
        Err(Error::parameter("id", form))
    }
}

/// Whether a text is a phone number of E.164.
pub(super) fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (2..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|b| b.is_ascii_digit())
    })
}
