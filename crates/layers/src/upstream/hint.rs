//! `Retry-After`: when a provider wants to see us again.

use std::time::Duration;

use http::HeaderMap;
use http::header::{DATE, HeaderName, RETRY_AFTER};
use jiff::Timestamp;
use jiff::fmt::{rfc2822, strtime};

/// No hint counts for more, so that adding one to a time cannot overflow.
const LONGEST: Duration = Duration::from_hours(24);

/// The wait that an answer asks for: a number of seconds, or a date. A date counts from the answer's own
/// `Date`, so that neither our clock nor its distance from the provider's matters; without one it is no hint.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = text(headers, &RETRY_AFTER)?;
    let wait = if value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number holds are a long time all the same.
        Duration::from_secs(value.parse().unwrap_or(u64::MAX))
    } else {
        let wait = date(value)?.duration_since(date(text(headers, &DATE)?)?);
        // A date that has passed: now.
        Duration::try_from(wait).unwrap_or(Duration::ZERO)
    };
    Some(wait.min(LONGEST))
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let value = headers.get(name)?.to_str().ok()?.trim();
    (!value.is_empty()).then_some(value)
}

/// The three forms of RFC 9110, section 5.6.7.
fn date(value: &str) -> Option<Timestamp> {
    let current = rfc2822::DateTimeParser::new().parse_timestamp(value).ok();
    current.or_else(|| {
        ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"]
            .iter()
            .find_map(|format| strtime::parse(format, value).ok()?.to_datetime().ok())
            .and_then(|time| time.to_zoned(jiff::tz::TimeZone::UTC).ok())
            .map(|time| time.timestamp())
    })
}
