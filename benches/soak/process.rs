//! One process: it is ended by its id, in order where that matters, and never outlives the soak.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

use crate::Failure;
use crate::weather::Weather;

/// What a replica says that has given up the store.
const STORE_AWAY: &str = "the shared store is away";

/// A process that this one has started.
pub(crate) struct Process {
    child: Child,
    /// Its id.
    pub(crate) pid: u32,
    /// Copies what it prints.
    log: JoinSet<()>,
}

impl Process {
    /// Starts it. Of what it prints, `log` gets all but the lines of ordinary requests.
    pub(crate) fn start(command: &mut Command, log: &Path, weather: &Arc<Weather>) -> Result<Self, Failure> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{}: {error}", command.as_std().get_program().display()))?;
        let file = File::options().create(true).append(true).open(log)?;
        let file = Arc::new(file);
        let mut copies = JoinSet::new();
        if let Some(output) = child.stdout.take() {
            copies.spawn(copy(output, Arc::clone(&file), Arc::clone(weather)));
        }
        if let Some(output) = child.stderr.take() {
            copies.spawn(copy(output, file, Arc::clone(weather)));
        }
        let pid = child.id().ok_or("it ended at once")?;
        Ok(Self {
            child,
            pid,
            log: copies,
        })
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) -> Result<(), Failure> {
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw);
        Ok(kill_process(pid.ok_or("no id of a process")?, signal)?)
    }

    /// Asks it to end, and gives it this long.
    pub(crate) async fn end(mut self, patience: Duration) -> Result<ExitStatus, Failure> {
        self.signal(Signal::TERM)?;
        let ended = tokio::time::timeout(patience, self.child.wait()).await;
        let Ok(status) = ended else {
            self.child.kill().await?;
            return Err(format!("it had not ended {patience:?} after SIGTERM").into());
        };
        self.log.join_all().await;
        Ok(status?)
    }

    /// Ends it at once.
    pub(crate) async fn kill(mut self) -> Result<(), Failure> {
        Ok(self.child.kill().await?)
    }
}

/// One line for each request, and what a start says, would be gigabytes of nothing.
async fn copy(output: impl AsyncRead + Unpin, file: Arc<File>, weather: Arc<Weather>) {
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(mut line)) = lines.next_line().await {
        if line.contains(r#""level":"INFO""#) && line.contains(r#""status":"#) {
            continue;
        }
        if line.contains(STORE_AWAY) {
            weather.store_stumbled();
        }
        line.push('\n');
        if (&*file).write_all(line.as_bytes()).is_err() {
            return;
        }
    }
}
