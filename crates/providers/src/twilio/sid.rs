//! Twilio's ids: two letters for the kind, and 32 hex digits.

use model::{AccountScope, Error, NativeId, Result};

/// Whether a text is an id of the kind.
pub(super) fn is_sid(kind: &str, text: &str) -> bool {
    let digits: Option<&[u8; 32]> = text
        .strip_prefix(kind)
        .and_then(|rest| rest.as_bytes().try_into().ok());
    // All at once is faster than to the first that is none.
    digits.is_some_and(|digits| digits.iter().fold(true, |all, b| all & b.is_ascii_hexdigit()))
}

/// A webhook's id from a client.
pub(super) fn webhook(id: &NativeId) -> Result<&str> {
    let id = id.as_str();
    if is_sid("WH", id) {
        Ok(id)
    } else {
        Err(Error::parameter("webhook_id", "`WH` and 32 hex digits"))
    }
}

/// A service's id from a client, from the parameter of that name.
pub(super) fn service<'i>(id: &'i NativeId, parameter: &str) -> Result<&'i str> {
    let id = id.as_str();
    if is_sid("IS", id) {
        Ok(id)
    } else {
        Err(Error::parameter(parameter, "`IS` and 32 hex digits"))
    }
}

/// What has one callback before and one after actions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scope {
    Account,
    Service(String),
}

impl Scope {
    /// A scope from a client.
    pub(super) fn parse(scope: &AccountScope) -> Result<Self> {
        Ok(match scope {
            AccountScope::Account => Self::Account,
            AccountScope::Service(id) => Self::Service(service(id, "id")?.to_owned()),
        })
    }
}

/// A conversation. Without a service it is looked for in the account's default service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Conversation {
    pub(super) service: Option<String>,
    pub(super) sid: String,
}

impl Conversation {
    /// A conversation's id from a client.
    pub(super) fn parse(id: &NativeId) -> Result<Self> {
        Self::read(id.as_str()).ok_or_else(|| {
            let form = "a conversation is `CH` and 32 hex digits, in a service `IS` and 32 hex digits, a `.` and \
                        the conversation";
            Error::parameter("id", form)
        })
    }

    /// The text after the connection's name.
    pub(super) fn read(native: &str) -> Option<Self> {
        split(native).map(|(service, sid)| Self {
            service: service.map(str::to_owned),
            sid: sid.to_owned(),
        })
    }
}

/// The service, if there is one, and the conversation in the text after the connection's name.
pub(super) fn split(native: &str) -> Option<(Option<&str>, &str)> {
    let (service, sid) = match native.split_once('.') {
        Some((service, sid)) => (Some(service), sid),
        None => (None, native),
    };
    let valid = is_sid("CH", sid) && service.is_none_or(|service| is_sid("IS", service));
    valid.then_some((service, sid))
}

/// The global id of a conversation, which [`split`] takes apart again.
pub(super) fn global(connection: &str, service: Option<&str>, sid: &str) -> String {
    match service {
        Some(service) => [connection, ":", service, ".", sid].concat(),
        None => [connection, ":", sid].concat(),
    }
}

/// The part of an id that is the same in all spellings of the thing.
pub(super) fn subject(id: &NativeId) -> &str {
    let id = id.as_str();
    match id.split_once('.') {
        Some((_, sid)) if split(id).is_some() => sid,
        _ => id,
    }
}
