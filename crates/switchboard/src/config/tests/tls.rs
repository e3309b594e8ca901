//! `[server.tls]`, and clients by certificate.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};

use super::super::{ConfigError, Loaded, Severity};
use super::{SANDBOX, load_in};

const TLS: &str = "[server.tls]\ncertificate = \"cert.pem\"\nkey = \"file:key.pem\"\n";
const DASHBOARD: &str =
    "auth.mode = \"required\"\n[[clients]]\nname = \"a\"\nscopes = [\"read\"]\nconnections = [\"*\"]\n";

/// A folder with a pair that ends with that year, also as an authority, and the key of another one.
fn files(year: i32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    params.not_after = date_time_ymd(year, 12, 31);
    let (key, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let certificate = params.self_signed(&key).unwrap();
    for (name, text) in [
        ("cert.pem", certificate.pem()),
        ("key.pem", key.serialize_pem()),
        ("other.pem", other.serialize_pem()),
        ("text.pem", "canary".to_owned()),
        (
            "odd.pem",
            "-----BEGIN CERTIFICATE-----\nY2FuYXJ5\n-----END CERTIFICATE-----\n".to_owned(),
        ),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    folder
}

fn load(text: &str, folder: &Path) -> Result<Loaded, Vec<ConfigError>> {
    load_in(&format!("{text}{SANDBOX}"), folder)
}

#[test]
fn a_pair_makes_the_public_url_https_and_shows_no_key() {
    let folder = files(2100);
    let loaded = load(TLS, folder.path()).unwrap();
    let server = &loaded.config.server;
    assert_eq!(
        server.public_url("127.0.0.1:8443".parse().unwrap()),
        "https://127.0.0.1:8443"
    );
    assert_eq!(loaded.warnings, []);
    assert!(!server.tls.as_ref().unwrap().asks_clients());
    let view = &loaded.config.redacted()["server"]["tls"];
    assert_eq!(
        view,
        &serde_json::json!({ "certificate": "cert.pem", "key": "*** (file:key.pem)" })
    );
    let secret = fs::read_to_string(folder.path().join("key.pem")).unwrap();
    let shown = format!("{loaded:?}");
    assert!(!secret.lines().any(|line| shown.contains(line)), "{shown}");
}

#[test]
fn what_cannot_be_used_is_refused_at_its_key() {
    let folder = files(2100);
    for (from, to, key, line, says) in [
        (
            "\"cert.pem\"",
            "\"no.pem\"",
            "certificate",
            2,
            "cannot be read as PEM",
        ),
        (
            "\"cert.pem\"",
            "\"text.pem\"",
            "certificate",
            2,
            "holds no certificate",
        ),
        ("\"cert.pem\"", "\"odd.pem\"", "certificate", 2, "malformed"),
        ("certificate = \"cert.pem\"", "", "certificate", 1, "is missing"),
        ("key = \"file:key.pem\"", "", "key", 1, "is missing"),
        ("file:key.pem", "key.pem", "key", 3, "must not stand in the file"),
        ("file:key.pem", "file:no.pem", "key", 3, "cannot be read"),
        ("file:key.pem", "file:text.pem", "key", 3, "holds no private key"),
        ("file:key.pem", "file:cert.pem", "key", 3, "holds no private key"),
        (
            "file:key.pem",
            "file:other.pem",
            "key",
            3,
            "is not the key of server.tls.certificate",
        ),
        (
            "file:key.pem\"",
            "file:key.pem\"\nclient_ca = \"odd.pem\"",
            "client_ca",
            4,
            "is malformed",
        ),
        (
            "file:key.pem\"",
            "file:key.pem\"\nclient_ca = \"no.pem\"",
            "client_ca",
            4,
            "cannot be read as PEM",
        ),
    ] {
        let errors = load(&TLS.replace(from, to), folder.path()).unwrap_err();
        let [error] = errors.as_slice() else {
            panic!("{to}: {errors:#?}")
        };
        assert_eq!(
            error.key.as_deref(),
            Some(format!("server.tls.{key}").as_str()),
            "{error}"
        );
        assert_eq!(error.line, Some(line), "{error}");
        assert!(error.to_string().contains(says), "{error}\nnot: {says}");
        assert!(!error.render(Severity::Error).contains("canary"), "{error}");
    }
}

#[test]
fn a_certificate_that_has_expired_and_a_key_that_lies_open_are_warned_about() {
    let folder = files(2020);
    fs::set_permissions(folder.path().join("key.pem"), fs::Permissions::from_mode(0o644)).unwrap();
    let warnings = load(TLS, folder.path()).unwrap().warnings;
    let [key, certificate] = warnings.as_slice() else {
        panic!("{warnings:#?}")
    };
    assert!(
        certificate
            .to_string()
            .starts_with("gateway.toml:2:1: `server.tls.certificate` has expired"),
        "{certificate}"
    );
    assert!(
        key.to_string()
            .contains("`server.tls.key` lies in the file \"key.pem\""),
        "{key}"
    );
}

#[test]
fn a_client_may_have_a_certificate_instead_of_a_key() {
    let folder = files(2100);
    let subject = |subject: &str| format!("{DASHBOARD}certificate_subject = {subject}\n");
    let tls = format!("{TLS}client_ca = \"cert.pem\"\n");
    let loaded = load(&format!("{}{tls}", subject("\"cn=a, O=b\"")), folder.path()).unwrap();
    let client = &loaded.config.clients[0];
    assert_eq!(
        client.certificate_subject,
        Some(crate::tls::parse_subject("CN=a,O=b").unwrap().into())
    );
    assert_eq!(client.keys, [[0; 32]; 0]);
    let second = subject("\"CN = a\"")
        .replace("auth.mode = \"required\"\n", "")
        .replace("\"a\"\n", "\"b\"\n");
    for (text, key, says) in [
        (
            format!("{}{TLS}", subject("\"CN=a\"")),
            "clients[0].certificate_subject",
            "without server.tls.client_ca",
        ),
        (
            subject("\"CN=a\""),
            "clients[0].certificate_subject",
            "without server.tls.client_ca",
        ),
        (
            format!("{}{tls}", subject("\"dashboard\"")),
            "clients[0].certificate_subject",
            "has a part without `=`",
        ),
        (
            format!("{}{tls}", subject("7")),
            "clients[0].certificate_subject",
            "has to be a string",
        ),
        (
            format!("{}{second}{tls}", subject("\"CN=a\"")),
            "clients[1].certificate_subject",
            "is the second client with this subject",
        ),
        (format!("{DASHBOARD}{tls}"), "clients[0].key_sha256", "is missing"),
        // Whether there are authorities is not known, so nothing is said of them.
        (
            format!("{}{}", subject("\"CN=a\""), tls.replace("file:key", "file:no")),
            "server.tls.key",
            "cannot be read",
        ),
    ] {
        let errors = load(&text, folder.path()).unwrap_err();
        let [error] = errors.as_slice() else {
            panic!("{text}: {errors:#?}")
        };
        assert_eq!(error.key.as_deref(), Some(key), "{error}");
        assert!(error.to_string().contains(says), "{error}\nnot: {says}");
    }
}
