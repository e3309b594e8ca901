//! A socket that loses patience: with a peer that is silent between requests, that trickles the head of one,
//! or that does not read its answer. The HTTP library has one timer for the first two, and none for the third.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::head_watch::HeadWatch;

/// A socket that was quiet for so long may rest: what serves it holds some twenty kilobytes, and is made anew in a
/// few microseconds.
const REST: Duration = Duration::from_millis(500);
/// What is read at once of a socket that rests.
const ROOM: usize = 2048;

/// How long what may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Silence before, between and after requests.
    pub idle: Duration,
    /// The head of a request, from its first byte.
    pub head: Duration,
    /// A write that makes no progress.
    pub write: Duration,
}

/// Whether requests are being handled; then it is not the peer that we wait for.
#[derive(Debug, Clone, Default)]
pub struct Busy(Arc<Work>);

#[derive(Debug, Default)]
struct Work {
    under_way: AtomicUsize,
    fragment: AtomicBool,
    rest: AtomicBool,
    done: AtomicU64,
    last: Mutex<Option<Instant>>,
}

impl Work {
    fn is_under_way(&self) -> bool {
        self.under_way.load(Ordering::Relaxed) > 0
    }
}

impl Busy {
    /// The head of a request is complete. Until the guard is dropped no read is late.
    pub fn begin(&self) -> Working {
        self.0.under_way.fetch_add(1, Ordering::Relaxed);
        Working(Arc::clone(&self.0))
    }

    /// Ends when from now on nothing has been handled for this long.
    pub async fn quiet(&self, patience: Duration) {
        let mut since = Instant::now();
        loop {
            sleep_until(since + patience).await;
            let last = *self.0.last.lock().unwrap_or_else(PoisonError::into_inner);
            since = match last {
                _ if self.0.is_under_way() => Instant::now(),
                Some(last) if last > since => last,
                _ => return,
            };
        }
    }

    /// Whether the socket has just become quiet enough to rest.
    pub fn take_rest(&self) -> bool {
        self.0.rest.swap(false, Ordering::Relaxed)
    }

    /// Whether the target of the request that has just come had a fragment.
    pub fn take_fragment(&self) -> bool {
        self.0.fragment.swap(false, Ordering::Relaxed)
    }
}

/// A request is being handled.
#[derive(Debug)]
pub struct Working(Arc<Work>);

