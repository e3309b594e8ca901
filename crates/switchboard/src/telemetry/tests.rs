use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, channel};

use proptest::prelude::*;
use serde_json::{Value, json};
use tracing::subscriber::with_default;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;

use super::json::Json;
use super::json_lines;
use super::lines::{self, Lines, Urgency};

/// What was written, a message for each time.
struct Written(Sender<Vec<u8>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(bytes.to_vec()).unwrap();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn lines() -> (Lines, Receiver<Vec<u8>>) {
    let (sender, receiver) = channel();
    (Lines::to(Written(sender)).unwrap(), receiver)
}

/// The events of that, as lines.
fn logged(events: impl FnOnce()) -> String {
    let (lines, written) = lines();
    with_default(registry().with(Json(lines.clone())), events);
    lines.flush();
    let text = written.try_iter().flatten().collect::<Vec<u8>>();
    String::from_utf8(text).unwrap()
}

fn one(event: impl FnOnce()) -> Value {
    let logged = logged(event);
    assert_eq!(logged.find('\n'), Some(logged.len() - 1), "{logged:?}");
    serde_json::from_str(&logged).unwrap()
}

#[test]
fn spans_are_made_for_directives_alone() {
    for (wanted, are_made) in [("debug", false), ("debug,[call{connection=acme}]=trace", true)] {
        let layers = json_lines(wanted, lines().0).unwrap();
        with_default(layers, || {
            let span = tracing::info_span!("call", connection = "acme");
            assert_eq!(!span.is_disabled(), are_made, "{wanted}");
            // An event is one of the line's in any case.
            assert!(tracing::enabled!(tracing::Level::DEBUG), "{wanted}");
            let inside = span.in_scope(|| tracing::enabled!(tracing::Level::TRACE));
            assert_eq!(inside, are_made, "{wanted}");
        });
    }
}

#[test]
fn every_kind_of_field_is_what_it_is() {
    let missing: Option<u64> = None;
    let error = io::Error::other("it \"failed\"");
    let mut line = one(|| {
        tracing::warn!(
            target: "a::target",
            text = "t",
            shown = %"a\tb",
            debug = ?"quoted",
            flag = true,
            small = -3_i64,
            large = u64::MAX,
            larger = u128::MAX,
            missing,
            error = &error as &dyn std::error::Error,
            r#type = "keyword",
            "so {} it {}",
            "is",
            1
        );
    });
    let line = line.as_object_mut().unwrap();
    let time = line.remove("timestamp").unwrap();
    let time = time.as_str().unwrap();
    assert!(
        time.len() == "2026-11-22T11:13:51.461504Z".len() && time.parse::<jiff::Timestamp>().is_ok(),
        "{time}"
    );
    // Numbers that not everybody can read keep their digits.
    let larger = line.remove("larger").unwrap();
    assert!(larger.is_number(), "{larger}");
    assert_eq!(
        Value::from(line.clone()),
        json!({
            "level": "WARN", "target": "a::target", "message": "so is it 1", "text": "t", "shown": "a\tb",
            "debug": "\"quoted\"", "flag": true, "small": -3, "large": u64::MAX, "error": "it \"failed\"",
            "type": "keyword",
        })
    );
}

#[test]
fn a_line_inside_of_a_line_spoils_neither() {
    struct Talkative;
    impl std::fmt::Display for Talkative {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            tracing::info!("inside");
            f.write_str("outside")
        }
    }
    assert_eq!(one(|| tracing::info!(field = %Talkative))["field"], "outside");
}

proptest! {
    #[test]
    fn any_text_can_be_read_back(text in any::<String>(), control in "[\\x00-\\x1f\"\\\\]{0,8}") {
        let text = text + &control;
        let line = one(|| tracing::info!(plain = &*text, shown = %text, "{text}"));
        for name in ["plain", "shown", "message"] {
            prop_assert_eq!(line[name].as_str(), Some(&*text));
        }
    }

    #[test]
    fn any_number_can_be_read_back(number in any::<f64>(), micros in 0_u64..1 << 50) {
        #[expect(clippy::cast_precision_loss, reason = "it has 50 bits")]
        let milliseconds = micros as f64 / 1e3;
        let line = logged(|| tracing::info!(number, milliseconds));
        // The JSON library's numbers are not exact.
        let read = |name: &str| {
            let (_, rest) = line.split_once(&format!("\"{name}\":")).unwrap();
            rest.split_once(',').unwrap().0.parse::<f64>().ok()
        };
        prop_assert_eq!(read("milliseconds"), Some(milliseconds));
        prop_assert_eq!(read("number"), Some(number).filter(|number| number.is_finite()));
    }
}

#[test]
fn a_line_that_can_wait_goes_with_the_next() {
    let (lines, written) = lines();
    for number in 0..3 {
        lines.push(format!("{number}\n").as_bytes(), Urgency::CanWait);
    }
    lines.push(b"now\n", Urgency::Now);
    lines.flush();
    assert_eq!(
        written.try_iter().flatten().collect::<Vec<u8>>(),
        b"0\n1\n2\nnow\n"
    );
    // And by itself, if none comes.
    lines.push(b"alone\n", Urgency::CanWait);
    assert_eq!(written.recv().unwrap(), b"alone\n");
}

#[test]
fn nobody_waits_for_a_reader() {
    /// Takes nothing until it is told to.
    struct Stuck(Receiver<()>, Sender<usize>);
    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            // Once the other end is gone it takes everything.
            let _released = self.0.recv();
            self.1.send(bytes.len()).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let ((release, stuck), (sender, written)) = (channel(), channel());
    let lines = Lines::to(Stuck(stuck, sender)).unwrap();
    let before = lines::lost();
    let line = [b'x'; 1024];
    let pushed = 16 * 1024;
    for _ in 0..pushed {
        lines.push(&line, Urgency::Now);
    }
    drop(release);
    lines.flush();
    let lost = usize::try_from(lines::lost() - before).unwrap();
    let bytes: usize = written.try_iter().sum();
    assert_eq!(bytes, (pushed - lost) * line.len());
    // What is kept, and what was being written by then.
    assert!((4 << 20..=9 << 20).contains(&bytes), "{bytes}");
}
