//! `[telemetry]`: logs and traces.

use toml::de::DeValue;
use tracing_subscriber::EnvFilter;
use url::Url;

use super::address;
use super::form::{Form, Key};
use super::table::Table;
use super::value::{Parsed, Refusal, Zero, flag, ratio, text, word};

/// Where collectors listen for OTLP over HTTP.
const HTTP_PORT: u16 = 4318;

/// The section.
#[derive(Debug, Clone)]
pub struct Telemetry {
    /// What is logged, in the filter syntax of `tracing`; it was checked.
    pub log: String,
    /// How it looks.
    pub log_format: LogFormat,
    /// Whether there is a line for each request.
    pub access_log: bool,
    /// Where spans go, if they go anywhere.
    pub otlp_endpoint: Option<Collector>,
    /// The share of requests that are traced.
    pub sample_ratio: f64,
}

/// Where spans go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collector {
    /// There; without user info, query and fragment.
    pub url: Url,
    /// In that way.
    pub protocol: Protocol,
}

/// How a collector is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// OTLP over gRPC.
    Grpc,
    /// OTLP over HTTP, in protobuf.
    Http,
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

/// Its keys.
pub(super) const KEYS: &[Key] = &[
    Key::new("log", Form::SOME),
    Key::new("log_format", Form::Word(&["auto", "text", "json"])),
    Key::new("access_log", Form::Flag),
    Key::new("otlp_endpoint", Form::WEB),
    Key::new("sample_ratio", Form::Share(Zero::Allowed)),
];

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
            otlp_endpoint: table.optional("otlp_endpoint", |value| {
                address::own_url(value).map(Collector::at)
            }),
            sample_ratio: table.get("sample_ratio", ratio(Zero::Allowed)),
        }
    }
}

impl Collector {
    /// The port that is HTTP's by convention, or a path, means HTTP; everything else gRPC.
    fn at(mut url: Url) -> Self {
        let has_path = url.path() != "/";
        if !has_path && url.port() != Some(HTTP_PORT) {
            let protocol = Protocol::Grpc;
            return Self { url, protocol };
        }
        if !has_path {
            url.set_path("/v1/traces");
        }
        let protocol = Protocol::Http;
        Self { url, protocol }
    }
}

fn filter(value: &DeValue<'_>) -> Parsed<String> {
    let text = text(value)?;
    match EnvFilter::builder().parse(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(Refusal::new("is no log filter").fix("write \"info\", or \"info,switchboard=debug\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_and_path_choose_the_protocol() {
        for (given, protocol, url) in [
            ("http://127.0.0.1:4317", Protocol::Grpc, "http://127.0.0.1:4317/"),
            (
                "https://otlp.example.com",
                Protocol::Grpc,
                "https://otlp.example.com/",
            ),
            (
                "http://127.0.0.1:4318",
                Protocol::Http,
                "http://127.0.0.1:4318/v1/traces",
            ),
            (
                "https://a.example/otlp/v1/traces",
                Protocol::Http,
                "https://a.example/otlp/v1/traces",
            ),
            (
                "http://c:4317/v1/traces",
                Protocol::Http,
                "http://c:4317/v1/traces",
            ),
        ] {
            let collector = Collector::at(given.parse().unwrap());
            assert_eq!(
                (collector.protocol, collector.url.as_str()),
                (protocol, url),
                "{given}"
            );
        }
    }
}
