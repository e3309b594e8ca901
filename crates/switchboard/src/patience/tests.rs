use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use super::*;

const PATIENCE: Patience = Patience {
    idle: Duration::from_secs(30),
    head: Duration::from_secs(5),
    write: Duration::from_secs(20),
};

fn connection() -> (DuplexStream, Patient<DuplexStream>, Watch, Busy) {
    let (peer, socket) = tokio::io::duplex(64);
    let busy = Busy::default();
    let watch = Watch::new(PATIENCE, busy.clone());
    (peer, Patient::new(socket, PATIENCE, busy.clone()), watch, busy)
}

async fn read(watch: &mut Watch, patient: &mut Patient<DuplexStream>) -> Seen<u8> {
    match watch.during(Box::pin(patient.read_u8())).await {
        Seen::Done(byte) => Seen::Done(byte.unwrap()),
        Seen::Quiet => Seen::Quiet,
        Seen::Late => Seen::Late,
    }
}

/// Reads until nothing more comes in time.
async fn until_late(watch: &mut Watch, patient: &mut Patient<DuplexStream>) {
    while read(watch, patient).await != Seen::Late {}
}

#[tokio::test(start_paused = true)]
async fn silence_ends_after_the_idle_time() {
    let (_peer, mut patient, mut watch, _) = connection();
    let began = Instant::now();
    until_late(&mut watch, &mut patient).await;
    assert_eq!(began.elapsed().as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn a_trickled_head_ends_after_the_head_time() {
    let (mut peer, mut patient, mut watch, _) = connection();
    let began = Instant::now();
    let trickle = async {
        loop {
            peer.write_u8(b'x').await.unwrap();
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    tokio::select! { () = until_late(&mut watch, &mut patient) => {}, () = trickle => {} }
    assert_eq!(began.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn silence_after_a_request_is_not_a_trickled_head() {
    let (mut peer, mut patient, mut watch, busy) = connection();
    peer.write_u8(b'x').await.unwrap();
    assert_eq!(read(&mut watch, &mut patient).await, Seen::Done(b'x'));
    drop(busy.begin());
    let began = Instant::now();
    until_late(&mut watch, &mut patient).await;
    assert_eq!(began.elapsed().as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_ends_while_nobody_reads_begins_a_silence() {
    let (_peer, _, mut watch, busy) = connection();
    // All that there was to read was read before, and what serves waits for nothing but the end of the request.
    let working = busy.begin();
    let serving = async {
        tokio::time::sleep(Duration::from_secs(7)).await;
        drop(working);
        std::future::pending::<()>().await;
    };
    let (began, mut serving) = (Instant::now(), Box::pin(serving));
    assert_eq!(watch.during(&mut serving).await, Seen::Quiet);
    assert_eq!(began.elapsed(), Duration::from_millis(7250));
    assert_eq!(watch.during(&mut serving).await, Seen::Late);
    assert_eq!(began.elapsed().as_secs(), 37);
}

#[tokio::test(start_paused = true)]
async fn a_quiet_socket_may_rest_once_for_each_silence() {
    let (mut peer, mut patient, mut watch, busy) = connection();
    for _ in 0..2 {
        let began = Instant::now();
        assert_eq!(read(&mut watch, &mut patient).await, Seen::Quiet);
        assert_eq!(began.elapsed(), REST);
        let still = tokio::time::timeout(Duration::from_secs(20), read(&mut watch, &mut patient));
        assert!(still.await.is_err());
        peer.write_all(b"xy").await.unwrap();
        assert!(patient.woken().await.unwrap());
        patient.give_back(b"ab");
        // In a head nobody rests.
        for byte in *b"ab" {
            assert_eq!(read(&mut watch, &mut patient).await, Seen::Done(byte));
        }
        let head = tokio::time::timeout(Duration::from_secs(4), read(&mut watch, &mut patient));
        assert!(head.await.is_err());
        drop(busy.begin());
    }
    drop(peer);
    assert!(!patient.woken().await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn nobody_rests_who_has_yet_to_be_read() {
    let (mut peer, mut patient, mut watch, _) = connection();
    let write = Box::pin(patient.write_all(&[0; 100]));
    let still = tokio::time::timeout(Duration::from_secs(10), watch.during(write));
    assert!(still.await.is_err());
    peer.read_exact(&mut [0; 64]).await.unwrap();
    patient.write_all(b"x").await.unwrap();
    assert_eq!(read(&mut watch, &mut patient).await, Seen::Quiet);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_late_while_a_request_is_handled() {
    let (mut peer, mut patient, mut watch, busy) = connection();
    let working = busy.begin();
    let late = tokio::time::timeout(Duration::from_mins(1), read(&mut watch, &mut patient));
    assert!(late.await.is_err(), "the read went on waiting");
    drop(working);
    peer.write_u8(7).await.unwrap();
    assert_eq!(read(&mut watch, &mut patient).await, Seen::Done(7));
}

#[tokio::test(start_paused = true)]
async fn it_is_quiet_after_the_last_request_and_not_before() {
    let (busy, began) = (Busy::default(), Instant::now());
    let first = busy.begin();
    let later = async {
        tokio::time::sleep(Duration::from_secs(20)).await;
        let second = busy.begin();
        drop(first);
        tokio::time::sleep(Duration::from_secs(65)).await;
        drop(second);
    };
    tokio::join!(busy.quiet(PATIENCE.idle), later);
    assert_eq!(began.elapsed().as_secs(), 20 + 65 + 30);
}

#[tokio::test(start_paused = true)]
async fn frames_have_no_heads_that_could_be_late() {
    let (mut peer, socket) = tokio::io::duplex(64);
    let mut patient = Patient::of_frames(socket, PATIENCE);
    peer.write_u8(b'x').await.unwrap();
    patient.read_u8().await.unwrap();
    let late = tokio::time::timeout(Duration::from_mins(9), patient.read_u8()).await;
    assert!(late.is_err(), "the read went on waiting");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_read_is_let_go() {
    let (_peer, socket) = tokio::io::duplex(4);
    let mut patient = Patient::new(socket, PATIENCE, Busy::default());
    let error = patient.write_all(&[0; 64]).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
}
