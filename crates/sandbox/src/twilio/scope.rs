//! Where conversations are looked for, and the paths that lead there.

/// Where resources say that they live, whoever serves them.
pub(super) const API: &str = "https://conversations.twilio.com";

/// The account's default service, by the short path, or any service, by the long one.
#[derive(Clone, Copy)]
pub(super) enum Scope<'a> {
    Short,
    Long(&'a str),
}

impl<'a> Scope<'a> {
    /// The service that the path names.
    pub(super) fn service(self) -> Option<&'a str> {
        match self {
            Self::Short => None,
            Self::Long(service) => Some(service),
        }
    }

    /// The path of its conversations.
    pub(super) fn conversations(self) -> String {
        match self {
            Self::Short => "/v1/Conversations".to_owned(),
            Self::Long(service) => format!("/v1/Services/{service}/Conversations"),
        }
    }

    /// The path of a conversation's webhooks.
    pub(super) fn webhooks(self, conversation: &str) -> String {
        format!("{}/{conversation}/Webhooks", self.conversations())
    }
}
