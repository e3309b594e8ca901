//! Limits that replicas share: GCRA in one script on the server's clock, so that clocks of replicas do not matter.

use std::num::NonZeroU32;
use std::sync::LazyLock;
use std::time::Duration;

use crate::{Away, Operation, Script, Store};

/// So many in so much time, and how many may come at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// So many requests or attempts
    pub requests: NonZeroU32,
    /// in this time,
    pub per: Duration,
    /// and so many at once.
    pub burst: NonZeroU32,
}

impl Rate {
    /// The time in which one comes back.
    pub fn interval(&self) -> Duration {
        self.per / self.requests.get()
    }
}

/// What a bucket says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Charged.
    Allowed {
        /// So many more may come at once.
        remaining: u32,
        /// In so much time, if nothing comes, it is full.
        full_in: Duration,
    },
    /// Not charged.
    Refused {
        /// After so much time one may come.
        wait: Duration,
    },
}

/// What a bucket owes is counted in units of which a microsecond pays a whole number, and one request owes a whole
/// number. It is kept with the time for which it was reckoned, and not as the time at which it is paid, so that a clock
/// that was set back forgives instead of locking out. Numbers are written out in full: Lua would round them.
static TAKE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
local pays, owes, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local debt, at = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+) (%d+)$')
debt, at = tonumber(debt or 0), tonumber(at or now)
debt = math.max(debt - math.max(now - at, 0) * pays, 0)

local function keep()
  local text = string.format('%.0f %.0f', debt, now)
  local life = string.format('%.0f', math.ceil(debt / pays / 1000) + 1)
  redis.call('SET', KEYS[1], text, 'PX', life)
end

if debt + owes > most then
  if now < at then keep() end
  return {0, 0, math.ceil((debt + owes - most) / pays)}
end
debt = debt + owes
keep()
return {1, math.floor((most - debt) / owes), math.ceil(debt / pays)}
",
    )
});

impl Store {
    /// Charges a bucket once, if it has room. All who share the store share it, and together get `burst` at once and
    /// after that the rate, whatever their clocks say. A bucket under another rate is another one. `bucket` is a name
    /// of bounded length.
    pub async fn take(&self, bucket: &str, rate: Rate) -> Result<Verdict, Away> {
        let (pays, owes) = units(rate);
        let key = self.key("limit", &format!("{pays}/{owes}:{bucket}"));
        let most = u128::from(owes) * u128::from(rate.burst.get());
        let args = [pays.to_string(), owes.to_string(), most.to_string()];
        let args = args.each_ref().map(String::as_bytes);
        let (is_allowed, remaining, micros): (bool, u32, u64) =
            self.run(Operation::Take, &TAKE, &[key.as_bytes()], &args).await?;
        let time = Duration::from_micros(micros);
        Ok(if is_allowed {
            Verdict::Allowed {
                remaining,
                full_in: time,
            }
        } else {
            Verdict::Refused { wait: time }
        })
    }
}

/// What a microsecond pays and what a request owes, in the largest units that are exact.
fn units(rate: Rate) -> (u64, u64) {
    let requests = u64::from(rate.requests.get());
    let micros = u64::try_from(rate.per.as_nanos().div_ceil(1000))
        .unwrap_or(u64::MAX)
        .max(1);
    let (mut divisor, mut rest) = (requests, micros);
    while rest > 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    (requests / divisor, micros / divisor)
}
