//! The configuration: whatever an operator writes, the loader says in bounded time either what is in effect or what is
//! wrong, and where. What is wrong can be shown, and shows no secret.
#![no_main]

use std::path::Path;

use libfuzzer_sys::{Corpus, fuzz_target};
use model::Profile;
use switchboard::config::{ConfigError, Loader, Severity};

/// What the environment holds.
const SECRET: &str = "canary-of-the-environment";

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(data) else {
        return Corpus::Reject;
    };
    // Files without an end are the operator's to keep away from, and what stands in the text is no secret of it.
    if ["dev", "proc", "\\u", SECRET]
        .iter()
        .any(|word| text.contains(word))
    {
        return Corpus::Reject;
    }
    let profiles: Vec<&'static Profile> = providers::all()
        .iter()
        .map(|provider| provider.profile())
        .collect();
    let loader = Loader {
        profiles: &profiles,
        environment: &|name| match name {
            "EMPTY" => Some(String::new()),
            "BROKEN" => Some("canary\n".to_owned()),
            name => name.starts_with("KEY").then(|| SECRET.to_owned()),
        },
    };
    match loader.parse("gateway.toml", text, Path::new("/nowhere")) {
        Ok(loaded) => {
            let shown = loaded.config.redacted().to_string();
            assert!(!shown.contains(SECRET), "{shown}");
            assert_eq!(loaded.config.hash().len(), 64);
            for warning in &loaded.warnings {
                check(warning, Severity::Warning, text);
            }
        }
        Err(errors) => {
            assert!(!errors.is_empty());
            for error in &errors {
                check(error, Severity::Error, text);
            }
        }
    }
    Corpus::Keep
});

fn check(error: &ConfigError, severity: Severity, text: &str) {
    let rendered = error.render(severity);
    let line = error.to_string();
    assert!(error.key.is_some() || error.line.is_some(), "{line}");
    if let Some(number) = error.line {
        let lines = text.split('\n').count();
        let column = error.column.expect("a line has a column");
        assert!((1..=lines).contains(&number), "{line}");
        let length = text
            .split('\n')
            .nth(number - 1)
            .map_or(0, |line| line.chars().count());
        assert!((1..=length + 1).contains(&column), "{line}");
    }
    assert!(!error.message.is_empty());
    for shown in [&rendered, &line] {
        assert!(
            shown.contains("gateway.toml") && !shown.contains(SECRET),
            "{shown}"
        );
    }
}
