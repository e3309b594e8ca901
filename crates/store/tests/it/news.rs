//! Messages between replicas.

use store::News;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::rig::Replica;
use crate::server::Server;

#[tokio::test]
async fn everybody_who_listens_is_told_and_knows_when_something_may_be_missed() {
    let mut server = Server::start();
    let (one, two) = (Replica::of(&server.url()), Replica::of(&server.url()));
    let (mut ones, mut twos) = (listen(&one, "c"), listen(&two, "c"));
    assert_eq!((next(&mut ones).await, next(&mut twos).await), (None, None));
    one.store.tell("c", b"\0first").await.unwrap();
    two.store.tell("other", b"not for us").await.unwrap();
    two.store.tell("c", b"second").await.unwrap();
    for news in [&mut ones, &mut twos] {
        assert_eq!(next(news).await.unwrap(), b"\0first");
        assert_eq!(next(news).await.unwrap(), b"second");
    }

    server.kill();
    one.becomes(false).await;
    two.becomes(false).await;
    server.restart();
    one.becomes(true).await;
    // Told before anybody could find the store back.
    assert_eq!(ones.try_recv().unwrap(), None);
    assert_eq!(next(&mut twos).await, None);
    one.store.tell("c", b"third").await.unwrap();
    assert_eq!(next(&mut twos).await.unwrap(), b"third");
}

#[tokio::test]
async fn who_comes_later_listens_on_the_same_connection() {
    let server = Server::start();
    let replica = Replica::of(&server.url());
    let mut first = listen(&replica, "c");
    assert_eq!(next(&mut first).await, None);
    replica.becomes(true).await;
    let mut second = listen(&replica, "d");
    assert_eq!(next(&mut second).await, None);
    replica.store.tell("d", b"here").await.unwrap();
    replica.store.tell("c", b"there").await.unwrap();
    assert_eq!(next(&mut second).await.unwrap(), b"here");
    assert_eq!(next(&mut first).await.unwrap(), b"there");
}

#[tokio::test]
async fn databases_keep_channels_apart() {
    let server = Server::start();
    let (one, two) = (
        Replica::of(&format!("{}/1", server.url())),
        Replica::of(&format!("{}/2", server.url())),
    );
    let (mut ones, mut twos) = (listen(&one, "c"), listen(&two, "c"));
    assert_eq!((next(&mut ones).await, next(&mut twos).await), (None, None));
    one.store.tell("c", b"for one").await.unwrap();
    two.store.tell("c", b"for two").await.unwrap();
    assert_eq!(next(&mut ones).await.unwrap(), b"for one");
    assert_eq!(next(&mut twos).await.unwrap(), b"for two");
}

/// What comes, in order; `None` stands for what may have been missed.
fn listen(replica: &Replica, channel: &str) -> UnboundedReceiver<Option<Vec<u8>>> {
    let (tell, told) = unbounded_channel();
    replica.store.listen(channel, move |news| {
        let news = match news {
            News::Missed => None,
            News::Message(message) => Some(message.to_vec()),
        };
        // Nobody may be left to hear it.
        drop(tell.send(news));
    });
    told
}

async fn next(news: &mut UnboundedReceiver<Option<Vec<u8>>>) -> Option<Vec<u8>> {
    news.recv().await.unwrap()
}
