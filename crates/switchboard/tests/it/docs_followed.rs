//! The pages of `docs` that a reader follows from top to bottom are followed so: files are written, the program is
//! started, commands run in bash, and answers are as they stand there. What a reader has to fill in is filled in.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::rig::process::{Serving, bash, program, run, sandbox_config, text};

/// Where the pages have the gateway.
const API: &str = "127.0.0.1:8080";
const ADMIN: &str = "127.0.0.1:9090";

/// Who follows a page.
struct Reader {
    folder: TempDir,
    /// What stands on the page, and what this reader has in its place.
    filled_in: Vec<(String, String)>,
    /// Put below each `provider = …`, to lead to a stand-in.
    connection: String,
    exports: String,
    /// The gateway, and others that run as long.
    gateway: Option<Serving>,
    others: Vec<Serving>,
}

/// The blocks of a page: language and text.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut parts = page.split("\n```");
    parts.next();
    while let (Some(block), Some(_prose)) = (parts.next(), parts.next()) {
        let (language, text) = block.split_once('\n').unwrap_or((block, ""));
        blocks.push((language.to_owned(), text.to_owned()));
    }
    blocks
}

impl Reader {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            filled_in: Vec::new(),
            connection: String::new(),
            exports: String::new(),
            gateway: None,
            others: Vec::new(),
        }
    }

    /// A copy of a folder of the repository, so that commands may write there.
    fn has(&self, folder: &str) {
        let mut copy = Command::new("cp");
        copy.arg("-r").arg(root().join(folder)).arg(self.folder.path());
        assert!(copy.status().unwrap().success());
    }

    fn fill_in(&mut self, marker: &str, value: &str) {
        self.filled_in.push((marker.to_owned(), value.to_owned()));
    }

    fn filled(&self, text: &str) -> String {
        let filled = self.filled_in.iter();
        filled.fold(text.to_owned(), |text, (marker, value)| {
            text.replace(marker, value)
        })
    }

    fn follow(&mut self, page: &str) {
        let blocks = blocks(page);
        for (index, (language, block)) in blocks.iter().enumerate() {
            match language.as_str() {
                "toml" => self.write(block),
                "sh" => {
                    let answer = blocks.get(index + 1).filter(|(language, _)| language == "json");
                    for command in block.replace("\\\n", " ").lines() {
                        self.obey(command, answer.map(|(_, answer)| answer.as_str()));
                    }
                }
                _ => {}
            }
        }
    }

    /// `my.toml`, with ports that the system chooses.
    fn write(&self, text: &str) {
        let ports =
            "[server]\nlisten = \"127.0.0.1:0\"\nadmin_listen = \"127.0.0.1:0\"\ndrain_delay = \"0s\"\n";
        let text = if text.contains("[server]\n") {
            text.replace("[server]\n", ports)
        } else {
            format!("{ports}{text}")
        };
        let mut written = String::new();
        for line in self.filled(&text).lines() {
            written.push_str(line);
            written.push('\n');
            if line.starts_with("provider = ") {
                written.push_str(&self.connection);
            }
        }
        fs::write(self.folder.path().join("my.toml"), written).unwrap();
    }

    fn obey(&mut self, command: &str, answer: Option<&str>) {
        match command {
            "make run" => {
                assert!(made("run").trim_end().ends_with("-- serve --config config.toml"));
                fs::write(self.folder.path().join("config.toml"), sandbox_config("")).unwrap();
                self.serve("switchboard serve --config config.toml");
            }
            "switchboard key" => {
                let output = run(self.folder.path(), &["key"]);
                let said = text(&output.stdout);
                let hash = said
                    .split("key_sha256 = [\"")
                    .nth(1)
                    .unwrap()
                    .split('"')
                    .next()
                    .unwrap();
                self.fill_in("<key>", said.lines().next().unwrap());
                self.fill_in("<hash>", hash);
            }
            _ if command.starts_with("export ") => {
                self.exports.push_str(&self.filled(command));
                self.exports.push('\n');
            }
            _ if command.starts_with("switchboard --config ") => self.serve(command),
            _ => self.run(command, answer),
        }
    }

    fn bash(&self, line: &str) -> Command {
        bash(self.folder.path(), &format!("{}\n{line}", self.exports))
    }

    /// In place of the one before, which has the same ports for a reader.
    fn serve(&mut self, command: &str) {
        self.gateway = None;
        let mut serving = Serving::start(self.bash(&format!("exec {}", self.filled(command))));
        let (api, admin) = (serving.address("  API "), serving.address("  admin "));
        self.filled_in
            .retain(|(marker, _)| marker != API && marker != ADMIN);
        self.fill_in(API, &api.to_string());
        self.fill_in(ADMIN, &admin.to_string());
        self.gateway = Some(serving);
    }

    /// With the status of `curl` that stands behind it, or with the JSON that stands below it, or with success.
    fn run(&self, command: &str, answer: Option<&str>) {
        let command = self.filled(command);
        let (line, status) = match command.rsplit_once("  # ") {
            Some((line, status)) => (
                format!("{line} --max-time 20 -o /dev/null -w '%{{http_code}}'"),
                Some(status),
            ),
            None => (command.clone(), None),
        };
        let output = self.bash(&line).output().unwrap();
        let said = text(&output.stdout);
        assert!(output.status.success(), "{command}\n{output:?}");
        if let Some(status) = status {
            assert_eq!(said, status, "{command}");
        } else if let Some(answer) = answer {
            let [said, answer] = [said, answer].map(|text| {
                serde_json::from_str::<Value>(text).unwrap_or_else(|_| panic!("{command}: {text}"))
            });
            assert_eq!(said, answer, "{command}:\n{said:#}");
        }
    }
}

