//! Logs: text for people on a terminal, JSON lines for machines.

use std::io::{self, IsTerminal};
use std::panic;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::config::{LogFormat, Telemetry};

/// What a task that has panicked is said to have done: its own text may quote whatever was being worked on.
pub const PANICKED: &str = "it panicked; the log says where";

/// Who watches files must not write into one for each change that he sees.
const QUIET: &str = "notify=warn";

/// Begins to log to standard error.
pub fn begin(settings: &Telemetry) -> Result<(), String> {
    let unusable = |error: &dyn std::fmt::Display| format!("telemetry.log: {error}");
    let filter = EnvFilter::try_new(&settings.log).map_err(|error| unusable(&error))?;
    let filter = filter.add_directive(QUIET.parse().map_err(|error| unusable(&error))?);
    let builder = fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        // It would report a closed standard error there, and panic.
        .log_internal_errors(false);
    let json = match settings.log_format {
        LogFormat::Auto => !io::stderr().is_terminal(),
        LogFormat::Json => true,
        LogFormat::Text => false,
    };
    let begun = if json {
        builder
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .try_init()
    } else {
        builder.with_target(false).try_init()
    };
    begun.map_err(|error| format!("logging: {error}"))?;
    report_panics();
    Ok(())
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
