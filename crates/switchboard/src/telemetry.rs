//! Logs: text for people on a terminal, JSON lines for machines.

mod json;
mod lines;
#[cfg(test)]
mod tests;

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::panic;

use anstream::{AutoStream, ColorChoice};
use tracing::Subscriber;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt, registry};

use self::json::Json;
use self::lines::Lines;
use crate::config::{LogFormat, Telemetry};

/// What a task that has panicked is said to have done: its own text may quote whatever was being worked on.
pub const PANICKED: &str = "it panicked; the log says where";

/// Who watches files must not write into one for each change that he sees.
const QUIET: &str = "notify=warn";

/// The log at work. What was left for it is written when it goes.
#[must_use]
pub struct Log(Option<Lines>);

impl Drop for Log {
    fn drop(&mut self) {
        if let Some(lines) = &self.0 {
            lines.flush();
        }
    }
}

/// Begins to log to standard error.
pub fn begin(settings: &Telemetry) -> Result<Log, String> {
    let json = match settings.log_format {
        LogFormat::Auto => !io::stderr().is_terminal(),
        LogFormat::Json => true,
        LogFormat::Text => false,
    };
    let log = if json {
        as_json(&settings.log, io::stderr())?
    } else {
        let builder = fmt().with_env_filter(filter(&settings.log)?);
        let builder = builder.with_writer(io::stderr).with_target(false);
        let builder = builder.with_ansi(AutoStream::choice(&io::stderr()) != ColorChoice::Never);
        // It would report a closed standard error there, and panic.
        let builder = builder.log_internal_errors(false);
        builder.try_init().map_err(|error| format!("logging: {error}"))?;
        Log(None)
    };
    report_panics();
    Ok(log)
}

/// Begins to log as JSON what the filter lets through.
pub fn as_json(wanted: &str, out: impl Write + Send + 'static) -> Result<Log, String> {
    let failed = |error: &dyn Display| format!("logging: {error}");
    let lines = Lines::to(out).map_err(|error| failed(&error))?;
    let layers = json_lines(wanted, lines.clone())?;
    layers.try_init().map_err(|error| failed(&error))?;
    Ok(Log(Some(lines)))
}

/// No line names the spans that it was written in, so that they are made only where a directive asks for them.
fn json_lines(wanted: &str, lines: Lines) -> Result<impl Subscriber + Send + Sync, String> {
    let asks_for_spans = wanted.contains('[');
    let made = filter_fn(move |metadata| asks_for_spans || !metadata.is_span());
    Ok(registry().with(filter(wanted)?).with(made).with(Json(lines)))
}

fn filter(wanted: &str) -> Result<EnvFilter, String> {
    let unusable = |error: &dyn Display| format!("telemetry.log: {error}");
    let filter = EnvFilter::try_new(wanted).map_err(|error| unusable(&error))?;
    let quiet = QUIET.parse().map_err(|error| unusable(&error))?;
    Ok(filter.add_directive(quiet))
}

/// Lines that were lost because nobody read them in time.
pub fn lost_lines() -> u64 {
    lines::lost()
}

/// Panics go to the log too, with the place, and the text only where it is one of the program's own: one that was made
/// at the time may quote whatever was being worked on.
pub fn report_panics() {
    panic::set_hook(Box::new(|panic| {
        let text = panic.payload().downcast_ref::<&'static str>();
        tracing::error!(
            place = panic.location().map(tracing::field::display),
            text,
            "a panic, which is a mistake in the program"
        );
    }));
}
