//! The golden cases of the adapters, and recorded answers in the form in which they stand there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use model::{Operation, Provider, UpstreamResponse};

use crate::request::Request;

/// By their names, `<provider>/<operation>/<case>`.
pub(crate) type Cases = BTreeMap<String, Case>;

/// What somebody asks for.
pub(crate) struct Case {
    pub(crate) provider: Arc<dyn Provider>,
    pub(crate) operation: Operation,
    pub(crate) request: Request,
}

/// All of them.
pub(crate) fn read() -> Cases {
    let mut cases = Cases::new();
    for provider in providers::all() {
        for operation in Operation::ALL {
            let name = format!("{}/{}", provider.profile().provider, operation.name());
            let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("../providers/fixtures")
                .join(&name);
            for (case, path) in requests(&folder) {
                let text = fs::read(path).expect("a case can be read");
                let case_of = Case {
                    provider: Arc::clone(&provider),
                    operation,
                    request: serde_json::from_slice(&text).expect("a case is a request"),
                };
                cases.insert(format!("{name}/{case}"), case_of);
            }
        }
    }
    assert!(
        !cases.is_empty(),
        "the fixtures are not where they were when this was compiled"
    );
    cases
}

fn requests(folder: &Path) -> Vec<(String, PathBuf)> {
    let files = fs::read_dir(folder).into_iter().flatten();
    let paths = files.map(|file| file.expect("a folder can be read").path());
    paths
        .filter_map(|path| {
            let name = path
                .file_name()?
                .to_str()?
                .strip_suffix(".request.json")?
                .to_owned();
            Some((name, path))
        })
        .collect()
}

/// An answer: a line with its status, headers, an empty line, a body. What is left out is as usual.
pub(crate) fn response(text: &[u8]) -> UpstreamResponse {
    let end = text
        .windows(2)
        .position(|pair| pair == b"\n\n")
        .unwrap_or(text.len());
    let (head, body) = text.split_at(end);
    let body = body.strip_prefix(b"\n\n").unwrap_or_default();
    let mut lines = head.split(|byte| *byte == b'\n');
    let status = lines.next().and_then(|line| line.strip_prefix(b"HTTP/1.1 "));
    let status = status.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = fuzz::split(line, b':');
        let header = HeaderName::from_bytes(name)
            .ok()
            .zip(HeaderValue::from_bytes(value.trim_ascii()).ok());
        if let Some((name, value)) = header {
            headers.append(name, value);
        }
    }
    UpstreamResponse {
        status: status
            .filter(|status| (100..1000).contains(status))
            .unwrap_or(200),
        headers,
        body: Bytes::copy_from_slice(body.strip_suffix(b"\n").unwrap_or(body)),
    }
}
