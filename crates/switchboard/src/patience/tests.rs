use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

const PATIENCE: Patience = Patience {
    idle: Duration::from_secs(30),
    head: Duration::from_secs(5),
    write: Duration::from_secs(20),
};

#[tokio::test(start_paused = true)]
async fn silence_ends_after_the_idle_time() {
    let (_peer, socket) = tokio::io::duplex(64);
    let began = Instant::now();
    let error = Patient::new(socket, PATIENCE, Busy::default())
        .read_u8()
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), began.elapsed().as_secs()),
        (io::ErrorKind::TimedOut, 30)
    );
}

#[tokio::test(start_paused = true)]
async fn a_trickled_head_ends_after_the_head_time() {
    let (mut peer, socket) = tokio::io::duplex(64);
    let mut patient = Patient::new(socket, PATIENCE, Busy::default());
    let began = Instant::now();
    let trickle = async {
        loop {
            peer.write_u8(b'x').await.unwrap();
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    let read = async { while patient.read_u8().await.is_ok() {} };
    tokio::select! { () = read => {}, () = trickle => {} }
    assert_eq!(began.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn silence_after_a_request_is_not_a_trickled_head() {
    let (mut peer, socket) = tokio::io::duplex(64);
    let busy = Busy::default();
    let mut patient = Patient::new(socket, PATIENCE, busy.clone());
    peer.write_u8(b'x').await.unwrap();
    patient.read_u8().await.unwrap();
    drop(busy.begin());
    let began = Instant::now();
    patient.read_u8().await.unwrap_err();
    assert_eq!(began.elapsed().as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn a_quiet_socket_may_rest_once_for_each_silence() {
    let (mut peer, socket) = tokio::io::duplex(64);
    let busy = Busy::default();
    let mut patient = Patient::new(socket, PATIENCE, busy.clone());
    for _ in 0..2 {
        let quiet = tokio::time::timeout(Duration::from_millis(499), patient.read_u8());
        assert!(quiet.await.is_err() && !busy.take_rest());
        let quiet = tokio::time::timeout(Duration::from_secs(20), patient.read_u8());
        assert!(quiet.await.is_err() && busy.take_rest() && !busy.take_rest());
        peer.write_all(b"xy").await.unwrap();
        assert!(patient.woken().await.unwrap());
        // In a head nobody rests.
        assert_eq!(
            (patient.read_u8().await.unwrap(), patient.read_u8().await.unwrap()),
            (b'x', b'y')
        );
        let head = tokio::time::timeout(Duration::from_secs(4), patient.read_u8());
        assert!(head.await.is_err() && !busy.take_rest());
        drop(busy.begin());
    }
    // The silence is one, however often it is looked at.
    let began = Instant::now();
    patient.read_u8().await.unwrap_err();
    assert_eq!(began.elapsed().as_secs(), 30);
    drop(peer);
    assert!(!patient.woken().await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn nobody_is_late_while_a_request_is_handled() {
    let (mut peer, socket) = tokio::io::duplex(64);
    let busy = Busy::default();
    let mut patient = Patient::new(socket, PATIENCE, busy.clone());
    let working = busy.begin();
    let late = tokio::time::timeout(Duration::from_mins(1), patient.read_u8()).await;
    assert!(late.is_err(), "the read went on waiting");
    drop(working);
    peer.write_u8(7).await.unwrap();
    assert_eq!(patient.read_u8().await.unwrap(), 7);
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
