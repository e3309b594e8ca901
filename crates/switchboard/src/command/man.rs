//! `switchboard man`: the manual, made from the same words as the help.

use std::io;
use std::process::ExitCode;

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::cli::Cli;
use crate::cli::guide::{ENVIRONMENT, EXAMPLES, EXIT_STATUS, FILES, SIGNALS};

/// Each part comes with its own: what an apostrophe is, in this troff and in others.
const PREAMBLE: &str = ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n";
/// It has no date: the version says more, and the page stays the same.
const TITLE: &str = concat!(
    ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n",
    ".TH SWITCHBOARD 1 \"\" \"switchboard ",
    env!("CARGO_PKG_VERSION"),
    "\" \"Switchboard Manual\"\n",
);

/// Prints the page.
pub fn run() -> ExitCode {
    super::print(&page(), ExitCode::SUCCESS)
}

fn page() -> String {
    let program = program();
    let man = Man::new(program.clone());
    let mut page = written(|text| {
        man.render_name_section(text)?;
        man.render_synopsis_section(text)?;
        man.render_description_section(text)?;
        man.render_options_section(text)
    });
    page.push_str(".SH COMMANDS\n");
    for command in program.get_subcommands() {
        page.push_str(&section_of(command));
    }
    let mut rest = Roff::new();
    for (heading, rows) in [
        ("EXIT STATUS", EXIT_STATUS),
        ("ENVIRONMENT", ENVIRONMENT),
        ("FILES", FILES),
        ("SIGNALS", SIGNALS),
    ] {
        rest.control("SH", [heading]);
        for (name, says) in rows {
            entry(&mut rest, name, says);
        }
    }
    rest.control("SH", ["EXAMPLES"]);
    for example in EXAMPLES {
        entry(&mut rest, example.line, example.says);
    }
    TITLE.to_owned() + &page + &without_preamble(&rest.to_roff())
}

fn program() -> Command {
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    program
}

/// A command under its own heading, with its options right below.
fn section_of(command: &Command) -> String {
    let man = Man::new(command.clone());
    let text = written(|text| {
        man.render_synopsis_section(text)?;
        text.extend_from_slice(b".PP\n");
        man.render_description_section(text)?;
        man.render_options_section(text)
    });
    // The headings of a page of its own, and breaks where there is space anyhow.
    let lines = text
        .lines()
        .filter(|line| !line.starts_with(".SH ") && *line != ".br");
    let body: String = lines.flat_map(|line| [line.trim_end(), "\n"]).collect();
    format!(".SS {}\n{body}", command.get_name())
}

/// What a generator writes, into memory, which takes everything.
fn written(render: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
    let mut text = Vec::new();
    let rendered = render(&mut text);
    debug_assert!(rendered.is_ok(), "{rendered:?}");
    without_preamble(&String::from_utf8_lossy(&text))
}

fn without_preamble(part: &str) -> String {
    part.replace(PREAMBLE, "")
}

fn entry(roff: &mut Roff, name: &str, says: &str) {
    roff.control("TP", []);
    roff.text([bold(name)]);
    roff.text([roman(says)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_and_every_option_is_in_the_manual() {
        let page = page();
        for command in program().get_subcommands() {
            assert!(
                page.contains(&format!("\n.SS {}\n", command.get_name())),
                "{page}"
            );
            for option in command.get_arguments().filter_map(clap::Arg::get_long) {
                assert!(page.contains(&format!("\\-\\-{option}")), "{option}: {page}");
            }
        }
        assert_eq!(page.matches(PREAMBLE).count(), 1);
    }
}
