//! Work that is done once: who comes first claims it, and what came of it is kept for those who come again.

use std::sync::LazyLock;
use std::time::Duration;

use crate::{Away, Operation, Script, Store};

/// What is known of a piece of work when somebody wants to begin it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Nothing: it is his who asked.
    Made,
    /// Other work has the key.
    Taken,
    /// It is under way.
    UnderWay,
    /// This came of it.
    Ended(Vec<u8>),
}

/// Arguments: what the work is, who asks, for how long it is his.
static BEGIN: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
local work = redis.call('HMGET', KEYS[1], 'work', 'end')
if not work[1] then
  redis.call('HSET', KEYS[1], 'work', ARGV[1], 'owner', ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  return {0, false}
end
if work[1] ~= ARGV[1] then return {1, false} end
if not work[2] then return {2, false} end
return {3, work[2]}
",
    )
});

/// Arguments: whose it is, what came of it, for how long that is kept, what the work is. Nothing comes of a claim that
/// is somebody else's by now; where there is none, it was made while the store was away, or has ended by itself.
static END: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
local owner = redis.call('HGET', KEYS[1], 'owner')
if owner ~= ARGV[1] and redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HDEL', KEYS[1], 'owner')
redis.call('HSET', KEYS[1], 'work', ARGV[4], 'end', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
",
    )
});

/// Argument: whose it is.
static GIVE_UP: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
",
    )
});

/// Argument: an end, which goes unless there is another one by now.
static DISMISS: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
if redis.call('HGET', KEYS[1], 'end') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
",
    )
});

impl Store {
    /// Claims a piece of work for `owner`, a name that nobody else ever has. `work` tells it from other work under the
    /// same key. The claim ends by itself after `life`.
    pub async fn begin(&self, key: &str, work: &[u8], owner: &[u8], life: Duration) -> Result<Claim, Away> {
        let life = life.as_millis().max(1).to_string();
        let (keys, args) = ([key.as_bytes()], [work, owner, life.as_bytes()]);
        let answer = self.run(Operation::Begin, &BEGIN, &keys, &args);
        Ok(match answer.await? {
            (0_u8, _) => Claim::Made,
            (1, _) => Claim::Taken,
            (_, None::<Vec<u8>>) => Claim::UnderWay,
            (_, Some(end)) => Claim::Ended(end),
        })
    }

    /// Says what came of the work, for `life`. False if somebody else has claimed it by now.
    pub async fn end(
        &self,
        key: &str,
        work: &[u8],
        owner: &[u8],
        end: &[u8],
        life: Duration,
    ) -> Result<bool, Away> {
        let life = life.as_millis().max(1).to_string();
        let args = [owner, end, life.as_bytes(), work];
        self.run(Operation::End, &END, &[key.as_bytes()], &args).await
    }

    /// Gives the work up, so that anybody may claim it. False if the claim was lost.
    pub async fn give_up(&self, key: &str, owner: &[u8]) -> Result<bool, Away> {
        self.run(Operation::End, &GIVE_UP, &[key.as_bytes()], &[owner])
            .await
    }

    /// Removes what was found to be no end, as if the work had never begun.
    pub async fn dismiss(&self, key: &str, end: &[u8]) -> Result<bool, Away> {
        self.run(Operation::End, &DISMISS, &[key.as_bytes()], &[end])
            .await
    }
}
