//! Rules about the source tree that neither rustc nor clippy can hold.

mod source;

use std::collections::BTreeSet;
use std::fs;

use source::{SourceFile, blank, line_of, source_files, workspace_root};

const HARD_CAP: usize = 600;
const SOFT_CAP: usize = 400;
const MEDIAN_CAP: usize = 120;
const FUNCTION_CAP: usize = 60;

/// Files that may pass the soft cap, each with its reason.
const LONG_FILES: [(&str, &str); 0] = [];

/// Files that a reader must be able to take in at one sight: path, most lines.
const SHORT_FILES: [(&str, usize); 3] = [
    ("crates/switchboard/src/front.rs", 150),
    ("crates/switchboard/src/main.rs", 79),
    ("crates/switchboard/src/upstream.rs", 150),
];

/// Which workspace crates each crate may depend on, and by what prefix other crates are closed to it:
/// with no runtime in reach an adapter cannot do I/O, with no adapter in reach a layer knows no provider.
const DEPENDENCIES: [(&str, &[&str], &[&str]); 7] = [
    ("fuzz", &["layers", "model", "providers", "switchboard"], &[]),
    ("layers", &["model", "store"], &[]),
    ("model", &[], &["hyper", "tokio", "tower"]),
    ("providers", &["model"], &["hyper", "tokio", "tower"]),
    ("sandbox", &[], &[]),
    ("store", &[], &["http", "hyper", "tower"]),
    (
        "switchboard",
        &["layers", "model", "providers", "sandbox", "store"],
        &[],
    ),
];

const PROVIDERS: [&str; 2] = ["bland", "twilio"];

/// Code that must not be in a crate's `src`, and what to write instead.
const BANNED_IN_SRC: [(&str, &str); 4] = [
    ("tokio::spawn(", "spawn on the server's TaskTracker"),
    ("task::spawn(", "spawn on the server's TaskTracker"),
    (
        "tower::buffer",
        "admit with try_acquire; a buffer hides a service that is not ready",
    ),
    ("unbounded_channel", "give the channel a bound"),
];

/// Code that must be nowhere.
const BANNED: [(&str, &str); 6] = [
    ("#[allow(", "write #[expect(lint, reason = \"...\")]"),
    ("#![allow(", "write #![expect(lint, reason = \"...\")]"),
    ("#[ignore", "a test runs or goes"),
    ("todo!", "finish it or leave it out"),
    ("unimplemented!", "finish it or leave it out"),
    ("dbg!", "trace it"),
];

#[test]
fn files_stay_short() {
    let allowed: BTreeSet<&str> = LONG_FILES.iter().map(|(path, _)| *path).collect();
    let files = source_files().unwrap();
    let long: BTreeSet<&str> = files
        .iter()
        .filter(|file| file.line_count() > SOFT_CAP)
        .map(|file| file.path.as_str())
        .collect();
    let findings = files.iter().filter_map(|file| {
        let (path, lines) = (file.path.as_str(), file.line_count());
        if lines > HARD_CAP {
            Some(format!("{path}: {lines} lines, the hard cap is {HARD_CAP}"))
        } else if lines > SOFT_CAP && !allowed.contains(path) {
            Some(format!(
                "{path}: {lines} lines, the soft cap is {SOFT_CAP}: split it"
            ))
        } else {
            None
        }
    });
    let stale = allowed
        .difference(&long)
        .map(|path| format!("{path}: needs no place in LONG_FILES"));
    assert_none("a file has one reason to exist", findings.chain(stale));
}

#[test]
fn the_median_file_is_short() {
    let files = source_files().unwrap();
    let mut lines: Vec<usize> = files
        .iter()
        .filter(|file| file.in_src())
        .map(SourceFile::line_count)
        .collect();
    lines.sort_unstable();
    let median = lines[lines.len() / 2];
    assert!(
        median <= MEDIAN_CAP,
        "the median of {} files is {median} lines, not {MEDIAN_CAP}",
        lines.len()
    );
}

#[test]
fn the_files_that_show_the_structure_fit_on_a_page() {
    let files = source_files().unwrap();
    let findings = SHORT_FILES.iter().filter_map(|(path, most)| {
        match files
            .iter()
            .find(|file| file.path == *path)
            .map(SourceFile::line_count)
        {
            None => Some(format!("{path}: is missing")),
            Some(lines) if lines > *most => Some(format!("{path}: {lines} lines, at most {most}")),
            Some(_) => None,
        }
    });
    assert_none("each stack is read top to bottom in one file", findings);
}

