//! How long an attempt took, which Bland writes as text with a unit, `142ms`, and nowhere defines.
//!
//! Read is: spaces; a number with an optional fraction; a unit, `ms` where there is none; sums as Go writes
//! them, `1m2.5s`. A JSON number counts milliseconds. The arithmetic is decimal, so that no value changes by
//! being read; the result is rounded half up to milliseconds. `None` is what is negative, no number, or out
//! of range.

/// Sums are made in femtoseconds: everything that `i64` milliseconds can hold fits an `i128` of them.
type Femtoseconds = i128;

const NANOSECOND: Femtoseconds = 1_000_000;
const MILLISECOND: Femtoseconds = 1_000_000 * NANOSECOND;
const SECOND: Femtoseconds = 1_000 * MILLISECOND;

/// Digits of a fraction that count; the product with the largest unit still fits.
const MAX_FRACTION: usize = 18;
/// A shift of the decimal point beyond which nothing fits, or nothing is left.
const MAX_SHIFT: i32 = 64;

/// The milliseconds that a text names.
pub(super) fn milliseconds(text: &str) -> Option<i64> {
    let mut rest = text.trim_matches(' ');
    if is_decimal(rest) {
        return round(decimal(rest, MILLISECOND)?);
    }
    let mut sum: Femtoseconds = 0;
    loop {
        let (number, behind) = split(rest, |c| !matches!(c, '0'..='9' | '.'));
        let (unit, behind) = split(behind.trim_start_matches(' '), |c| !c.is_alphabetic());
        if !is_decimal(number) {
            return None;
        }
        sum = sum.checked_add(decimal(number, unit_of(unit)?)?)?;
        rest = behind.trim_start_matches(' ');
        if rest.is_empty() {
            return round(sum);
        }
    }
}

/// The milliseconds of a JSON number that counts milliseconds.
pub(super) fn of_milliseconds(number: &str) -> Option<i64> {
    round(scientific(number, MILLISECOND)?)
}

/// The milliseconds of a JSON number that counts seconds.
pub(super) fn of_seconds(number: &str) -> Option<i64> {
    round(scientific(number, SECOND)?)
}

fn unit_of(unit: &str) -> Option<Femtoseconds> {
    match unit {
        "ns" => Some(NANOSECOND),
        // The micro sign, and the Greek letter that Unicode prefers.
        "us" | "\u{b5}s" | "\u{3bc}s" => Some(1_000 * NANOSECOND),
        "ms" => Some(MILLISECOND),
        "s" => Some(SECOND),
        "m" | "min" => Some(60 * SECOND),
        "h" => Some(3_600 * SECOND),
        _ => None,
    }
}

/// Splits before the first character that does not belong.
fn split(text: &str, ends: impl Fn(char) -> bool) -> (&str, &str) {
    let at = text.find(ends).unwrap_or(text.len());
    text.split_at_checked(at).unwrap_or((text, ""))
}

/// Digits, and perhaps a point and more digits.
fn is_decimal(text: &str) -> bool {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match text.split_once('.') {
        Some((whole, fraction)) => is_digits(whole) && is_digits(fraction),
        None => is_digits(text),
    }
}

fn decimal(text: &str, unit: Femtoseconds) -> Option<Femtoseconds> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole = whole.trim_start_matches('0');
    let whole: Femtoseconds = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let (mut numerator, mut denominator): (Femtoseconds, Femtoseconds) = (0, 1);
    for digit in fraction.bytes().take(MAX_FRACTION) {
        numerator = numerator * 10 + Femtoseconds::from(digit.wrapping_sub(b'0'));
        denominator *= 10;
    }
    let part = numerator.checked_mul(unit)? / denominator;
    whole.checked_mul(unit)?.checked_add(part)
}

/// A JSON number: like the above, with a sign and an exponent.
fn scientific(number: &str, unit: Femtoseconds) -> Option<Femtoseconds> {
    let unsigned = number.strip_prefix('-').unwrap_or(number);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.bytes().chain(fraction.bytes()).all(|b| b == b'0') {
        return Some(0); // minus zero too
    }
    if number.starts_with('-') {
        return None;
    }
    let Some(shift) = exponent
        .parse()
        .ok()
        .filter(|shift: &i32| shift.abs() <= MAX_SHIFT)
    else {
        return exponent.starts_with('-').then_some(0);
    };
    let zeros = "0".repeat(usize::try_from(shift.abs()).ok()?);
    let shifted = if shift < 0 {
        let (whole, moved) = split_before_last(&zeros, whole, shift.unsigned_abs());
        format!("{whole}.{moved}{fraction}")
    } else {
        let (moved, fraction) = split_after_first(fraction, &zeros, shift.unsigned_abs());
        format!("{whole}{moved}.{fraction}")
    };
    decimal(&shifted, unit)
}

