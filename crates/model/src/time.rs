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
        let Shape {
            digits,
            is_canonical,
            is_common,
        } = shape(text.as_bytes())?;
        if is_canonical && is_common {
            return Some(Self(text.to_owned()));
        }
        let instant: jiff::Timestamp = text.parse().ok()?;
        if is_canonical {
            return Some(Self(text.to_owned()));
        }
        let printer = DateTimePrinter::new().precision(Some(u8::try_from(digits.min(9)).unwrap_or(9)));
        let converted = printer.timestamp_to_string(&instant);
        // In UTC it may be a year that has no four digits.
        shape(converted.as_bytes()).map(|_| Self(converted))
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

/// What the form alone says of `YYYY-MM-DDTHH:MM:SS[.digits](Z|±HH:MM)`. The value is the parser's to check.
struct Shape {
    /// Of the fraction.
    digits: usize,
    /// It has the form of the API.
    is_canonical: bool,
    /// Every year has such a month, day and time, and the parser takes it.
    is_common: bool,
}

fn shape(text: &[u8]) -> Option<Shape> {
    let (date_time, rest) = text.split_first_chunk::<19>()?;
    let separators = [
        date_time[4],
        date_time[7],
        date_time[10],
        date_time[13],
        date_time[16],
    ];
    let count = |sum: u8, byte: &u8| sum.wrapping_add(u8::from(byte.is_ascii_digit()));
    let [b'-', b'-', separator @ (b'T' | b't' | b' '), b':', b':'] = separators else {
        return None;
    };
    if date_time.iter().fold(0, count) != 14 {
        return None;
    }
    let (digits, offset) = match rest {
        [b'.', rest @ ..] => {
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            (digits, rest.get(digits..).filter(|_| digits > 0)?)
        }
        _ => (0, rest),
    };
    let is_offset = match offset {
        [b'Z' | b'z'] => true,
        [b'+' | b'-', a, b, b':', c, d] => [a, b, c, d].into_iter().all(u8::is_ascii_digit),
        _ => false,
    };
    let month = [date_time[5], date_time[6]];
    let day = [date_time[8], date_time[9]];
    let hour = [date_time[11], date_time[12]];
    let is_date = (*b"01"..=*b"12").contains(&month) && (*b"01"..=*b"28").contains(&day);
    let is_time = hour <= *b"23" && date_time[14] <= b'5' && date_time[17] <= b'5';
    is_offset.then_some(Shape {
        digits,
        is_canonical: separator == b'T' && offset == b"Z",
        is_common: is_date && is_time && digits <= 9,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_has_the_form_of_the_api_is_taken_as_the_parser_takes_it(
            date in "[0-9]{4}-[01][0-9]-[0-3][0-9]",
            time in "[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{1,11})?",
        ) {
            let text = format!("{date}T{time}Z");
            let expected = text.parse::<jiff::Timestamp>().is_ok().then(|| text.clone());
            prop_assert_eq!(parse(&text), expected);
        }
    }
}
