//! What help and manual say beyond the options: examples, exit codes, variables, files, signals. Tests run every
//! example.

use std::fmt::Write;

use clap::builder::StyledStr;

use super::HEADING;

/// A command line to try.
pub struct Example {
    /// The command that it shows; empty for `serve`, which needs no name.
    pub command: &'static str,
    /// The line, as a shell takes it.
    pub line: &'static str,
    /// What it does.
    pub says: &'static str,
}

/// Every example.
pub const EXAMPLES: &[Example] = &[
    example("", "switchboard --demo", "Try it: every provider is simulated"),
    example(
        "",
        "switchboard --config my.toml",
        "Serve with a configuration of yours",
    ),
    example(
        "check",
        "switchboard check --config my.toml",
        "Say what is wrong, with line, column and fix",
    ),
    example(
        "check",
        "switchboard check --config my.toml --connect",
        "And whether all that it names answers",
    ),
    example(
        "check",
        "switchboard check --format json",
        "The same for programs",
    ),
    example(
        "sandbox",
        "switchboard sandbox --listen 127.0.0.1:0",
        "On any free port, which it prints",
    ),
    example(
        "openapi",
        "switchboard openapi > openapi.json",
        "As it is at /openapi.json",
    ),
    example("openapi", "switchboard openapi --format yaml", "The same as YAML"),
    example(
        "key",
        "switchboard key",
        "The key is the client's, the hash goes into the configuration",
    ),
    example(
        "schema",
        "switchboard schema > config.schema.json",
        "For the first line of a configuration: #:schema config.schema.json",
    ),
    example(
        "schema",
        "switchboard schema --format markdown",
        "Every key in words",
    ),
    example(
        "completions",
        "source <(switchboard completions bash)",
        "For this shell of bash",
    ),
    example(
        "man",
        "switchboard man > switchboard.1",
        "Then: man ./switchboard.1",
    ),
];

/// How a process ends.
pub const EXIT_STATUS: &[(&str, &str)] = &[
    (
        "0",
        "All is well; for `serve`, it was told to end and has drained.",
    ),
    (
        "1",
        "It failed: the configuration cannot be used, `check --connect` found something that does not answer, an \
         address is taken, or the output could not be written. Standard error says why, for `check` standard output.",
    ),
    ("2", "The command line cannot be understood."),
];

/// Variables that mean something.
pub const ENVIRONMENT: &[(&str, &str)] = &[
    (
        "SWITCHBOARD_CONFIG",
        "The configuration, if --config does not name one.",
    ),
    (
        "NO_COLOR",
        "If it is set, nothing has colours. Without it only what is written to a terminal has.",
    ),
    (
        "SSL_CERT_FILE, SSL_CERT_DIR",
        "Certificates that are trusted instead of the system's, where a connection has no `ca`.",
    ),
    (
        "Any other",
        "If the configuration says \"env:NAME\" in place of a secret.",
    ),
];

/// Files that mean something.
pub const FILES: &[(&str, &str)] = &[(
    "./config.toml",
    "The configuration, if neither --config nor SWITCHBOARD_CONFIG names one. Without such a file the one inside the \
     program is used if standard output is a terminal, and else refused.",
)];

/// Signals that mean something to `serve`.
pub const SIGNALS: &[(&str, &str)] = &[
    (
        "SIGTERM, SIGINT",
        "Readiness turns false; after `server.drain_delay` new connections are refused, and requests under way get up \
         to `server.drain_timeout` to end.",
    ),
    (
        "SIGHUP",
        "The configuration is read again, as it also is when its file or one that it names changes. A faulty one \
         changes nothing.",
    ),
];

/// The examples of a command, as they stand under its options.
pub(super) fn examples(command: &str) -> StyledStr {
    let mut text = format!("{HEADING}Examples:{HEADING:#}");
    for example in EXAMPLES.iter().filter(|example| example.command == command) {
        push(&mut text, example.line, example.says);
    }
    text.into()
}

/// What stands under the options of the whole program.
pub(super) fn overview() -> StyledStr {
    let mut text = examples("").to_string();
    for (heading, rows) in [
        ("Exit status", EXIT_STATUS),
        ("Environment", ENVIRONMENT),
        ("Signals", SIGNALS),
    ] {
        let _ = write!(text, "\n\n{HEADING}{heading}:{HEADING:#}");
        for (name, says) in rows {
            push(&mut text, name, says);
        }
    }
    text.into()
}

fn push(text: &mut String, name: &str, says: &str) {
    let _ = write!(text, "\n  {name}\n          {says}");
}

const fn example(command: &'static str, line: &'static str, says: &'static str) -> Example {
    Example { command, line, says }
}
