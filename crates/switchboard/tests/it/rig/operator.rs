//! Who can see and change what lies in the store.

use std::sync::Arc;
use std::time::Duration;

use store::{Address, Observer, Operation, Reply, Store};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::server::Server;

/// A connection to a server, as an operator has one, or an intruder.
pub(crate) struct Operator(Store);

/// So much that the load of the machine makes no difference.
const PATIENCE: Duration = Duration::from_secs(30);

struct Nobody;

impl Observer for Nobody {
    fn failed(&self, _: Operation) {}
}

impl Operator {
    pub(crate) fn of(server: &Server) -> Self {
        Self::at(&server.url())
    }

    /// Of a server that asks for a password.
    pub(crate) fn at(url: &str) -> Self {
        let address = Address::parse(&url.to_owned().into()).unwrap();
        let (tasks, end) = <(TaskTracker, CancellationToken)>::default();
        Self(Store::new(
            PATIENCE,
            address,
            "operator",
            Arc::new(Nobody),
            &tasks,
            &end,
        ))
    }

    /// Any command.
    pub(crate) async fn command<T: Reply>(&self, name: &str, args: &[&[u8]]) -> T {
        self.0.command(Operation::Probe, name, args).await.unwrap()
    }

    /// The keys of a kind of thing.
    pub(crate) async fn keys(&self, kind: &str) -> Vec<Vec<u8>> {
        let pattern = format!("switchboard:{kind}:*");
        self.command("KEYS", &[pattern.as_bytes()]).await
    }

    /// The keys of a kind, once there are so many.
    pub(crate) async fn until(&self, kind: &str, count: usize) -> Vec<Vec<u8>> {
        loop {
            let keys = self.keys(kind).await;
            if keys.len() == count {
                return keys;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Every key and every value.
    pub(crate) async fn everything(&self) -> Vec<u8> {
        let mut all = Vec::new();
        for key in self.command::<Vec<Vec<u8>>>("KEYS", &[b"*"]).await {
            let kind: String = self.command("TYPE", &[&key]).await;
            let values: Vec<Vec<u8>> = match kind.as_str() {
                "hash" => {
                    let names: Vec<Vec<u8>> = self.command("HKEYS", &[&key]).await;
                    let values: Vec<Vec<u8>> = self.command("HVALS", &[&key]).await;
                    [names, values].concat()
                }
                "string" => vec![self.command("GET", &[&key]).await],
                other => panic!("nothing looks into a {other}"),
            };
            all.extend(key);
            all.extend(values.concat());
        }
        all
    }
}
