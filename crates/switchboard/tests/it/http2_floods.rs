//! Clients that use HTTP/2 to hurt. In each case they lose their connection or wait, and others notice nothing.
//! What is held is counted in the gateway's own metrics.

use std::time::Duration;

use crate::rig::{
    CONTINUATION, Came, DATA, END_HEADERS, END_STREAM, Frames, HEADERS, KEY, NUMBER, PING, RST_STREAM,
    SETTINGS, Script, Secured, Upstream, WINDOW_UPDATE, acme, demo_connections, frame, literal, pass,
};

const CONNECTIONS: &str = "switchboard_http_connections";
const IN_FLIGHT: &str = "switchboard_http_requests_in_flight";
/// `ENHANCE_YOUR_CALM` of RFC 9113: the peer does what may be meant to hurt.
const CALM: u32 = 11;
const REFUSED: u32 = 7;
const WINDOW: u16 = 4;

async fn start(server: &str) -> Secured {
    Secured::start(server, demo_connections()).await
}

fn odd(count: u32) -> impl Iterator<Item = u32> {
    (0..count).map(|number| number * 2 + 1)
}

/// What comes until the gateway closes, with more and more time passing.
async fn in_time(frames: Frames) -> Came {
    let time = async {
        loop {
            pass(Duration::from_secs(1)).await;
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        came = frames.rest() => came,
        () = time => unreachable!(),
    }
}

impl Secured {
    /// That others are served, and that nothing stays of those who are gone.
    async fn is_well(&self, connections: f64) {
        let mut other = self.client().http2().await;
        assert_eq!(other.get("/v1/connections", &[KEY]).await.status, 200);
        drop(other);
        self.gateway.until(CONNECTIONS, &[], connections).await;
        self.gateway.until(IN_FLIGHT, &[], 0.0).await;
    }
}

#[tokio::test]
async fn requests_that_are_taken_back_at_once_end_the_connection() {
    let secured = start("").await;
    let mut frames = Frames::open(&secured.client(), &[]).await;
    let head = frames.head("/v1/numbers");
    let flood: Vec<u8> = odd(5_000)
        .flat_map(|stream| {
            let asked = frame(HEADERS, END_STREAM | END_HEADERS, stream, &head);
            [asked, frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes())].concat()
        })
        .collect();
    // All of it in one go, and the connection may be gone before its end.
    frames.send(&flood).await;
    let came = frames.rest().await;
    assert_eq!(came.goaway, Some(CALM), "{came:?}");
    secured.is_well(0.0).await;
    let counted = secured
        .gateway
        .metric("switchboard_http_requests_total", &[])
        .await;
    assert!(counted < 200.0, "{counted} of 5000 were looked at");
}

#[tokio::test]
async fn faults_that_make_us_reset_end_the_connection() {
    let secured = start("").await;
    let mut frames = Frames::open(&secured.client(), &[]).await;
    // A window that grows over all bounds is a fault of its stream.
    let head = frames.head("/v1/numbers");
    let flood: Vec<u8> = odd(5_000)
        .flat_map(|stream| {
            let asked = frame(HEADERS, END_HEADERS, stream, &head);
            [asked, frame(WINDOW_UPDATE, 0, stream, &[0x7f, 255, 255, 255])].concat()
        })
        .collect();
    frames.send(&flood).await;
    let came = frames.rest().await;
    assert_eq!(came.goaway, Some(CALM), "{came:?}");
    secured.is_well(0.0).await;
}

#[tokio::test]
async fn no_more_requests_than_announced_are_taken_at_a_time() {
    let upstream = Upstream::always(Script::Hang(Vec::new())).await;
    let secured = Secured::start(
        "request_timeout = \"1h\"\n",
        &acme(upstream.address, "attempt_timeout = \"1h\""),
    )
    .await;
    let mut frames = Frames::open(&secured.client(), &[]).await;
    let announced = frames.settled().await.settings[&3];
    assert_eq!(announced, 100);
    let head = [frames.head(NUMBER), literal(KEY.0, KEY.1)].concat();
    let ask = |stream| frame(HEADERS, END_STREAM | END_HEADERS, stream, &head);
    let many: Vec<u8> = odd(300).flat_map(ask).collect();
    assert!(frames.send(&many).await);
    let came = frames.settled().await;
    assert_eq!(came.resets.len(), 200, "{came:?}");
    assert!(came.resets.values().all(|code| *code == REFUSED));
    assert!(came.statuses.is_empty());
    secured.gateway.until(IN_FLIGHT, &[], 100.0).await;
    // Who goes on all the same has to go, and all that it has asked for with it.
    let more: Vec<u8> = (601..2_000).step_by(2).flat_map(ask).collect();
    frames.send(&more).await;
    assert_eq!(frames.rest().await.goaway, Some(CALM));
    secured.is_well(0.0).await;
}

