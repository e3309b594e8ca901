//! Lines on their way to standard error. Whoever has one leaves it here and goes on; a thread writes what has come
//! together. Where nobody reads fast enough lines are lost, and counted, rather than requests held up.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How long a line that can wait waits for others.
const GATHER: Duration = Duration::from_millis(20);
/// So much is written without waiting.
const ENOUGH: usize = 64 * 1024;
/// What is kept for a reader that is slow.
const MOST: usize = 4 * 1024 * 1024;
/// How long the end of the program waits for such a reader.
const FAREWELL: Duration = Duration::from_secs(1);

/// Lines that were lost since the program began.
static LOST: AtomicU64 = AtomicU64::new(0);

/// How many lines were lost.
pub(super) fn lost() -> u64 {
    LOST.load(Ordering::Relaxed)
}

/// Whether a line may wait for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Urgency {
    Now,
    CanWait,
}

/// Where lines are left. Clones are the same place.
#[derive(Clone)]
pub(super) struct Lines(Arc<Shared>);

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    /// Something has come, or is urgent now.
    come: Condvar,
    /// Everything has been written.
    gone: Condvar,
}

#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    urgent: bool,
    /// Of what is no longer here, not all is written yet.
    writing: bool,
}

impl Lines {
    /// Begins to write what is left here.
    pub(super) fn to(out: impl Write + Send + 'static) -> io::Result<Self> {
        let lines = Self(Arc::default());
        let shared = Arc::clone(&lines.0);
        thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || shared.write(out))?;
        Ok(lines)
    }

    /// Leaves a line.
    pub(super) fn push(&self, line: &[u8], urgency: Urgency) {
        let mut waiting = self.0.lock();
        if waiting.bytes.len() + line.len() > MOST {
            LOST.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let asleep = waiting.bytes.is_empty();
        waiting.bytes.extend_from_slice(line);
        let hurry = !waiting.urgent && (urgency == Urgency::Now || waiting.bytes.len() > ENOUGH);
        waiting.urgent |= hurry;
        drop(waiting);
        if asleep || hurry {
            self.0.come.notify_one();
        }
    }

    /// Waits until everything is written, but not for long.
    pub(super) fn flush(&self) {
        let mut waiting = self.0.lock();
        waiting.urgent = true;
        self.0.come.notify_one();
        let busy = |waiting: &mut Waiting| waiting.writing || !waiting.bytes.is_empty();
        drop(self.0.gone.wait_timeout_while(waiting, FAREWELL, busy));
    }
}

impl Shared {
    /// The state behind it is whole after each statement.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, mut out: impl Write) {
        let mut bytes = Vec::new();
        loop {
            let mut waiting = self.lock();
            waiting.writing = false;
            self.gone.notify_all();
            waiting = self
                .come
                .wait_while(waiting, |waiting| waiting.bytes.is_empty())
                .unwrap_or_else(PoisonError::into_inner);
            waiting = self
                .come
                .wait_timeout_while(waiting, GATHER, |waiting| !waiting.urgent)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
            (waiting.urgent, waiting.writing) = (false, true);
            std::mem::swap(&mut waiting.bytes, &mut bytes);
            drop(waiting);
            // Nobody could be told of a failure.
            drop(out.write_all(&bytes).and_then(|()| out.flush()));
            bytes.clear();
            bytes.shrink_to(2 * ENOUGH);
        }
    }
}
