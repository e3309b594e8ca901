//! The commands that end by themselves: what they print, and their exit codes.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::rig::hash;
use crate::rig::process::{program, run, sandbox_config, text};

#[test]
fn a_named_file_that_is_missing_is_fatal() {
    let folder = tempfile::tempdir().unwrap();
    // Even where the usual one is there.
    fs::write(folder.path().join("config.toml"), sandbox_config("")).unwrap();
    for command in ["serve", "check"] {
        let refused = run(folder.path(), &[command, "--config", "nowhere.toml"]);
        assert_eq!(refused.status.code(), Some(1), "{command}");
        let said = [text(&refused.stdout), text(&refused.stderr)].concat();
        assert!(said.contains("nowhere.toml"), "{said}");
        let mut named = program(folder.path(), &[command]);
        let refused = named
            .env("SWITCHBOARD_CONFIG", "elsewhere.toml")
            .output()
            .unwrap();
        assert_eq!(refused.status.code(), Some(1), "{command}");
        assert!(
            [text(&refused.stdout), text(&refused.stderr)]
                .concat()
                .contains("elsewhere.toml")
        );
    }
}

#[test]
fn check_says_file_line_column_key_and_fix() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    fs::write(&path, sandbox_config("")).unwrap();
    let good = run(folder.path(), &["check"]);
    assert_eq!(good.status.code(), Some(0), "{}", text(&good.stdout));
    let report: Value =
        serde_json::from_slice(&run(folder.path(), &["check", "--format", "json"]).stdout).unwrap();
    assert_eq!(report, json!({ "valid": true, "errors": [], "warnings": [] }));
    fs::write(&path, sandbox_config("lissten = \"127.0.0.1:1\"")).unwrap();
    let bad = run(folder.path(), &["check"]);
    assert_eq!(bad.status.code(), Some(1));
    assert!(
        text(&bad.stdout).contains("config.toml:5:1"),
        "{}",
        text(&bad.stdout)
    );
    let bad = run(folder.path(), &["check", "--format", "json"]);
    assert_eq!(bad.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&bad.stdout).unwrap();
    let error = &report["errors"][0];
    assert_eq!(
        (
            &report["valid"],
            &error["file"],
            &error["line"],
            &error["column"],
            &error["key"]
        ),
        (
            &json!(false),
            &json!("config.toml"),
            &json!(5),
            &json!(1),
            &json!("server.lissten")
        )
    );
    assert!(error["fix"].as_str().unwrap().contains("listen"), "{error}");
}

/// One finding of each kind.
#[test]
fn every_kind_of_finding_has_its_place_and_its_fix() {
    let folder = tempfile::tempdir().unwrap();
    let client = format!(
        "[[clients]]\nname = \"a\"\nkey_sha256 = [{:?}]\nscopes = [\"read\"]\nconnections = [\"*\"]",
        hash("k")
    );
    let connection = "[connections.acme]\nprovider = \"bland\"\napi_key =";
    for (config, line, column, key) in [
        ("[server]\nlissten = 1\n", 2, 1, "server.lissten"),
        ("[server]\n workers = \"4\"\n", 2, 12, "server.workers"),
        ("[server]\nmax_body = \"1MB\"\n", 2, 12, "server.max_body"),
        (
            "[server]\nsecret = \"env:NOBODY_SETS_THIS\"\n",
            2,
            1,
            "server.secret",
        ),
        ("[server]\nsecret = \"file:nowhere\"\n", 2, 1, "server.secret"),
        (
            "[auth]\nmode = \"none\"\n[server]\nlisten = \"0.0.0.0:1\"\n",
            2,
            8,
            "auth.mode",
        ),
        (
            &format!("{client}\n{client}\n{connection} \"file:secret\""),
            7,
            8,
            "clients[1].name",
        ),
        (
            &format!("[connections.acme]\nprovider = \"bland\"\n{client}\n"),
            1,
            14,
            "connections.acme.api_key",
        ),
        ("[server]\nlisten = 127.0.0.1\n", 2, 15, ""),
        ("[server]\nworkers = 1\nworkers = 2\n", 3, 1, ""),
    ] {
        let more = if config.contains("[connections") {
            ""
        } else {
            "[connections.a]\nprovider = \"bland\"\nbase_url = \"sandbox\"\napi_key = \"k\""
        };
        fs::write(folder.path().join("config.toml"), format!("{config}{more}")).unwrap();
        let checked = run(folder.path(), &["check", "--format", "json"]);
        let report: Value = serde_json::from_slice(&checked.stdout).unwrap();
        let errors = report["errors"].as_array().unwrap();
        let found = errors
            .iter()
            .find(|error| error["key"].as_str().unwrap_or_default() == key);
        let found = found.unwrap_or_else(|| panic!("{config}: {report:#}"));
        assert_eq!(
            (&found["line"], &found["column"]),
            (&json!(line), &json!(column)),
            "{config}: {found:#}"
        );
        assert!(
            found["fix"].as_str().is_some_and(|fix| fix.len() > 5),
            "{found:#}"
        );
        let shown = run(folder.path(), &["check"]);
        assert!(
            text(&shown.stdout).contains(&format!("config.toml:{line}:{column}")),
            "{}",
            text(&shown.stdout)
        );
    }
}

