//! A contestant: how it is started, when it is ready, and which jobs it does where.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use tokio::time::Instant;

use crate::Failure;
use crate::load::Target;
use crate::machine::{Core, pause};
use crate::process::Process;

/// The key that all clients send; contestants that check it let nobody in without.
pub(crate) const KEY: &str = "bench-key-0";
/// Different conversations of one row.
pub(crate) const CONVERSATIONS: usize = 64;
/// How long one may take until its first answer.
const READY: Duration = Duration::from_secs(20);

/// What is done for a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Job {
    /// The answer comes from a cache.
    CacheHit,
    /// The client has it already.
    NotModified,
    /// The request goes to the provider with the credential, and its answer comes back.
    PassThrough,
    /// The same, and the answer is read, mapped and written anew.
    Normalised,
}

impl Job {
    pub(crate) const ALL: [Self; 4] = [
        Self::CacheHit,
        Self::NotModified,
        Self::PassThrough,
        Self::Normalised,
    ];

    /// As tables and goals name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::CacheHit => "cache hit",
            Self::NotModified => "304",
            Self::PassThrough => "pass-through",
            Self::Normalised => "normalised",
        }
    }

    /// Whether the provider has no part in it.
    pub(crate) fn is_kept(self) -> bool {
        matches!(self, Self::CacheHit | Self::NotModified)
    }
}

/// One job of a contestant.
#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) job: Job,
    pub(crate) name: String,
    pub(crate) target: Target,
}

/// Who is measured.
pub(crate) struct Contestant {
    pub(crate) name: &'static str,
    pub(crate) command: Command,
    pub(crate) core: Core,
    /// What says its version.
    pub(crate) version: Option<&'static str>,
    pub(crate) log: PathBuf,
    /// The first is also what is asked to see whether it is ready.
    pub(crate) rows: Vec<Row>,
}

impl Contestant {
    /// Starts it, and waits for its first answer; how long that took.
    pub(crate) fn start(&mut self) -> Result<(Process, Duration), Failure> {
        let begun = Instant::now();
        let process = Process::start(&mut self.command, self.core, &self.log)?;
        let row = self.rows.first().ok_or("a contestant without a job")?;
        let request = row.target.requests.first().ok_or("nothing to ask")?;
        loop {
            match row.target.first(request) {
                Ok(_) => return Ok((process, begun.elapsed())),
                Err(error) if begun.elapsed() > READY => {
                    let log = std::fs::read_to_string(&self.log).unwrap_or_default();
                    return Err(format!("{} does not answer: {error}\n{log}", self.name).into());
                }
                Err(_) => pause(Duration::from_micros(500)),
            }
        }
    }

    /// Its row of that name.
    pub(crate) fn row(&self, job: Job) -> Option<&Row> {
        self.rows.iter().find(|row| row.job == job)
    }

    /// The first line of what it says of its version.
    pub(crate) fn version(&self) -> Option<String> {
        let argument = self.version?;
        let mut command = Command::new(self.command.get_program());
        for (name, value) in self.command.get_envs() {
            command.env(name, value.unwrap_or_default());
        }
        let output = command.arg(argument).output().ok()?;
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        let line = text
            .lines()
            .find(|line| line.contains(|c: char| c.is_ascii_digit()))?;
        Some(line.trim().to_owned())
    }
}

impl Row {
    pub(crate) fn new(
        job: Job,
        name: impl Into<String>,
        address: SocketAddr,
        requests: Vec<Vec<u8>>,
    ) -> Self {
        Self {
            job,
            name: name.into(),
            target: Target {
                address,
                requests,
                status: 200,
                marker: "onMessageSent",
            },
        }
    }

    /// Asks for the provider's own lists under its own paths.
    pub(crate) fn plain(job: Job, name: &str, address: SocketAddr) -> Self {
        let path = |index| format!("/v1/Conversations/{}/Webhooks", conversation("CH", index));
        let requests = (0..CONVERSATIONS).map(|index| request(address, &path(index), KEY, ""));
        Self::new(job, name, address, requests.collect())
    }
}

/// The id of a conversation.
pub(crate) fn conversation(prefix: &str, index: usize) -> String {
    let digits = 34 - prefix.len();
    format!("{prefix}{index:0digits$x}")
}

/// A request as the client of every contestant sends it, with these lines added.
pub(crate) fn request(address: SocketAddr, path: &str, key: &str, lines: &str) -> Vec<u8> {
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: {address}\r\naccept: application/json\r\nuser-agent: bench\r\nx-api-key: {key}\r\n\
         {lines}\r\n"
    );
    request.into_bytes()
}
