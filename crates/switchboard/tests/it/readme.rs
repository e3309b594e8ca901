//! The README's first request has the answer that stands there.

use crate::rig::Gateway;

#[tokio::test]
async fn the_first_request_has_the_answer_that_stands_there() {
    let readme = include_str!("../../../../README.md");
    let (_, rest) = readme.split_once("curl -s 'http://127.0.0.1:8080").unwrap();
    let (path, rest) = rest.split_once('\'').unwrap();
    let (_, rest) = rest.split_once("```json\n").unwrap();
    let (shown, _) = rest.split_once("```").unwrap();
    let gateway = Gateway::demo().await;
    let answer = gateway.get(path).await;
    assert_eq!(
        answer.json(),
        serde_json::from_str::<serde_json::Value>(shown).unwrap()
    );
    gateway.stop().await;
}

#[tokio::test]
async fn the_question_that_stands_there_is_understood() {
    let readme = include_str!("../../../../README.md");
    let (_, rest) = readme.split_once("curl -d '").unwrap();
    let (question, rest) = rest.split_once("' http://127.0.0.1:9090").unwrap();
    let path = rest.lines().next().unwrap();
    let gateway = Gateway::demo().await;
    let question = serde_json::from_str(question).unwrap();
    let answer = gateway.admin.json(http::Method::POST, path, &[], &question).await;
    assert_eq!(answer.json()["answered_by"], "provider", "{answer:?}");
    gateway.stop().await;
}