#[tokio::test]
async fn a_head_without_end_is_cut() {
    let secured = start("").await;
    // In frames that are many, and in frames that are large.
    for (frames_count, filler) in [(100_000, 0), (100_000, 1), (50, 16_000)] {
        let mut frames = Frames::open(&secured.client(), &[]).await;
        let head = frames.head("/v1/connections");
        let mut sent = frames.send(&frame(HEADERS, END_STREAM, 1, &head)).await;
        let more = match filler {
            0 => Vec::new(),
            1 => vec![0x82],
            length => literal("x-filler", &"x".repeat(length)),
        };
        let more = frame(CONTINUATION, 0, 1, &more);
        for _ in 0..frames_count {
            if !sent {
                break;
            }
            sent = frames.send(&more).await;
        }
        assert!(!sent || frames.rest().await.goaway.is_some(), "{filler}");
    }
    secured.is_well(0.0).await;
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused_and_nothing_else() {
    let secured = start("max_header = \"8KiB\"").await;
    let mut frames = Frames::open(&secured.client(), &[]).await;
    assert_eq!(frames.settled().await.settings[&6], 8192);
    let large = [
        frames.head("/v1/connections"),
        literal("x-filler", &"x".repeat(9_000)),
    ]
    .concat();
    frames
        .send(&frame(HEADERS, END_STREAM | END_HEADERS, 1, &large))
        .await;
    let head = frames.head("/v1/connections");
    frames
        .send(&frame(HEADERS, END_STREAM | END_HEADERS, 3, &head))
        .await;
    let came = frames.settled().await;
    assert_ne!(came.statuses.get(&1).map(String::as_str), Some("200"), "{came:?}");
    secured.is_well(1.0).await;
    let came = [came, frames.settled().await];
    assert!(
        came.iter()
            .any(|came| came.statuses.get(&3).is_some_and(|status| status == "200")),
        "{came:?}"
    );
}

#[tokio::test]
async fn frames_that_say_nothing_win_no_time() {
    let secured = start("").await;
    let mut frames = Frames::open(&secured.client(), &[]).await;
    for _ in 0..5 {
        frames.send(&frame(SETTINGS, 0, 0, &[])).await;
        frames.send(&frame(PING, 0, 0, &[0; 8])).await;
        pass(Duration::from_secs(5)).await;
    }
    let came = in_time(frames).await;
    // In order: `NO_ERROR`.
    assert_eq!(came.goaway, Some(0), "{came:?}");
    secured.is_well(0.0).await;
}

#[tokio::test]
async fn empty_parts_of_a_body_end_the_connection() {
    let secured = start("").await;
    let mut frames = Frames::open(&secured.client(), &[]).await;
    let head = frames.head("/v1/numbers");
    let mut sent = frames.send(&frame(HEADERS, END_HEADERS, 1, &head)).await;
    let empty = frame(DATA, 0, 1, &[]).repeat(1_000);
    for _ in 0..1_000 {
        if !sent {
            break;
        }
        sent = frames.send(&empty).await;
    }
    drop(frames);
    secured.is_well(0.0).await;
}

#[tokio::test]
async fn more_of_a_body_than_there_is_room_for_ends_the_connection() {
    let secured = start("").await;
    let mut frames = Frames::open(&secured.client(), &[]).await;
    let head = frames.head("/v1/numbers");
    frames.send(&frame(HEADERS, END_HEADERS, 1, &head)).await;
    let part = frame(DATA, 0, 1, &[0; 16_000]);
    let mut sent = true;
    for _ in 0..1_000 {
        sent = sent && frames.send(&part).await;
    }
    let came = frames.rest().await;
    // `FLOW_CONTROL_ERROR`, of the stream or the connection.
    assert!(
        !sent || came.goaway == Some(3) || came.resets.get(&1) == Some(&3),
        "{came:?}"
    );
    secured.is_well(0.0).await;
}

#[tokio::test]
async fn who_asks_and_takes_no_answer_loses_the_connection() {
    let secured = start("idle_timeout = \"1h\"").await;
    // No room for any body, ever.
    let mut frames = Frames::open(&secured.client(), &[(WINDOW, 0)]).await;
    let head = frames.head("/v1/connections");
    for stream in odd(50) {
        frames
            .send(&frame(HEADERS, END_STREAM | END_HEADERS, stream, &head))
            .await;
    }
    while frames.settled().await.statuses.is_empty() {}
    secured.gateway.until(CONNECTIONS, &[], 1.0).await;
    in_time(frames).await;
    secured.is_well(0.0).await;
}
