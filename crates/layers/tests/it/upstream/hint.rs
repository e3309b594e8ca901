use http::{HeaderMap, HeaderValue};
use layers::upstream::retry_after;
use proptest::prelude::*;

use super::*;

const SENT: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

fn hint(value: &[u8], date: Option<&'static str>) -> Option<Duration> {
    let mut headers = HeaderMap::new();
    headers.insert("retry-after", HeaderValue::from_bytes(value).ok()?);
    if let Some(date) = date {
        headers.insert("date", HeaderValue::from_static(date));
    }
    retry_after(&headers)
}

#[test]
fn dates_count_from_the_answers_own() {
    for value in [
        "Sun, 06 Nov 1994 08:51:37 GMT",
        "Sunday, 06-Nov-94 08:51:37 GMT",
        "Sun Nov  6 08:51:37 1994",
    ] {
        assert_eq!(hint(value.as_bytes(), Some(SENT)), Some(s(120)), "{value}");
        assert_eq!(hint(value.as_bytes(), None), None, "{value}");
        assert_eq!(hint(value.as_bytes(), Some("yesterday")), None, "{value}");
    }
    assert_eq!(hint(b"Sun, 06 Nov 1994 08:00:00 GMT", Some(SENT)), Some(s(0)));
}

#[test]
fn what_is_no_hint() {
    for value in [
        "",
        " ",
        "-1",
        "1.5",
        "+3",
        "soon",
        "1 s",
        "0x10",
        "Sun, 06 Nov 1994",
    ] {
        assert_eq!(hint(value.as_bytes(), Some(SENT)), None, "{value:?}");
    }
    assert_eq!(hint(b"\xff\xfe", Some(SENT)), None);
    assert_eq!(retry_after(&HeaderMap::new()), None);
}

proptest! {
    #[test]
    fn seconds_up_to_a_day(seconds: u64, zeros in 0_usize..4) {
        let value = format!("{}{seconds}", "0".repeat(zeros));
        prop_assert_eq!(hint(value.as_bytes(), None), Some(s(seconds.min(86_400))));
    }

    #[test]
    fn any_date_up_to_a_day(seconds in 0_i64..4_000_000_000) {
        let sent: jiff::Timestamp = "1994-11-06T08:49:37Z".parse().unwrap();
        let at = jiff::Timestamp::from_second(seconds).unwrap();
        let value = at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let expected = u64::try_from(seconds - sent.as_second()).unwrap_or(0).min(86_400);
        prop_assert_eq!(hint(value.as_bytes(), Some(SENT)), Some(s(expected)));
    }

    #[test]
    fn nothing_panics(value: Vec<u8>) {
        prop_assert!(hint(&value, Some(SENT)).is_none_or(|wait| wait <= s(86_400)));
    }
}
