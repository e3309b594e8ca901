//! A connection that speaks HTTP/2: many requests at a time, from a peer that may mean no good. What it can make
//! us hold is bounded by the numbers here.

use std::time::Duration;

use hyper::body::Incoming;
use hyper::rt::Executor;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio_util::task::TaskTracker;

use super::untaken::Untaken;
use super::{Connection, Socket};
use crate::patience::{Busy, Patient};

/// Requests at a time; the least that RFC 9113 recommends. One more is refused before anybody sees it.
const MAX_STREAMS: u32 = 100;
/// Requests taken back before we came to look at them; with more of them the connection ends. A client that
/// changes its mind has a few, one that floods has nothing but these (rapid reset).
const MAX_RESET_UNSEEN: usize = 20;
/// Faults of single requests, each of which makes us send a reset (made-you-reset); then the connection ends. One
/// more request than announced is such a fault, and a client may make some before it has read what we announce.
const MAX_FAULTS: usize = 256;
/// What a peer may send of one body before anybody reads it: the protocol's default.
const STREAM_WINDOW: u32 = 64 * 1024 - 1;
/// And of all bodies: so much memory at the most for each connection.
const CONNECTION_WINDOW: u32 = 256 * 1024;
/// What we keep of one answer for a peer that is slow to take it.
const SEND_BUFFER: usize = 64 * 1024;
/// The protocol's least, and its default: nobody is slowed down much by one frame of another request.
const FRAME: u32 = 16 * 1024;
/// Names and values that a peer may have us remember, its default.
const HEADER_TABLE: u32 = 4 * 1024;
/// How often a silent peer is asked whether it is still there, and how long it may take to say so.
const PING: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(10));

impl Connection {
    /// Serves it to its end. Each request is a task.
    pub(super) async fn http2(&self, socket: impl Socket + Send + 'static, tasks: TaskTracker) {
        let patience = self.patience;
        let (busy, untaken) = (Busy::default(), Untaken::default());
        let io = TokioIo::new(Patient::of_frames(socket, patience));
        let service = service_fn(|request: http::Request<Incoming>| {
            let (working, untaken) = (busy.begin(), untaken.clone());
            let answer = self.ask(request);
            async move {
                let answer = answer.await;
                answer.map(|answer| answer.map(|body| untaken.watch(body, working)))
            }
        });
        let mut connection = std::pin::pin!(self.builder(tasks).serve_connection(io, service));
        tokio::select! {
            ended = connection.as_mut() => return self.ended(ended),
            () = untaken.longer_than(patience.write) => return,
            // Frames that are no request win no time.
            () = busy.quiet(patience.idle) => {}
            () = self.retired() => {}
            () = self.ending.stop.cancelled() => {}
        }
        // Tells the peer which requests were taken, and waits for their ends.
        connection.as_mut().graceful_shutdown();
        tokio::select! {
            ended = connection => self.ended(ended),
            () = untaken.longer_than(patience.write) => {}
            () = busy.quiet(patience.head) => {}
        }
    }

    fn builder(&self, tasks: TaskTracker) -> http2::Builder<Tracked> {
        let mut http = http2::Builder::new(Tracked(tasks));
        http.timer(TokioTimer::new())
            .max_concurrent_streams(MAX_STREAMS)
            .max_pending_accept_reset_streams(MAX_RESET_UNSEEN)
            .max_local_error_reset_streams(MAX_FAULTS)
            // Bounds a head, and by that the number of frames that it may come in.
            .max_header_list_size(u32::try_from(self.max_header).unwrap_or(u32::MAX))
            .header_table_size(HEADER_TABLE)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_frame_size(FRAME)
            .max_send_buf_size(SEND_BUFFER)
            .keep_alive_interval(PING.0)
            .keep_alive_timeout(PING.1);
        http
    }
}

/// Runs the library's tasks where they are counted.
#[derive(Clone)]
struct Tracked(TaskTracker);

impl<F> Executor<F> for Tracked
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, task: F) {
        self.0.spawn(task);
    }
}
