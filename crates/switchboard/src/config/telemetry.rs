//! `[telemetry]`: logs and traces.

use toml::de::DeValue;
use tracing_subscriber::EnvFilter;

use super::table::Table;
use super::value::{Parsed, Refusal, Zero, flag, ratio, text, word};

/// The section.
#[derive(Debug, Clone)]
pub struct Telemetry {
    /// What is logged, in the filter syntax of `tracing`; it was checked.
    pub log: String,
    /// How it looks.
    pub log_format: LogFormat,
    /// Whether there is a line for each request.
    pub access_log: bool,
    /// The share of requests that are traced.
    pub sample_ratio: f64,
}

/// How a log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    #[default]
    Auto,
    /// Text.
    Text,
    /// JSON.
    Json,
}

impl Telemetry {
    pub(super) fn read(table: &mut Table<'_>) -> Self {
        let format = word(&[
            ("auto", LogFormat::Auto),
            ("text", LogFormat::Text),
            ("json", LogFormat::Json),
        ]);
        Self {
            log: table.get("log", filter),
            log_format: table.get("log_format", format),
            access_log: table.get("access_log", flag),
            sample_ratio: table.get("sample_ratio", ratio(Zero::Allowed)),
        }
    }
}

fn filter(value: &DeValue<'_>) -> Parsed<String> {
    let text = text(value)?;
    match EnvFilter::builder().parse(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(Refusal::new("is no log filter").fix("write \"info\", or \"info,switchboard=debug\"")),
    }
}