/// The last `count` digits of a whole number, padded at its front.
fn split_before_last(zeros: &str, whole: &str, count: u32) -> (String, String) {
    let mut padded = format!("{zeros}{whole}");
    let moved = padded.split_off(padded.len().saturating_sub(count as usize));
    (padded, moved)
}

/// The first `count` digits of a fraction, padded at its end.
fn split_after_first(fraction: &str, zeros: &str, count: u32) -> (String, String) {
    let mut moved = format!("{fraction}{zeros}");
    let rest = moved.split_off((count as usize).min(moved.len()));
    (moved, rest)
}

fn round(sum: Femtoseconds) -> Option<i64> {
    i64::try_from(sum.checked_add(MILLISECOND / 2)? / MILLISECOND).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form_is_read() {
        for (text, expected) in [
            ("142ms", 142),
            ("142 ms", 142),
            ("  142ms ", 142),
            ("142", 142),
            ("142.7ms", 143),
            ("142.5ms", 143),
            ("142.4999999999999999999999ms", 142),
            ("0.14s", 140),
            ("1m", 60_000),
            ("1min", 60_000),
            ("1m2s", 62_000),
            ("1m2.5s", 62_500),
            ("1m 2.5s", 62_500),
            ("1h0m0.5s", 3_600_500),
            ("1s500us", 1_001),
            ("499us", 0),
            ("500us", 1),
            ("1500\u{b5}s", 2),
            ("1500\u{3bc}s", 2),
            ("499999ns", 0),
            ("500000ns", 1),
            ("0s", 0),
            ("0", 0),
            ("007ms", 7),
            ("9223372036854775807ms", i64::MAX),
            ("9223372036854775.8074s", i64::MAX),
        ] {
            assert_eq!(milliseconds(text), Some(expected), "{text:?}");
        }
    }

    #[test]
    fn the_rest_is_refused() {
        for text in [
            "",
            " ",
            "ms",
            "-1ms",
            "+1ms",
            "NaN",
            "inf",
            "1e3ms",
            ".5s",
            "5.s",
            "1.2.3ms",
            "1MS",
            "1d",
            "1 2ms",
            "1m2",
            "1ms-",
            "1m-2s",
            "9223372036854775808ms",
            "9223372036854775807.5ms",
            "１ms",
            "142\u{a0}ms",
            "99999999999999999999999999999999999999999999s",
        ] {
            assert_eq!(milliseconds(text), None, "{text:?}");
        }
    }

    #[test]
    fn json_numbers_are_exact() {
        for (number, milli, seconds) in [
            ("15", Some(15), Some(15_000)),
            ("15.0", Some(15), Some(15_000)),
            ("0.1", Some(0), Some(100)),
            ("0.0005", Some(0), Some(1)),
            ("0.00049999999999999999", Some(0), Some(0)),
            ("1.005", Some(1), Some(1_005)),
            ("1.5e1", Some(15), Some(15_000)),
            ("1500E-3", Some(2), Some(1_500)),
            (
                "12345678901234567890e-10",
                Some(1_234_567_890),
                Some(1_234_567_890_123),
            ),
            ("0.00000000000000000015e+20", Some(15), Some(15_000)),
            ("-0", Some(0), Some(0)),
            ("-0.0e9", Some(0), Some(0)),
            ("0e999999999999", Some(0), Some(0)),
            ("1e-999999999999", Some(0), Some(0)),
            ("1e400", None, None),
            ("1e999999999999", None, None),
            ("-1", None, None),
            ("9223372036854775807", Some(i64::MAX), None),
        ] {
            assert_eq!(of_milliseconds(number), milli, "{number}");
            assert_eq!(of_seconds(number), seconds, "{number}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn nothing_panics(text in "\\PC{0,30}") {
            let _ = milliseconds(&text);
        }

        #[test]
        fn sums_add_up(h in 0i64..100, m in 0i64..1000, s in 0i64..1000, ms in 0i64..100_000, gap in " ?") {
            let text = format!("{h}h{gap}{m}m{gap}{s}s{gap}{ms}ms");
            prop_assert_eq!(milliseconds(&text), Some(((h * 60 + m) * 60 + s) * 1000 + ms));
        }

        #[test]
        fn fractions_round_half_up(ms in 0i64..1_000_000, micro in 0i64..1000) {
            let expected = ms + i64::from(micro >= 500);
            prop_assert_eq!(milliseconds(&format!("{ms}.{micro:03}ms")), Some(expected));
            prop_assert_eq!(milliseconds(&format!("{}us", ms * 1000 + micro)), Some(expected));
            prop_assert_eq!(of_milliseconds(&format!("{ms}{micro:03}e-3")), Some(expected));
            prop_assert_eq!(of_seconds(&format!("{ms}.{micro:03}E-3")), Some(expected));
        }

        #[test]
        fn units_agree(n in 0u32..1_000_000) {
            prop_assert_eq!(milliseconds(&format!("{n}s")), of_seconds(&n.to_string()));
            prop_assert_eq!(milliseconds(&format!("{n}")), of_milliseconds(&n.to_string()));
        }
    }
}
