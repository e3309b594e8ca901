//! Logs: text for people on a terminal, JSON lines for machines.

mod json;
mod lines;
#[cfg(test)]
mod tests;

use std::fmt::Display;
use std::io::{self, IsTerminal};
use std::panic;

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
    let unusable = |error: &dyn Display| format!("telemetry.log: {error}");
    let filter = EnvFilter::try_new(&settings.log).map_err(|error| unusable(&error))?;
    let filter = filter.add_directive(QUIET.parse().map_err(|error| unusable(&error))?);
    let json = match settings.log_format {
        LogFormat::Auto => !io::stderr().is_terminal(),
        LogFormat::Json => true,
        LogFormat::Text => false,
    };
    let failed = |error: &dyn Display| format!("logging: {error}");
    let lines = if json {
        let lines = Lines::to(io::stderr()).map_err(|error| failed(&error))?;
        let layers = registry().with(filter).with(Json(lines.clone()));
        layers.try_init().map_err(|error| failed(&error))?;
        Some(lines)
    } else {
        let builder = fmt()
            .with_env_filter(filter)
            .with_writer(io::stderr)
            .with_target(false);
        // It would report a closed standard error there, and panic.
        let builder = builder.log_internal_errors(false);
        builder.try_init().map_err(|error| failed(&error))?;
        None
    };
    report_panics();
    Ok(Log(lines))
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
