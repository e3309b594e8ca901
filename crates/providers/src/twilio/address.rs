//! The ids of numbers: a channel, a `:` and an address, which is not always a phone number.

use model::{Error, NativeId, Node, Result, Vocabulary, Word};

use super::sid::is_sid;
use super::{PROFILE, own};
use crate::fingerprint;

/// The types of addresses. The neutral words are the native ones.
pub(super) const CHANNELS: Vocabulary = Vocabulary {
    provider: PROFILE.provider,
    words: &[
        ("sms", "sms"),
        ("whatsapp", "whatsapp"),
        ("messenger", "messenger"),
        ("gbm", "gbm"),
        ("email", "email"),
        ("rcs", "rcs"),
        ("apple", "apple"),
        ("chat", "chat"),
    ],
};

/// Characters of a type without a neutral word, and of an address. More than there are.
const MAX_TYPE: usize = 40;
const MAX_ADDRESS: usize = 200;
/// The form of an id: a channel that has a neutral word, none, or one that has not; and an address.
pub(super) const PATTERN: &str = concat!(
    r"(?:(?:sms|whatsapp|messenger|gbm|email|rcs|apple|chat|unknown)",
    r"|twilio:(?!(?:sms|whatsapp|messenger|gbm|email|rcs|apple|chat):)[^:/\\?#%\s\u0000-\u001f\u007f-\u009f]{0,40})",
    r":(?!\.{1,2}$)[^/\\?#%\s\u0000-\u001f\u007f-\u009f]{1,200}",
);
/// The channel of an address that does not say it, or not in a way that fits an id.
const UNKNOWN: Word = Word::neutral("unknown");
/// Before the fingerprint of a number that has nothing else to be known by.
const NAMELESS: &str = "unknown-";

/// A number as its id names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) channel: Word,
    /// The address; the configuration's own id where the address does not fit an id.
    pub(super) address: String,
}

impl Address {
    /// A number's id from a client.
    pub(super) fn parse(id: &NativeId) -> Result<Self> {
        Self::read(id.as_str()).ok_or_else(|| {
            let form = format!(
                "a number is its channel, a `:` and its address; a channel is {}",
                channels()
            );
            Error::parameter("id", form)
        })
    }

    /// The text after the connection's name.
    pub(super) fn read(native: &str) -> Option<Self> {
        let own = own(native);
        let (channel, address) = own.unwrap_or(native).split_once(':')?;
        let channel = if own.is_none() && channel == UNKNOWN.as_str() {
            UNKNOWN
        } else {
            // A type that has a neutral word is not spelled natively, so that a number has one id.
            (own.is_none() == CHANNELS.knows(channel)).then(|| CHANNELS.word(channel))?
        };
        let fits = channel.as_str().chars().count() <= PROFILE.provider.len() + 1 + MAX_TYPE
            && address.chars().count() <= MAX_ADDRESS
            && address.parse::<NativeId>().is_ok();
        fits.then(|| Self {
            channel,
            address: address.to_owned(),
        })
    }

    /// What a configuration is called, by the first of the names that fits an id.
    pub(super) fn of(channel: &Word, names: [Option<&str>; 3], node: &Node<'_>) -> Self {
        let found = names
            .into_iter()
            .flatten()
            .find_map(|name| Self::fitting(channel, name).or_else(|| Self::fitting(&UNKNOWN, name)));
        found.unwrap_or_else(|| {
            let name = format!("{NAMELESS}{}", fingerprint::of([node.text()]));
            Self::fitting(channel, &name).unwrap_or(Self {
                channel: UNKNOWN,
                address: name,
            })
        })
    }

    /// `None` if it would not be read as what it is.
    fn fitting(channel: &Word, name: &str) -> Option<Self> {
        let address = Self {
            channel: channel.clone(),
            address: name.to_owned(),
        };
        let native = address.native();
        let is_read = Self::read(&native).as_ref() == Some(&address);
        (is_read && native.parse::<NativeId>().is_ok()).then_some(address)
    }

    /// The inverse of [`Address::read`].
    pub(super) fn native(&self) -> String {
        format!("{}:{}", self.channel.as_str(), self.address)
    }

    /// The address, if it is one.
    pub(super) fn address(&self) -> Option<&str> {
        let stands_in = is_sid("IG", &self.address)
            || self
                .address
                .strip_prefix(NAMELESS)
                .is_some_and(fingerprint::is_one);
        (!stands_in).then_some(&self.address)
    }
}

/// The channel of a type. Twilio takes it in any case, and gives it back as it came.
pub(super) fn channel(kind: Option<&str>, asked: Option<&Word>) -> Word {
    let Some(kind) = kind else {
        return asked.cloned().unwrap_or(UNKNOWN);
    };
    let folded = kind.to_ascii_lowercase();
    CHANNELS.word(if CHANNELS.knows(&folded) { &folded } else { kind })
}

/// The type behind the channel that a list is narrowed to.
pub(super) fn of_filter(channel: &str) -> Result<String> {
    let neutral = Some(channel).filter(|channel| CHANNELS.knows(channel));
    neutral
        .or_else(|| own(channel))
        .map(str::to_owned)
        .ok_or_else(|| Error::parameter("channel", format!("{}, or `twilio:<type>`", channels())))
}

/// The phone number in an address: `+1…`, `whatsapp:+1…`.
pub(super) fn phone_number(address: &str) -> Option<&str> {
    let number = address.rsplit(':').next()?;
    let digits = number.strip_prefix('+')?;
    let is_e164 = (2..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|b| b.is_ascii_digit());
    is_e164.then_some(number)
}

fn channels() -> String {
    let words: Vec<_> = CHANNELS
        .words
        .iter()
        .map(|(_, word)| format!("`{word}`"))
        .collect();
    words.join(", ")
}
