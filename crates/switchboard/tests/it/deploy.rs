//! What lies in `deploy/` is accepted by the program that it is for.

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
fn the_readme_names_every_secret() {
    let configuration = read(PRODUCTION).unwrap();
    let named = configuration
        .split("\"env:")
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    let mut named: Vec<&str> = named.collect();
    named.sort_unstable();
    assert_eq!(named, SECRETS);
    let readme = read("deploy/README.md").unwrap();
    for name in SECRETS {
        assert!(
            readme.contains(&format!("`{name}`")),
            "deploy/README.md does not name {name}"
        );
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
