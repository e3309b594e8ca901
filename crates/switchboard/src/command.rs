//! The commands that end by themselves.

pub mod check;
pub mod completions;
pub mod key;
pub mod openapi;
pub mod sandbox;

use std::io::{self, Write};
use std::process::ExitCode;

/// Writes to standard output. A reader that has had enough is no error; any other failure is the exit code's.
pub fn print(text: &str, code: ExitCode) -> ExitCode {
    write(&mut io::stdout().lock(), text, code)
}

fn write(out: &mut impl Write, text: &str, code: ExitCode) -> ExitCode {
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => code,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => code,
        Err(_) => ExitCode::FAILURE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Failing(io::ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_closed_pipe_is_no_error() {
        let codes = [io::ErrorKind::BrokenPipe, io::ErrorKind::StorageFull]
            .map(|kind| write(&mut Failing(kind), "text", ExitCode::SUCCESS));
        assert_eq!(codes, [ExitCode::SUCCESS, ExitCode::FAILURE]);
    }
}
