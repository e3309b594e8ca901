//! Bodies whose end two readers might see in different places.

use crate::hostile_framing::End::{Explained, Refused, Served, ServedAlone};
use crate::hostile_framing::{End, NEUTRAL, PROXY, WHOLE, play, play_everywhere, stage};

/// What a request says of its body's length, and what becomes of it.
const FRAMINGS: [(&str, &str, End); 40] = [
    ("content-length: +5", "hello", Refused(400)),
    ("content-length: -5", "hello", Refused(400)),
    ("content-length: 5, 5", "hello", Refused(400)),
    ("content-length: 5,6", "hello", Refused(400)),
    ("content-length: 5;", "hello", Refused(400)),
    ("content-length: 5 5", "hello", Refused(400)),
    ("content-length: 0x5", "hello", Refused(400)),
    ("content-length: 5.0", "hello", Refused(400)),
    ("content-length:", "hello", Refused(400)),
    ("content-length: \u{b}5", "hello", Refused(400)),
    ("content-length: \u{b2}", "hello", Refused(400)),
    ("content-length: 5\r\ncontent-length: 6", "hello", Refused(400)),
    ("content-length: 6\r\ncontent-length: 5", "hello", Refused(400)),
    ("content-length: 5\r\ncontent-length:", "hello", Refused(400)),
    ("content-length: 99999999999999999999", "hello", Refused(400)),
    ("content-length: 18446744073709551615", "hello", Refused(431)),
    ("content-length: 9223372036854775807", "hello", Explained(413)),
    ("transfer-encoding: chunked, identity", "0\r\n\r\n", Refused(400)),
    ("transfer-encoding: identity", "hello", Refused(400)),
    ("transfer-encoding:", "hello", Refused(400)),
    ("transfer-encoding: xchunked", "0\r\n\r\n", Refused(400)),
    ("transfer-encoding: x chunked", "0\r\n\r\n", Refused(400)),
    ("transfer-encoding: \"chunked\"", "0\r\n\r\n", Refused(400)),
    ("transfer-encoding: chunked;q=1", "0\r\n\r\n", Refused(400)),
    ("transfer-encoding: chunked\u{b}", "0\r\n\r\n", Refused(400)),
    ("transfer-encoding: chunked\u{a0}", "0\r\n\r\n", Refused(400)),
    (
        "transfer-encoding: chunked\r\ntransfer-encoding: identity",
        "0\r\n\r\n",
        Refused(400),
    ),
    ("transfer-encoding: gzip, chunked", "0\r\n\r\n", Explained(400)),
    ("transfer-encoding: chunked, chunked", "0\r\n\r\n", Explained(400)),
    ("transfer-encoding: ,chunked", "0\r\n\r\n", Explained(400)),
    (
        "transfer-encoding: identity\r\ntransfer-encoding: chunked",
        "0\r\n\r\n",
        Explained(400),
    ),
    (
        "transfer-encoding: chunked\r\ntransfer-encoding: chunked",
        "0\r\n\r\n",
        Explained(400),
    ),
    ("content-length: 5", "hello", Served("hello")),
    ("content-length: 005", "hello", Served("hello")),
    ("CONTENT-LENGTH:5 \t", "hello", Served("hello")),
    ("content-length: 5\r\ncontent-length: 5", "hello", Served("hello")),
    ("content_length: 0\r\ncontent-length: 5", "hello", Served("hello")),
    (
        "Transfer-Encoding:\tChunked ",
        "5\r\nhello\r\n0\r\n\r\n",
        Served("hello"),
    ),
    (
        "content-length: 3\r\ntransfer-encoding: chunked",
        "5\r\nhello\r\n0\r\n\r\n",
        ServedAlone("hello"),
    ),
    (
        "transfer-encoding: chunked\r\ncontent-length: 3",
        "5\r\nhello\r\n0\r\n\r\n",
        ServedAlone("hello"),
    ),
];

#[tokio::test]
async fn a_body_ends_where_everybody_sees_it_end() {
    let (gateway, upstream) = stage("").await;
    for (framing, body, end) in FRAMINGS {
        let case = format!("POST {{target}} HTTP/1.1\r\n{{own}}\r\n{framing}\r\n\r\n{body}");
        for pieces in [WHOLE, 1] {
            play(&gateway, &upstream, &PROXY, &case, end, pieces).await;
            if matches!(end, Refused(_) | Explained(_)) {
                play(&gateway, &upstream, &NEUTRAL, &case, end, pieces).await;
            }
        }
    }
    let old = "POST {target} HTTP/1.0\r\n{own}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    play_everywhere(&gateway, &upstream, old, Refused(400)).await;
    // The request behind it, as a body that nobody has announced.
    let hidden = "GET {target} HTTP/1.1\r\n{own}\r\ncontent-length: 0\r\n\r\n";
    play_everywhere(&gateway, &upstream, hidden, Served("")).await;
}

#[tokio::test]
async fn a_chunk_has_a_size_that_everybody_reads_alike() {
    let (gateway, upstream) = stage("").await;
    let long = format!("5;{}\r\nhello\r\n0\r\n\r\n", "x".repeat(1 << 20));
    let many = format!("0\r\n{}\r\n", "x: y\r\n".repeat(200));
    let large = format!("0\r\nx: {}\r\n\r\n", "y".repeat(1 << 20));
    let zeros = format!("{}5\r\nhello\r\n0\r\n\r\n", "0".repeat(100));
    for body in [
        "+5\r\nhello\r\n0\r\n\r\n",
        "-5\r\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        " 5\r\nhello\r\n0\r\n\r\n",
        "5 5\r\nhello\r\n0\r\n\r\n",
        "\r\nhello\r\n0\r\n\r\n",
        ";x\r\nhello\r\n0\r\n\r\n",
        "5g\r\nhello\r\n0\r\n\r\n",
        "10000000000000005\r\nhello\r\n0\r\n\r\n",
        "ffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        "5\nhello\r\n0\r\n\r\n",
        "5\rhello\r\n0\r\n\r\n",
        "5;x\nhello\r\n0\r\n\r\n",
        "5;x\ny\r\nhello\r\n0\r\n\r\n",
        "5\r\nhello0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhelloxx0\r\n\r\n",
        "5\r\nhello\r\n0\r\nx: y\n\r\n",
        "5\r\nhello\r\n0\r\n\n\r\n",
        "5\r\nhello\r\n0\r\nnonsense\r\n\r\n",
        "5\r\nhello\r\n0\r\nx : y\r\n\r\n",
        &zeros,
        &long,
        &many,
        &large,
    ] {
        let case = format!("POST {{target}} HTTP/1.1\r\n{{own}}\r\ntransfer-encoding: chunked\r\n\r\n{body}");
        play(&gateway, &upstream, &PROXY, &case, Explained(400), WHOLE).await;
    }
    for body in [
        "5\r\nhello\r\n0\r\n\r\n",
        "2\r\nhe\r\n0003 ;x=\"y\"\r\nllo\r\n000\r\n\r\n",
        "5\r\nhello\r\n0\r\nx: evil\r\ncontent-length: 3\r\n\r\n",
    ] {
        let case = format!("POST {{target}} HTTP/1.1\r\n{{own}}\r\ntransfer-encoding: chunked\r\n\r\n{body}");
        for pieces in [WHOLE, 1] {
            play(&gateway, &upstream, &PROXY, &case, Served("hello"), pieces).await;
        }
    }
}