#[test]
fn check_resolves_secrets_and_warns_where_everybody_can_read_them() {
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "[auth]\nmode = \"required\"\n[[clients]]\nname = \"a\"\nkey_sha256 = [{:?}]\nscopes = [\"read\"]\nconnections = [\"*\"]\n\
         [connections.bland]\nprovider = \"bland\"\napi_key = \"file:secret\"\n",
        hash("k")
    );
    fs::write(folder.path().join("config.toml"), config).unwrap();
    let missing = run(folder.path(), &["check"]);
    assert_eq!(missing.status.code(), Some(1));
    let secret = folder.path().join("secret");
    fs::write(&secret, "canary-secret\n").unwrap();
    for (mode, warns) in [(0o600, false), (0o644, true)] {
        fs::set_permissions(&secret, fs::Permissions::from_mode(mode)).unwrap();
        let checked = run(folder.path(), &["check"]);
        assert_eq!(checked.status.code(), Some(0));
        let said = [text(&checked.stdout), text(&checked.stderr)].concat();
        assert_eq!(said.contains("warning:"), warns, "{said}");
        assert!(!said.contains("canary"), "{said}");
    }
}

#[test]
fn a_key_comes_with_its_hash() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = [(), ()].map(|()| run(folder.path(), &["key"]));
    assert_eq!(first.status.code(), Some(0));
    let said = text(&first.stdout);
    let key = said.lines().next().unwrap();
    assert!(
        key.starts_with("sb_") && said.matches(key).count() == 1,
        "shown once: {said}"
    );
    assert!(said.contains(&hash(key)), "{said}");
    assert_ne!(first.stdout, second.stdout);
}

#[test]
fn completions_name_the_program() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = run(folder.path(), &["completions", shell]);
        assert_eq!(script.status.code(), Some(0), "{shell}");
        assert!(text(&script.stdout).contains("switchboard"), "{shell}");
    }
    for arguments in [
        &["completions", "tcsh"][..],
        &["completions"],
        &["nonsense"],
        &["--nonsense"],
    ] {
        let refused = run(folder.path(), arguments);
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
        assert!(!refused.stderr.is_empty());
    }
}

#[test]
fn a_closed_pipe_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("config.toml"), sandbox_config("")).unwrap();
    for arguments in [
        &["completions", "bash"][..],
        &["key"],
        &["check"],
        &["check", "--format", "json"],
        &["check", "--connect"],
        &["man"],
        &["schema"],
        &["schema", "--format", "markdown"],
        &["--help"],
        &["--version"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ended = program(folder.path(), arguments).stdout(writer).output().unwrap();
        assert_eq!(
            (ended.status.code(), text(&ended.stderr)),
            (Some(0), ""),
            "{arguments:?}"
        );
    }
}
