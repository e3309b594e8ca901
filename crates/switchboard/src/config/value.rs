//! From a TOML value to a typed one: numbers, spans of time, sizes, words.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use serde_json::{Map, Value, json};
use toml::de::{DeInteger, DeValue};

/// Why a value was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Continues a sentence that begins with the key.
    pub(super) message: String,
    /// What to do about it.
    pub(super) fix: Option<String>,
    /// The value may hold a secret and must not be shown.
    pub(super) private: bool,
}

/// A value, or why not.
pub(super) type Parsed<T> = Result<T, Refusal>;

impl Refusal {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            fix: None,
            private: false,
        }
    }

    pub(super) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    pub(super) fn private(mut self) -> Self {
        self.private = true;
        self
    }

    pub(super) fn expected(wanted: impl fmt::Display, found: &DeValue<'_>) -> Self {
        let fix = format!("write {wanted}: {}", example(&wanted.to_string()));
        Self::new(format!("has to be {wanted}, not {}", kind(found))).fix(fix)
    }

    /// A name that is none of the known ones.
    pub(super) fn unknown(name: &str, known: impl Iterator<Item = &'static str> + Clone) -> Self {
        let near = known
            .clone()
            .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
            .min_by_key(|(distance, _)| *distance)
            .filter(|(distance, candidate)| *distance * 2 <= candidate.len());
        let fix = match near {
            Some((_, candidate)) => format!("did you mean `{candidate}`?"),
            None => format!("known here: {}", known.collect::<Vec<_>>().join(", ")),
        };
        Self::new("is unknown").fix(fix)
    }
}

/// Any text.
pub(super) fn text<'v>(value: &'v DeValue<'_>) -> Parsed<&'v str> {
    value.as_str().ok_or_else(|| Refusal::expected("a string", value))
}

/// `true` or `false`.
pub(super) fn flag(value: &DeValue<'_>) -> Parsed<bool> {
    value
        .as_bool()
        .ok_or_else(|| Refusal::expected("true or false", value))
}

/// A whole number in a range.
pub(super) fn count<T>(range: RangeInclusive<T>) -> impl Fn(&DeValue<'_>) -> Parsed<T>
where
    T: TryFrom<u64> + PartialOrd + fmt::Display,
{
    move |value| {
        let number = value
            .as_integer()
            .ok_or_else(|| Refusal::expected("a whole number", value))?;
        integer(number)
            .and_then(|number| T::try_from(number).ok())
            .filter(|number| range.contains(number))
            .ok_or_else(|| Refusal::new(format!("has to be from {} to {}", range.start(), range.end())))
    }
}

/// A share of one; zero only where it says something.
pub(super) fn ratio(zero: Zero) -> impl Fn(&DeValue<'_>) -> Parsed<f64> {
    move |value| {
        let number = match value {
            DeValue::Float(float) => float.as_str().parse::<f64>().ok(),
            DeValue::Integer(number) => number.as_str().parse::<f64>().ok(),
            other => return Err(Refusal::expected("a number", other)),
        };
        let fits = |number: &f64| (0.0..=1.0).contains(number) && (zero == Zero::Allowed || *number > 0.0);
        number.filter(fits).ok_or_else(|| {
            Refusal::new(match zero {
                Zero::Allowed => "has to be from 0 to 1",
                Zero::Refused => "has to be above 0 and at most 1",
            })
        })
    }
}

/// Whether zero is a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Zero {
    Allowed,
    Refused,
}

/// Longer spans of time are mistakes, and would overflow somewhere.
const LONGEST: Duration = Duration::from_hours(720);

/// `"250ms"`, `"5s"`, `"10m"`, `"1h"`; zero only where it says something.
pub(super) fn duration(zero: Zero) -> impl Fn(&DeValue<'_>) -> Parsed<Duration> {
    move |value| {
        let malformed =
            || Refusal::new("is no span of time").fix("write \"250ms\", \"5s\", \"10m\" or \"1h\"");
        let duration = match value {
            DeValue::Integer(number) if integer(number) == Some(0) => Duration::ZERO,
            DeValue::String(text) if text == "0" => Duration::ZERO,
            DeValue::String(text) => {
                let (number, unit) = number_and_unit(text).ok_or_else(malformed)?;
                let milliseconds = match unit {
                    "ms" => 1,
                    "s" => 1_000,
                    "m" => 60_000,
                    "h" => 3_600_000,
                    _ => return Err(malformed()),
                };
                Duration::from_millis(number.saturating_mul(milliseconds))
            }
            _ => return Err(malformed()),
        };
        if duration > LONGEST {
            Err(Refusal::new("is longer than 720h"))
        } else if duration.is_zero() && zero == Zero::Refused {
            Err(Refusal::new("has to be above 0"))
        } else {
            Ok(duration)
        }
    }
}

/// `"32KiB"`, `"8MiB"`, `"1GiB"`, `"512B"`, within a range of bytes.
pub(super) fn size(range: RangeInclusive<usize>) -> impl Fn(&DeValue<'_>) -> Parsed<usize> {
    move |value| {
        let malformed = || Refusal::new("is no size").fix("write \"512B\", \"32KiB\", \"8MiB\" or \"1GiB\"");
        let (number, unit) = value.as_str().and_then(number_and_unit).ok_or_else(malformed)?;
        let unit = match unit {
            "B" => 1_u64,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => return Err(malformed()),
        };
        let bytes = number
            .checked_mul(unit)
            .and_then(|bytes| usize::try_from(bytes).ok());
        bytes.filter(|bytes| range.contains(bytes)).ok_or_else(|| {
            Refusal::new(format!(
                "has to be from {} to {} bytes",
                range.start(),
                range.end()
            ))
        })
    }
}

/// One of some words.
pub(super) fn word<T: Copy + 'static>(
    words: &'static [(&'static str, T)],
) -> impl Fn(&DeValue<'_>) -> Parsed<T> {
    move |value| {
        let text = text(value)?;
        let found = words.iter().find(|(word, _)| *word == text);
        found
            .map(|(_, meaning)| *meaning)
            .ok_or_else(|| Refusal::unknown(text, words.iter().map(|(word, _)| *word)))
    }
}

/// A value as JSON, for the view.
pub(super) fn view(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => json!(text),
        DeValue::Integer(number) => integer(number).map_or_else(|| json!(number.to_string()), |n| json!(n)),
        DeValue::Float(number) => number
            .as_str()
            .parse::<f64>()
            .map_or_else(|_| json!(number.as_str()), |n| json!(n)),
        DeValue::Boolean(flag) => json!(flag),
        DeValue::Datetime(time) => json!(time.to_string()),
        DeValue::Array(items) => items.iter().map(|item| view(item.get_ref())).collect(),
        DeValue::Table(table) => {
            let entries = table.iter();
            let members: Map<String, Value> = entries
                .map(|(name, value)| (name.get_ref().to_string(), view(value.get_ref())))
                .collect();
            Value::Object(members)
        }
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// How a value of that kind is written.
fn example(kind: &str) -> &'static str {
    match kind {
        "a string" => "in quotes, \"…\"",
        "true or false" => "without quotes",
        "a list" => "[\"…\", \"…\"], and [] if it is empty",
        "a table" => "{ key = …, key = … }, or its keys below a line with its name in brackets",
        _ => "without quotes, 20 or 0.5",
    }
}

fn integer(number: &DeInteger<'_>) -> Option<u64> {
    u64::from_str_radix(number.as_str(), number.radix()).ok()
}

fn number_and_unit(text: &str) -> Option<(u64, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    Some((number.parse().ok()?, unit))
}
