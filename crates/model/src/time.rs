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
        // The parser takes more than the RFC has, and would read a fraction whose digits are not counted here.
        let (digits, is_canonical) = shape(text)?;
        let instant: jiff::Timestamp = text.parse().ok()?;
        if is_canonical {
            return Some(Self(text.to_owned()));
        }
        let printer = DateTimePrinter::new().precision(Some(u8::try_from(digits.min(9)).unwrap_or(9)));
        let converted = printer.timestamp_to_string(&instant);
        // In UTC it may be a year that has no four digits.
        shape(&converted).map(|_| Self(converted))
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

/// The digits of the fraction of `YYYY-MM-DDTHH:MM:SS[.digits](Z|±HH:MM)`, and whether it has the form of the API. The
/// form only: the value is the parser's to check.
fn shape(text: &str) -> Option<(usize, bool)> {
    let (date_time, rest) = text.split_at_checked(19)?;
    let matches = |bytes: &str, wanted: &[u8]| {
        bytes.len() == wanted.len()
            && bytes.bytes().zip(wanted).all(|(byte, want)| match want {
                b'd' => byte.is_ascii_digit(),
                b'T' => matches!(byte, b'T' | b't' | b' '),
                b'Z' => matches!(byte, b'Z' | b'z'),
                b'+' => matches!(byte, b'+' | b'-'),
                other => byte == *other,
            })
    };
    let (fraction, offset) = match rest.strip_prefix('.') {
        None => ("", rest),
        Some(rest) => {
            let end = rest.bytes().take_while(u8::is_ascii_digit).count();
            rest.split_at_checked(end)
                .filter(|(fraction, _)| !fraction.is_empty())?
        }
    };
    let fits =
        matches(date_time, b"dddd-dd-ddTdd:dd:dd") && (matches(offset, b"Z") || matches(offset, b"+dd:dd"));
    fits.then(|| (fraction.len(), date_time.contains('T') && offset == "Z"))
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
            "2026-04-13T20:50Z",
            "20260413T205059Z",
            "2026-04-13T20:50:59.Z",
            "2026-04-13T22:50:59+02",
            "2026-04-13T22:50:59+02:00[Europe/Berlin]",
            "-000001-01-01T00:00:00Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn no_digit_of_a_fraction_is_lost() {
        // Not the RFC's separator, so the text is no time rather than one without its fraction.
        assert_eq!(parse("2026-04-13T20:50:59,0015+02:00"), None);
        assert_eq!(parse("2026-04-13T20:50:59,0015Z"), None);
        assert_eq!(
            parse("2026-04-13 20:50:59.0015z").as_deref(),
            Some("2026-04-13T20:50:59.0015Z")
        );
    }

    #[test]
    fn a_time_whose_year_in_utc_has_no_four_digits_is_refused() {
        assert_eq!(parse("0000-01-01T00:00:00+02:00"), None);
        assert_eq!(
            parse("0000-01-01T00:00:00Z").as_deref(),
            Some("0000-01-01T00:00:00Z")
        );
    }
}
