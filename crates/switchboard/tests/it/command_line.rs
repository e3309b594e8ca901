//! Help, manual, colours and exit codes: what a person at a terminal meets.

use std::fs;
use std::path::Path;
use std::process::Output;

use switchboard::cli::guide::{EXAMPLES, EXIT_STATUS};
use switchboard::cli::{Cli, Parser};

use crate::rig::process::{Serving, bash, program, run, sandbox_config, text};

fn help(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}");
    text(&output.stdout).to_owned()
}

#[test]
fn every_example_of_the_help_does_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    for file in ["config.toml", "my.toml"] {
        fs::write(folder.path().join(file), sandbox_config("")).unwrap();
    }
    for example in EXAMPLES {
        let arguments: Vec<&str> = [example.command, "--help"]
            .into_iter()
            .filter(|word| !word.is_empty())
            .collect();
        assert!(
            help(&arguments).contains(&format!("\n  {}\n", example.line)),
            "{}",
            example.line
        );
        match example.line {
            // Its ports may be in use; that it runs is tested with others.
            "switchboard --demo" => {
                let parsed = Cli::try_parse_from(example.line.split(' ')).map(Cli::into_command);
                assert!(matches!(parsed, Ok(switchboard::cli::Command::Serve(serve)) if serve.demo));
            }
            line if ["", "sandbox"].contains(&example.command) => {
                let mut serving = Serving::start(bash(folder.path(), line));
                assert!(serving.address("://").port() > 0);
            }
            line => {
                let output = bash(folder.path(), line).output().unwrap();
                assert!(output.status.success(), "{line}: {output:?}");
                assert!(
                    !output.stdout.is_empty() || line.contains('>') || line.contains("<("),
                    "{line}"
                );
            }
        }
    }
}

#[test]
fn processes_end_as_the_help_says() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("config.toml"), sandbox_config("")).unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = format!("listen = \"{}\"", taken.local_addr().unwrap());
    let busy = sandbox_config("").replacen("listen = \"127.0.0.1:0\"", &listen, 1);
    fs::write(folder.path().join("busy.toml"), busy).unwrap();
    fs::write(folder.path().join("faulty.toml"), sandbox_config("lissten = 1")).unwrap();
    for (line, code) in [
        ("switchboard check", 0),
        ("switchboard --version", 0),
        ("switchboard check --config nowhere.toml", 1),
        ("switchboard check --config faulty.toml", 1),
        ("switchboard serve --config faulty.toml", 1),
        ("switchboard serve --config busy.toml", 1),
        ("switchboard key > /dev/full", 1),
        ("switchboard check --nonsense", 2),
        ("switchboard nonsense", 2),
        ("switchboard completions", 2),
    ] {
        let output = bash(folder.path(), line).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{line}: {output:?}");
        assert!(
            EXIT_STATUS.iter().any(|(known, _)| *known == code.to_string()),
            "{code}"
        );
    }
    for (signal, _) in [("TERM", 0), ("INT", 0)] {
        let mut serving = Serving::start(program(folder.path(), &["serve"]));
        serving.address("API");
        serving.signal(signal);
        assert_eq!(serving.end().0, Some(0), "{signal}");
    }
}

/// `script` gives it a terminal.
fn at_a_terminal(folder: &Path, line: &str, environment: &[(&str, &str)]) -> Output {
    let mut command = bash(
        folder,
        &format!("script --quiet --return --command '{line}' /dev/null"),
    );
    command.env_remove("NO_COLOR").env("TERM", "xterm");
    command.envs(environment.iter().copied());
    command.output().unwrap()
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("config.toml"), sandbox_config("lissten = 1")).unwrap();
    fs::write(folder.path().join("my.toml"), sandbox_config("")).unwrap();
    for line in [
        "switchboard check",
        "switchboard check --config my.toml --connect",
        "switchboard serve",
        "switchboard --help",
        "switchboard nonsense",
    ] {
        let has_colours = |output: Output| [output.stdout, output.stderr].concat().contains(&0x1b);
        assert!(has_colours(at_a_terminal(folder.path(), line, &[])), "{line}");
        assert!(
            !has_colours(at_a_terminal(folder.path(), line, &[("NO_COLOR", "1")])),
            "{line}"
        );
        assert!(
            !has_colours(bash(folder.path(), line).output().unwrap()),
            "{line}"
        );
    }
    let json = at_a_terminal(folder.path(), "switchboard check --format json", &[]);
    assert!(!json.stdout.contains(&0x1b), "{json:?}");
}

#[test]
fn the_manual_has_what_the_help_has() {
    let manual = help(&["man"]).replace("\\-", "-");
    for section in [
        "NAME",
        "SYNOPSIS",
        "OPTIONS",
        "COMMANDS",
        "EXIT STATUS",
        "ENVIRONMENT",
        "FILES",
        "SIGNALS",
        "EXAMPLES",
    ] {
        assert!(
            manual.contains(&format!("\n.SH \"{section}\"\n"))
                || manual.contains(&format!("\n.SH {section}\n")),
            "{section}: {manual}"
        );
    }
    for example in EXAMPLES {
        assert!(manual.contains(example.line), "{}", example.line);
    }
}
