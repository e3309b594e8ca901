//! The program as a process.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use super::demo_connections;

/// The program, in a folder of its own and without a configuration from around it.
pub(crate) fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
    command
        .args(arguments)
        .current_dir(folder)
        .env_remove("SWITCHBOARD_CONFIG");
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// It, to its end.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Output {
    program(folder, arguments).output().unwrap()
}

/// A line for bash, which finds the program by its name. It fails with the first command of a pipe that fails.
pub(crate) fn bash(folder: &Path, line: &str) -> Command {
    let binary = Path::new(env!("CARGO_BIN_EXE_switchboard"));
    let path = std::env::var_os("PATH").unwrap();
    let folders = std::iter::once(binary.parent().unwrap().to_owned()).chain(std::env::split_paths(&path));
    let mut command = Command::new("bash");
    command
        .args(["-eu", "-o", "pipefail", "-c", line])
        .current_dir(folder)
        .env("PATH", std::env::join_paths(folders).unwrap())
        .env_remove("SWITCHBOARD_CONFIG");
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// What it wrote.
pub(crate) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// A process that serves. It is ended with the test.
pub(crate) struct Serving {
    pub(crate) child: Child,
    pub(crate) out: BufReader<ChildStdout>,
}

impl Serving {
    /// Whose log nobody looks at.
    pub(crate) fn start(mut command: Command) -> Self {
        command.stderr(Stdio::null());
        Self::with_log(command)
    }

    /// Whose standard error is as the command has it.
    pub(crate) fn with_log(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child, out }
    }

    /// The address in the first line that contains this text.
    pub(crate) fn address(&mut self, label: &str) -> SocketAddr {
        let mut seen = String::new();
        loop {
            let mut line = String::new();
            assert!(
                self.out.read_line(&mut line).unwrap() > 0,
                "no {label:?} in:\n{seen}"
            );
            if line.contains(label) {
                let (_, rest) = line.split_once("://").unwrap();
                return rest.split_whitespace().next().unwrap().parse().unwrap();
            }
            seen.push_str(&line);
        }
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", name, &id])
                .status()
                .unwrap()
                .success()
        );
    }

    /// The exit code, and the rest of standard output.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The whole answer to a `GET` on a connection of its own.
pub(crate) fn get(address: SocketAddr, path: &str, headers: &str) -> String {
    let mut socket = TcpStream::connect(address).unwrap();
    write!(
        socket,
        "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

/// A configuration on the sandbox, on ports that the system chooses. `more` goes into `[server]`.
pub(crate) fn sandbox_config(more: &str) -> String {
    let server = "[server]\nlisten = \"127.0.0.1:0\"\nadmin_listen = \"127.0.0.1:0\"\ndrain_delay = \"0s\"\n";
    format!("{server}{more}\n{}", demo_connections())
}
