//! The command line, as data. What each command does is in [`crate::command`].

pub mod guide;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::Styles;
use clap::builder::styling::{AnsiColor, Style};
use clap::{Args, Subcommand, ValueEnum};
use clap_complete::Shell;

pub use clap::Parser;

const CONFIG_HELP: &str = "The configuration. Not given: $SWITCHBOARD_CONFIG, else ./config.toml";

const HEADING: Style = AnsiColor::Green.on_default().bold();
/// On a terminal alone, and there only without `NO_COLOR`.
const STYLES: Styles = Styles::styled()
    .header(HEADING)
    .usage(HEADING)
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// One API over several providers of conversations, and a reverse proxy in front of each.
#[derive(Debug, Parser)]
#[command(name = "switchboard", version, styles = STYLES, subcommand_value_name = "COMMAND", args_conflicts_with_subcommands = true)]
#[command(after_help = guide::examples(""), after_long_help = guide::overview())]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Serve,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the gateway; this is also what happens without a command
    #[command(after_help = guide::examples(""))]
    Serve(Serve),
    /// Say what is wrong with a configuration, and resolve its secrets
    #[command(after_help = guide::examples("check"))]
    Check(Check),
    /// Run the provider simulator alone
    #[command(after_help = guide::examples("sandbox"))]
    Sandbox(Sandbox),
    /// Print the description of the API
    #[command(after_help = guide::examples("openapi"))]
    Openapi(Openapi),
    /// Make an API key for a client, and show it this one time
    #[command(after_help = guide::examples("key"))]
    Key,
    /// Print what a configuration may have, for editors or for people
    #[command(after_help = guide::examples("schema"))]
    Schema(Schema),
    /// Print completions for a shell
    #[command(after_help = guide::examples("completions"))]
    Completions(Completions),
    /// Print the manual, as a page for man
    #[command(after_help = guide::examples("man"))]
    Man,
}

/// Of `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// The configuration's file, if one is named.
    #[arg(long, value_name = "PATH", help = CONFIG_HELP)]
    pub config: Option<PathBuf>,
    /// Use the configuration inside the program: every connection is simulated
    #[arg(long, conflicts_with = "config")]
    pub demo: bool,
}

/// Of `check`.
#[derive(Debug, Args)]
pub struct Check {
    /// The configuration's file, if one is named.
    #[arg(long, value_name = "PATH", help = CONFIG_HELP)]
    pub config: Option<PathBuf>,
    /// Ask each provider once, for something harmless, and all else that is named; say what works
    #[arg(long)]
    pub connect: bool,
    /// How to say it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// How `check` says what it found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// One JSON object
    Json,
}

/// Of `sandbox`.
#[derive(Debug, Args)]
pub struct Sandbox {
    /// Where to listen
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8090")]
    pub listen: SocketAddr,
}

/// Of `openapi`.
#[derive(Debug, Args)]
pub struct Openapi {
    /// How to write it
    #[arg(long, value_enum, default_value_t = Notation::Json)]
    pub format: Notation,
}

/// How the description of the API is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Notation {
    /// As it is at /openapi.json
    Json,
    /// As YAML
    Yaml,
}

/// Of `schema`.
#[derive(Debug, Args)]
pub struct Schema {
    /// How to write it
    #[arg(long, value_enum, default_value_t = SchemaFormat::Json)]
    pub format: SchemaFormat,
}

/// How it is written what a configuration may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaFormat {
    /// JSON Schema, for editors
    Json,
    /// A page with every key, its default and its meaning
    Markdown,
}

/// Of `completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    pub shell: Shell,
}

impl Cli {
    /// The command that was given, or `serve`.
    pub fn into_command(self) -> Command {
        self.command.unwrap_or(Command::Serve(self.serve))
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(arguments: &[&str]) -> Result<Command, clap::error::ErrorKind> {
        let all = std::iter::once("switchboard").chain(arguments.iter().copied());
        Cli::try_parse_from(all)
            .map(Cli::into_command)
            .map_err(|error| error.kind())
    }

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn serve_is_the_default() {
        for arguments in [&["--config", "a.toml"][..], &["serve", "--config", "a.toml"]] {
            let Ok(Command::Serve(serve)) = parse(arguments) else {
                panic!("{arguments:?}");
            };
            assert_eq!((serve.config, serve.demo), (Some(PathBuf::from("a.toml")), false));
        }
    }

    #[test]
    fn a_demo_has_no_file() {
        assert!(matches!(
            parse(&["--demo", "--config", "a.toml"]),
            Err(clap::error::ErrorKind::ArgumentConflict)
        ));
    }

    #[test]
    fn the_other_commands_are_read() {
        assert!(matches!(
            parse(&["check", "--format", "json"]),
            Ok(Command::Check(Check {
                config: None,
                connect: false,
                format: Format::Json
            }))
        ));
        let Ok(Command::Sandbox(sandbox)) = parse(&["sandbox", "--listen", "127.0.0.1:0"]) else {
            panic!("sandbox");
        };
        assert_eq!(sandbox.listen.port(), 0);
        assert!(matches!(parse(&["key"]), Ok(Command::Key)));
        assert!(matches!(parse(&["man"]), Ok(Command::Man)));
        assert!(matches!(
            parse(&["openapi", "--format", "yaml"]),
            Ok(Command::Openapi(Openapi {
                format: Notation::Yaml
            }))
        ));
        assert!(matches!(
            parse(&["completions", "bash"]),
            Ok(Command::Completions(Completions { shell: Shell::Bash }))
        ));
        assert!(parse(&["completions", "tcsh"]).is_err());
    }
}
