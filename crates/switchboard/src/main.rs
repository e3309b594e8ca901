//! The command line program.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use switchboard::cli::{Cli, Command, Parser, Serve};
use switchboard::command::{self, check, completions, key, openapi};
use switchboard::config::{Loader, Lookup, Severity, process_environment};
use switchboard::serve;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let profiles = providers::all().map(|provider| provider.profile());
    match Cli::parse().into_command() {
        Command::Serve(arguments) => exit(run(arguments, &profiles)),
        Command::Check(arguments) => check::run(&arguments, &profiles),
        Command::Sandbox(arguments) => exit(command::sandbox::run(arguments.listen)),
        Command::Openapi(arguments) => openapi::run(&arguments),
        Command::Key => key::run(),
        Command::Completions(arguments) => completions::run(&arguments),
    }
}

fn run(arguments: Serve, profiles: &[&'static model::Profile]) -> Result<(), String> {
    let demo = arguments.demo;
    let loader = Loader {
        profiles,
        environment: &process_environment,
    };
    let lookup = Lookup {
        named: arguments.config,
        demo,
        shipped_unasked: io::stdout().is_terminal(),
    };
    let found = loader.load(&lookup).map_err(|errors| {
        errors
            .iter()
            .map(|error| error.render(Severity::Error))
            .collect::<Vec<_>>()
            .join("\n\n")
    })?;
    let from = found.file.map_or_else(
        || "the configuration inside the program: every provider is simulated".to_owned(),
        |file| file.display().to_string(),
    );
    say(&format!("configuration: {from}"));
    found
        .warnings
        .iter()
        .for_each(|warning| say(&warning.render(Severity::Warning)));
    serve::run(found.config)
}

fn exit(result: Result<(), String>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            say(&problem);
            ExitCode::FAILURE
        }
    }
}

/// Nobody is left to tell if this fails too.
fn say(text: &str) {
    drop(writeln!(io::stderr(), "{text}"));
}
