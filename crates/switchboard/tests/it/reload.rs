//! A configuration that changes while the gateway runs.

use std::fs;
use std::io::{BufRead, BufReader};
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::rig::process::{Serving, get, program, sandbox_config};
use crate::rig::{
    Edited, NUMBER, NUMBER_BODY, Script, Upstream, Wire, bearer, bland, client, demo_connections,
};

const SUCCESSFUL: &str = "switchboard_config_last_reload_successful";

fn clients(names: &[&str]) -> String {
    let clients = names.iter().map(|name| client(name, &["read"], &["*"], ""));
    clients.collect::<Vec<_>>().concat() + demo_connections()
}

#[tokio::test]
async fn who_may_come_in_changes_on_open_connections_too() {
    let edited = Edited::start(&clients(&["old"])).await;
    let mut open = Wire::to(edited.gateway.client.0).await;
    let mut status = async |name: &str| {
        let key = bearer(name);
        open.send(format!(
            "HEAD /v1/connections HTTP/1.1\r\nhost: localhost\r\nauthorization: {key}\r\n\r\n"
        ))
        .await;
        open.head().await.split(' ').nth(1).unwrap().to_owned()
    };
    assert_eq!(
        (status("old").await, status("new").await),
        ("200".to_owned(), "401".to_owned())
    );
    edited.change(&clients(&["new"])).await;
    assert_eq!(
        (status("old").await, status("new").await),
        ("401".to_owned(), "200".to_owned())
    );
}

#[tokio::test]
async fn a_request_under_way_ends_with_what_it_began_with() {
    let (held, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (arrived, go) = (Arc::clone(&held), Arc::clone(&release));
    let old = Upstream::handled(move |_, _| {
        let (arrived, go) = (Arc::clone(&arrived), Arc::clone(&go));
        async move {
            arrived.notify_one();
            go.notified().await;
            Script::json(200, NUMBER_BODY)
        }
    })
    .await;
    let new = Upstream::always(Script::json(200, &NUMBER_BODY.replace("Help.", "New."))).await;
    let config = |upstream| client("a", &["read"], &["*"], "") + &bland("bland", upstream);
    let edited = Edited::start(&config(old.address)).await;
    let under_way = edited.get_as("a", NUMBER);
    let meanwhile = async {
        held.notified().await;
        edited.change(&config(new.address)).await;
        assert_eq!(edited.get_as("a", NUMBER).await.status, 200);
        assert_eq!(
            (old.count(), new.count()),
            (1, 1),
            "another provider, so nothing of it is in the cache"
        );
        release.notify_one();
    };
    let (answer, ()) = tokio::join!(under_way, meanwhile);
    assert_eq!(answer.status, 200);
    assert_eq!(edited.get_as("a", NUMBER).await.status, 200);
    assert_eq!(
        (old.count(), new.count()),
        (1, 1),
        "what the old one said late takes no place of the new one's"
    );
}

#[tokio::test]
async fn a_faulty_configuration_changes_nothing_but_a_metric() {
    let good = clients(&["a"]);
    let edited = Edited::start(&good).await;
    let before = edited.hash().await;
    let faults = [
        format!("[server]\nmax_body = \"much\"\n{good}"),
        "no toml".to_owned(),
        format!("{good}\n[server.tls]\ncertificate = \"none.pem\"\nkey = \"file:none.pem\"\n"),
        // Good as a text, but there is no such provider.
        good.replace("\"bland\"", "\"nobody\""),
    ];
    for faulty in faults {
        edited.write(&faulty);
        edited.gateway.until(SUCCESSFUL, &[], 0.0).await;
        assert_eq!(edited.hash().await, before);
        assert_eq!(edited.get_as("a", "/v1/connections").await.status, 200);
        edited.write(&good);
        edited.gateway.until(SUCCESSFUL, &[], 1.0).await;
    }
    edited.change(&clients(&["b"])).await;
    assert_eq!(edited.get_as("b", "/v1/connections").await.status, 200);
}

#[tokio::test]
async fn a_secret_in_a_file_changes_with_it() {
    let upstream = Upstream::always(Script::json(200, NUMBER_BODY)).await;
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("key");
    fs::write(&secret, "first-secret").unwrap();
    let connection = bland("bland", upstream.address);
    let connection = connection.replace("env:TEST_KEY", &format!("file:{}", secret.display()));
    let edited = Edited::start(&(client("a", &["read"], &["*"], "") + &connection)).await;
    assert_eq!(edited.get_as("a", NUMBER).await.status, 200);
    fs::write(&secret, "second-secret").unwrap();
    while upstream.seen().last().unwrap().header("authorization") != "second-secret" {
        // Another account, perhaps: what the old one was told is not served any more.
        assert_eq!(edited.get_as("a", NUMBER).await.status, 200);
    }
    assert_eq!(
        upstream.count(),
        2,
        "the cache had it until then, and has it again"
    );
}

#[tokio::test]
async fn a_connection_comes_and_goes() {
    let upstream = Upstream::always(Script::json(200, NUMBER_BODY)).await;
    let both = client("a", &["read"], &["*"], "")
        + &bland("bland", upstream.address)
        + &bland("other", upstream.address);
    let one = client("a", &["read"], &["*"], "") + &bland("bland", upstream.address);
    let edited = Edited::start(&one).await;
    let other = NUMBER.replace("bland:", "other:");
    let state = async || {
        let label = ["connection=\"other\""];
        let info = edited.gateway.metric("switchboard_connection_info", &label).await;
        let limit = edited
            .gateway
            .metric("switchboard_upstream_concurrency_limit", &label)
            .await;
        (edited.get_as("a", &other).await.status, info > 0.0, limit > 0.0)
    };
    assert_eq!(state().await, (404, false, false));
    edited.change(&both).await;
    assert_eq!(state().await, (200, true, true));
    edited.change(&one).await;
    assert_eq!(state().await, (404, false, false));
    let infos = edited.gateway.metric("switchboard_config_info", &[]).await;
    assert!(
        (infos - 1.0).abs() < f64::EPSILON,
        "one configuration runs: {infos}"
    );
}

#[tokio::test]
async fn the_sandbox_begins_when_it_is_asked_for() {
    let upstream = Upstream::always(Script::json(200, NUMBER_BODY)).await;
    let people = client("a", &["read"], &["*"], "");
    let edited = Edited::start(&(people.clone() + &bland("bland", upstream.address))).await;
    edited.change(&(people + demo_connections())).await;
    assert_eq!(
        edited.get_as("a", "/v1/numbers?connection=bland").await.status,
        200
    );
    assert_eq!(upstream.count(), 0);
}

/// The lines of a log, from a process.
fn log(serving: &mut Serving) -> impl Iterator<Item = Value> + use<> {
    let lines = BufReader::new(serving.child.stderr.take().unwrap()).lines();
    lines
        .map_while(Result::ok)
        .filter_map(|line| serde_json::from_str(&line).ok())
}

#[test]
fn a_hangup_has_it_read_and_the_log_says_what_came_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    // Not in the folder that is watched.
    let elsewhere = tempfile::tempdir().unwrap();
    let real = elsewhere.path().join("real.toml");
    let good = sandbox_config("");
    fs::write(&real, &good).unwrap();
    std::os::unix::fs::symlink(&real, &file).unwrap();
    let mut gateway = Serving::with_log(program(folder.path(), &[]));
    let (api, admin) = (gateway.address("API"), gateway.address("admin"));
    let mut log = log(&mut gateway);
    let mut line = |word: &str| {
        log.find(|line| {
            line["message"]
                .as_str()
                .is_some_and(|message| message.contains(word))
        })
        .unwrap()
    };

    gateway.signal("HUP");
    line("the configuration is what it was");

    fs::write(
        &real,
        good.replace("drain_delay = \"0s\"", "drain_delay = \"soon\""),
    )
    .unwrap();
    gateway.signal("HUP");
    let refused = line("cannot be used");
    assert_eq!(refused["level"], "ERROR");
    assert_eq!(
        (&refused["key"], &refused["line"]),
        (&json!("server.drain_delay"), &json!(4))
    );
    assert!(refused["file"].as_str().unwrap().ends_with("config.toml"));

    let moved = sandbox_config("workers = 3\nallowed_hosts = [\"api.example.com\"]")
        .replace("127.0.0.1:0", "127.0.0.2:0")
        + "[store]\non_error = \"deny\"\n";
    fs::write(&real, moved).unwrap();
    gateway.signal("HUP");
    let told = line("need a restart");
    assert_eq!(
        told["keys"],
        "server.listen, server.admin_listen, server.workers, store.on_error"
    );
    line("a new configuration runs");
    assert!(get(api, "/v1/connections", "").starts_with("HTTP/1.1 421"));
    let shown = get(admin, "/config", "");
    let (_, shown) = shown.split_once("\r\n\r\n").unwrap();
    let shown: Value = serde_json::from_str(shown).unwrap();
    let server = &shown["config"]["server"];
    assert_eq!(
        (&server["listen"], &server["workers"], &server["allowed_hosts"]),
        (&json!("127.0.0.1:0"), &json!(0), &json!(["api.example.com"])),
        "what runs"
    );

    gateway.signal("TERM");
    assert_eq!(gateway.end().0, Some(0));
}

