//! A trial as people read it.

use std::fmt;

use clap::builder::styling::{AnsiColor, Style};

use super::{Trial, Verdict};

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::BrightRed.on_default().bold();
const HELP: Style = AnsiColor::BrightCyan.on_default().bold();

/// Several lines, with colours.
impl fmt::Display for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (style, word) = if self.works {
            (GOOD, "works")
        } else {
            (BAD, "fails")
        };
        writeln!(
            f,
            "{style}{word}{style:#}: `{}`, {} ms",
            self.key, self.duration_ms
        )?;
        writeln!(f, "  = asked for: {}", self.asked)?;
        write!(f, "  = answer: ")?;
        if let Some(status) = self.status {
            write!(f, "{status}, ")?;
        }
        write!(f, "{}", self.message)?;
        match self.credential {
            Some(Verdict::Accepted) => write!(f, "; the credential is accepted")?,
            Some(Verdict::Refused) => write!(f, "; the credential is refused")?,
            None => {}
        }
        match &self.fix {
            Some(fix) => write!(f, "\n  = {HELP}help{HELP:#}: {fix}"),
            None => Ok(()),
        }
    }
}
