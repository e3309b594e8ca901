//! Replicas whose store goes away, and comes back.

use std::fs;
use std::io::{BufRead, BufReader};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::Method;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::rig::process::{Serving, get, program};
use crate::rig::replicas::{Replica, replicas, started};
use crate::rig::server::Server;
use crate::rig::{Answer, Script, Upstream, bearer, bland, client, demo_connections};

const REQUIRED: &str = "[auth]\nmode = \"required\"\n";
/// So much that nobody is refused for it.
const AMPLE: &str = "rate_limit = { requests = 1000000, per = \"1s\", burst = 1000000 }\n";
/// Clients with a limit of 11 each.
const SOME: [&str; 5] = ["a", "b", "c", "d", "e"];
const NARROW: &str = "rate_limit = { requests = 1, per = \"1h\", burst = 11 }\n";

async fn ask(replica: &Replica, path: &str, name: &str) -> Answer {
    let headers = [("authorization", &*bearer(name))];
    replica.client.send(Method::GET, path, &headers).await
}

/// Asks until the provider, which has nothing, is asked: a busy machine may take the store for one that is away.
async fn passes(replica: &Replica, path: &str) {
    while ask(replica, path, "ample").await.status != 404 {}
}

/// Clients of every replica that ask without a pause.
struct Load {
    answered: watch::Sender<usize>,
    end: Arc<AtomicBool>,
    clients: JoinSet<Vec<u16>>,
}

impl Load {
    fn on(replicas: &[Replica]) -> Self {
        let mut load = Self {
            answered: watch::Sender::default(),
            end: Arc::default(),
            clients: JoinSet::new(),
        };
        for replica in replicas {
            for _ in 0..4 {
                let (client, end, answered) = (replica.client, Arc::clone(&load.end), load.answered.clone());
                load.clients.spawn(async move {
                    let mut statuses = Vec::new();
                    while !end.load(Ordering::Relaxed) {
                        let headers = [("authorization", &*bearer("ample"))];
                        statuses.push(client.send(Method::GET, "/v1/connections", &headers).await.status);
                        answered.send_modify(|count| *count += 1);
                    }
                    statuses
                });
            }
        }
        load
    }

    /// Until so many more have been answered.
    async fn goes_on(&self, more: usize) {
        let mut answered = self.answered.subscribe();
        let now = *answered.borrow();
        answered.wait_for(|count| *count >= now + more).await.unwrap();
    }

    async fn end(self) -> Vec<u16> {
        self.end.store(true, Ordering::Relaxed);
        self.clients.join_all().await.concat()
    }
}

async fn all_say(replicas: &[Replica], word: &str) {
    for replica in replicas {
        replica.store_is(word).await;
    }
}

async fn failures(replicas: &[Replica]) -> usize {
    let mut all = 0;
    for replica in replicas {
        all += replica.store_failures("take").await;
    }
    all
}

