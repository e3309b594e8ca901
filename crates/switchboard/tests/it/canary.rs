//! A canary: marked credentials, texts and phone numbers go through everything that the program does, while it logs
//! and traces all that there is, and turn up nowhere but where they belong. Here are the marks and the search;
//! the features are elsewhere, and each test says by what one can tell that its feature was there.
//!
//! | Module | Features |
//! |---|---|
//! | `canary_requests` | keys in every place, reads, writes, faults of bodies, idempotency, pass-through, and what is explained of each; plain, by HTTP/2, and as a replica with and without its store |
//! | `canary_faults` | every way in which a provider fails, for neutral requests and those that pass through |
//! | `canary_tokens` | tokens, their claims, the source of their keys |
//! | `canary_tls` | keys and certificates, handshakes, reloads that fail |
//! | `canary_inside` | panics, and what is printed for debugging |

use std::fs;
use std::net::SocketAddr;

use data_encoding::{BASE64, HEXLOWER};
use tempfile::{NamedTempFile, TempDir};

use crate::rig::collector::Collector;
use crate::rig::process::{Serving, program};
use crate::rig::{Answer, Client, hash};

/// In every credential; spelled like nothing else.
pub(crate) const CANARY: &str = "caNary";
/// In whatever people wrote, and in what they are called.
pub(crate) const LINNET: &str = "linnet";
/// In phone numbers.
pub(crate) const DIGITS: &str = "4155550173";

/// The key of the client.
pub(crate) const KEY: &str = "the-caNary-key";
/// The variables that the configuration names.
const VARIABLES: [&str; 4] = ["TEST_USER", "TEST_PASSWORD", "TEST_KEY", "TEST_SECRET"];

/// The program, with its log in a file.
pub(crate) struct Canary {
    pub(crate) api: Client,
    pub(crate) admin: Client,
    pub(crate) folder: TempDir,
    /// Not in the folder, which the program watches: at this level it would log each line that it logs.
    log: NamedTempFile,
    collector: Collector,
    serving: Serving,
}

impl Canary {
    /// With these lines in `[server]` and in `[auth]`, and files in that folder.
    pub(crate) fn start(folder: TempDir, server: &str, auth: &str, upstream: SocketAddr) -> Self {
        let collector = Collector::start();
        let (hash, traces) = (hash(KEY), collector.by_grpc());
        let connections = format!(
            "[connections.twilio]\nprovider = \"twilio\"\nbase_url = \"http://{upstream}\"\n\
             username = \"env:TEST_USER\"\npassword = \"env:TEST_PASSWORD\"\nattempt_timeout = \"300ms\"\n\
             circuit = {{ minimum_requests = 1000000 }}\nmax_pause = \"0s\"\n\
             [connections.bland]\nprovider = \"bland\"\nbase_url = \"http://{upstream}\"\n\
             api_key = \"env:TEST_KEY\"\nattempt_timeout = \"300ms\"\n\
             circuit = {{ minimum_requests = 1000000 }}\nmax_pause = \"0s\"\n"
        );
        let config = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\nadmin_listen = \"127.0.0.1:0\"\ndrain_delay = \"0s\"\n\
             secret = \"env:TEST_SECRET\"\n{server}\n\
             [telemetry]\nlog = \"trace\"\nlog_format = \"text\"\n{traces}\n\
             [auth]\nmode = \"required\"\n{auth}\n\
             [[clients]]\nname = \"tester\"\nkey_sha256 = [\"{hash}\"]\nconnections = [\"*\"]\n\
             scopes = [\"read\", \"sensitive\", \"write\", \"redeliver\", \"proxy:read\", \"proxy:write\", \"admin\"]\n{connections}"
        );
        fs::write(folder.path().join("config.toml"), config).unwrap();
        let mut command = program(folder.path(), &[]);
        command.envs(VARIABLES.map(|name| (name, format!("{CANARY}-of-{name}"))));
        command.env("NO_COLOR", "1");
        let log = NamedTempFile::new().unwrap();
        command.stderr(log.reopen().unwrap());
        let mut serving = Serving::with_log(command);
        let (api, admin) = (serving.address("API"), serving.address("admin"));
        Self {
            api: Client(api),
            admin: Client(admin),
            folder,
            log,
            collector,
            serving,
        }
    }

    /// Ends it, and looks for all marks, and for these texts too, in everything that it leaves. The log has to tell of
    /// certain things, so that nothing was missed.
    pub(crate) async fn end(self, told: &[&str], private: &[&str]) {
        let mut texts = Vec::new();
        for path in ["/metrics", "/config", "/drift", "/readyz", "/livez"] {
            let answer = self.admin.get(path).await;
            assert_eq!(answer.status, 200, "{path}");
            texts.push((path, String::from_utf8(answer.body.to_vec()).unwrap()));
        }
        self.serving.signal("TERM");
        let (code, out) = self.serving.end();
        assert_eq!(code, Some(0));
        texts.push(("standard output", out));
        let spans = self.collector.texts();
        assert!(
            spans.iter().any(|text| text.contains("http.route")),
            "there are no spans"
        );
        texts.extend(spans.into_iter().map(|text| ("a span", text)));
        let log = fs::read_to_string(self.log.path()).unwrap();
        for told in ["TRACE", "DEBUG", "request{request_id"].iter().chain(told) {
            assert!(log.contains(told), "the log does not tell of {told}");
        }
        texts.push(("the log", log));
        for (place, text) in &texts {
            assert_unseen(place, text);
            for private in private {
                assert_without(place, text, private);
            }
        }
    }
}

/// A client may see what it asked for, but no credential.
pub(crate) fn assert_no_credential(place: &str, answer: &Answer) {
    for text in [
        format!("{:?}", answer.headers),
        String::from_utf8_lossy(&answer.body).into_owned(),
    ] {
        for spelling in spellings(CANARY) {
            assert_without(place, &text, &spelling);
        }
    }
}

/// Nobody else may see anything.
pub(crate) fn assert_unseen(place: &str, text: &str) {
    for spelling in [CANARY, LINNET, DIGITS].into_iter().flat_map(spellings) {
        assert_without(place, text, &spelling);
    }
}

fn assert_without(place: &str, text: &str, private: &str) {
    let line = text.lines().find(|line| line.contains(private));
    assert_eq!(line, None, "{place} shows {private:?}");
}

/// A mark as it is, in hex, as a list of bytes, and as it looks inside of base64, wherever it stands there.
fn spellings(mark: &str) -> Vec<String> {
    let bytes = format!("{:?}", mark.as_bytes());
    let shifted = (0..3).map(|before| {
        let text = [&b"xxx"[..before], mark.as_bytes()].concat();
        let whole = text.len() / 3 * 4;
        let first = (before * 8).div_ceil(6);
        BASE64.encode(&text).get(first..whole).unwrap().to_owned()
    });
    [
        mark.to_owned(),
        HEXLOWER.encode(mark.as_bytes()),
        bytes.trim_matches(['[', ']']).to_owned(),
    ]
    .into_iter()
    .chain(shifted)
    .collect()
}

#[test]
fn a_mark_is_found_in_every_spelling() {
    for before in ["", "a", "ab", "abc"] {
        for after in ["", "a", "ab"] {
            let text = format!("{before}{CANARY}{after}");
            let encoded = BASE64.encode(text.as_bytes());
            assert!(
                spellings(CANARY)
                    .iter()
                    .any(|spelling| encoded.contains(spelling)),
                "{encoded}"
            );
        }
    }
}
