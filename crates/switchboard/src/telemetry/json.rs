//! Events as JSON, a line for each. The general formatter of the library spends six times as much on a line as all of
//! this does, which was more than a third of a cache hit.

use std::cell::RefCell;
use std::error::Error;
use std::fmt::{self, Write};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_log::NormalizeEvent;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use super::lines::{Lines, Urgency};

/// Lines that may wait for a moment for others to come.
const PATIENT: &str = "switchboard::access";

thread_local! {
    /// The line that is being written; kept, so that the next one finds room.
    static LINE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static CLOCK: RefCell<Clock> = const { RefCell::new(Clock::new()) };
}

/// Writes events to lines.
pub(super) struct Json(pub(super) Lines);

impl<S: Subscriber> Layer<S> for Json {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        // An event while a line is being written: by what a field shows itself with.
        let _ = LINE.try_with(|line| {
            let Ok(mut line) = line.try_borrow_mut() else {
                return;
            };
            line.clear();
            write(event, &mut line);
            let urgency = if event.metadata().target() == PATIENT {
                Urgency::CanWait
            } else {
                Urgency::Now
            };
            self.0.push(&line, urgency);
        });
    }
}

fn write(event: &Event<'_>, line: &mut Vec<u8>) {
    // Events of the older logging library say in their fields what they are.
    let normalized = event.normalized_metadata();
    let metadata = normalized.as_ref().unwrap_or_else(|| event.metadata());
    line.extend_from_slice(b"{\"timestamp\":\"");
    let _ = CLOCK.try_with(|clock| clock.borrow_mut().write(SystemTime::now(), line));
    line.extend_from_slice(b"\",\"level\":\"");
    line.extend_from_slice(metadata.level().as_str().as_bytes());
    line.push(b'"');
    event.record(&mut Members(line));
    line.extend_from_slice(b",\"target\":\"");
    escape(metadata.target(), line);
    line.extend_from_slice(b"\"}\n");
}

/// The fields of an event as members of the object.
struct Members<'l>(&'l mut Vec<u8>);

impl Members<'_> {
    /// Begins a member. `None` for what the older logging library says about itself.
    fn name(&mut self, field: &Field) -> Option<&mut Vec<u8>> {
        let name = field.name();
        if name.starts_with("log.") {
            return None;
        }
        // A name of the code.
        let name = name.strip_prefix("r#").unwrap_or(name);
        self.0.extend_from_slice(b",\"");
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(b"\":");
        Some(self.0)
    }

    fn integer(&mut self, field: &Field, value: impl itoa::Integer) {
        if let Some(line) = self.name(field) {
            line.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
        }
    }
}

impl Visit for Members<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if let Some(line) = self.name(field) {
            line.push(b'"');
            // It fails only if what is shown fails.
            let _ = write!(Escaped(line), "{value:?}");
            line.push(b'"');
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if let Some(line) = self.name(field) {
            line.push(b'"');
            escape(value, line);
            line.push(b'"');
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        if let Some(line) = self.name(field) {
            line.extend_from_slice(if value { b"true" } else { b"false" });
        }
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if let Some(line) = self.name(field) {
            number(value, line);
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.integer(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.integer(field, value);
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.integer(field, value);
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.integer(field, value);
    }
}

/// A number as JSON has it; most are milliseconds with three decimals, which need no search for the shortest form.
fn number(value: f64, line: &mut Vec<u8>) {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "whether it is the same number is what is asked next"
    )]
    let (thousandths, same) = {
        let thousandths = (value * 1e3 + 0.5) as u64;
        (
            thousandths,
            (thousandths as f64 / 1e3).to_bits() == value.to_bits(),
        )
    };
    if !value.is_finite() {
        line.extend_from_slice(b"null");
    } else if same && thousandths < 1_000_000_000_000_000 {
        let mut digits = itoa::Buffer::new();
        line.extend_from_slice(digits.format(thousandths / 1000).as_bytes());
        let decimals = digits
            .format(1000 + thousandths % 1000)
            .strip_prefix('1')
            .unwrap_or_default();
        let decimals = decimals.trim_end_matches('0');
        if !decimals.is_empty() {
            line.push(b'.');
            line.extend_from_slice(decimals.as_bytes());
        }
    } else {
        let _ = write!(Escaped(line), "{value}");
    }
}

/// What is written arrives escaped.
struct Escaped<'l>(&'l mut Vec<u8>);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        escape(text, self.0);
        Ok(())
    }
}

/// RFC 8259, section 7.
fn escape(text: &str, line: &mut Vec<u8>) {
    if is_plain(text.as_bytes()) {
        line.extend_from_slice(text.as_bytes());
        return;
    }
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => line.extend_from_slice(&[b'\\', byte]),
            b'\n' => line.extend_from_slice(b"\\n"),
            b'\r' => line.extend_from_slice(b"\\r"),
            b'\t' => line.extend_from_slice(b"\\t"),
            0..b' ' => {
                let _ = write!(Raw(line), "\\u{byte:04x}");
            }
            _ => line.push(byte),
        }
    }
}

/// Whether nothing needs to be escaped. Eight bytes at once: this is asked of every text of every line.
fn is_plain(text: &[u8]) -> bool {
    let (eights, rest) = text.as_chunks::<8>();
    let special = |byte: &u8| *byte < b' ' || matches!(byte, b'"' | b'\\');
    eights
        .iter()
        .all(|eight| is_plain_eight(u64::from_ne_bytes(*eight)))
        && match text.last_chunk::<8>() {
            Some(last) => is_plain_eight(u64::from_ne_bytes(*last)),
            None => !rest.iter().any(special),
        }
}

fn is_plain_eight(bytes: u64) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let same = |bytes: u64, byte: u8| {
        let differs = bytes ^ (ONES * u64::from(byte));
        differs.wrapping_sub(ONES) & !differs
    };
    let below_space = bytes.wrapping_sub(ONES * u64::from(b' ')) & !bytes;
    (below_space | same(bytes, b'"') | same(bytes, b'\\')) & HIGH == 0
}

struct Raw<'l>(&'l mut Vec<u8>);

impl Write for Raw<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// The time as text. Its seconds are written once for all lines of a second.
struct Clock {
    second: Option<u64>,
    text: String,
}

impl Clock {
    const fn new() -> Self {
        Self {
            second: None,
            text: String::new(),
        }
    }

    fn write(&mut self, now: SystemTime, line: &mut Vec<u8>) {
        let since = now
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or(Duration::ZERO);
        if self.second != Some(since.as_secs()) {
            self.second = Some(since.as_secs());
            let second = i64::try_from(since.as_secs()).ok();
            let second = second.and_then(|second| Timestamp::from_second(second).ok());
            self.text = second.unwrap_or(Timestamp::UNIX_EPOCH).to_string();
        }
        line.extend_from_slice(self.text.trim_end_matches('Z').as_bytes());
        line.push(b'.');
        let mut digits = itoa::Buffer::new();
        let micros = digits.format(1_000_000 + since.subsec_micros());
        line.extend_from_slice(micros.strip_prefix('1').unwrap_or_default().as_bytes());
        line.push(b'Z');
    }
}
