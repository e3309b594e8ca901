//! Paths and hosts by which a client would reach what is not its own: another resource, another face, another
//! host.

use switchboard::api::routes;

use crate::proxy_request::{configuration, gateway};
use crate::proxy_shape::assert_native;
use crate::rig::{Answer, Gateway, Script, Upstream, key_of};

pub(crate) const EVIL: &str = "evil.example.com";

/// The answer to these bytes of a request line; the head names the host and client `app`.
async fn ask(gateway: &Gateway, line: &str, host: &str) -> Answer {
    let key = key_of("app");
    let head = format!("{line} HTTP/1.1\r\nhost: {host}\r\nx-api-key: {key}\r\nconnection: close\r\n\r\n");
    gateway.client.raw(&head).await
}

/// No header of a client's choice, and no failure of ours.
#[track_caller]
pub(crate) fn assert_harmless(answer: &Answer, what: &str) {
    assert!((400..500).contains(&answer.status), "{what}: {answer:?}");
    assert!(
        !format!("{:?}", answer.headers).contains("evil"),
        "{what}: {answer:?}"
    );
}

#[tokio::test]
async fn an_id_is_one_segment_and_nothing_else() {
    let upstream = Upstream::always(Script::json(200, "{}")).await;
    let rest = configuration(upstream.address, "").replace("\"read\"", "\"read\", \"write\", \"redeliver\"");
    let gateway = Gateway::start(&rest).await;
    let host = gateway.client.0.to_string();
    for route in routes::TABLES.into_iter().flatten() {
        let variables = route.template.split('/').filter(|part| part.starts_with('{'));
        for variable in variables {
            for trick in [
                ".",
                "..",
                "%2e%2e",
                ".%2E",
                "..%2f..",
                "..%5c..",
                "..;",
                "%00",
                "%0d%0a",
                "%ff",
                "%c0%ae",
                "%",
                "%2",
                "%u002e",
                "%252e%252e",
                "@evil.example.com",
                "http:%2f%2fevil.example.com",
                "%23",
                "%3f",
            ] {
                for prefix in [
                    "",
                    "twilio:",
                    "bland:",
                    "bland:sms:",
                    "twilio:CH00000000000000000000000000000023",
                    "bland:convo_x",
                ] {
                    let path = route
                        .template
                        .replace(variable, &format!("{prefix}{trick}"))
                        .replace("{id}", "twilio:CH00000000000000000000000000000023")
                        .replace("{connection}", "twilio")
                        .replace("{phase}", "before")
                        .replace("{webhook_id}", "WH00000000000000000000000000000023")
                        .replace("{delivery_id}", "220f37fb7642df38");
                    for action in route.actions {
                        let (method, _) = action
                            .verb
                            .methods()
                            .split_once(',')
                            .unwrap_or((action.verb.methods(), ""));
                        let line = format!("{method} {path}");
                        assert_harmless(&ask(&gateway, &line, &host).await, &line);
                    }
                }
            }
        }
    }
    assert_eq!(upstream.count(), 0);
}