#[tokio::test]
async fn what_ran_before_goes_with_its_last_request() {
    let edited = Edited::start(&clients(&["a"])).await;
    assert_eq!(edited.get_as("a", "/v1/numbers").await.status, 200);
    // A connection that stays open, between two requests.
    let mut open = Wire::to(edited.gateway.client.0).await;
    open.send("HEAD /problems HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .await;
    open.head().await;
    assert!(Arc::strong_count(&edited.gateway.shared) > 1);
    edited.change(&clients(&["a", "b"])).await;
    // All but the test's own hold on it.
    while Arc::strong_count(&edited.gateway.shared) > 1 {
        tokio::task::yield_now().await;
    }
}

#[test]
fn a_log_beside_the_configuration_is_no_change_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let config = sandbox_config("") + "[telemetry]\nlog = \"trace\"\nlog_format = \"json\"\n";
    fs::write(folder.path().join("config.toml"), config).unwrap();
    let mut command = program(folder.path(), &[]);
    command.stderr(fs::File::create(folder.path().join("switchboard.log")).unwrap());
    let mut gateway = Serving::with_log(command);
    let (api, admin) = (gateway.address("API"), gateway.address("admin"));
    let read_at = || {
        let metrics = get(admin, "/metrics", "");
        let name = "switchboard_config_last_reload_timestamp_seconds ";
        metrics
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap()
            .to_owned()
    };
    let before = read_at();
    assert!(get(api, "/v1/connections", "").starts_with("HTTP/1.1 200"));
    // A change that is seen, so that whatever came before it was seen too.
    let other = folder.path().join("config.toml");
    let text = fs::read_to_string(&other).unwrap();
    fs::write(&other, text + "access_log = false\n").unwrap();
    while read_at() == before {}
    let log = fs::read_to_string(folder.path().join("switchboard.log")).unwrap();
    assert_eq!(log.matches("a new configuration runs").count(), 1);
    gateway.signal("TERM");
    assert_eq!(gateway.end().0, Some(0), "it comes to an end");
}
