//! `check --connect`: what it says of providers that work, and of those that do not.

use std::process::Output;

use serde_json::Value;
use tempfile::TempDir;

use crate::rig::process::{program, sandbox_config, text};
use crate::rig::{Authority, Script, Secured, Upstream, demo_connections, hash, put};

/// Which must stand nowhere in what it says.
const PASSWORD: &str = "canary-password";

/// `check --connect` in a folder with this configuration.
pub(crate) async fn connect(folder: &TempDir, config: &str, arguments: &[&str]) -> Output {
    put(folder.path(), "config.toml", config);
    let command = program(folder.path(), &[&["check", "--connect"], arguments].concat());
    let mut command = tokio::process::Command::from(command);
    command.env("PROVIDER_PASSWORD", PASSWORD).output().await.unwrap()
}

/// What it says of each, as fields.
pub(crate) async fn trials(config: &str) -> (Option<i32>, Vec<Value>) {
    let folder = tempfile::tempdir().unwrap();
    let output = connect(&folder, config, &["--format", "json"]).await;
    let said = text(&output.stdout);
    assert!(!said.contains(PASSWORD), "{said}");
    let mut report: Value = serde_json::from_str(said).unwrap_or_else(|_| panic!("{output:?}"));
    assert_eq!(report["valid"], true, "{report}");
    let trials = report["connect"].as_array_mut().unwrap();
    (output.status.code(), std::mem::take(trials))
}

/// A configuration for a real provider.
pub(crate) fn production(more: &str) -> String {
    format!(
        "[server]\nsecret = \"env:PROVIDER_PASSWORD\"\n[auth]\nmode = \"required\"\n[[clients]]\nname = \"a\"\n\
         key_sha256 = [{:?}]\nscopes = [\"read\"]\nconnections = [\"*\"]\n{more}\n",
        hash("k")
    )
}

fn twilio(base_url: &str, more: &str) -> String {
    production(&format!(
        "[connections.acme]\nprovider = \"twilio\"\nbase_url = \"{base_url}\"\nusername = \"env:PROVIDER_PASSWORD\"\n\
         password = \"env:PROVIDER_PASSWORD\"\n{more}"
    ))
}

/// The one trial of a connection that fails, with its message and its fix.
async fn failing(base_url: &str, more: &str) -> (Value, String, String) {
    let (code, trials) = trials(&twilio(base_url, more)).await;
    assert_eq!((code, trials.len()), (Some(1), 1), "{trials:?}");
    let trial = trials[0].clone();
    assert_eq!(
        (&trial["works"], &trial["key"]),
        (&Value::Bool(false), &"connections.acme".into())
    );
    let word = |name: &str| trial[name].as_str().unwrap_or_default().to_owned();
    let (message, fix) = (word("message"), word("fix"));
    (trial, message, fix)
}

