//! `switchboard check`: what is wrong with a configuration, and whether what it names answers.

use std::process::ExitCode;

use model::Profile;
use serde_json::json;

use crate::cli::{Check, Format};
use crate::config::{ConfigError, Loaded, Loader, Lookup, Severity, process_environment};
use crate::connect::{self, Trial};

/// What was found.
#[derive(Default)]
struct Report {
    errors: Vec<ConfigError>,
    warnings: Vec<ConfigError>,
    /// Of a configuration that can be used.
    summary: Option<String>,
    /// If it was to be tried.
    trials: Option<Vec<Trial>>,
}

/// Loads the configuration as `serve` would, says what was found, and fails if it is unusable or if something that it
/// names was to be tried and does not answer.
pub fn run(arguments: &Check, profiles: &[&'static Profile]) -> ExitCode {
    let loader = Loader {
        profiles,
        environment: &process_environment,
    };
    let outcome = loader.load(&Lookup {
        named: arguments.config.clone(),
        ..Lookup::default()
    });
    match report(outcome, arguments.connect) {
        Ok(report) => {
            let text = match arguments.format {
                Format::Text => report.text(),
                Format::Json => report.json(),
            };
            super::print(&text, report.code())
        }
        Err(problem) => {
            super::say(&problem);
            ExitCode::FAILURE
        }
    }
}

fn report(outcome: Result<Loaded, Vec<ConfigError>>, connect: bool) -> Result<Report, String> {
    let loaded = match outcome {
        Ok(loaded) => loaded,
        Err(errors) => {
            return Ok(Report {
                errors,
                ..Report::default()
            });
        }
    };
    let summary = Some(summary(&loaded));
    let trials = connect.then(|| super::block_on(connect::run(loaded.config)));
    Ok(Report {
        errors: Vec::new(),
        warnings: loaded.warnings,
        summary,
        trials: trials.transpose()?,
    })
}

impl Report {
    fn code(&self) -> ExitCode {
        if self.errors.is_empty() && self.failed() == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }

    fn failed(&self) -> usize {
        let trials = self.trials.iter().flatten();
        trials.filter(|trial| !trial.works).count()
    }

    fn text(&self) -> String {
        let errors = self.errors.iter().map(|error| error.render(Severity::Error));
        let warnings = self
            .warnings
            .iter()
            .map(|warning| warning.render(Severity::Warning));
        let mut parts: Vec<String> = errors.chain(warnings).collect();
        let problems = || count(self.errors.len(), "problem");
        parts.push(self.summary.clone().unwrap_or_else(problems));
        if let Some(trials) = &self.trials {
            parts.extend(trials.iter().map(Trial::to_string));
            let works = trials.len() - self.failed();
            parts.push(format!("{works} of {} work", trials.len()));
        }
        parts.join("\n\n") + "\n"
    }

    fn json(&self) -> String {
        let mut report = json!({
            "valid": self.errors.is_empty(),
            "errors": self.errors,
            "warnings": self.warnings,
        });
        if let (Some(trials), Some(members)) = (&self.trials, report.as_object_mut()) {
            members.insert("connect".to_owned(), json!(trials));
        }
        format!("{report:#}\n")
    }
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

    fn found(text: &str) -> Report {
        let loader = Loader {
            profiles: &[],
            environment: &|_| None,
        };
        report(loader.parse("a.toml", text, Path::new(".")), false).unwrap()
    }

    #[test]
    fn people_see_the_line_and_what_to_do() {
        let text = found("[cache]\nmax_bytes = 5\n[connections]\n").text();
        let text = anstream::adapter::strip_str(&text).to_string();
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
        let report: serde_json::Value = serde_json::from_str(&found("[connections]").json()).unwrap();
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