#[test]
fn functions_stay_short() {
    let files = source_files().unwrap();
    let product = files.iter().filter(|file| file.in_src() && !file.is_test());
    let findings = product.flat_map(|file| {
        let long = file
            .product_functions()
            .into_iter()
            .filter(|function| function.lines > FUNCTION_CAP);
        long.map(|f| format!("{}:{}: fn {} has {} lines", file.path, f.line, f.name, f.lines))
            .collect::<Vec<_>>()
    });
    assert_none(&format!("a function has at most {FUNCTION_CAP} lines"), findings);
}

#[test]
fn crates_depend_only_on_what_the_architecture_allows() {
    let folders = fs::read_dir(workspace_root().join("crates")).unwrap();
    let crates: BTreeSet<String> = folders
        .map(|folder| folder.unwrap().file_name().into_string().unwrap())
        .collect();
    let known: BTreeSet<String> = DEPENDENCIES.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(crates, known, "DEPENDENCIES says what each crate may depend on");

    let findings = DEPENDENCIES.iter().flat_map(|(name, allowed, closed)| {
        let path = format!("crates/{name}/Cargo.toml");
        let manifest = fs::read_to_string(workspace_root().join(&path)).unwrap();
        let refused = dependencies(&manifest.parse().unwrap())
            .into_iter()
            .filter(|dependency| {
                (crates.contains(dependency) && !allowed.contains(&dependency.as_str()))
                    || closed.iter().any(|prefix| dependency.starts_with(prefix))
            });
        refused
            .map(|dependency| format!("{path}: {dependency}"))
            .collect::<Vec<_>>()
    });
    assert_none("a dependency that the architecture forbids", findings);
}

#[test]
fn only_adapters_and_their_simulators_name_a_provider() {
    let files = source_files().unwrap();
    let elsewhere = files
        .iter()
        .filter(|file| file.path.starts_with("crates/") && file.in_src() && !may_name_a_provider(&file.path));
    let findings = elsewhere.flat_map(|file| {
        let text = file.text.to_ascii_lowercase();
        PROVIDERS
            .iter()
            .flat_map(|name| places(file, &text, name))
            .collect::<Vec<_>>()
    });
    assert_none(
        "a new provider touches its folders and two registries, so nothing else names one",
        findings,
    );
}

#[test]
fn banned_code_is_absent() {
    let files = source_files().unwrap();
    let findings = files.iter().flat_map(|file| {
        let src_only = BANNED_IN_SRC.iter().filter(|_| file.in_src());
        let rules = src_only.chain(&BANNED);
        let found = rules.flat_map(|(code, instead)| {
            places(file, &file.code, code)
                .into_iter()
                .map(move |place| format!("{place}: {instead}"))
        });
        found.collect::<Vec<_>>()
    });
    assert_none("code that this project does without", findings);
}

#[test]
fn one_module_speaks_to_the_metrics_library() {
    let files = source_files().unwrap();
    let elsewhere = files.iter().filter(|file| {
        file.in_src()
            && file.path != "crates/switchboard/src/metrics.rs"
            && !file.path.starts_with("crates/switchboard/src/metrics/")
    });
    let findings = elsewhere.flat_map(|file| {
        let uses = ["prometheus::", "use prometheus"];
        uses.iter()
            .flat_map(|code| places(file, &file.code, code))
            .collect::<Vec<_>>()
    });
    assert_none("only the metrics module uses the prometheus crate", findings);
}

