//! The watch over heads of requests beside the HTTP library that reads them: however bytes are cut, both agree on where
//! heads are. So a request with a line that ends in a line feed alone never gets through, whatever came before it, and
//! the library reads nothing that it would not read without the watch.
#![no_main]

use std::cell::RefCell;
use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use libfuzzer_sys::fuzz_target;
use switchboard::head_watch::HeadWatch;
use switchboard::patience::{Busy, Patience, Patient};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::runtime::{Builder, Runtime};

/// Requests that must not be read as one, wherever they stand, nor what is left of them where a body takes the rest.
const BARE: [&str; 3] = [
    "GET /bare HTTP/1.1\nhost: x\r\n\r\n",
    "GET /bare HTTP/1.1\r\nhost: x\n\r\n",
    "GET /bare HTTP/1.1\r\nhost: x\r\n\n",
];
const PATIENCE: Patience = Patience {
    idle: Duration::from_secs(60),
    head: Duration::from_secs(60),
    write: Duration::from_secs(60),
};

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
}

fuzz_target!(|data: &[u8]| {
    let Some((&[tail, cut], text)) = data.split_first_chunk() else {
        return;
    };
    if text.windows(5).any(|word| word == b"/bare") {
        return;
    }
    let cut = usize::from(cut) + 1;
    let (mut whole, mut pieces) = (text.to_vec(), text.to_vec());
    HeadWatch::default().pass(&mut whole);
    let mut watch = HeadWatch::default();
    for piece in pieces.chunks_mut(cut) {
        watch.pass(piece);
    }
    assert_eq!(whole, pieces);
    let bare = BARE[usize::from(tail) % BARE.len()];
    let paths = watched(Wire::new(&[text, bare.as_bytes()].concat(), cut));
    assert!(!paths.iter().any(|path| path == "/bare"));
    // What the watch spoils is refused, and makes no request of what would have been none.
    let wire = || Wire::new(text, cut);
    let (with, without) = (watched(wire()), served(wire(), &Busy::default()));
    assert!(without.starts_with(&with), "{with:?} {without:?}");
});

/// The paths that are asked for, as the gateway's server sees it.
fn watched(wire: Wire) -> Vec<String> {
    let busy = Busy::default();
    served(Patient::new(wire, PATIENCE, busy.clone()), &busy)
}

/// The same as any server sees it.
fn served(socket: impl AsyncRead + AsyncWrite + Unpin, busy: &Busy) -> Vec<String> {
    let paths = RefCell::new(Vec::new());
    let service = service_fn(|request: http::Request<Incoming>| {
        let working = busy.begin();
        let path = request.uri().path().to_owned();
        let paths = &paths;
        async move {
            // As in the gateway, what is not read to its end was no request.
            if request.into_body().collect().await.is_ok() {
                paths.borrow_mut().push(path);
            }
            drop(working);
            Ok::<_, Infallible>(http::Response::new(Empty::<Bytes>::new()))
        }
    });
    let io = TokioIo::new(socket);
    let mut http = http1::Builder::new();
    http.header_read_timeout(None).max_headers(100).half_close(false);
    RUNTIME.with(|runtime| runtime.block_on(http.serve_connection(io, service)).ok());
    paths.into_inner()
}

/// A peer that has said everything, is read in pieces, and stays until all of it must have been answered.
struct Wire {
    input: Vec<u8>,
    at: usize,
    cut: usize,
    patience: usize,
}

impl Wire {
    fn new(input: &[u8], cut: usize) -> Self {
        Self {
            input: input.to_vec(),
            at: 0,
            cut,
            patience: 64,
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let end = self.input.len().min(self.at + self.cut.min(to.remaining()));
        if self.at == end && self.patience > 0 {
            self.patience -= 1;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        to.put_slice(&self.input[self.at..end]);
        self.at = end;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(from.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