/// What a target of the Makefile would do.
fn made(target: &str) -> String {
    let output = Command::new("make")
        .args(["--dry-run", "--no-print-directory", target])
        .current_dir(root())
        .output()
        .unwrap();
    text(&output.stdout).to_owned()
}

fn page(name: &str) -> String {
    fs::read_to_string(root().join("docs").join(name)).unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn the_quick_start_leads_to_accounts_of_ones_own() {
    let mut reader = Reader::new();
    let mut providers = Serving::start(program(
        reader.folder.path(),
        &["sandbox", "--listen", "127.0.0.1:0"],
    ));
    let address = providers.address("sandbox listens");
    let mut accepted = String::new();
    while accepted.matches('`').count() < 6 {
        std::io::BufRead::read_line(&mut providers.out, &mut accepted).unwrap();
    }
    let words: Vec<&str> = accepted.split('`').skip(1).step_by(2).collect();
    let &[user, password, key] = words.as_slice() else {
        panic!("{accepted}");
    };
    for (marker, value) in [
        ("<API key SID>", user),
        ("<API key secret>", password),
        ("<API key>", key),
    ] {
        reader.fill_in(marker, value);
    }
    reader.connection = format!("base_url = \"http://{address}\"\n");
    reader.others.push(providers);
    reader.follow(&page("quick-start.md"));
}

#[test]
fn the_page_about_limits_is_right() {
    Reader::new().follow(&page("limits.md"));
}

#[test]
fn the_page_about_upgrading_is_right() {
    Reader::new().follow(&page("upgrading.md"));
}

/// Who runs the commands of each page that has some.
const RUN_BY: [(&str, &str); 15] = [
    ("caching.md", "here"),
    ("deployment.md", ".ci/check-deploy"),
    ("endpoints.md", "docs.rs"),
    ("limits.md", "here"),
    ("monitoring.md", "here"),
    ("providers.md", "here"),
    ("quick-start.md", "here"),
    ("runbook.md", "here"),
    ("sandbox.md", "docs.rs"),
    ("scaling.md", "docs.rs"),
    ("security.md", "here"),
    ("tracing.md", "docs.rs"),
    ("troubleshooting.md", "here"),
    ("twilio-clients.md", ".ci/check-clients"),
    ("upgrading.md", "here"),
];

#[test]
fn somebody_runs_the_commands_of_every_page() {
    let entries = fs::read_dir(root().join("docs")).unwrap();
    for entry in entries.map(Result::unwrap).filter(|entry| entry.path().is_file()) {
        let name = entry.file_name().into_string().unwrap();
        let has_commands = page(&name).contains("\n```sh\n");
        let is_run = RUN_BY.iter().any(|(known, _)| *known == name);
        assert!(is_run || !has_commands, "nobody runs docs/{name}: see RUN_BY");
    }
}

/// Those that suppose a fresh `make run`.
#[test]
fn pages_about_the_sandbox_are_right() {
    for name in [
        "caching.md",
        "monitoring.md",
        "providers.md",
        "runbook.md",
        "security.md",
        "troubleshooting.md",
    ] {
        let mut reader = Reader::new();
        reader.has("deploy");
        reader.obey("make run", None);
        reader.follow(&page(name));
    }
}