#[tokio::test]
async fn a_target_chooses_neither_the_host_nor_another_face() {
    let upstream = Upstream::always(Script::json(200, "{}")).await;
    let gateway = gateway(upstream.address, "").await;
    let own = gateway.client.0.to_string();
    for (target, status, arrives) in [
        // The form for proxies is as good as the other one, for our own host.
        (format!("http://{own}/proxy/bland/x?y"), 200, Some("/x?y")),
        (format!("HTTP://{own}/proxy/bland/x"), 200, Some("/x")),
        (format!("http://{own}/v1/connections"), 200, None),
        (format!("http://{EVIL}/proxy/bland/x"), 400, None),
        (format!("http://{EVIL}/v1/connections"), 400, None),
        (format!("http://{own}@{EVIL}/v1/connections"), 400, None),
        (format!("http://{EVIL}@{own}/v1/connections"), 400, None),
        (format!("http://{own}:80/v1/connections"), 400, None),
        ("http:///v1/connections".to_owned(), 400, None),
        ("http:/v1/connections".to_owned(), 400, None),
        ("v1/connections".to_owned(), 400, None),
        ("*".to_owned(), 400, None),
        ("?x".to_owned(), 400, None),
        (own.clone(), 400, None),
        // A path that looks like a host.
        (format!("//{EVIL}/v1/connections"), 404, None),
        ("//v1/connections".to_owned(), 404, None),
        ("/v1//connections".to_owned(), 404, None),
        ("/v1/connections/".to_owned(), 404, None),
        ("/v1/connections%2f".to_owned(), 404, None),
        ("/v1/%63onnections".to_owned(), 404, None),
        ("/v1/./connections".to_owned(), 404, None),
        ("/v1/x/../connections".to_owned(), 404, None),
        (
            format!("/proxy/bland//{EVIL}/x"),
            200,
            Some("//evil.example.com/x"),
        ),
        (
            format!("/proxy/bland/http://{EVIL}/"),
            200,
            Some("/http://evil.example.com/"),
        ),
        (format!("/proxy/bland/@{EVIL}"), 200, Some("/@evil.example.com")),
        (format!("/proxy/bland/x?url=//{EVIL}#"), 400, None),
        (
            "/proxy/bland/x?y=%0d%0aevil:%201".to_owned(),
            200,
            Some("/x?y=%0d%0aevil:%201"),
        ),
        (
            "/proxy/bland/x%0d%0aevil:%201".to_owned(),
            200,
            Some("/x%0d%0aevil:%201"),
        ),
        // A connection is named as it is called.
        (format!("/proxy/bland@{EVIL}/x"), 404, None),
        ("/proxy/bland:80/x".to_owned(), 404, None),
        ("/proxy/bland%2fx".to_owned(), 404, None),
        ("/proxy/bland%00/x".to_owned(), 404, None),
        ("/proxy/bland;x/y".to_owned(), 404, None),
        ("/proxy/bland%2f..%2ftwilio/x".to_owned(), 404, None),
        ("/proxy/../bland/x".to_owned(), 404, None),
        ("/PROXY/bland/x".to_owned(), 404, None),
        ("/%70roxy/bland/x".to_owned(), 404, None),
        ("//proxy/bland/x".to_owned(), 404, None),
        ("/./proxy/bland/x".to_owned(), 404, None),
        ("/v1/../proxy/bland/x".to_owned(), 404, None),
    ] {
        let before = upstream.count();
        let answer = ask(&gateway, &format!("GET {target}"), &own).await;
        assert_eq!(answer.status, status, "{target}: {answer:?}");
        let arrived = upstream.seen().split_off(before);
        let targets: Vec<_> = arrived
            .iter()
            .map(|seen| seen.line.split(' ').nth(1).unwrap())
            .collect();
        assert_eq!(targets, arrives.into_iter().collect::<Vec<_>>(), "{target}");
        for seen in arrived {
            assert_eq!(seen.header("host"), upstream.address.to_string(), "{target}");
            assert_eq!(seen.header("evil"), "", "{target}");
        }
    }
}

#[tokio::test]
async fn a_host_is_one_of_ours_or_refused() {
    let upstream = Upstream::always(Script::json(200, "{}")).await;
    let gateway = gateway(upstream.address, "").await;
    for (host, status) in [
        ("localhost", 200),
        ("LOCALHOST:1", 200),
        ("127.0.0.1", 200),
        (EVIL, 421),
        ("localhost.evil.example.com", 421),
        ("evil.example.com:80", 421),
        ("127.0.0.2", 421),
        ("2130706433", 421),
        ("localhost.", 421),
        ("%6cocalhost", 400),
        ("", 400),
        ("localhost, evil.example.com", 400),
        ("localhost evil.example.com", 400),
        ("localhost/evil", 400),
        ("localhost?evil", 400),
        ("localhost#evil", 400),
        ("localhost\\evil", 400),
        ("localhost@evil.example.com", 400),
        ("evil.example.com@localhost", 400),
        ("http://localhost", 400),
        ("localhost:80:80", 400),
        ("[localhost", 400),
        ("localhost\u{e9}", 400),
    ] {
        for path in ["/v1/connections", "/proxy/bland/x"] {
            let answer = ask(&gateway, &format!("GET {path}"), host).await;
            assert_eq!(answer.status, status, "{host}: {answer:?}");
            if status != 200 && path == "/proxy/bland/x" {
                let code = if status == 421 {
                    "misdirected"
                } else {
                    "invalid_request"
                };
                assert_native(&answer, "bland", status, code);
            }
        }
    }
    assert_eq!(upstream.count(), 3);
}
