//! The golden matrix: `fixtures/<provider>/<operation>/<case>.request.json` is what a client asks for,
//! `<case>.<n>.http` what the provider answered to the n-th request (status, headers, an empty line, the
//! body up to the final newline of the file), `<case>.answer.json` what is to come of it: the requests to the
//! provider, the neutral answer or error, the drift. With `UPDATE_GOLDEN=1` the answers are written anew.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use http::{HeaderMap, HeaderName, HeaderValue};
use model::{Error, Json, Operation, Place, Provider, UpstreamResponse};

use crate::drive::{Answer, Outcome, declares, run};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn entries(directory: &Path) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn every_case_comes_out_as_recorded() {
    let mut unclaimed = entries(&fixtures());
    let mut wrong = String::new();
    for provider in providers::all() {
        let profile = provider.profile();
        let folder = fixtures().join(profile.provider);
        unclaimed.remove(&folder);
        unclaimed.extend(entries(&folder));
        for operation in Operation::ALL {
            let folder = folder.join(operation.name());
            unclaimed.remove(&folder);
            let mut files = entries(&folder);
            let cases: Vec<_> = files.iter().filter_map(|path| Case::of_request(path)).collect();
            let supported = declares(profile, operation);
            assert_eq!(supported, !cases.is_empty(), "cases in {}", folder.display());
            for case in cases {
                wrong += &case.check(provider.as_ref(), operation);
                files.retain(|path| !case.owns(path));
            }
            unclaimed.extend(files);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(unclaimed.is_empty(), "files of no case: {unclaimed:?}");
}

struct Case {
    request: PathBuf,
    answer: PathBuf,
    recorded: Vec<PathBuf>,
}

impl Case {
    fn of_request(request: &Path) -> Option<Self> {
        let name = request.file_name()?.to_str()?.strip_suffix(".request.json")?;
        let file = |end: String| request.with_file_name(format!("{name}.{end}"));
        let recorded = (1..).map(|n| file(format!("{n}.http")));
        Some(Self {
            request: request.to_owned(),
            answer: file("answer.json".to_owned()),
            recorded: recorded.take_while(|path| path.exists()).collect(),
        })
    }

    fn owns(&self, path: &PathBuf) -> bool {
        *path == self.request || *path == self.answer || self.recorded.contains(path)
    }

    /// What is wrong; nothing if all is well, or if the answer has been written anew.
    fn check(&self, provider: &dyn Provider, operation: Operation) -> String {
        let name = self.request.display();
        let request = fs::read(&self.request).unwrap();
        let request = serde_json::from_slice(&request).unwrap_or_else(|why| panic!("{name}: {why}"));
        let responses: Vec<_> = self.recorded.iter().map(|path| read_response(path)).collect();
        let outcome = run(provider, operation, &request, &responses);
        assert_eq!(
            outcome.upstream.len(),
            responses.len(),
            "{name}: answers that nobody asked for"
        );
        assert_raw_is_sliced(&outcome, &responses);
        let text = render(outcome);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&self.answer, &text).unwrap();
        }
        if fs::read_to_string(&self.answer).is_ok_and(|expected| expected == text) {
            String::new()
        } else {
            format!("{name} has come to\n{text}")
        }
    }
}

fn read_response(path: &Path) -> UpstreamResponse {
    let text = fs::read_to_string(path).unwrap();
    let (head, body) = text.split_once("\n\n").expect("an empty line behind the headers");
    let mut lines = head.lines();
    let status = lines.next().unwrap().strip_prefix("HTTP/1.1 ").unwrap();
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        headers.insert(
            name.parse::<HeaderName>().unwrap(),
            value.parse::<HeaderValue>().unwrap(),
        );
    }
    UpstreamResponse {
        status: status.parse().unwrap(),
        headers,
        body: body.strip_suffix('\n').unwrap_or(body).to_owned().into(),
    }
}

fn assert_raw_is_sliced(outcome: &Outcome, responses: &[UpstreamResponse]) {
    for raw in outcome.answer.iter().flat_map(|answer| &answer.raw) {
        let holds = |response: &UpstreamResponse| String::from_utf8_lossy(&response.body).contains(raw);
        assert!(responses.iter().any(holds), "{raw}");
    }
}

fn render(outcome: Outcome) -> String {
    let drift = outcome.drift.iter().map(|finding| {
        Json::text(format!(
            "{} {} {}",
            finding.resource,
            finding.kind.as_str(),
            finding.path
        ))
    });
    let (data, next, error) = match outcome.answer {
        Ok(Answer { data, next, raw: _ }) => (Some(data), next, None),
        Err(error) => (None, None, Some(render_error(&error))),
    };
    let golden = Json::object([
        (
            "upstream",
            Some(Json::Array(
                outcome.upstream.into_iter().map(Json::text).collect(),
            )),
        ),
        ("data", data),
        ("next", next.map(Json::text)),
        ("error", error),
        ("drift", Some(Json::Array(drift.collect()))),
    ]);
    serde_json::to_string_pretty(&golden).unwrap() + "\n"
}

fn render_error(error: &Error) -> Json {
    let fault = error.provider_fault().map(|fault| {
        Json::object([
            ("status", fault.status.map(|status| Json::integer(status.into()))),
            ("code", fault.code.as_ref().map(Json::text)),
            ("message", fault.message.as_ref().map(Json::text)),
            ("request_id", fault.request_id.as_ref().map(Json::text)),
        ])
    });
    let fields = error.fields().iter().map(|field| match &field.place {
        Place::Parameter(name) | Place::Pointer(name) => Json::text(name),
    });
    Json::object([
        ("code", Some(Json::text(error.code().as_str()))),
        ("origin", Some(Json::text(error.origin().as_str()))),
        ("detail", Some(Json::text(error.detail()))),
        ("retryable", Some(Json::Bool(error.is_retryable()))),
        ("fault", fault),
        ("fields", Some(Json::Array(fields.collect()))),
    ])
}
