//! The names of events, and where each may be asked for.

/// Those that an address configuration may hand on to the conversations that it makes.
const IN_A_CONVERSATION: [&str; 10] = [
    "onMessageAdded",
    "onMessageUpdated",
    "onMessageRemoved",
    "onConversationUpdated",
    "onConversationRemoved",
    "onConversationStateUpdated",
    "onParticipantAdded",
    "onParticipantUpdated",
    "onParticipantRemoved",
    "onDeliveryUpdated",
];
const CONVERSATION_ADDED: &str = "onConversationAdded";
const USER_AFTER: [&str; 2] = ["onUserAdded", "onUserUpdated"];
/// Those that the receiver can prevent.
const BEFORE: [&str; 9] = [
    "onMessageAdd",
    "onMessageUpdate",
    "onMessageRemove",
    "onConversationAdd",
    "onConversationUpdate",
    "onConversationRemove",
    "onParticipantAdd",
    "onParticipantUpdate",
    "onParticipantRemove",
];
const USER_BEFORE: &str = "onUserUpdate";

/// The ten of address configurations.
pub(super) fn is_for_address(name: &str) -> bool {
    IN_A_CONVERSATION.contains(&name)
}

/// The thirteen about something that has happened. There is no published list for webhooks of a
/// conversation, only that they receive no others.
pub(super) fn is_for_conversation(name: &str) -> bool {
    is_for_address(name) || name == CONVERSATION_ADDED || USER_AFTER.contains(&name)
}

/// The twenty of services.
pub(super) fn is_for_service(name: &str) -> bool {
    is_for_address(name) || name == CONVERSATION_ADDED || BEFORE.contains(&name)
}

/// All twenty-three.
pub(super) fn is_for_account(name: &str) -> bool {
    is_for_service(name) || USER_AFTER.contains(&name) || name == USER_BEFORE
}
