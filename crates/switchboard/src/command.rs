//! The commands that end by themselves.

pub mod check;
pub mod completions;
pub mod key;
pub mod man;
pub mod openapi;
pub mod sandbox;
pub mod schema;

use std::io::{self, Write};
use std::process::ExitCode;

use anstream::AutoStream;

/// Writes to standard output, with colours only on a terminal that wants them. A reader that has had enough is no
/// error; any other failure is the exit code's.
pub fn print(text: &str, code: ExitCode) -> ExitCode {
    write(&mut AutoStream::auto(io::stdout().lock()), text, code)
}

/// Tells the operator, on standard error. Nobody is left to tell if this fails too.
pub fn say(text: &str) {
    drop(writeln!(AutoStream::auto(io::stderr().lock()), "{text}"));
}

/// Runs something that ends by itself, or with a signal.
pub(crate) fn block_on<T>(future: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime
        .map_err(|error| format!("no threads: {error}"))?
        .block_on(future)
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
