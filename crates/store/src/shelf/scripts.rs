//! What a shelf has the server do. Numbers of slots are in one hash; a value is a hash of its own, with the numbers
//! that held when it began to be made, when that was, and when it was put there.

use std::sync::LazyLock;

use crate::Script;

/// The time in microseconds, which Lua would round when it writes it, and `numbers` of the slots from the `first`
/// argument on. A slot without a number gets one that it never had: after a flush all are without, and every value
/// that is still being made is void.
const BEGIN: &str = r"
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local function text(number) return string.format('%.0f', number) end

local function numbers(first)
  local all = redis.call('HMGET', KEYS[1], unpack(ARGV, first))
  for i = 1, #all do
    if not all[i] then
      all[i] = text(now)
      redis.call('HSET', KEYS[1], ARGV[first + i - 1], all[i])
    end
  end
  return table.concat(all, ' ')
end

local function void(slot)
  local last = tonumber(redis.call('HGET', KEYS[1], slot) or 0)
  redis.call('HSET', KEYS[1], slot, text(math.max(now, last + 1)))
end
";

/// Arguments: the slots. Keys: the numbers, and the value unless it is not wanted.
pub(super) static LOOK: LazyLock<Script> = LazyLock::new(|| {
    script(
        r"
local held = numbers(1)
if KEYS[2] then
  local value = redis.call('HMGET', KEYS[2], 'numbers', 'at', 'value')
  if value[1] == held then
    return {held, text(now), text(math.max(now - value[2], 0)), value[3]}
  end
end
return {held, text(now), '0', false}
",
    )
});

/// Arguments: the numbers that held, when that was, the value, its time to live, the slots. Says whether it was put
/// there.
pub(super) static KEEP: LazyLock<Script> = LazyLock::new(|| {
    script(
        r"
if numbers(5) ~= ARGV[1] then return 0 end
local began = redis.call('HGET', KEYS[2], 'began')
if began and tonumber(began) > tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[2], 'numbers', ARGV[1], 'began', ARGV[2], 'at', text(now), 'value', ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return 1
",
    )
});

/// Arguments: channel, sender, the slots.
pub(super) static FORGET: LazyLock<Script> = LazyLock::new(|| {
    script(
        r"
for i = 3, #ARGV do void(ARGV[i]) end
redis.call('PUBLISH', ARGV[1], table.concat(ARGV, ' ', 2))
return 1
",
    )
});

/// Argument: a slot, which is made void unless the server's process is the one that it was. A server that was
/// started again, or took the place of another, may have lost what it was told last; one that does not say who it
/// is may be another one each time.
pub(super) static RENEW: LazyLock<Script> = LazyLock::new(|| {
    script(
        r"
local info = redis.pcall('INFO', 'server')
local run = type(info) == 'string' and string.match(info, 'run_id:(%x+)')
if not run or redis.call('HGET', KEYS[1], 'run') ~= run then
  void(ARGV[1])
  redis.call('HSET', KEYS[1], 'run', run or '')
end
return 1
",
    )
});

fn script(text: &str) -> Script {
    Script::new(&[BEGIN, text].concat())
}