/// What the replicas together let through of a client whose limit is 11.
async fn passed(replicas: &[Replica], name: &str) -> usize {
    let mut passed = 0;
    for number in 0..30 {
        let answer = ask(&replicas[number % replicas.len()], "/v1/connections", name).await;
        passed += usize::from(answer.status == 200);
    }
    passed
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_store_nobody_is_refused_and_with_it_limits_hold_again() {
    let mut server = Server::start();
    let config = [
        REQUIRED,
        &client("ample", &["read"], &["*"], AMPLE),
        &SOME.map(|name| client(name, &["read"], &["*"], NARROW)).concat(),
        demo_connections(),
    ];
    let replicas = replicas(2, &server.url(), &config.concat()).await;
    all_say(&replicas, "ok").await;
    let load = Load::on(&replicas);
    load.goes_on(40).await;
    server.kill();
    all_say(&replicas, "away").await;
    load.goes_on(100).await;
    for replica in &replicas {
        assert!(replica.store_failures("take").await > 0);
        assert!(replica.store_failures("probe").await > 0);
    }
    server.restart();
    all_say(&replicas, "ok").await;
    load.goes_on(40).await;
    let statuses = load.end().await;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");

    for name in SOME {
        all_say(&replicas, "ok").await;
        let before = failures(&replicas).await;
        let passed = passed(&replicas, name).await;
        // Else the machine was so busy that a replica decided alone: the next one.
        if failures(&replicas).await == before {
            assert_eq!(passed, 11);
            return;
        }
    }
    panic!("the store never was there for long enough");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_deny_nothing_passes_that_would_have_been_counted() {
    let mut server = Server::start();
    let provider = Upstream::always(Script::json(404, "{}")).await;
    let config = [
        REQUIRED,
        &client("ample", &["read"], &["*"], AMPLE),
        &client("free", &["read"], &["*"], ""),
        &bland("bland", provider.address),
        "[store]\non_error = \"deny\"\n",
    ];
    let replicas = replicas(2, &server.url(), &config.concat()).await;
    all_say(&replicas, "ok").await;
    let number = |number: usize| format!("/v1/numbers/bland:sms:+1202555{number:04}");
    passes(&replicas[0], &number(0)).await;
    server.kill();
    all_say(&replicas, "away").await;
    for replica in &replicas {
        let refused = ask(replica, "/v1/connections", "ample").await;
        assert_eq!((refused.status, refused.code().as_str()), (503, "overloaded"));
        assert_eq!(
            (refused.json()["origin"].as_str(), refused.header("retry-after")),
            (Some("gateway"), "1")
        );
        // Nobody counts for a client without a limit; but its call to the provider would have been.
        assert_eq!(ask(replica, "/v1/connections", "free").await.status, 200);
        let refused = ask(replica, &number(1), "free").await;
        assert_eq!((refused.status, refused.code().as_str()), (503, "overloaded"));
    }
    assert_eq!(provider.seen().len(), 1);
    server.restart();
    all_say(&replicas, "ok").await;
    for (at, replica) in replicas.iter().enumerate() {
        passes(replica, &number(2 + at)).await;
    }
    assert_eq!(provider.seen().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_starts_without_the_store() {
    let mut server = Server::start();
    server.kill();
    let config = [
        REQUIRED,
        &client("narrow", &["read"], &["*"], NARROW),
        demo_connections(),
    ];
    let replicas = started(1, &server.url(), &config.concat());
    all_say(&replicas, "away").await;
    assert_eq!(ask(&replicas[0], "/v1/connections", "narrow").await.status, 200);
    server.restart();
    all_say(&replicas, "ok").await;
}

#[test]
fn the_log_says_why_it_is_away_and_nothing_shows_the_password() {
    let server = Server::start_with(&["--requirepass", "another"]);
    let folder = tempfile::tempdir().unwrap();
    let server_table =
        "[server]\nlisten = \"127.0.0.1:0\"\nadmin_listen = \"127.0.0.1:0\"\nsecret = \"env:REDIS\"\n";
    let config = format!(
        "{server_table}[store]\nredis = \"env:REDIS\"\n{}",
        demo_connections()
    );
    fs::write(folder.path().join("replica.toml"), config).unwrap();
    let mut command = program(folder.path(), &["serve", "--config", "replica.toml"]);
    let url = server.url().replace("redis://", "redis://:canary@");
    command.env("REDIS", url);
    let mut gateway = Serving::with_log(command);
    let mut seen = String::new();
    let mut log = BufReader::new(gateway.child.stderr.take().unwrap());
    while !seen.contains("the shared store is away") {
        assert!(log.read_line(&mut seen).unwrap() > 0, "{seen}");
    }
    assert!(seen.contains("WRONGPASS"), "{seen}");
    let admin = gateway.address("admin");
    for path in ["/config", "/readyz", "/metrics"] {
        seen += &get(admin, path, "");
    }
    assert!(
        seen.contains("*** (env:REDIS)") && !seen.contains("canary"),
        "{seen}"
    );
}
