//! A socket that is read empty before it is closed.
//!
//! An answer that is sent while its request is still coming is lost if the socket is closed at once: what arrives at
//! a closed socket is answered with a reset, and that takes from the peer what it has not read yet (RFC 9112,
//! section 9.6). So we say that no more follows, and listen until the peer has understood.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::{Sleep, sleep};

/// What is read at once.
const ROOM: usize = 16 * 1024;
/// What is read at the most for a peer that goes on.
const UNWANTED: usize = 16 * 1024 * 1024;

/// How much more is read, and for how long.
#[derive(Debug)]
pub(super) struct Emptying {
    unwanted: usize,
    timer: Pin<Box<Sleep>>,
}

impl Emptying {
    pub(super) fn within(time: Duration) -> Self {
        Self {
            unwanted: UNWANTED,
            timer: Box::pin(sleep(time)),
        }
    }

    /// Ready when the socket can be closed, whether the peer has closed it or is not waited for any more.
    pub(super) fn poll(
        &mut self,
        mut socket: Pin<&mut impl AsyncRead>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while self.unwanted > 0 && self.timer.as_mut().poll(cx).is_pending() {
            let mut room = [MaybeUninit::uninit(); ROOM];
            let mut read = ReadBuf::uninit(&mut room);
            ready!(socket.as_mut().poll_read(cx, &mut read))?;
            if read.filled().is_empty() {
                break;
            }
            self.unwanted = self.unwanted.saturating_sub(read.filled().len());
        }
        Poll::Ready(Ok(()))
    }
}
