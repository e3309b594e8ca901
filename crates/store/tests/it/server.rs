//! A Redis server of a test's own: a free port of this machine, nothing on disk, gone with the test.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

/// A server that runs, or can be started again where it was.
pub(crate) struct Server {
    port: u16,
    options: Vec<String>,
    child: Option<Child>,
}

impl Server {
    /// Starts one.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts one with more options, as they stand on its command line. `{port}` is its port.
    pub(crate) fn start_with(options: &[&str]) -> Self {
        let options: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
        // Somebody else may take a port between its choice and the server's start.
        for _ in 0..20 {
            let port = TcpListener::bind("127.0.0.1:0")
                .unwrap()
                .local_addr()
                .unwrap()
                .port();
            if let Some(child) = spawn(port, &options) {
                return Self {
                    port,
                    options,
                    child: Some(child),
                };
            }
        }
        panic!("no Redis server could be started: is redis-server there? `make tools` installs it");
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Ends it without notice. What it kept is lost.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Starts it again where it was, empty.
    pub(crate) fn restart(&mut self) {
        self.kill();
        self.child = spawn(self.port, &self.options);
        assert!(self.child.is_some(), "the port is taken");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// `None` if it ended before it listened.
fn spawn(port: u16, options: &[String]) -> Option<Child> {
    let mut child = Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
        .args([
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            "/tmp",
            "--daemonize",
            "no",
        ])
        .args(
            options
                .iter()
                .map(|option| option.replace("{port}", &port.to_string())),
        )
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    if lines.any(|line| line.unwrap().contains("Ready to accept connections")) {
        // It says little more, which its pipe can hold.
        drop(std::thread::spawn(move || lines.count()));
        return Some(child);
    }
    child.wait().unwrap();
    None
}
