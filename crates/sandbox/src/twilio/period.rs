//! The time of creation that a list is narrowed to. Both bounds are inclusive, and a date without a time means
//! the whole day.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::error::Error;
use crate::http::Request;

/// From one instant to another, either of which may be missing.
pub(super) struct Period {
    start: Option<Timestamp>,
    /// The first instant that is too late.
    end: Option<Timestamp>,
}

impl Period {
    /// The period that a request asks for.
    pub(super) fn of(request: &Request) -> Result<Self, Error> {
        let bound = |name: &'static str, read: fn(&str) -> Option<Timestamp>| {
            let read = |text| read(text).ok_or_else(|| Error::invalid_parameter(name));
            request.query(name).map(read).transpose()
        };
        Ok(Self {
            start: bound("StartDate", |text| {
                text.parse().ok().or_else(|| midnight(date(text)?))
            })?,
            end: bound("EndDate", after)?,
        })
    }

    /// Whether the request named a bound.
    pub(super) fn is_bounded(&self) -> bool {
        self.start.is_some() || self.end.is_some()
    }

    /// Whether something of this date is in it; what has no readable date is in the unbounded one.
    pub(super) fn contains(&self, date: &str) -> bool {
        match date.parse::<Timestamp>() {
            Ok(date) => self.start.is_none_or(|start| start <= date) && self.end.is_none_or(|end| date < end),
            Err(_) => !self.is_bounded(),
        }
    }
}

fn after(text: &str) -> Option<Timestamp> {
    match text.parse::<Timestamp>() {
        Ok(instant) => instant.checked_add(1.nanosecond()).ok(),
        Err(_) => midnight(date(text)?.tomorrow().ok()?),
    }
}

fn date(text: &str) -> Option<Date> {
    Date::strptime("%Y-%m-%d", text).ok()
}

fn midnight(date: Date) -> Option<Timestamp> {
    let start = date.to_zoned(TimeZone::UTC).ok()?;
    Some(start.timestamp())
}
