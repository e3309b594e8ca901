//! What providers answer, to every operation of every adapter: nothing makes a decoder panic, no answer leads the next
//! request elsewhere, what clients get is bounded, and the provider's JSON can be rebuilt from it.
//!
//! An input is a line with the name of a golden case, which says what is asked, and the answers in the form of the
//! fixtures, with a byte 0x1e between them.
#![no_main]

#[path = "../../../providers/tests/it/drive.rs"]
#[expect(dead_code, reason = "the tests of the adapters need more of it")]
mod drive;
mod golden;
mod rebuilt;
#[path = "../../../providers/tests/it/request.rs"]
#[expect(dead_code, reason = "the tests of the adapters need more of it")]
mod request;

use std::sync::LazyLock;

use drive::Outcome;
use fuzz::split;
use golden::{Cases, response};
use libfuzzer_sys::{Corpus, fuzz_target};
use model::{Code, Error, UpstreamResponse};

/// Answers in one input.
const MOST: usize = 8;
/// Bytes that a client gets for each byte of the provider's: every field at most a few times, escaped.
const FACTOR: usize = 64;

static CASES: LazyLock<Cases> = LazyLock::new(golden::read);

fuzz_target!(|data: &[u8]| -> Corpus {
    let (name, answers) = split(data, b'\n');
    let case = std::str::from_utf8(name).ok().and_then(|name| CASES.get(name));
    let (Some(case), false) = (case, answers.is_empty()) else {
        return Corpus::Reject;
    };
    let mut responses: Vec<UpstreamResponse> = answers
        .split(|byte| *byte == 0x1e)
        .take(MOST)
        .map(response)
        .collect();
    // Who asks for more than there is, meets a provider that is down.
    responses.push(response(b"HTTP/1.1 503\n\n"));
    let outcome = drive::run(case.provider.as_ref(), case.operation, &case.request, &responses);
    check(&outcome, data.len());
    rebuilt::check(case, &responses);
    Corpus::Keep
});

fn check(outcome: &Outcome, length: usize) {
    for line in &outcome.upstream {
        let path = line.split(' ').nth(1).expect("a method and a path");
        assert!(path.starts_with('/') && !path.starts_with("//"), "{line}");
        let path = path.split('?').next().expect("a path");
        assert!(
            path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#'),
            "{line}"
        );
        assert!(
            path.split('/').all(|segment| segment != "." && segment != ".."),
            "{line}"
        );
    }
    for finding in &outcome.drift {
        assert!(!finding.path.contains(char::is_control), "{finding:?}");
        assert!(finding.path.chars().count() < 2_000, "{finding:?}");
    }
    match &outcome.answer {
        Ok(answer) => {
            let text = serde_json::to_string(&answer.data).expect("an answer can be written");
            assert!(text.len() <= FACTOR * (length + 1_000), "{} bytes", text.len());
            assert!(answer.next.as_ref().is_none_or(|next| next.len() <= length + 100));
        }
        Err(error) => check_error(error),
    }
}

fn check_error(error: &Error) {
    assert!(error.code() != Code::Internal, "{error:?}");
    assert!(error.detail().chars().count() <= 1_000, "{error:?}");
    if let Some(fault) = error.provider_fault() {
        for text in [&fault.code, &fault.message, &fault.request_id]
            .into_iter()
            .flatten()
        {
            assert!(
                text.chars().count() <= 300 && !text.contains(char::is_control),
                "{text:?}"
            );
        }
    }
}
