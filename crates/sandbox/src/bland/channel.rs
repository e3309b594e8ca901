//! What a number can be configured for, and what each channel calls its configuration.

use serde_json::{Map, Value, json};

/// A channel.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Channel {
    Sms,
    Whatsapp,
    Imessage,
}

impl Channel {
    /// The channel of this name.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        match name {
            "sms" => Some(Self::Sms),
            "whatsapp" => Some(Self::Whatsapp),
            "imessage" => Some(Self::Imessage),
            _ => None,
        }
    }

    /// The key of the configuration in a number.
    pub(super) fn config_key(self) -> &'static str {
        match self {
            Self::Sms => "sms_config",
            Self::Whatsapp => "whatsapp_config",
            Self::Imessage => "imessage_config",
        }
    }

    /// The code for a configuration that could not be stored.
    pub(super) fn error(self) -> &'static str {
        match self {
            Self::Sms => "ERROR_UPDATING_SMS_CONFIG",
            Self::Whatsapp => "ERROR_UPDATING_WHATSAPP_CONFIG",
            Self::Imessage => "ERROR_UPDATING_IMESSAGE_CONFIG",
        }
    }

    /// A number with nothing configured for this channel, like one that has something for another.
    pub(super) fn number_like(self, other: &Value) -> Value {
        let mut number = Map::new();
        for key in ["phone_number", "label", "messaging_service"] {
            if let Some(value) = other.get(key) {
                number.insert(key.to_owned(), value.clone());
            }
        }
        number.insert(self.config_key().to_owned(), json!({}));
        number.insert("conversation_count".to_owned(), json!(0));
        number.into()
    }
}
