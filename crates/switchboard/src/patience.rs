//! A socket that loses patience: with a peer that is silent between requests, that trickles the head of one,
//! or that does not read its answer. The HTTP library has one timer for the first two, and none for the third.

mod emptying;

use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use self::emptying::Emptying;
use crate::head_watch::HeadWatch;

/// A socket that was quiet for so long may rest: what serves it holds some twenty kilobytes, and is made anew in a
/// few microseconds.
const REST: Duration = Duration::from_millis(250);
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

/// What is known of a connection's requests, by whoever reads the socket and whoever handles them.
#[derive(Debug, Clone, Default)]
pub struct Busy(Arc<Work>);

#[derive(Debug, Default)]
struct Work {
    under_way: AtomicUsize,
    /// The head of a request has begun.
    in_head: AtomicBool,
    /// The peer has yet to take something.
    unwritten: AtomicBool,
    /// The peer may be sending what nobody reads.
    unread: AtomicBool,
    /// No answer will follow.
    closing: AtomicBool,
    fragment: AtomicBool,
    done: AtomicU64,
    last: Mutex<Option<Instant>>,
}

impl Work {
    fn is_under_way(&self) -> bool {
        self.under_way.load(Ordering::Relaxed) > 0
    }

    /// Whether more of a request may come: of its body, or of a head that was not waited for.
    fn is_cut_short(&self) -> bool {
        self.unread.load(Ordering::Relaxed) || self.in_head.load(Ordering::Relaxed)
    }
}

impl Busy {
    /// The head of a request is complete. Until the guard is dropped it is not the peer that we wait for.
    pub fn begin(&self) -> Working {
        self.0.under_way.fetch_add(1, Ordering::Relaxed);
        self.0.in_head.store(false, Ordering::Relaxed);
        self.0.unread.store(false, Ordering::Relaxed);
        Working(Arc::clone(&self.0))
    }

    /// Nobody wants the rest of the request's body.
    pub fn leave_unread(&self) {
        self.0.unread.store(true, Ordering::Relaxed);
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

/// Watches over the silence of a peer that sends one request at a time.
#[derive(Debug)]
pub struct Watch {
    patience: Patience,
    busy: Busy,
    /// Since when we wait for the peer, if we do, and with what.
    since: Option<Instant>,
    in_head: bool,
    done: u64,
    rests: bool,
    /// Set once for many requests: it goes off, looks whether anybody is late, and is set again.
    timer: Option<Pin<Box<Sleep>>>,
}

/// What came first.
#[derive(Debug, PartialEq, Eq)]
pub enum Seen<T> {
    /// The end of what was watched over.
    Done(T),
    /// Silence for long enough to rest; once for each silence.
    Quiet,
    /// The end of our patience.
    Late,
}

impl Watch {
    /// Of a connection.
    pub const fn new(patience: Patience, busy: Busy) -> Self {
        Self {
            patience,
            busy,
            since: None,
            in_head: false,
            done: 0,
            rests: false,
            timer: None,
        }
    }

    /// Watches over whatever serves the connection, or waits for it.
    pub async fn during<F: Future + Unpin>(&mut self, mut serving: F) -> Seen<F::Output> {
        poll_fn(|cx| match Pin::new(&mut serving).poll(cx) {
            Poll::Ready(output) => Poll::Ready(Seen::Done(output)),
            Poll::Pending => self.look(cx),
        })
        .await
    }

    fn look<T>(&mut self, cx: &mut Context<'_>) -> Poll<Seen<T>> {
        let work = &self.busy.0;
        if work.is_under_way() {
            self.since = None;
            return Poll::Pending;
        }
        let now = (
            work.in_head.load(Ordering::Relaxed),
            work.done.load(Ordering::Relaxed),
        );
        if now != (self.in_head, self.done) {
            // The first byte begins a head; what follows it does not win more time.
            (self.in_head, self.done) = now;
            (self.since, self.rests) = (None, false);
        }
        let since = *self.since.get_or_insert_with(Instant::now);
        let late = since
            + if self.in_head {
                self.patience.head
            } else {
                self.patience.idle
            };
        let is_in_use = work.unwritten.load(Ordering::Relaxed) || work.closing.load(Ordering::Relaxed);
        let may_rest = !self.in_head && !self.rests && !is_in_use;
        let next = if may_rest { late.min(since + REST) } else { late };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(next)));
        if timer.deadline() > next {
            timer.as_mut().reset(next);
        }
        while timer.as_mut().poll(cx).is_ready() {
            let reached = timer.deadline();
            if reached >= late {
                return Poll::Ready(Seen::Late);
            }
            timer.as_mut().reset(if reached < next { next } else { late });
            if may_rest && reached >= next {
                self.rests = true;
                return Poll::Ready(Seen::Quiet);
            }
        }
        Poll::Pending
    }
}

/// The socket.
#[derive(Debug)]
pub struct Patient<S> {
    socket: S,
    patience: Patience,
    /// None where reads are not about heads of requests.
    busy: Option<Busy>,
    watch: HeadWatch,
    /// What was read already, and is to be read again.
    given_back: Bytes,
    writing: Option<Pin<Box<Sleep>>>,
    emptying: Option<Emptying>,
}

impl<S> Patient<S> {
    /// Wraps a socket; `busy` is told when heads of requests begin.
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
            watch: HeadWatch::default(),
            given_back: Bytes::new(),
            writing: None,
            emptying: None,
        }
    }

    /// What was read of it and not used. It is copied: even nothing would hold the buffer that it was read into.
    pub fn give_back(&mut self, bytes: &[u8]) {
        self.given_back = Bytes::copy_from_slice(bytes);
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
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.given_back.is_empty() {
            let count = self.given_back.len().min(buf.remaining());
            buf.put_slice(&self.given_back.split_to(count));
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.socket).poll_read(cx, buf))?;
        let this = &mut *self;
        if let Some(Busy(work)) = &this.busy {
            let new = buf.filled_mut().get_mut(before..).unwrap_or_default();
            let idle = !work.is_under_way();
            if idle && !new.is_empty() {
                work.in_head.store(true, Ordering::Relaxed);
            }
            if this.watch.pass(new) && idle {
                work.fragment.store(true, Ordering::Relaxed);
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> Patient<S> {
    fn patiently<T>(
        &mut self,
        cx: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut S>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let result = write(Pin::new(&mut self.socket), cx);
        if let Some(Busy(work)) = &self.busy {
            work.unwritten.store(result.is_pending(), Ordering::Relaxed);
        }
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

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Patient<S> {
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
        ready!(self.patiently(cx, AsyncWrite::poll_shutdown))?;
        let this = &mut *self;
        match &this.busy {
            Some(Busy(work)) if work.is_cut_short() => {
                work.closing.store(true, Ordering::Relaxed);
                this.emptying
                    .get_or_insert_with(|| Emptying::within(this.patience.head))
                    .poll(Pin::new(&mut this.socket), cx)
            }
            _ => Poll::Ready(Ok(())),
        }
    }
}

#[cfg(test)]
mod tests;
