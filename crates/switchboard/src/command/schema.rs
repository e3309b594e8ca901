//! `switchboard schema`: what a configuration may have, for editors and for people.

use std::process::ExitCode;

use model::Profile;

use crate::cli::{Schema, SchemaFormat};
use crate::config;

/// Prints it.
pub fn run(arguments: &Schema, profiles: &[&'static Profile]) -> ExitCode {
    let text = match arguments.format {
        SchemaFormat::Json => format!("{:#}\n", config::schema(profiles)),
        SchemaFormat::Markdown => config::reference(profiles),
    };
    super::print(&text, ExitCode::SUCCESS)
}
