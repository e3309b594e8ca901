//! A socket that loses patience: with a peer that is silent between requests, that trickles the head of one,
//! or that does not read its answer. The HTTP library has one timer for the first two, and none for the third.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::request_line::RequestLine;

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

/// Whether a request is being handled; then it is not the peer that we wait for.
#[derive(Debug, Clone, Default)]
pub struct Busy(Arc<Work>);

#[derive(Debug, Default)]
struct Work {
    under_way: AtomicBool,
    fragment: AtomicBool,
    done: AtomicU64,
}

impl Busy {
    /// The head of a request is complete. Until the guard is dropped no read is late.
    pub fn begin(&self) -> Working {
        self.0.under_way.store(true, Ordering::Relaxed);
        Working(Arc::clone(&self.0))
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
        self.0.done.fetch_add(1, Ordering::Relaxed);
        self.0.under_way.store(false, Ordering::Relaxed);
    }
}

/// The socket.
#[derive(Debug)]
pub struct Patient<S> {
    socket: S,
    patience: Patience,
    busy: Busy,
    reading: Option<Pin<Box<Sleep>>>,
    in_head: bool,
    line: RequestLine,
    done: u64,
    writing: Option<Pin<Box<Sleep>>>,
}

impl<S> Patient<S> {
    /// Wraps a socket; `busy` is told when requests are handled.
    pub fn new(socket: S, patience: Patience, busy: Busy) -> Self {
        Self {
            socket,
            patience,
            busy,
            reading: None,
            in_head: false,
            line: RequestLine::default(),
            done: 0,
            writing: None,
        }
    }

    /// After each request the wait begins anew, with silence.
    fn notice_work(&mut self) {
        let done = self.busy.0.done.load(Ordering::Relaxed);
        if self.done != done || self.busy.0.under_way.load(Ordering::Relaxed) {
            self.done = done;
            self.reading = None;
            self.in_head = false;
        }
    }

    /// Whether the peer has kept us waiting for too long.
    fn is_late(&mut self, cx: &mut Context<'_>) -> bool {
        if self.busy.0.under_way.load(Ordering::Relaxed) {
            return false;
        }
        let patience = if self.in_head {
            self.patience.head
        } else {
            self.patience.idle
        };
        let timer = self
            .reading
            .get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + patience)));
        timer.as_mut().poll(cx).is_ready()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.notice_work();
        let before = buf.filled().len();
        let result = Pin::new(&mut self.socket).poll_read(cx, buf);
        if result.is_pending() {
            return if self.is_late(cx) {
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            } else {
                Poll::Pending
            };
        }
        // The first byte begins a head; what follows it does not win more time.
        if buf.filled().len() > before && !self.in_head {
            self.in_head = true;
            self.reading = None;
            self.line = RequestLine::default();
        }
        let new = buf.filled().get(before..).unwrap_or_default();
        if !self.busy.0.under_way.load(Ordering::Relaxed) && self.line.has_fragment(new) {
            self.busy.0.fragment.store(true, Ordering::Relaxed);
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
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const PATIENCE: Patience = Patience {
        idle: Duration::from_secs(30),
        head: Duration::from_secs(5),
        write: Duration::from_secs(20),
    };

    #[tokio::test(start_paused = true)]
    async fn silence_ends_after_the_idle_time() {
        let (_peer, socket) = tokio::io::duplex(64);
        let began = Instant::now();
        let error = Patient::new(socket, PATIENCE, Busy::default())
            .read_u8()
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), began.elapsed().as_secs()),
            (io::ErrorKind::TimedOut, 30)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_trickled_head_ends_after_the_head_time() {
        let (mut peer, socket) = tokio::io::duplex(64);
        let mut patient = Patient::new(socket, PATIENCE, Busy::default());
        let began = Instant::now();
        let trickle = async {
            loop {
                peer.write_u8(b'x').await.unwrap();
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        };
        let read = async { while patient.read_u8().await.is_ok() {} };
        tokio::select! { () = read => {}, () = trickle => {} }
        assert_eq!(began.elapsed().as_secs(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn silence_after_a_request_is_not_a_trickled_head() {
        let (mut peer, socket) = tokio::io::duplex(64);
        let busy = Busy::default();
        let mut patient = Patient::new(socket, PATIENCE, busy.clone());
        peer.write_u8(b'x').await.unwrap();
        patient.read_u8().await.unwrap();
        drop(busy.begin());
        let began = Instant::now();
        patient.read_u8().await.unwrap_err();
        assert_eq!(began.elapsed().as_secs(), 30);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_late_while_a_request_is_handled() {
        let (mut peer, socket) = tokio::io::duplex(64);
        let busy = Busy::default();
        let mut patient = Patient::new(socket, PATIENCE, busy.clone());
        let working = busy.begin();
        let late = tokio::time::timeout(Duration::from_mins(1), patient.read_u8()).await;
        assert!(late.is_err(), "the read went on waiting");
        drop(working);
        peer.write_u8(7).await.unwrap();
        assert_eq!(patient.read_u8().await.unwrap(), 7);
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_does_not_read_is_let_go() {
        let (_peer, socket) = tokio::io::duplex(4);
        let mut patient = Patient::new(socket, PATIENCE, Busy::default());
        let error = patient.write_all(&[0; 64]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
