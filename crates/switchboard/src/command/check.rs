//! `switchboard check`: what is wrong with a configuration.

use std::process::ExitCode;

use model::Profile;
use serde_json::json;

use crate::cli::{Check, Format};
use crate::config::{ConfigError, Loaded, Loader, Lookup, Severity, process_environment};

type Outcome = Result<Loaded, Vec<ConfigError>>;

/// Loads the configuration as `serve` would, says what was found, and fails if it is unusable.
pub fn run(arguments: &Check, profiles: &[&'static Profile]) -> ExitCode {
    let loader = Loader {
        profiles,
        environment: &process_environment,
    };
    let outcome = loader.load(&Lookup {
        named: arguments.config.clone(),
        ..Lookup::default()
    });
    let text = match arguments.format {
        Format::Text => describe(&outcome),
        Format::Json => json(&outcome),
    };
    let code = if outcome.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    };
    super::print(&text, code)
}

fn describe(outcome: &Outcome) -> String {
    let (findings, severity, summary) = match outcome {
        Ok(loaded) => (&loaded.warnings, Severity::Warning, summary(loaded)),
        Err(errors) => (errors, Severity::Error, count(errors.len(), "problem")),
    };
    let mut text = String::new();
    for finding in findings {
        text.push_str(&finding.render(severity));
        text.push_str("\n\n");
    }
    text.push_str(&summary);
    text.push('\n');
    text
}

fn json(outcome: &Outcome) -> String {
    let none = &Vec::new();
    let (errors, warnings) = match outcome {
        Ok(loaded) => (none, &loaded.warnings),
        Err(errors) => (errors, none),
    };
    let report = json!({ "valid": outcome.is_ok(), "errors": errors, "warnings": warnings });
    format!("{report:#}\n")
}

fn summary(loaded: &Loaded) -> String {
    let config = &loaded.config;
    let file = loaded.file.as_deref().map(|file| file.display().to_string());
    format!(
        "{} is valid: {}, {}, {}",
        file.as_deref().unwrap_or("the configuration inside the program"),
        count(config.connections.len(), "connection"),
        count(config.clients.len(), "client"),
        count(loaded.warnings.len(), "warning"),
    )
}

fn count(number: usize, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn outcome(text: &str) -> Outcome {
        let loader = Loader {
            profiles: &[],
            environment: &|_| None,
        };
        loader.parse("a.toml", text, Path::new("."))
    }

    #[test]
    fn people_see_the_line_and_what_to_do() {
        let text = describe(&outcome("[cache]\nmax_bytes = 5\n[connections]\n"));
        for part in [
            "error: `cache.max_bytes` is no size",
            "a.toml:2:13",
            "2 | max_bytes = 5",
            "= help: write \"512B\"",
            "\n\n2 problems\n",
        ] {
            assert!(text.contains(part), "{text}\nnot: {part}");
        }
    }

    #[test]
    fn programs_see_the_same_as_fields() {
        let report: serde_json::Value = serde_json::from_str(&json(&outcome("[connections]"))).unwrap();
        let error = json!({
            "file": "a.toml", "line": 1, "column": 2, "key": "connections",
            "message": "names no connection",
            "fix": "add a table [connections.<name>]; those of the shipped file count only there",
        });
        assert_eq!(
            report,
            json!({ "valid": false, "errors": [error], "warnings": [] })
        );
    }

    #[test]
    fn counts_are_english() {
        assert_eq!(
            [0, 1, 2].map(|n| count(n, "client")),
            ["0 clients", "1 client", "2 clients"]
        );
    }
}
