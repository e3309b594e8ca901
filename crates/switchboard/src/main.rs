//! The command line program.

use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::sync::Arc;

use switchboard::cli::{Cli, Command, Parser, Serve};
use switchboard::command::{check, completions, key, man, openapi, sandbox, say, schema};
use switchboard::config::{ConfigError, Loaded, Loader, Lookup, Severity, process_environment};
use switchboard::{memory, serve};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    memory::keep_private().unwrap_or_else(|error| say(&format!("the memory is not private: {error}")));
    let profiles = providers::all().map(|provider| provider.profile());
    match Cli::parse().into_command() {
        Command::Serve(arguments) => exit(run(arguments, &profiles)),
        Command::Check(arguments) => check::run(&arguments, &profiles),
        Command::Sandbox(arguments) => exit(sandbox::run(arguments.listen)),
        Command::Openapi(arguments) => openapi::run(&arguments),
        Command::Key => key::run(),
        Command::Schema(arguments) => schema::run(&arguments, &profiles),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Man => man::run(),
    }
}

fn run(arguments: Serve, profiles: &[&'static model::Profile]) -> Result<(), String> {
    let mut lookup = Lookup {
        named: arguments.config,
        demo: arguments.demo,
        shipped_unasked: io::stdout().is_terminal(),
    };
    let loaded = load(profiles, &lookup).map_err(|errors| ConfigError::render_all(&errors))?;
    let from = loaded.file.as_ref().map_or_else(
        || "the configuration inside the program: every provider is simulated".to_owned(),
        |file| file.display().to_string(),
    );
    say(&format!("configuration: {from}"));
    loaded
        .warnings
        .iter()
        .for_each(|warning| say(&warning.render(Severity::Warning)));
    // It stays the same file, whatever else turns up.
    lookup.demo = loaded.file.is_none();
    lookup.named.clone_from(&loaded.file);
    let profiles = profiles.to_vec();
    serve::run(loaded, Arc::new(move || load(&profiles, &lookup)))
}

fn load(profiles: &[&'static model::Profile], lookup: &Lookup) -> Result<Loaded, Vec<ConfigError>> {
    let loader = Loader {
        profiles,
        environment: &process_environment,
    };
    loader.load(lookup)
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
