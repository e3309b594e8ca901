//! The console: who gets it, what it may load, and that all of it is here.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use http::Method;
use switchboard::api::console::PARTS;

use crate::rig::issuer::{accepting, jwks};
use crate::rig::{Gateway, Script, Upstream, client, demo_connections};

const HTML: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");

/// A gateway that asks for keys.
async fn locked() -> Gateway {
    let reader = client("reader", &["read"], &["*"], "");
    Gateway::start(&format!(
        "[auth]\nmode = \"required\"\n{reader}{}",
        demo_connections()
    ))
    .await
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("console")
}

#[tokio::test]
async fn everybody_gets_the_page_and_what_it_consists_of() {
    let gateway = locked().await;
    for accept in [HTML, ("accept", "*/*")] {
        let page = gateway.get_with("/", &[accept]).await;
        assert_eq!(
            (page.status, page.header("content-type")),
            (200, "text/html; charset=utf-8")
        );
    }
    for part in &PARTS {
        let answer = gateway.get(&format!("/console/{}", part.name)).await;
        let kind = match part.name.rsplit('.').next().unwrap() {
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            _ => "image/svg+xml",
        };
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, kind),
            "{}",
            part.name
        );
    }
    for absent in ["types.d.ts", "index.html", "uplot.js.gz", "nothing.js"] {
        let answer = gateway.get(&format!("/console/{absent}")).await;
        assert_eq!(answer.code(), "not_found", "{absent}");
    }
    gateway.stop().await;
}

#[tokio::test]
async fn nothing_may_be_loaded_from_elsewhere_or_run_from_text() {
    let gateway = locked().await;
    let page = gateway.get_with("/", &[HTML]).await;
    let policy = page.header("content-security-policy");
    let directives: BTreeSet<_> = policy.split("; ").collect();
    let expected = BTreeSet::from([
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]);
    assert_eq!(directives, expected);
    gateway.stop().await;
}

#[tokio::test]
async fn it_is_asked_for_anew_and_costs_little_when_nothing_is_new() {
    let gateway = locked().await;
    for path in ["/", "/console/main.js", "/console/uplot.js"] {
        let plain = gateway.get(path).await;
        assert_eq!(plain.header("cache-control"), "private, no-cache", "{path}");
        let head = gateway.client.send(Method::HEAD, path, &[]).await;
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
        assert_eq!(head.header("etag"), plain.header("etag"), "{path}");
        let tag = plain.header("etag").to_owned();
        let again = gateway.get_with(path, &[("if-none-match", &tag)]).await;
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
        // It would take the place of the page's own.
        assert!(!again.headers.contains_key("content-security-policy"), "{path}");
    }
    for path in ["/console/main.js", "/console/uplot.js"] {
        let plain = gateway.get(path).await;
        let packed = gateway.get_with(path, &[("accept-encoding", "gzip")]).await;
        assert_eq!(packed.header("content-encoding"), "gzip", "{path}");
        assert!(packed.body.len() < plain.body.len() / 2, "{path}");
        assert_ne!(packed.header("etag"), plain.header("etag"), "{path}");
    }
    gateway.stop().await;
}

#[tokio::test]
async fn the_page_knows_what_it_has_to_ask_for() {
    let upstream = Upstream::scripted(|_, _| Script::json(200, &jwks(&[]))).await;
    let issuer = accepting(&format!("http://{}/keys", upstream.address));
    let reader = client("reader", &["read"], &["*"], "");
    let connections = demo_connections();
    for (auth, expected) in [
        ("[auth]\nmode = \"none\"\n".to_owned(), "nothing"),
        (format!("[auth]\nmode = \"required\"\n{reader}"), "key"),
        (format!("{issuer}{reader}"), "token"),
    ] {
        let gateway = Gateway::start(&format!("{auth}{connections}")).await;
        let page = gateway.get_with("/", &[HTML]).await;
        let html = String::from_utf8(page.body.to_vec()).unwrap();
        let said = format!("data-credential=\"{expected}\"");
        assert!(html.contains(&said), "{expected}: {html}");
        gateway.stop().await;
    }
}

#[test]
fn every_file_of_the_folder_is_served_and_loaded_from_the_page() {
    let served: BTreeSet<String> = PARTS.iter().map(|part| part.name.to_owned()).collect();
    let entries = fs::read_dir(folder()).unwrap();
    let files = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let there: BTreeSet<String> = files
        .map(|name| name.trim_end_matches(".gz").to_owned())
        .filter(|name| [".js", ".css", ".svg"].iter().any(|end| name.ends_with(end)))
        .collect();
    assert_eq!(served, there);

    let mut reached = BTreeSet::new();
    let mut next = vec!["index.html".to_owned()];
    while let Some(name) = next.pop() {
        // What is packed leads nowhere else.
        let Ok(text) = fs::read_to_string(folder().join(&name)) else {
            continue;
        };
        assert!(!text.contains("https://"), "{name} names an address elsewhere");
        let parts = text.split(['"', '\'']);
        let named =
            parts.filter_map(|part| part.strip_prefix("./").or_else(|| part.strip_prefix("console/")));
        next.extend(
            named
                .filter(|part| reached.insert((*part).to_owned()))
                .map(str::to_owned),
        );
    }
    reached.retain(|name| !name.ends_with(".d.ts") && name != "types.js");
    assert_eq!(reached, served);
}
