//! The webhook of a number. Neither of the two calls that write it says what there is afterwards, and one of
//! them answers success for a number that does not exist: so the number is read before and after.

use std::sync::Arc;

use model::{Account, Code, Error, Exchange, NativeId, Progress, Result, Webhook, WebhookChange};

use super::channel::Channel;
use super::decode::Configured;
use super::{PROFILE, change, decode, encode, id, numbers, wire};

/// The webhook as it is.
pub(super) fn get(account: &Arc<Account>, number: &NativeId) -> Result<Exchange<Webhook>> {
    let place = Place::of(account, number)?;
    Ok(place.read(|_, now| {
        let webhook = now.ok_or_else(numbers::missing)?.webhook;
        webhook.ok_or_else(none).map(Progress::Done)
    }))
}

/// Gives the number this webhook, and answers what it has then.
pub(super) fn replace(
    account: &Arc<Account>,
    number: &NativeId,
    change: &WebhookChange,
) -> Result<Exchange<Webhook>> {
    let place = Place::writable(account, number)?;
    let url = change::url(change)?;
    Ok(place.read(move |place, now| {
        let now = now.ok_or_else(numbers::missing)?;
        place.write(Some(url), now, |then| {
            then.and_then(|then| then.webhook)
                .ok_or_else(|| unheeded("has none"))
        })
    }))
}

/// Takes the webhook away.
pub(super) fn delete(account: &Arc<Account>, number: &NativeId) -> Result<Exchange<()>> {
    let place = Place::writable(account, number)?;
    Ok(place.read(|place, now| {
        let now = now.ok_or_else(numbers::missing)?;
        if now.webhook.is_none() {
            return Err(none());
        }
        place.write(None, now, |then| {
            // It is not documented that null clears.
            match then.and_then(|then| then.webhook) {
                Some(_) => Err(unheeded("kept the one it had")),
                None => Ok(()),
            }
        })
    }))
}

fn none() -> Error {
    Error::client(Code::NotFound, "this number has no webhook")
}

fn unheeded(what: &str) -> Error {
    Error::provider(
        Code::Conflict,
        format!(
            "{} took the change of the webhook, but the number {what}",
            PROFILE.provider
        ),
    )
}

/// A number in the list of its channel.
struct Place {
    account: Arc<Account>,
    channel: Channel,
    address: String,
}

impl Place {
    fn of(account: &Arc<Account>, number: &NativeId) -> Result<Self> {
        let (channel, address) = id::number(number)?;
        Ok(Self {
            account: Arc::clone(account),
            channel,
            address: address.to_owned(),
        })
    }

    /// Writes name the number by its address.
    fn writable(account: &Arc<Account>, number: &NativeId) -> Result<Self> {
        let place = Self::of(account, number)?;
        if id::is_e164(&place.address) {
            Ok(place)
        } else {
            Err(Error::parameter(
                "id",
                "a number without a phone number cannot be changed",
            ))
        }
    }

    /// Reads the number, and goes on with what there is.
    fn read<T: 'static>(
        self,
        then: impl FnOnce(Self, Option<Configured>) -> Result<Progress<T>> + Send + 'static,
    ) -> Exchange<T> {
        let request = encode::list_numbers(self.channel);
        Exchange::new(request, wire::NUMBER, move |response, drift| {
            let now = decode::configured(&self.account, self.channel, &self.address, &response, drift)?;
            then(self, now)
        })
    }

    /// Writes the URL, reads the number again, and makes of it what was asked for.
    fn write<T: 'static>(
        self,
        url: Option<String>,
        now: Configured,
        make: impl FnOnce(Option<Configured>) -> Result<T> + Send + 'static,
    ) -> Result<Progress<T>> {
        let request = match self.channel {
            Channel::Sms => encode::update_webhook(&self.address, url),
            channel => encode::update_number(channel, &self.address, now.config?, url),
        }?;
        let write = Exchange::new(request, wire::NUMBER, move |response, drift| {
            decode::taken(&response, drift)?;
            Ok(Progress::Next(
                self.read(move |_, then| make(then).map(Progress::Done)),
            ))
        });
        Ok(Progress::Next(write))
    }
}
