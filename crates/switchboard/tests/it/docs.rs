//! Every request in the pages of `docs` has the status that stands behind it, sent by `curl` in the page's order.

use switchboard::api::routes::TABLES;

use std::fs;

use crate::rig::collector::Collector;
use crate::rig::replicas::Replica;
use crate::rig::server::Server;
use crate::rig::{Gateway, demo_connections};

const ENDPOINTS: &str = include_str!("../../../../docs/endpoints.md");
const SCALING: &str = include_str!("../../../../docs/scaling.md");
const TRACING: &str = include_str!("../../../../docs/tracing.md");
const SANDBOX: &str = include_str!("../../../../docs/sandbox.md");

/// The commands of a page with their statuses.
fn commands(page: &str) -> Vec<(String, String)> {
    let blocks = page.split("```sh\n").skip(1);
    let blocks = blocks.filter_map(|block| block.split_once("\n```").map(|(code, _)| code));
    let mut commands = Vec::new();
    for block in blocks {
        let joined = block.replace("\\\n", " ");
        for line in joined.lines() {
            let (command, status) = line.rsplit_once("  # ").unwrap();
            commands.push((command.to_owned(), status.to_owned()));
        }
    }
    commands
}

/// Sends what the page says, to this address instead of the one that stands there.
async fn send(page: &str, there: &str, here: &str) {
    for (command, expected) in commands(page) {
        let command = command.replace(there, here);
        let run = tokio::process::Command::new("bash")
            .args([
                "-c",
                &format!("{command} --max-time 20 -o /dev/null -w '%{{http_code}}'"),
            ])
            .output()
            .await
            .unwrap();
        let status = String::from_utf8_lossy(&run.stdout).into_owned();
        assert_eq!(status, expected, "{command}");
    }
}

#[tokio::test]
async fn every_endpoint_answers_as_the_page_says() {
    let gateway = Gateway::demo().await;
    send(ENDPOINTS, "127.0.0.1:8080", &gateway.client.0.to_string()).await;
    gateway.stop().await;
}

#[tokio::test]
async fn the_sandbox_answers_as_the_page_says() {
    let gateway = Gateway::demo().await;
    let url = gateway.shared.connections[0].account.base_url.clone();
    send(SANDBOX, "http://127.0.0.1:8081", &url).await;
    gateway.stop().await;
}

/// The gateway with the page's configuration, a collector, and then its requests.
#[tokio::test]
async fn traces_arrive_as_the_page_says() {
    let collector = Collector::start();
    let (_, rest) = TRACING.split_once("```toml\n").unwrap();
    let config = rest.split_once("```").unwrap().0;
    let config = config.replace("127.0.0.1:4317", &collector.address.to_string());
    let gateway = Gateway::start(&format!("{config}\n{}", demo_connections())).await;
    send(TRACING, "127.0.0.1:8080", &gateway.client.0.to_string()).await;
    gateway.stop().await;
    // One of them says that it is to be traced.
    let trace = TRACING.split_once("00-").unwrap().1.get(..32).unwrap();
    let spans = collector.spans();
    let traced = spans
        .iter()
        .any(|span| data_encoding::HEXLOWER.encode(&span.trace_id) == trace);
    assert!(traced, "{spans:#?}");
}

/// The server with the page's user and options, two replicas with its configuration, and then its requests.
#[tokio::test]
async fn replicas_run_as_the_page_says() {
    let block = |language: &str| {
        let (_, rest) = SCALING.split_once(&format!("```{language}\n")).unwrap();
        rest.split_once("```").unwrap().0
    };
    let folder = tempfile::tempdir().unwrap();
    let users = folder.path().join("users.acl");
    fs::write(&users, format!("user default off\n{}", block("acl"))).unwrap();
    let settings = block("conf").replace("/etc/redis/users.acl", users.to_str().unwrap());
    let settings = settings.lines().filter_map(|line| line.split_once(' '));
    let options: Vec<String> = settings
        .flat_map(|(name, value)| [format!("--{name}"), value.to_owned()])
        .collect();
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let server = Server::start_with(&options);
    let (_, login) = SCALING.split_once("SWITCHBOARD_REDIS=redis://").unwrap();
    let (login, _) = login.split_once('@').unwrap();
    let url = server.url().replace("redis://", &format!("redis://{login}@"));
    let environment = [("SWITCHBOARD_SECRET", "a secret"), ("SWITCHBOARD_REDIS", &url)];
    let replicas = [0; 2].map(|_| {
        let config = format!("{}\n{}", block("toml"), demo_connections());
        Replica::with(&config, &environment)
    });
    for replica in &replicas {
        replica.store_is("ok").await;
        let page = SCALING.replace("127.0.0.1:8080", &replica.client.0.to_string());
        send(&page, "127.0.0.1:9090", &replica.admin.0.to_string()).await;
    }
}

#[test]
fn every_path_of_the_api_is_tried() {
    let commands = commands(ENDPOINTS);
    for route in TABLES.into_iter().flatten() {
        let parts: Vec<&str> = route.template.split('/').collect();
        let fits = |command: &String| {
            let (_, rest) = command.split_once("127.0.0.1:8080").unwrap();
            let path = rest.split([' ', '?', '\'']).next().unwrap();
            let segments: Vec<&str> = path.split('/').collect();
            let same = |(part, segment): (&&str, &&str)| part.starts_with('{') || part == segment;
            parts.len() == segments.len() && parts.iter().zip(&segments).all(same)
        };
        assert!(
            commands.iter().any(|(command, _)| fits(command)),
            "{}",
            route.template
        );
    }
}
