//! Why requests are refused: every code of Twilio's that does not name a parameter. Its dictionary gives no
//! status for the codes of single resources: 404 for what is missing, 409 for what is in the way, and 400 for
//! bad input are the conventional ones.

use hyper::StatusCode;

/// A reason that needs no more words than its own.
#[derive(Clone, Copy)]
pub(super) enum Reason {
    NoSuchResource,
    Conflict,
    NotAForm,
    NothingToUpdate,
    BadWebhookParameter,
    BadMethod,
    BadPostWebhookUrl,
    ConversationNotFound,
    UniqueNameTaken,
    WebhookNotFound,
    TooManyWebhooks,
    TooManyKeywords,
    UnknownTarget,
    UnknownFilter,
    BadKeyword,
    BadFlowSid,
    TargetMissing,
    UrlMissing,
    FiltersMissing,
    TriggersMissing,
    UrlTooLong,
    ConversationClosed,
    UniqueNameIsSid,
}

impl Reason {
    pub(super) fn code(self) -> u32 {
        match self {
            Self::NoSuchResource => 20404,
            Self::Conflict => 20409,
            Self::NotAForm => 20001,
            Self::NothingToUpdate => 20161,
            Self::BadWebhookParameter => 50054,
            Self::BadMethod => 50055,
            Self::BadPostWebhookUrl => 50078,
            Self::ConversationNotFound => 50350,
            Self::UniqueNameTaken => 50353,
            Self::WebhookNotFound => 50360,
            Self::TooManyWebhooks => 50361,
            Self::TooManyKeywords => 50362,
            Self::UnknownTarget => 50364,
            Self::UnknownFilter => 50365,
            Self::BadKeyword => 50366,
            Self::BadFlowSid => 50367,
            Self::TargetMissing => 50368,
            Self::UrlMissing => 50369,
            Self::FiltersMissing => 50370,
            Self::TriggersMissing => 50371,
            Self::UrlTooLong => 50372,
            Self::ConversationClosed => 50377,
            Self::UniqueNameIsSid => 50390,
        }
    }

    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::NoSuchResource | Self::ConversationNotFound | Self::WebhookNotFound => {
                StatusCode::NOT_FOUND
            }
            Self::Conflict | Self::UniqueNameTaken => StatusCode::CONFLICT,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    pub(super) fn message(self) -> &'static str {
        match self {
            Self::NoSuchResource => "The requested resource was not found",
            Self::Conflict => "Conflict with another resource",
            Self::NotAForm => "The request body is not application/x-www-form-urlencoded",
            Self::NothingToUpdate => "No parameter to update was given",
            Self::BadWebhookParameter => "Invalid webhook parameter",
            Self::BadMethod => "Invalid webhook method",
            Self::BadPostWebhookUrl => "Invalid post webhook URL",
            Self::ConversationNotFound => "Conversation not found",
            Self::UniqueNameTaken => "Conversation with this unique name already exists",
            Self::WebhookNotFound => "Conversation webhook not found",
            Self::TooManyWebhooks => "Too many webhooks in this conversation",
            Self::TooManyKeywords => "Too many trigger keywords",
            Self::UnknownTarget => "Unknown webhook target",
            Self::UnknownFilter => "Unknown webhook filter",
            Self::BadKeyword => "Invalid trigger keyword",
            Self::BadFlowSid => "Invalid flow SID",
            Self::TargetMissing => "Target is missing",
            Self::UrlMissing => "Configuration.Url is missing",
            Self::FiltersMissing => "Configuration.Filters is missing",
            Self::TriggersMissing => "Configuration.Triggers is missing",
            Self::UrlTooLong => "Webhook URL is too long",
            Self::ConversationClosed => "Conversation is closed",
            Self::UniqueNameIsSid => "Unique name looks like a SID",
        }
    }
}