impl Drop for Working {
    fn drop(&mut self) {
        *self.0.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        self.0.done.fetch_add(1, Ordering::Relaxed);
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The socket.
#[derive(Debug)]
pub struct Patient<S> {
    socket: S,
    patience: Patience,
    /// None where reads are not about heads of requests.
    busy: Option<Busy>,
    /// Since when we wait for the peer, if we do.
    waiting: Option<Instant>,
    /// Set once for many requests: it goes off, looks whether anybody is late, and is set again.
    reading: Option<Pin<Box<Sleep>>>,
    in_head: bool,
    rests: bool,
    /// What was read already, and is to be read again.
    given_back: Bytes,
    watch: HeadWatch,
    done: u64,
    writing: Option<Pin<Box<Sleep>>>,
}

impl<S> Patient<S> {
    /// Wraps a socket; `busy` is told when requests are handled.
    pub fn new(socket: S, patience: Patience, busy: Busy) -> Self {
        Self::with(socket, patience, Some(busy))
    }

    /// Wraps a socket with many requests at a time: what it reads says nothing of who waits for whom.
    pub fn of_frames(socket: S, patience: Patience) -> Self {
        Self::with(socket, patience, None)
    }

    fn with(socket: S, patience: Patience, busy: Option<Busy>) -> Self {
        Self {
            socket,
            patience,
            busy,
            waiting: None,
            reading: None,
            in_head: false,
            rests: false,
            given_back: Bytes::new(),
            watch: HeadWatch::default(),
            done: 0,
            writing: None,
        }
    }

    /// After each request the wait begins anew, with silence.
    fn notice_work(&mut self, busy: &Busy) {
        let done = busy.0.done.load(Ordering::Relaxed);
        if self.done != done || busy.0.is_under_way() {
            self.done = done;
            self.waiting = None;
            self.in_head = false;
            self.rests = false;
        }
    }

    /// Whether the peer has kept us waiting for too long.
    fn is_late(&mut self, busy: &Busy, cx: &mut Context<'_>) -> bool {
        if busy.0.is_under_way() {
            return false;
        }
        let patience = if self.in_head {
            self.patience.head
        } else {
            self.patience.idle
        };
        let since = *self.waiting.get_or_insert_with(Instant::now);
        let late = since + patience;
        let may_rest = !self.in_head && !self.rests && self.writing.is_none();
        let next = if may_rest { late.min(since + REST) } else { late };
        let timer = self.reading.get_or_insert_with(|| Box::pin(sleep_until(next)));
        if timer.deadline() > next {
            timer.as_mut().reset(next);
        }
        while timer.as_mut().poll(cx).is_ready() {
            let reached = timer.deadline();
            if reached >= late {
                return true;
            }
            if may_rest && reached >= next {
                self.rests = true;
                busy.0.rest.store(true, Ordering::Relaxed);
                timer.as_mut().reset(late);
            } else {
                timer.as_mut().reset(next);
            }
        }
        false
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Some(busy) = self.busy.take() else {
            return Pin::new(&mut self.socket).poll_read(cx, buf);
        };
        let read = self.read(&busy, cx, buf);
        self.busy = Some(busy);
        read
    }
}

impl<S: AsyncRead + Unpin> Patient<S> {
    /// Waits for a socket that rests. Whether more has come, rather than its end.
    pub async fn woken(&mut self) -> io::Result<bool> {
        poll_fn(|cx| {
            if !self.given_back.is_empty() {
                return Poll::Ready(Ok(true));
            }
            let mut room = [0; ROOM];
            let mut read = ReadBuf::new(&mut room);
            ready!(Pin::new(&mut *self).poll_read(cx, &mut read))?;
            self.given_back = Bytes::copy_from_slice(read.filled());
            Poll::Ready(Ok(!self.given_back.is_empty()))
        })
        .await
    }

    /// What was read of it and not used.
    pub fn give_back(&mut self, bytes: Bytes) {
        self.given_back = bytes;
    }

    fn read(&mut self, busy: &Busy, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.given_back.is_empty() {
            let count = self.given_back.len().min(buf.remaining());
            buf.put_slice(&self.given_back.split_to(count));
            return Poll::Ready(Ok(()));
        }
        self.notice_work(busy);
        let before = buf.filled().len();
        let result = Pin::new(&mut self.socket).poll_read(cx, buf);
        if result.is_pending() {
            return if self.is_late(busy, cx) {
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            } else {
                Poll::Pending
            };
        }
        // The first byte begins a head; what follows it does not win more time.
        if buf.filled().len() > before && !self.in_head {
            self.in_head = true;
            self.waiting = None;
        }
        let new = buf.filled_mut().get_mut(before..).unwrap_or_default();
        if self.watch.pass(new) && !busy.0.is_under_way() {
            busy.0.fragment.store(true, Ordering::Relaxed);
        }
        result
    }
}

impl<S: AsyncWrite + Unpin> Patient<S> {
    fn patiently<T>(
        &mut self,
        cx: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut S>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let result = write(Pin::new(&mut self.socket), cx);
        if result.is_ready() {
            self.writing = None;
            return result;
        }
        let patience = self.patience.write;
        let timer = self
            .writing
            .get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + patience)));
        timer
            .as_mut()
            .poll(cx)
            .map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.patiently(cx, |socket, cx| socket.poll_write(cx, bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.patiently(cx, |socket, cx| socket.poll_write_vectored(cx, parts))
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.patiently(cx, AsyncWrite::poll_flush)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.patiently(cx, AsyncWrite::poll_shutdown)
    }
}

#[cfg(test)]
mod tests;
