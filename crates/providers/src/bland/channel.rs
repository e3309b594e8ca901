//! The channels that a number can be configured for, each with a list and a configuration of its own.

use model::{Error, Result, Word};

/// A channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channel {
    Sms,
    Whatsapp,
    Imessage,
}

impl Channel {
    /// Every channel.
    pub(super) const ALL: [Self; 3] = [Self::Sms, Self::Whatsapp, Self::Imessage];

    /// Its name, Bland's and the neutral one.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Whatsapp => "whatsapp",
            Self::Imessage => "imessage",
        }
    }

    /// The field that holds its configuration.
    pub(super) const fn config_key(self) -> &'static str {
        match self {
            Self::Sms => "sms_config",
            Self::Whatsapp => "whatsapp_config",
            Self::Imessage => "imessage_config",
        }
    }

    /// The channel of that name.
    pub(super) fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.name() == name)
    }

    /// The channel whose configuration a conversation follows: RCS is a way of sending what is configured for SMS,
    /// and SMS is what is meant where nothing is said. `None` for a channel that numbers are not configured for.
    pub(super) fn of_conversation(channel: Option<&Word>) -> Option<Self> {
        match channel.map(Word::as_str) {
            None | Some("rcs") => Some(Self::Sms),
            Some(name) => Self::read(name),
        }
    }

    /// The channel that a list is narrowed to.
    pub(super) fn of_filter(name: Option<&str>) -> Result<Self> {
        name.map_or(Some(Self::Sms), Self::read)
            .ok_or_else(|| Error::parameter("channel", "`sms`, `whatsapp` or `imessage`"))
    }
}
