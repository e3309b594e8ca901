//! The span of an operation on the store that replicas share.

use store::{Away, Operation};

use super::{End, Fault, Scope, What};

/// Asks the store, in a span of its own if there is one that it is inside of.
pub(crate) async fn storing<T>(
    within: Option<&Scope>,
    operation: Operation,
    ask: impl Future<Output = Result<T, Away>>,
) -> Result<T, Away> {
    let span = within.map(|scope| scope.child().open(What::Store { operation }));
    let answer = ask.await;
    if let Some(span) = span {
        drop(span.ending(End {
            fault: answer.is_err().then_some(Fault::Away),
            ..End::default()
        }));
    }
    answer
}
