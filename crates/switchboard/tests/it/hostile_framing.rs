//! Requests that two readers might understand in two ways: one is refused with its connection, or it is
//! read as RFC 9112 says, and what arrives at the provider is that one request. Behind each comes a second
//! request on the same connection, which nobody may take for anything else.

use tokio::io::AsyncWriteExt;

use crate::proxy_request::configuration;
use crate::rig::{Gateway, Script, Seen, Upstream, Wire, key_of};

/// What becomes of the case, and of the request behind it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum End {
    /// Refused by whoever parses: an empty answer of this status, and the end.
    Refused(u16),
    /// Refused with an explanation, in the shape of the face, and the end.
    Explained(u16),
    /// Closed, after an empty 400 or without it, which depends on how the bytes come.
    Ended,
    /// Served with this body; then the next one.
    Served(&'static str),
    /// Served with this body; what follows is not read.
    ServedAlone(&'static str),
}
use End::{Ended, Explained, Refused, Served, ServedAlone};

/// Where requests of one face go, and where those behind them.
pub(crate) struct Face {
    first: &'static str,
    behind: &'static str,
    shape: &'static str,
}

pub(crate) const PROXY: Face = Face {
    first: "/proxy/bland/first",
    behind: "/proxy/bland/behind",
    shape: "application/json",
};
pub(crate) const NEUTRAL: Face = Face {
    first: "/v1/connections/bland",
    behind: "/v1/connections",
    shape: "application/problem+json",
};

/// A gateway that does not wait long for what will not come.
pub(crate) async fn stage(server: &str) -> (Gateway, Upstream) {
    let upstream = Upstream::always(Script::json(200, "{}")).await;
    let patience = "header_read_timeout = \"500ms\"\nidle_timeout = \"500ms\"\nrequest_timeout = \"2s\"";
    let rest = configuration(upstream.address, "attempt_timeout = \"1s\"");
    let gateway = Gateway::start(&format!("[server]\n{patience}\n{server}\n{rest}")).await;
    (gateway, upstream)
}

/// Sends a case and a request behind it, in so large pieces, and compares.
pub(crate) async fn play(
    gateway: &Gateway,
    upstream: &Upstream,
    face: &Face,
    case: &str,
    end: End,
    pieces: usize,
) {
    let credential = format!("host: {}\r\nx-api-key: {}", gateway.client.0, key_of("app"));
    let first = case.replace("{target}", face.first).replace("{own}", &credential);
    let behind = format!(
        "GET {} HTTP/1.1\r\n{credential}\r\nconnection: close\r\n\r\n",
        face.behind
    );
    let before = upstream.count();
    let mut client = Wire::to(gateway.client.0).await;
    for piece in latin1(&format!("{first}{behind}")).chunks(pieces) {
        // The gateway may have closed already.
        if client.socket.write_all(piece).await.is_err() {
            break;
        }
        tokio::task::yield_now().await;
    }
    let answer = String::from_utf8(client.rest().await).unwrap();
    let statuses = statuses(&answer);
    let shown = case.get(..case.len().min(200)).unwrap_or(case);
    let expected = match end {
        Refused(status) | Explained(status) => vec![status],
        Ended => statuses.first().map(|_| 400).into_iter().collect(),
        Served(_) => vec![200, 200],
        ServedAlone(_) => vec![200],
    };
    assert_eq!(statuses, expected, "{shown:?} to {}: {answer}", face.first);
    let is_empty = answer.contains("content-length: 0\r\n");
    match end {
        Refused(_) => assert!(
            is_empty && answer.contains("connection: close"),
            "{shown:?}: {answer}"
        ),
        Explained(_) => assert!(answer.contains(face.shape), "{shown:?}: {answer}"),
        _ => {}
    }
    let arrived = upstream.seen().split_off(before);
    let lines: Vec<_> = arrived
        .iter()
        .map(|seen| seen.line.split(' ').nth(1).unwrap())
        .collect();
    let expected = match end {
        Served(_) if face.first == PROXY.first => vec!["/first", "/behind"],
        ServedAlone(_) if face.first == PROXY.first => vec!["/first"],
        _ => vec![],
    };
    assert_eq!(lines, expected, "{shown:?}");
    arrived.iter().for_each(assert_well_formed);
    if let (Served(body) | ServedAlone(body), Some(seen)) = (end, arrived.first()) {
        assert_eq!(String::from_utf8_lossy(&seen.body), body, "{shown:?}");
    }
}

/// A request of which no other reader can think differently.
fn assert_well_formed(seen: &Seen) {
    let count = |name: &str| seen.headers.iter().filter(|(known, _)| known == name).count();
    let framings = (count("content-length"), count("transfer-encoding"));
    assert!(matches!(framings, (0 | 1, 0) | (0, 1)), "{seen:?}");
    assert_eq!((count("host"), count("authorization")), (1, 1), "{seen:?}");
    assert!(
        matches!(seen.header("transfer-encoding"), "" | "chunked"),
        "{seen:?}"
    );
    assert!(
        seen.header("content-length")
            .bytes()
            .all(|byte| byte.is_ascii_digit()),
        "{seen:?}"
    );
    assert!(seen.line.ends_with(" HTTP/1.1"), "{seen:?}");
    assert!(!format!("{seen:?}").contains("evil"), "{seen:?}");
}

/// Characters up to U+00FF as the bytes of their numbers.
fn latin1(text: &str) -> Vec<u8> {
    text.chars()
        .map(|char| u8::try_from(u32::from(char)).unwrap())
        .collect()
}

/// All of a request at once.
pub(crate) const WHOLE: usize = usize::MAX;

/// Every case to both faces, whole and byte by byte.
pub(crate) async fn play_everywhere(gateway: &Gateway, upstream: &Upstream, case: &str, end: End) {
    for face in [&PROXY, &NEUTRAL] {
        for pieces in [WHOLE, 1] {
            play(gateway, upstream, face, case, end, pieces).await;
        }
    }
}

#[tokio::test]
async fn a_head_is_as_rfc_9112_has_it_or_refused() {
    let (gateway, upstream) = stage("").await;
    for case in [
        // LF alone, wherever a line ends.
        "GET {target} HTTP/1.1\n{own}\r\n\r\n",
        "GET {target} HTTP/1.1\r\n{own}\nx: y\r\n\r\n",
        "GET {target} HTTP/1.1\r\n{own}\r\nx: y\n\r\n",
        "GET {target} HTTP/1.1\r\n{own}\r\n\n",
        "GET {target} HTTP/1.1\r\n{own}\n\n",
        "GET {target} HTTP/1.1\r\n{own}\r\nx: y\n\n\r\n",
        "\nGET {target} HTTP/1.1\r\n{own}\r\n\r\n",
        "\r\n\nGET {target} HTTP/1.1\r\n{own}\r\n\r\n",
        // CR alone.
        "GET {target} HTTP/1.1\r\n{own}\r\nx: y\rz: evil\r\n\r\n",
        "GET {target} HTTP/1.1\r\n{own}\r\nx: y\r\r\n\r\n",
        "GET {target} HTTP/1.1\r{own}\r\n\r\n",
        "\rGET {target} HTTP/1.1\r\n{own}\r\n\r\n",
        // Folded lines, and what looks like one.
        "GET {target} HTTP/1.1\r\n{own}\r\nx: y\r\n z\r\n\r\n",
        "POST {target} HTTP/1.1\r\n{own}\r\ntransfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
        "GET {target} HTTP/1.1\r\n x: y\r\n{own}\r\n\r\n",
        "GET {target} HTTP/1.1\r\n\tx: y\r\n{own}\r\n\r\n",
        // Names.
        "POST {target} HTTP/1.1\r\n{own}\r\ncontent-length : 5\r\n\r\nhello",
        "POST {target} HTTP/1.1\r\n{own}\r\ntransfer-encoding\t: chunked\r\n\r\n0\r\n\r\n",
        "GET {target} HTTP/1.1\r\n{own}\r\nnonsense\r\n\r\n",
        "GET {target} HTTP/1.1\r\n{own}\r\n: y\r\n\r\n",
        "GET {target} HTTP/1.1\r\n{own}\r\nx y: z\r\n\r\n",
        "GET {target} HTTP/1.1\r\n{own}\r\nx(y): z\r\n\r\n",
        "GET {target} HTTP/1.1\r\n{own}\r\n\"x\": y\r\n\r\n",
        "GET {target} HTTP/1.1\r\n{own}\r\nx\u{e9}: y\r\n\r\n",
        "GET {target} HTTP/1.1\r\n{own}\r\nx\0: y\r\n\r\n",
        "GET {target} HTTP/1.1\r\n{own}\r\nx\u{7f}: y\r\n\r\n",
        // Values.
        "GET {target} HTTP/1.1\r\n{own}\r\nx: a\0b\r\n\r\n",
        "GET {target} HTTP/1.1\r\n{own}\r\nx: a\u{1}b\r\n\r\n",
        "GET {target} HTTP/1.1\r\n{own}\r\nx: a\u{b}b\r\n\r\n",
        "GET {target} HTTP/1.1\r\n{own}\r\nx: a\u{1b}b\r\n\r\n",
        "GET {target} HTTP/1.1\r\n{own}\r\nx: a\u{7f}b\r\n\r\n",
        // Request lines.
        "GET {target}\r\n",
        "GET {target} HTTP/1.2\r\n{own}\r\n\r\n",
        "GET {target} HTTP/2.0\r\n{own}\r\n\r\n",
        "GET {target} http/1.1\r\n{own}\r\n\r\n",
        "GET {target} HTTP/1.1 \r\n{own}\r\n\r\n",
        "GET  {target} HTTP/1.1\r\n{own}\r\n\r\n",
        "GET {target}  HTTP/1.1\r\n{own}\r\n\r\n",
        "GET\t{target} HTTP/1.1\r\n{own}\r\n\r\n",
        "GET {target}\tx HTTP/1.1\r\n{own}\r\n\r\n",
        "GET {target}\0 HTTP/1.1\r\n{own}\r\n\r\n",
        "GET {target}\u{7f} HTTP/1.1\r\n{own}\r\n\r\n",
        "G(T {target} HTTP/1.1\r\n{own}\r\n\r\n",
        " GET {target} HTTP/1.1\r\n{own}\r\n\r\n",
    ] {
        play_everywhere(&gateway, &upstream, case, Refused(400)).await;
    }
    // It would be HTTP/2, which the two sides of a plain port have not agreed on.
    let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    play_everywhere(&gateway, &upstream, preface, Ended).await;
    for case in [
        "\r\n\r\nGET {target} HTTP/1.1\r\n{own}\r\n\r\n",
        "GET {target} HTTP/1.1\r\n{own}\r\nx:\r\ny: \t z \r\nw: \u{e9}\u{ff}\r\n\r\n",
        "GET {target} HTTP/1.0\r\n{own}\r\nconnection: keep-alive\r\n\r\n",
    ] {
        play_everywhere(&gateway, &upstream, case, Served("")).await;
    }
    let old = "GET {target} HTTP/1.0\r\n{own}\r\n\r\n";
    play_everywhere(&gateway, &upstream, old, ServedAlone("")).await;
    for case in [
        "GET {target} HTTP/1.0\r\n\r\n",
        "GET {target} HTTP/1.1\r\n\r\n",
        "GET {target} HTTP/1.1\r\n{own}\r\nhost: evil.example.com\r\n\r\n",
    ] {
        play_everywhere(&gateway, &upstream, case, Explained(400)).await;
    }
}

#[tokio::test]
async fn what_is_too_large_is_refused_by_what_the_configuration_says() {
    let line = |method: &str, more: &str, fields: &str| {
        format!("{method} {{target}}{more} HTTP/1.1\r\n{{own}}\r\n{fields}\r\n")
    };
    let long = "x".repeat(65_536);
    for (limit, case, end) in [
        ("32KiB", line(&long, "", ""), Refused(431)),
        ("32KiB", line("GET", &long, ""), Refused(431)),
        ("32KiB", line("GET", "", &format!("x: {long}\r\n")), Refused(431)),
        ("32KiB", line("GET", "", &format!("{long}: x\r\n")), Refused(431)),
        ("32KiB", line("GET", "", &"x: y\r\n".repeat(5_000)), Refused(431)),
        ("32KiB", line("GET", "", &"x: y\r\n".repeat(99)), Refused(431)),
        (
            "8KiB",
            line("GET", "", &format!("x: {}\r\n", "y".repeat(8_150))),
            Refused(431),
        ),
        ("256KiB", line("GET", &long, ""), Refused(414)),
        ("256KiB", line("GET", "", &"x: y\r\n".repeat(98)), Served("")),
        (
            "256KiB",
            line("GET", "", &format!("x: {}\r\n", "y".repeat(200_000))),
            Served(""),
        ),
    ] {
        let (gateway, upstream) = stage(&format!("max_header = \"{limit}\"")).await;
        for face in [&PROXY, &NEUTRAL] {
            play(&gateway, &upstream, face, &case, end, WHOLE).await;
        }
    }
}

#[tokio::test]
async fn a_request_behind_others_is_watched_like_the_first() {
    let (gateway, upstream) = stage("").await;
    let good = "POST {target} HTTP/1.1\r\n{own}\r\ncontent-length: 4\r\n\r\n{\n}\n\
                POST {target} HTTP/1.1\r\n{own}\r\ntransfer-encoding: chunked\r\n\r\n2\r\n\n\n\r\n0\r\n\r\n";
    for bad in [
        "GET {target} HTTP/1.1\n{own}\r\n\r\n",
        "GET {target} HTTP/1.1\r\n{own}\r\nx: y\n\r\n",
    ] {
        for pieces in [WHOLE, 7, 1] {
            let before = upstream.count();
            let case = format!("{good}{bad}");
            pipeline(&gateway, &case, pieces, &[200, 200, 400]).await;
            let bodies: Vec<_> = upstream
                .seen()
                .split_off(before)
                .into_iter()
                .map(|seen| seen.body)
                .collect();
            assert_eq!(
                bodies,
                [b"{\n}\n".to_vec(), b"\n\n".to_vec()],
                "what they hold is theirs"
            );
        }
    }
}

async fn pipeline(gateway: &Gateway, case: &str, pieces: usize, expected: &[u16]) {
    let credential = format!("host: {}\r\nx-api-key: {}", gateway.client.0, key_of("app"));
    let case = case
        .replace("{target}", PROXY.first)
        .replace("{own}", &credential);
    let mut client = Wire::to(gateway.client.0).await;
    for piece in case.as_bytes().chunks(pieces) {
        if client.socket.write_all(piece).await.is_err() {
            break;
        }
        tokio::task::yield_now().await;
    }
    let answer = String::from_utf8(client.rest().await).unwrap();
    let statuses = statuses(&answer);
    assert_eq!(statuses, expected, "{answer}");
}

fn statuses(answers: &str) -> Vec<u16> {
    let words = answers.split("HTTP/1.").skip(1);
    words
        .map(|answer| answer.split(' ').nth(1).unwrap().parse().unwrap())
        .collect()
}