#[tokio::test]
async fn what_works_is_said_to_work() {
    let folder = tempfile::tempdir().unwrap();
    let output = connect(&folder, &sandbox_config(""), &[]).await;
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(!said.contains('\u{1b}'), "colours are for terminals: {said}");
    for part in [
        "works: `connections.twilio`, ",
        "/v1/Conversations?PageSize=",
        "works: `connections.bland`, ",
        "/v1/sms/numbers",
        "= answer: 200, ",
        "the credential is accepted",
        "2 of 2 work",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let (code, trials) = trials(&sandbox_config("")).await;
    assert_eq!((code, trials.len()), (Some(0), 2));
    assert!(
        trials
            .iter()
            .all(|trial| trial["credential"] == "accepted" && trial["status"] == 200)
    );
}

#[tokio::test]
async fn each_provider_is_asked_once_for_something_that_changes_nothing() {
    let upstream = Upstream::always(Script::json(503, "{}")).await;
    let (trial, ..) = failing(&format!("http://{}", upstream.address), "").await;
    assert_eq!(trial["status"], 503);
    let seen = upstream.seen();
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(seen[0].line.starts_with("GET "), "{seen:?}");
}

#[tokio::test]
async fn a_credential_that_is_refused_is_not_repeated() {
    let body = format!(r#"{{"code": 20003, "message": "no {PASSWORD}", "status": 401}}"#);
    let upstream = Upstream::always(Script::json(401, &body)).await;
    let (trial, _, fix) = failing(&format!("http://{}", upstream.address), "").await;
    assert_eq!(
        (&trial["credential"], &trial["status"]),
        (&"refused".into(), &401.into())
    );
    assert!(fix.contains("credential"), "{fix}");
    // Who is asked knows it.
    let sent = &upstream.seen()[0];
    assert!(sent.header("authorization").starts_with("Basic "), "{sent:?}");
}

#[tokio::test]
async fn who_does_not_answer_is_not_waited_for() {
    let upstream = Upstream::always(Script::Hang(Vec::new())).await;
    let url = format!("http://{}", upstream.address);
    let (trial, _, fix) = failing(&url, "attempt_timeout = \"100ms\"").await;
    assert_eq!(
        (&trial["credential"], &trial["status"]),
        (&Value::Null, &Value::Null)
    );
    assert!(fix.contains("attempt_timeout"), "{trial}");
}

#[tokio::test]
async fn a_port_that_nobody_listens_at_is_told_from_a_name_that_nobody_has() {
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = nobody.local_addr().unwrap();
    drop(nobody);
    let (_, message, fix) = failing(&format!("http://{address}"), "").await;
    assert!(
        message.contains("refused the connection") && fix.contains("base_url"),
        "{message}; {fix}"
    );
    let (_, message, fix) = failing("https://nobody.invalid", "").await;
    assert!(
        message.contains("name") && fix.contains("name servers"),
        "{message}; {fix}"
    );
}

#[tokio::test]
async fn what_is_not_the_provider_is_not_taken_for_it() {
    let page = Script::answer(200, "text/html", &[], b"<h1>Please log in</h1>");
    let upstream = Upstream::always(page).await;
    let (trial, _, fix) = failing(&format!("http://{}", upstream.address), "").await;
    assert_eq!(
        (&trial["status"], &trial["credential"]),
        (&200.into(), &Value::Null)
    );
    assert!(fix.contains("in front of it"), "{fix}");
}

/// The provider here is another gateway, whose certificate an authority of its own has signed.
#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_said_to_be_that() {
    let provider = Secured::start("", demo_connections()).await;
    let url = format!("https://{}/proxy/twilio", provider.gateway.client.0);
    let (_, message, fix) = failing(&url, "").await;
    assert!(
        message.contains("certificate") && fix.contains("`ca`"),
        "{message}; {fix}"
    );
    let plain = provider.gateway.admin.0;
    let (_, message, fix) = failing(&format!("https://{plain}"), "").await;
    assert!(message.contains("TLS") && fix.contains("TLS"), "{message}; {fix}");
    put(provider.folder.path(), "authority.pem", &provider.authority.pem());
    let ca = provider.folder.path().join("authority.pem");
    let (code, trials) = trials(&twilio(&url, &format!("ca = {ca:?}"))).await;
    assert_eq!(code, Some(0), "{trials:?}");
    // As the manual says of the variable.
    let folder = tempfile::tempdir().unwrap();
    for (authority, works) in [(&provider.authority, true), (&Authority::new("another"), false)] {
        put(folder.path(), "trusted.pem", &authority.pem());
        put(folder.path(), "config.toml", &twilio(&url, ""));
        let command = program(folder.path(), &["check", "--connect"]);
        let mut command = tokio::process::Command::from(command);
        command.env("PROVIDER_PASSWORD", PASSWORD);
        let output = command
            .env("SSL_CERT_FILE", "trusted.pem")
            .output()
            .await
            .unwrap();
        assert_eq!(output.status.success(), works, "{output:?}");
    }
    provider.gateway.stop().await;
}

#[tokio::test]
async fn a_configuration_with_a_fault_is_not_tried() {
    let folder = tempfile::tempdir().unwrap();
    let output = connect(&folder, &sandbox_config("lissten = 1"), &["--format", "json"]).await;
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), report.get("connect")), (Some(1), None));
}
