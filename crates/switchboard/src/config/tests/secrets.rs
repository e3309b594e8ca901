//! Where secrets come from.

use std::fs;

use secrecy::ExposeSecret;

use super::super::{ConfigError, Credential, Loaded, Severity};
use super::{load, load_in};

#[test]
fn a_secret_comes_from_the_environment_or_a_file() {
    let folder = tempfile::tempdir().unwrap();
    for (content, value) in [
        ("canary\n", "canary"),
        ("canary\r\n", "canary"),
        ("canary", "canary"),
        (" canary \n\n", " canary \n"),
    ] {
        write(folder.path(), content, 0o600);
        let loaded = load_in(&basic("file:secret", "env:KEY"), folder.path()).unwrap();
        let Credential::Basic { username, password } = &loaded.config.connections[0].credential else {
            panic!("{loaded:?}");
        };
        assert_eq!(username.value.expose_secret(), value);
        assert_eq!(password.value.expose_secret(), "canary");
        assert_eq!(password.reference.as_deref(), Some("env:KEY"));
        assert_eq!(loaded.files, [folder.path().join("secret")]);
        assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
        let view = &loaded.config.redacted()["connections"]["z"];
        assert_eq!(view["username"], "*** (file:secret)");
        assert!(!format!("{loaded:?}{view}").contains("canary"));
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_everybody_can_read_is_warned_about() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "canary", 0o644);
    let loaded = load_in(&basic("file:secret", "env:KEY"), folder.path()).unwrap();
    let [warning] = loaded.warnings.as_slice() else {
        panic!("{:?}", loaded.warnings);
    };
    assert_eq!(warning.key.as_deref(), Some("connections.z.username"));
    assert_eq!((warning.line, warning.column), (Some(6), Some(1)));
    let text = anstream::adapter::strip_str(&warning.render(Severity::Warning)).to_string();
    assert!(
        text.starts_with("warning: ") && text.contains("chmod o-rwx"),
        "{text}"
    );
}

#[test]
fn a_secret_that_is_not_there_is_an_error_of_its_key() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "\n", 0o600);
    fs::write(folder.path().join("long"), "x".repeat(70_000)).unwrap();
    for (secret, says) in [
        ("env:UNSET", "environment variable \"UNSET\", which is not set"),
        ("env:EMPTY", "environment variable \"EMPTY\", which is empty"),
        ("file:secret", "the file \"secret\", which is empty"),
        (
            "file:nothing",
            "the file \"nothing\", which cannot be read: No such file",
        ),
        (
            "file:long",
            "the file \"long\", which cannot be read: it is longer than 64 KiB",
        ),
        (
            "canary",
            "must not stand in the file; write \"env:NAME\" or \"file:PATH\"",
        ),
        ("", "must not stand in the file"),
    ] {
        let error = only(load_in(&basic("env:KEY", secret), folder.path()));
        assert_eq!(error.key.as_deref(), Some("connections.z.password"), "{error}");
        assert_eq!((error.line, error.column), (Some(7), Some(1)), "{error}");
        assert!(error.to_string().contains(says), "{error}\nnot: {says}");
        assert!(!error.render(Severity::Error).contains("canary"), "{error}");
    }
}

#[test]
fn a_literal_is_for_the_sandbox_alone() {
    let sandbox = "[connections.z]\nprovider = \"zenith\"\nbase_url = \"sandbox\"\napi_key = ";
    load(&format!("{sandbox}\"canary\"")).unwrap();
    assert_eq!(only(load(&format!("{sandbox}\"\""))).message, "is empty");
    let number = only(load(&format!("{sandbox}1")));
    assert!(number.message.starts_with("has to be a string"), "{number}");
    let secret = only(load(&format!("server.secret = \"canary\"\n{sandbox}\"canary\"")));
    assert_eq!(secret.key.as_deref(), Some("server.secret"));
}

#[test]
fn a_key_that_no_header_can_carry_is_refused() {
    let text = "[connections.z]\nprovider = \"zenith\"\nbase_url = \"sandbox\"\napi_key = \"env:BROKEN\"";
    let error = only(load(text));
    assert!(error.message.contains("control character"), "{error}");
    assert_eq!((error.line, error.column), (Some(4), Some(1)));
}

/// A connection to a provider that wants two secrets.
fn basic(username: &str, password: &str) -> String {
    let client = "clients = [{ name = \"a\", scopes = [\"read\"], connections = [\"*\"], \
        key_sha256 = [\"0000000000000000000000000000000000000000000000000000000000000000\"] }]";
    format!(
        "{client}\nauth.mode = \"required\"\n\n[connections.z]\nprovider = \"acme\"\n\
         username = \"{username}\"\npassword = \"{password}\"\n"
    )
}

#[track_caller]
fn only(result: Result<Loaded, Vec<ConfigError>>) -> ConfigError {
    let mut errors = result.unwrap_err();
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors.remove(0)
}

fn write(folder: &std::path::Path, content: &str, mode: u32) {
    let path = folder.join("secret");
    fs::write(&path, content).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
    #[cfg(not(unix))]
    let _ = mode;
}
