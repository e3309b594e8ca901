//! Texts that mean an amount: the spans of time of a provider's log, those and the sizes and rates of the
//! configuration, and points in time. Each is read as another way of computing says, or refused.
#![no_main]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use libfuzzer_sys::fuzz_target;
use model::{Account, Drift, Json, PageRequest, Profile, Progress, Timestamp, UpstreamResponse};
use switchboard::config::{Config, ConfigError, Loader};

fuzz_target!(|data: &[u8]| {
    let Some((kind, text)) = data.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    match kind % 4 {
        0 => duration_of_an_attempt(text),
        1 => duration_of_the_configuration(text),
        2 => size_of_the_configuration(text),
        _ => point_in_time(text),
    }
});

/// As text, and as a number if it is one.
fn duration_of_an_attempt(text: &str) {
    let quoted = serde_json::to_string(&Json::text(text)).expect("a text is JSON");
    let read = attempt(&quoted);
    match sum(text) {
        Some(expected) => close(read, expected),
        None => assert_eq!(read, None, "{text:?}"),
    }
    if serde_json::from_str::<f64>(text).is_ok_and(|number| number.abs() < 1e12) {
        let number: f64 = text.trim().parse().expect("what is a number in JSON is one here");
        let read = attempt(text);
        if number.is_sign_negative() {
            assert!(read.is_none_or(|read| read == 0), "{text}");
        } else {
            assert!(read.is_some(), "{text}");
            close(read, number);
        }
    }
}

/// The duration that clients see of an attempt whose time is written so.
fn attempt(written: &str) -> Option<i64> {
    let body = format!(
        r#"{{"data":{{"conversation_id":"convo_a","url":"https://a.example/","payload":{{}},"metadata":[{{"response_time":{written}}}]}},"errors":null}}"#
    );
    let provider = providers::find("bland").expect("an adapter");
    let account = Arc::new(Account {
        connection: "acme".parse().expect("a name"),
        base_url: "https://api.example".to_owned(),
        options: [].into(),
    });
    let page = PageRequest {
        limit: 5,
        token: None,
    };
    let conversation = "convo_a".parse().expect("an id");
    let exchange = provider
        .list_webhook_deliveries(&account, &conversation, &page)
        .expect("a request");
    let response = UpstreamResponse {
        status: 200,
        headers: HeaderMap::new(),
        body: Bytes::from(body),
    };
    match (exchange.read)(response, &mut Drift::new("webhook_delivery")).expect("a log") {
        Progress::Done(page) => page.items[0].attempts[0].duration_ms,
        Progress::Next(_) => panic!("one log is one answer"),
    }
}

/// Numbers with units, added up; a number alone counts milliseconds.
fn sum(text: &str) -> Option<f64> {
    let mut rest = text.trim_matches(' ');
    let mut sum = 0.0;
    let mut is_first = true;
    while is_first || !rest.is_empty() {
        let digits = rest
            .bytes()
            .take_while(|byte| byte.is_ascii_digit() || *byte == b'.')
            .count();
        let (number, after) = rest.split_at(digits);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        if whole.is_empty() || fraction.is_empty() || fraction.contains('.') {
            return None;
        }
        let number: f64 = number.parse().ok()?;
        let after = after.trim_start_matches(' ');
        let letters = after
            .chars()
            .take_while(|c| c.is_alphabetic())
            .map(char::len_utf8)
            .sum();
        let (unit, after) = after.split_at(letters);
        sum += number
            * match unit {
                "" if is_first && after.is_empty() => 1.0,
                "ns" => 1e-6,
                "us" | "µs" | "μs" => 1e-3,
                "ms" => 1.0,
                "s" => 1e3,
                "m" | "min" => 6e4,
                "h" => 3.6e6,
                _ => return None,
            };
        rest = after.trim_start_matches(' ');
        is_first = false;
    }
    Some(sum)
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn close(read: Option<i64>, expected: f64) {
    match read {
        Some(read) => assert!(
            (read as f64 - expected).abs() <= 1.0 + expected * 1e-9,
            "{read} {expected}"
        ),
        None => assert!(expected > 9e18, "{expected}"),
    }
}

fn duration_of_the_configuration(text: &str) {
    let expected = count(text, &[("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)]);
    let expected = expected.or((text == "0").then_some(0));
    let expected = expected.filter(|milliseconds| *milliseconds <= 720 * 3_600_000);
    let read = server("drain_delay", text).map(|config| config.server.drain_delay);
    let zero_is_refused = server("request_timeout", text).map(|config| config.server.request_timeout);
    let expected =
        expected.map(|milliseconds| Duration::from_millis(u64::try_from(milliseconds).expect("30 days")));
    assert_eq!(read.ok(), expected, "{text:?}");
    assert_eq!(
        zero_is_refused.ok(),
        expected.filter(|time| !time.is_zero()),
        "{text:?}"
    );
}

fn size_of_the_configuration(text: &str) {
    let units = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];
    let expected = count(text, &units).and_then(|bytes| usize::try_from(bytes).ok());
    let read = server("max_header", text).map(|config| config.server.max_header);
    assert_eq!(
        read.ok(),
        expected.filter(|bytes| (8 << 10..=1 << 20).contains(bytes)),
        "{text:?}"
    );
}

/// Digits and a unit.
fn count(text: &str, units: &[(&str, u128)]) -> Option<u128> {
    let number = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let (_, factor) = units.iter().find(|(unit, _)| *unit == &text[number.len()..])?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let number: u128 = if is_number {
        number.parse().ok()?
    } else {
        return None;
    };
    number.checked_mul(*factor)
}

/// The shipped configuration with one value in its place.
fn server(key: &str, value: &str) -> Result<Config, Vec<ConfigError>> {
    let value: String = value
        .chars()
        .map(|c| format!("\\U{:08X}", u32::from(c)))
        .collect();
    let connection = "connections.acme = { provider = \"twilio\", base_url = \"sandbox\", username = \"a\", password = \"b\" }";
    let text = format!("{connection}\n[server]\n{key} = \"{value}\"\n");
    let profiles: Vec<&'static Profile> = providers::all()
        .iter()
        .map(|provider| provider.profile())
        .collect();
    let loader = Loader {
        profiles: &profiles,
        environment: &|_| None,
    };
    let loaded = loader.parse("gateway.toml", &text, Path::new("/nowhere"));
    let of_this = |error: &ConfigError| error.key.as_deref() == Some(&format!("server.{key}"));
    if let Err(errors) = &loaded {
        assert!(
            errors.iter().all(|error| of_this(error) && error.line == Some(3)),
            "{errors:?}"
        );
    }
    loaded.map(|loaded| loaded.config)
}

/// One that is read is in UTC, stays as it is when read again, and means the same.
fn point_in_time(text: &str) {
    let Some(time) = Timestamp::parse(text) else {
        return;
    };
    assert!(
        time.as_str().ends_with('Z') && time.as_str().len() <= text.len().max(32),
        "{text:?}"
    );
    assert_eq!(Timestamp::parse(time.as_str()).as_ref(), Some(&time));
    let instant = |text: &str| text.parse::<jiff::Timestamp>().ok();
    assert_eq!(instant(time.as_str()), instant(text));
}
