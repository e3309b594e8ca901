//! Which conversations are wanted, in the words of Twilio's list. It knows a state and whole days; what it
//! does not know is refused, since a filter that is widened or left out shows the wrong conversations.

use jiff::{SignedDuration, Timestamp};
use model::{ConversationFilter, Error, Result};

use super::{own, sid};

/// The states that the list can be narrowed to. The neutral words are the native ones.
const LISTED: [&str; 3] = ["active", "inactive", "closed"];
const SECONDS_OF_A_DAY: i64 = 86_400;

/// A filter that Twilio has.
#[derive(Debug)]
pub(super) struct Filter {
    pub(super) service: Option<String>,
    /// `State`
    pub(super) state: Option<String>,
    /// `StartDate`, the first second of a day.
    pub(super) start: Option<String>,
    /// `EndDate`, the last second of a day.
    pub(super) end: Option<String>,
}

impl Filter {
    /// From a client's filter.
    pub(super) fn of(filter: &ConversationFilter) -> Result<Self> {
        let ConversationFilter {
            service,
            status,
            user_number,
            agent_number,
            created_after,
            created_before,
        } = filter;
        for (name, number) in [("user_number", user_number), ("agent_number", agent_number)] {
            if number.is_some() {
                return Err(Error::parameter(name, "twilio cannot filter conversations by it"));
            }
        }
        let service = service
            .as_ref()
            .map(|id| sid::service(id, "service_id").map(str::to_owned));
        let midnight = |name, time: &Option<_>, before| {
            let second = time.as_ref().map(|time| midnight(name, time, before));
            second.transpose()
        };
        Ok(Self {
            service: service.transpose()?,
            state: status.as_deref().map(state).transpose()?.map(str::to_owned),
            start: midnight("created_after", created_after, 0)?,
            // Ours ends before the day, Twilio's with the last second of the day before.
            end: midnight("created_before", created_before, 1)?,
        })
    }
}

/// The native state of a neutral one. One that is given as native is Twilio's to judge.
fn state(status: &str) -> Result<&str> {
    let neutral = LISTED.into_iter().find(|word| *word == status);
    neutral.or_else(|| own(status)).ok_or_else(|| {
        let form = "`active`, `inactive`, `closed` or `twilio:<state>`; twilio cannot filter by any other";
        Error::parameter("status", form)
    })
}

/// The text of a time that is a midnight, or of so many seconds before it.
fn midnight(name: &str, time: &model::Timestamp, before: i64) -> Result<String> {
    let is_midnight = |at: &Timestamp| at.as_second() % SECONDS_OF_A_DAY == 0 && at.subsec_nanosecond() == 0;
    let at = time.as_str().parse().ok().filter(is_midnight);
    at.and_then(|at| at.checked_sub(SignedDuration::from_secs(before)).ok())
        .map(|second| second.to_string())
        .ok_or_else(|| {
            let form = "midnight UTC, `YYYY-MM-DDT00:00:00Z`, since twilio filters by whole days";
            Error::parameter(name, form)
        })
}
