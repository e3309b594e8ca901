//! The two questions that are asked of the store, in its inline protocol.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::Failure;

const PATIENCE: Duration = Duration::from_secs(2);

/// Counts keys that go within an hour. Ends of writes stay for a day and are as many as the writes were: no soak is long
/// enough to see them go.
const PASSING: &str = "EVAL \"local n = 0; for _, key in ipairs(redis.call('KEYS', '*')) do \
    if redis.call('PTTL', key) < 3600000 then n = n + 1 end end; return n\" 0";

/// How many keys there are that are about to go.
pub(crate) async fn keys(store: SocketAddr) -> Result<f64, Failure> {
    ask(store, PASSING, ":").await
}

/// Bytes of memory in use.
pub(crate) async fn memory(store: SocketAddr) -> Result<f64, Failure> {
    ask(store, "INFO memory", "used_memory:").await
}

/// The number behind this in the answer.
async fn ask(store: SocketAddr, command: &str, before: &str) -> Result<f64, Failure> {
    let answer = async {
        let mut socket = BufReader::new(TcpStream::connect(store).await?);
        socket.write_all(format!("{command}\r\n").as_bytes()).await?;
        let mut lines = socket.lines();
        while let Some(line) = lines.next_line().await? {
            if let Some(number) = line.strip_prefix(before) {
                return Ok(number.trim().parse()?);
            }
        }
        Err("it says something else".into())
    };
    timeout(PATIENCE, answer).await?
}
