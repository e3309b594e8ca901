//! Twilio's names of events, and who can listen to which of them.

use model::{Faults, Phase, Vocabulary, Word};

use super::{PROFILE, own};

/// The only event of a trigger, which Twilio has no name for.
pub(super) const KEYWORD_MATCHED: Word = Word::neutral("message.keyword_matched");

/// The 23 names of Twilio's catalogue. Those of its own examples are not all among them.
pub(super) const EVENTS: Vocabulary = Vocabulary {
    provider: PROFILE.provider,
    words: &[
        ("onMessageAdd", "message.before_create"),
        ("onMessageAdded", "message.created"),
        ("onMessageUpdate", "message.before_update"),
        ("onMessageUpdated", "message.updated"),
        ("onMessageRemove", "message.before_delete"),
        ("onMessageRemoved", "message.deleted"),
        ("onConversationAdd", "conversation.before_create"),
        ("onConversationAdded", "conversation.created"),
        ("onConversationUpdate", "conversation.before_update"),
        ("onConversationUpdated", "conversation.updated"),
        ("onConversationRemove", "conversation.before_delete"),
        ("onConversationRemoved", "conversation.deleted"),
        ("onConversationStateUpdated", "conversation.state_changed"),
        ("onParticipantAdd", "participant.before_add"),
        ("onParticipantAdded", "participant.added"),
        ("onParticipantUpdate", "participant.before_update"),
        ("onParticipantUpdated", "participant.updated"),
        ("onParticipantRemove", "participant.before_remove"),
        ("onParticipantRemoved", "participant.removed"),
        ("onDeliveryUpdated", "message.status_updated"),
        ("onUserAdded", "user.added"),
        ("onUserUpdate", "user.before_update"),
        ("onUserUpdated", "user.updated"),
    ],
};

/// Whom a list of names is for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Listener {
    /// A webhook of a conversation. Twilio publishes no list for it, only that it is called after actions.
    Conversation,
    /// What a number gives to new conversations.
    Number,
    /// A callback of a service.
    Service(Phase),
    /// A callback of the account.
    Account(Phase),
}

impl Listener {
    /// The native names of events from a client. Each that cannot be had is a fault.
    pub(super) fn natives(self, events: &[String], faults: &mut Faults) -> Vec<String> {
        let mut names = Vec::with_capacity(events.len());
        for (index, event) in events.iter().enumerate() {
            match native(event).filter(|name| self.hears(name)) {
                Some(name) => names.push(name.to_owned()),
                None => {
                    faults.add::<()>(&format!("#/events/{index}"), self.possible());
                }
            }
        }
        names
    }

    /// Whether an event of that name can reach it.
    pub(super) fn hears(self, name: &str) -> bool {
        phase(name) == self.phase()
            && match self {
                Self::Conversation | Self::Account(_) => true,
                Self::Service(_) => !is_of_users(name),
                // It is there only after the conversation has been made.
                Self::Number => !is_of_users(name) && name != "onConversationAdded",
            }
    }

    const fn phase(self) -> Phase {
        match self {
            Self::Conversation | Self::Number => Phase::After,
            Self::Service(phase) | Self::Account(phase) => phase,
        }
    }

    fn possible(self) -> String {
        let heard = EVENTS.words.iter().filter(|(name, _)| self.hears(name));
        let words: Vec<_> = heard.map(|(_, word)| format!("`{word}`")).collect();
        let native = match self.phase() {
            Phase::Before => "",
            Phase::After => ", or `twilio:<native name>`",
        };
        format!("twilio can call this webhook for {}{native}", words.join(", "))
    }
}

/// When an event of that name is told. A name that is not in the catalogue is taken for one of the many
/// after an action.
pub(super) fn phase(name: &str) -> Phase {
    let known = EVENTS.words.iter().find(|(known, _)| *known == name);
    match known {
        Some((_, word)) if word.contains(".before_") => Phase::Before,
        _ => Phase::After,
    }
}

/// The name behind an event's word.
fn native(event: &str) -> Option<&str> {
    let neutral = EVENTS.words.iter().find(|(_, word)| *word == event);
    neutral
        .map(|(name, _)| *name)
        .or_else(|| own(event))
        .filter(|name| *name != "*")
}

fn is_of_users(name: &str) -> bool {
    matches!(name, "onUserAdded" | "onUserUpdate" | "onUserUpdated")
}
