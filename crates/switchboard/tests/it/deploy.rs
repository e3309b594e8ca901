//! What lies in `deploy/` is accepted by the program that it is for.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{fs, io};

const PRODUCTION: &str = "deploy/config.production.toml";
const SECRETS: [&str; 4] = [
    "BLAND_API_KEY",
    "SWITCHBOARD_SECRET",
    "TWILIO_API_KEY",
    "TWILIO_API_KEY_SECRET",
];

#[test]
fn the_production_configuration_is_valid() {
    let output = check(&SECRETS).unwrap();
    assert!(output.status.success(), "{}", text(&output));
}

#[test]
fn each_secret_of_the_production_configuration_is_needed() {
    for missing in SECRETS {
        let others: Vec<&str> = SECRETS.into_iter().filter(|name| *name != missing).collect();
        let output = check(&others).unwrap();
        assert_eq!(
            output.status.code(),
            Some(1),
            "without {missing}: {}",
            text(&output)
        );
        assert!(
            text(&output).contains(missing),
            "{missing} is not named: {}",
            text(&output)
        );
    }
}

#[test]
fn the_page_names_every_secret() {
    let configuration = read(PRODUCTION).unwrap();
    let named = configuration
        .split("\"env:")
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    let mut named: Vec<&str> = named.collect();
    named.sort_unstable();
    assert_eq!(named, SECRETS);
    let page = read("docs/deployment.md").unwrap();
    for name in SECRETS {
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn the_image_is_built_by_the_toolchain_of_the_repository() {
    let toolchain: toml::Table = read("rust-toolchain.toml").unwrap().parse().unwrap();
    let channel = toolchain["toolchain"]["channel"].as_str().unwrap();
    let containerfile = read("deploy/container/Containerfile").unwrap();
    assert!(
        containerfile
            .lines()
            .any(|line| line == format!("ARG RUST={channel}")),
        "not {channel}"
    );
}

/// An alert that wakes somebody says where they read what to do, and has been seen to fire.
#[test]
fn every_alert_has_a_section_of_the_runbook_and_a_case() {
    let rules = read("deploy/prometheus/rules.yml").unwrap() + &read("deploy/prometheus/slo.yml").unwrap();
    let tests =
        read("deploy/prometheus/rules_test.yml").unwrap() + &read("deploy/prometheus/slo_test.yml").unwrap();
    let alerts = after(&rules, "- alert: ");
    assert!(alerts.len() > 10, "{alerts:?}");
    let sections = after(&read("docs/runbook.md").unwrap(), "## Switchboard");
    let named = |name: &String| format!("Switchboard{name}");
    assert_eq!(alerts, sections.iter().map(named).collect());

    let fired = tests.split("- labels: '{alertname=\"").skip(1);
    let fired = fired.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned()));
    assert_eq!(alerts, fired.collect());

    for rule in rules.split("- alert: ").skip(1) {
        let name = rule.lines().next().unwrap();
        let link = format!("runbook_url: docs/runbook.md#{}\n", name.to_lowercase());
        assert!(rule.contains(&link), "{name} does not lead to its section");
    }
}

/// What stands behind this at the beginnings of lines.
fn after(text: &str, mark: &str) -> BTreeSet<String> {
    let rests = text.lines().filter_map(|line| line.trim().strip_prefix(mark));
    rests.map(str::to_owned).collect()
}

/// `switchboard check` with these secrets in an otherwise empty environment.
fn check(secrets: &[&str]) -> io::Result<Output> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
    command
        .arg("check")
        .arg("--config")
        .arg(root().join(PRODUCTION))
        .env_clear();
    command.envs(secrets.iter().map(|name| (name, "only-a-test")));
    command.output()
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn read(path: &str) -> io::Result<String> {
    fs::read_to_string(root().join(path))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
