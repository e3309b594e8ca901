//! Logs: text for people on a terminal, JSON lines for machines.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::config::{LogFormat, Telemetry};

/// Begins to log to standard error.
pub fn begin(settings: &Telemetry) -> Result<(), String> {
    let filter = EnvFilter::try_new(&settings.log).map_err(|error| format!("telemetry.log: {error}"))?;
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
    begun.map_err(|error| format!("logging: {error}"))
}