#[test]
fn one_place_chooses_the_status_of_an_error() {
    let successes = [
        "OK",
        "CREATED",
        "NO_CONTENT",
        "NOT_MODIFIED",
        "from_u16",
        "as_str",
    ];
    // Neither is an error of a request: a head that nobody reads further, and a state of health.
    let exceptions = [
        ("crates/layers/src/head.rs", "REQUEST_HEADER_FIELDS_TOO_LARGE"),
        ("crates/switchboard/src/admin.rs", "SERVICE_UNAVAILABLE"),
    ];
    let files = source_files().unwrap();
    let product =
        |path: &str| path.starts_with("crates/layers/src/") || path.starts_with("crates/switchboard/src/");
    let elsewhere = files
        .iter()
        .filter(|file| product(&file.path) && file.path != "crates/switchboard/src/problem.rs");
    let findings = elsewhere.flat_map(|file| {
        let uses = file.code.split("StatusCode::").skip(1);
        let words = uses.map(|rest| {
            rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .next()
                .unwrap_or_default()
        });
        words
            .filter(|word| !successes.contains(word) && !exceptions.contains(&(file.path.as_str(), word)))
            .map(|word| format!("{}: StatusCode::{word}", file.path))
            .collect::<Vec<_>>()
    });
    assert_none("problem::status alone chooses the status of an error", findings);
}

#[test]
fn the_scanner_sees_code_and_nothing_else() {
    let text = r##"
/* outer /* inner { */ " */ fn first<'a>(x: &'a str) -> [u8; 2] { // }
    let _ = ('"', '\'', '{', "\" }", r#"" } "#, b"}", br"}", br#"}"#);
}
trait T { fn no_body(&self); }
#[cfg(test)]
mod tests { fn in_test() {} }
type Pointer = fn(u8) -> u8;
fn last() {}
"##;
    let code = blank(text);
    assert_eq!(code.lines().count(), text.lines().count());
    let file = SourceFile {
        path: String::new(),
        text: text.to_owned(),
        code,
    };
    let found: Vec<_> = file
        .product_functions()
        .iter()
        .map(|f| (f.name.to_owned(), f.line, f.lines))
        .collect();
    assert_eq!(found, [("first".to_owned(), 2, 3), ("last".to_owned(), 9, 1)]);
}

/// Fails with one line for each finding.
#[track_caller]
fn assert_none(rule: &str, findings: impl Iterator<Item = String>) {
    let findings: Vec<String> = findings.collect();
    assert!(findings.is_empty(), "{rule}:\n  {}\n", findings.join("\n  "));
}

/// `path:line: needle` for every occurrence in `text`, which is a view of the file.
fn places(file: &SourceFile, text: &str, needle: &str) -> Vec<String> {
    let occurrences = text.match_indices(needle);
    occurrences
        .map(|(at, _)| format!("{}:{}: {needle}", file.path, line_of(text, at)))
        .collect()
}

/// A provider has a folder or file of its name among the adapters and among the simulators.
fn may_name_a_provider(path: &str) -> bool {
    let homes = ["crates/providers/src/", "crates/sandbox/src/"];
    homes
        .iter()
        .filter_map(|home| path.strip_prefix(home))
        .any(|below| {
            below == "lib.rs"
                || below
                    .split('/')
                    .any(|part| PROVIDERS.contains(&part.trim_end_matches(".rs")))
        })
}

/// The packages that a manifest names in any table of dependencies, those of a target included.
fn dependencies(manifest: &toml::Table) -> Vec<String> {
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    let targets = targets
        .into_iter()
        .flat_map(|targets| targets.values().filter_map(toml::Value::as_table));
    let kinds = ["dependencies", "dev-dependencies", "build-dependencies"];
    let tables = targets
        .chain([manifest])
        .flat_map(|table| kinds.iter().filter_map(|kind| table.get(*kind)));
    let entries = tables.filter_map(toml::Value::as_table).flatten();
    let package = |(key, value): (&String, &toml::Value)| {
        value
            .get("package")
            .and_then(toml::Value::as_str)
            .map_or_else(|| key.clone(), str::to_owned)
    };
    entries.map(package).collect()
}

/// A promise without its test would be a wish.
#[test]
fn every_promise_of_security_names_a_test_that_there_is() {
    let page = include_str!("../../../../SECURITY.md");
    let modules = include_str!("main.rs");
    let rows = page
        .lines()
        .filter(|line| line.starts_with("| ") && line.matches('|').count() == 4);
    let mut named = 0;
    for row in rows {
        let tests = row
            .trim_end_matches([' ', '|'])
            .rsplit('|')
            .next()
            .unwrap_or_default();
        for test in tests.split('`').skip(1).step_by(2) {
            named += 1;
            assert!(modules.contains(&format!("mod {test};")), "{test}");
        }
    }
    assert!(named > 30, "{named}");
}
