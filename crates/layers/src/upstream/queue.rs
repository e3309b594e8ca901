//! Who is next: round robin between clients, first come first served within one.

use std::collections::VecDeque;

/// More waiting calls than this a client does not have; a further one is refused. There are as many clients
/// as the configuration names, so this bounds the queue.
const PER_CLIENT: usize = 256;

/// Waiting calls. A client without any leaves no trace.
pub(super) struct Queue<T>(VecDeque<Line<T>>);

/// One client's calls. The lines stand in the order of the clients' turns.
struct Line<T> {
    client: u32,
    calls: VecDeque<(u64, T)>,
}

impl<T> Queue<T> {
    /// An empty one.
    pub(super) const fn new() -> Self {
        Self(VecDeque::new())
    }

    /// Whether nobody waits.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a call at the end of its client's line. `false` if that is full.
    pub(super) fn push(&mut self, client: u32, id: u64, call: T) -> bool {
        if let Some(line) = self.0.iter_mut().find(|line| line.client == client) {
            let fits = line.calls.len() < PER_CLIENT;
            if fits {
                line.calls.push_back((id, call));
            }
            return fits;
        }
        let calls = VecDeque::from([(id, call)]);
        self.0.push_back(Line { client, calls });
        true
    }

    /// Takes the call whose turn it is: that of the first client that has room left, or else of the first.
    pub(super) fn pop(&mut self, has_room: impl Fn(u32) -> bool) -> Option<(u32, T)> {
        let next = self.0.iter().position(|line| has_room(line.client)).unwrap_or(0);
        let mut line = self.0.remove(next)?;
        let (_, call) = line.calls.pop_front()?;
        let client = line.client;
        if !line.calls.is_empty() {
            self.0.push_back(line);
        }
        Some((client, call))
    }

    /// Takes a call out that no longer waits, if it still is in.
    pub(super) fn remove(&mut self, client: u32, id: u64) {
        if let Some(line) = self.0.iter_mut().find(|line| line.client == client) {
            line.calls.retain(|(other, _)| *other != id);
            self.0.retain(|line| !line.calls.is_empty());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever comes and goes: nobody is lost, nobody overtakes within a client, and a client that waits
        /// is passed over at most once by each other client.
        #[test]
        fn serves_in_turns(
            calls in prop::collection::vec((0_u32..5, any::<bool>()), 0..100),
        ) {
            let mut queue = Queue::new();
            let mut waiting = Vec::new();
            for (id, (client, leaves)) in (0_u64..).zip(calls) {
                prop_assert!(queue.push(client, id, (client, id)));
                if leaves {
                    queue.remove(client, id);
                } else {
                    waiting.push((client, id));
                }
            }
            let mut served: Vec<(u32, u64)> = Vec::new();
            while let Some((client, call)) = queue.pop(|_| true) {
                prop_assert_eq!(client, call.0);
                served.push(call);
            }
            prop_assert!(queue.is_empty());
            for client in 0..5 {
                let of = |calls: &[(u32, u64)]| -> Vec<u64> {
                    calls.iter().filter(|call| call.0 == client).map(|call| call.1).collect()
                };
                prop_assert_eq!(of(&served), of(&waiting));
                let places: Vec<usize> =
                    (0..served.len()).filter(|at| served[*at].0 == client).collect();
                for pair in places.windows(2) {
                    let mut between: Vec<u32> =
                        served[pair[0] + 1..pair[1]].iter().map(|call| call.0).collect();
                    let all = between.len();
                    between.sort_unstable();
                    between.dedup();
                    prop_assert_eq!(between.len(), all);
                }
            }
        }
    }

    #[test]
    fn who_has_no_room_is_passed_over_while_others_have() {
        let mut queue = Queue::new();
        for (client, id) in [(1, 0), (1, 1), (2, 2), (3, 3)] {
            assert!(queue.push(client, id, ()));
        }
        let mut pop = |room: &[u32]| {
            queue
                .pop(|client| room.contains(&client))
                .map(|(client, ())| client)
        };
        assert_eq!(
            [pop(&[2, 3]), pop(&[3]), pop(&[]), pop(&[]), pop(&[])],
            [Some(2), Some(3), Some(1), Some(1), None]
        );
    }

    #[test]
    fn one_full_line_does_not_block_another() {
        let mut queue = Queue::new();
        let accepted = (0..300).filter(|id| queue.push(1, *id, ())).count();
        assert_eq!(accepted, PER_CLIENT);
        assert!(queue.push(2, 1000, ()));
    }
}
