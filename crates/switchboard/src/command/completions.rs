//! `switchboard completions`: what a shell needs to complete our command line.

use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::{Cli, Completions};

/// Prints the completions.
pub fn run(arguments: &Completions) -> ExitCode {
    super::print(&script(arguments.shell), ExitCode::SUCCESS)
}

fn script(shell: Shell) -> String {
    // Into memory: the generator panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "switchboard", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_learns_every_command() {
        for shell in [
            Shell::Bash,
            Shell::Elvish,
            Shell::Fish,
            Shell::PowerShell,
            Shell::Zsh,
        ] {
            let script = script(shell);
            for command in [
                "serve",
                "check",
                "sandbox",
                "openapi",
                "key",
                "schema",
                "completions",
                "man",
            ] {
                assert!(script.contains(command), "{shell}: {command}");
            }
        }
    }
}
