//! `switchboard openapi`: the description of the API.

use std::process::ExitCode;

use crate::cli::{Notation, Openapi};
use crate::openapi;

/// Prints it.
pub fn run(arguments: &Openapi) -> ExitCode {
    let text = match arguments.format {
        Notation::Json => openapi::json(),
        Notation::Yaml => openapi::yaml(),
    };
    super::print(&text, ExitCode::SUCCESS)
}
