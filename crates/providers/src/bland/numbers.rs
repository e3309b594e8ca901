//! Numbers, which Bland lists for one channel at a time, and always whole.

use std::sync::Arc;

use model::{Account, Code, Error, Exchange, NativeId, Number, Page, PageRequest, Progress, Result};

use super::channel::Channel;
use super::page::{self, Position};
use super::{decode, encode, id, wire};

/// A page of a channel's numbers.
pub(super) fn list(
    account: &Arc<Account>,
    channel: Option<&str>,
    page: &PageRequest,
) -> Result<Exchange<Page<Number>>> {
    let channel = Channel::of_filter(channel)?;
    let after = page.token.as_deref().map(Position::parse).transpose()?;
    let limit = page.limit;
    Ok(read(account, channel, move |numbers| {
        Ok(page::cut(numbers, after.as_ref(), limit))
    }))
}

/// One number, found in the list.
pub(super) fn get(account: &Arc<Account>, number: &NativeId) -> Result<Exchange<Number>> {
    let (channel, _) = id::number(number)?;
    let id = format!("{}:{number}", account.connection);
    Ok(read(account, channel, move |numbers| {
        let found = numbers.into_iter().find(|number| number.id == id);
        found.ok_or_else(missing)
    }))
}

/// The answer for a number that is not in the list.
pub(super) fn missing() -> Error {
    Error::client(Code::NotFound, "this connection has no such number")
}

/// Reads the numbers of a channel, and makes of them what was asked for.
fn read<T: 'static>(
    account: &Arc<Account>,
    channel: Channel,
    make: impl FnOnce(Vec<Number>) -> Result<T> + Send + 'static,
) -> Exchange<T> {
    let account = Arc::clone(account);
    Exchange::new(
        encode::list_numbers(channel),
        wire::NUMBER,
        move |response, drift| {
            let numbers = decode::numbers(&account, channel, &response, drift)?;
            make(numbers).map(Progress::Done)
        },
    )
}
