//! Each write and each call of an operator leaves one line that says who did what to which thing, and how it ended.

use std::fs::{self, File};

use http::Method;
use serde_json::{Value, json};

use crate::rig::Client;
use crate::rig::process::{Serving, program, sandbox_config};

const NUMBER: &str = "+15005550100";

fn lines(log: &str) -> Vec<Value> {
    let lines = log
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines
        .filter(|line| line["target"] == "switchboard::audit")
        .collect()
}

#[tokio::test]
async fn every_write_leaves_a_line() {
    let folder = tempfile::tempdir().unwrap();
    // Also where requests are not logged.
    let config = sandbox_config("") + "\n[telemetry]\naccess_log = false\n";
    fs::write(folder.path().join("config.toml"), config).unwrap();
    let log = folder.path().join("log");
    let mut command = program(folder.path(), &[]);
    command.stderr(File::create(&log).unwrap());
    let mut serving = Serving::with_log(command);
    let (api, admin) = (Client(serving.address("API")), Client(serving.address("admin")));
    let conversation = "twilio:CH00000000000000000000000000000002";
    let webhook = "WH802e282d95243534b2af710de865fc4a";
    let one = format!("/v1/conversations/{conversation}/webhooks/{webhook}");
    let url = json!({ "target": { "url": "https://hooks.example.com/moved?token=secret" } });
    let headers = [("x-request-id", "audited-1")];
    assert_eq!(api.json(Method::PATCH, &one, &headers, &url).await.status, 200);
    assert_eq!(
        api.json(Method::PATCH, &one, &[], &json!({ "enabled": false }))
            .await
            .status,
        422
    );
    let number = format!("/v1/numbers/twilio:sms:{NUMBER}/webhook");
    assert_eq!(api.send(Method::DELETE, &number, &[]).await.status, 204);
    let native =
        format!("/proxy/twilio/v1/Conversations/CH00000000000000000000000000000002/Webhooks/{webhook}");
    assert_eq!(api.send(Method::DELETE, &native, &[]).await.status, 204);
    assert_eq!(api.send(Method::DELETE, &native, &[]).await.status, 404);
    assert_eq!(admin.send(Method::POST, "/cache/purge", &[]).await.status, 200);
    // What is told of a write is told by nobody having written.
    let question = json!({ "method": "DELETE", "path": one, "client": "anonymous" });
    assert_eq!(
        admin.json(Method::POST, "/explain", &[], &question).await.status,
        200
    );
    assert_eq!(
        api.json(Method::POST, "/v1/explain", &[], &question).await.status,
        200
    );
    assert_eq!(
        admin
            .send(Method::GET, "/config", &[("origin", "https://evil.example")])
            .await
            .status,
        403
    );
    // Reading resources leaves none, nor do machines.
    assert_eq!(admin.get("/metrics").await.status, 200);
    assert_eq!(api.get("/v1/connections").await.status, 200);
    assert_eq!(api.get("/v1/overview").await.status, 200);
    serving.signal("TERM");
    assert_eq!(serving.end().0, Some(0));

    let log = fs::read_to_string(log).unwrap();
    let lines = lines(&log);
    let told = |name: &str| {
        lines
            .iter()
            .map(|line| line[name].as_str().unwrap_or_default())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        told("method"),
        [
            "PATCH", "PATCH", "DELETE", "DELETE", "DELETE", "POST", "POST", "POST", "GET"
        ]
    );
    assert_eq!(
        told("outcome"),
        [
            "done",
            "invalid_request",
            "done",
            "done",
            "refused",
            "done",
            "done",
            "done",
            "forbidden"
        ]
    );
    assert_eq!(
        told("client"),
        [&["anonymous"; 5][..], &["none", "none", "anonymous", "none"]].concat()
    );
    assert_eq!(told("request_id")[0], "audited-1");
    assert_eq!(told("route")[0], "/v1/conversations/{id}/webhooks/{webhook_id}");
    assert_eq!(told("resource")[0], format!("{conversation} {webhook}"));
    assert_eq!(
        told("resource")[5..],
        ["/cache/purge", "/explain", "/v1/explain", "/config"]
    );
    assert_eq!(told("connection")[..5], ["twilio"; 5]);
    // A number stands there as a pseudonym, and a URL not at all.
    assert!(told("resource")[2].starts_with("twilio:") && told("resource")[2].len() == "twilio:".len() + 16);
    assert!(
        !log.contains(NUMBER) && !log.contains("hooks.example.com"),
        "{log}"
    );
}
