//! Points in time as the schema shows them: RFC 3339, UTC, `Z`, in the provider's own precision.

use jiff::fmt::temporal::DateTimePrinter;
use serde::Serialize;

/// An RFC 3339 time in UTC.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Timestamp(String);

impl Timestamp {
    /// Reads an RFC 3339 time. Text that is UTC already stays as it is, to the digit; another offset is
    /// converted. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let instant: jiff::Timestamp = text.parse().ok()?;
        if is_canonical(text.as_bytes()) {
            return Some(Self(text.to_owned()));
        }
        let digits = text
            .split_once('.')
            .map_or(0, |(_, rest)| rest.bytes().take_while(u8::is_ascii_digit).count());
        let printer = DateTimePrinter::new().precision(Some(u8::try_from(digits.min(9)).unwrap_or(9)));
        Some(Self(printer.timestamp_to_string(&instant)))
    }

    /// A reading of the wall clock, in milliseconds since 1970.
    pub fn from_unix_milliseconds(milliseconds: i64) -> Self {
        let instant = jiff::Timestamp::from_millisecond(milliseconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        Self(
            DateTimePrinter::new()
                .precision(Some(3))
                .timestamp_to_string(&instant),
        )
    }

    /// The text of the API.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `YYYY-MM-DDTHH:MM:SS[.digits]Z`, the shape only: the value was checked by the parser.
fn is_canonical(text: &[u8]) -> bool {
    let Some((date_time, rest)) = text.split_at_checked(19) else {
        return false;
    };
    let shape = b"dddd-dd-ddTdd:dd:dd";
    let matches = date_time.iter().zip(shape).all(|(byte, want)| match want {
        b'd' => byte.is_ascii_digit(),
        other => byte == other,
    });
    matches
        && match rest {
            [b'Z'] => true,
            [b'.', fraction @ .., b'Z'] => !fraction.is_empty() && fraction.iter().all(u8::is_ascii_digit),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    fn parse(text: &str) -> Option<String> {
        Timestamp::parse(text).map(|time| time.as_str().to_owned())
    }

    #[test]
    fn keeps_the_providers_precision() {
        for text in [
            "2016-03-24T21:05:50Z",
            "2026-04-13T20:50:59.000Z",
            "2026-04-13T20:50:59.123456Z",
        ] {
            assert_eq!(parse(text).as_deref(), Some(text));
        }
    }

    #[test]
    fn converts_offsets_and_refuses_the_rest() {
        assert_eq!(
            parse("2026-04-13T22:50:59.10+02:00").as_deref(),
            Some("2026-04-13T20:50:59.10Z")
        );
        assert_eq!(
            parse("2026-04-13T20:50:59+00:00").as_deref(),
            Some("2026-04-13T20:50:59Z")
        );
        for text in [
            "",
            "yesterday",
            "2026-04-13",
            "2026-04-13T20:50:59",
            "2026-13-40T20:50:59Z",
            "Thu, 24 Mar 2016",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
