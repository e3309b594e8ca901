# Of what callgrind_annotate prints: the instructions of one request in each part of the program, as
# `job<TAB>part<TAB>instructions`. Give it `job` and `requests`.

# A line is `1,234 ( 5.67%)  file:function [object]`; the line with the sum names no file.
/^ *[0-9,]+ \( *[0-9.]+%\)  [^ ]*:/ {
  instructions = $1
  gsub(",", "", instructions)
  place = $0
  sub(/^[^)]*\)  /, "", place)
  # The standard library's generic code is there for who uses it.
  if (place ~ /^(\/rustc\/|\/rust\/deps\/)/) sub(/^[^:]*:/, "", place)
  cost[part(place)] += instructions
}

function part(place) {
  if (place ~ /aws.lc|subtle/) return "hashes of keys and of `ETag`"
  if (place ~ /mimalloc|mem(move|cpy|cmp|set)|malloc/) return "memory: taken, moved, compared"
  if (place ~ /telemetry|access_log|tracing|thread_local/) return "the line of the log, spans"
  if (place ~ /prometheus|\/metrics\/|metrics::/) return "metrics"
  if (place ~ /hyper_util|hyper-util|hyper_rustls|hyper-rustls|wire\/(pool|lent)\.rs/) return "the pool of connections to providers"
  if (place ~ /hyper|httparse|http-1|http::|bytes-1|bytes::/) return "the HTTP library, headers"
  if (place ~ /links/) return "links in what passes through"
  if (place ~ /serde|itoa|memchr|model.*json/) return "JSON, read and written"
  if (place ~ /crates\/(providers|model)|providers::|model::/) return "the mapping"
  if (place ~ /moka|hashbrown|core::hash/) return "hash tables"
  if (place ~ /tokio|futures|mio-|tower-|tower::/) return "the runtime"
  if (place ~ /crates\/layers|layers::/) return "the layers"
  if (place ~ /crates\/switchboard|switchboard::/) return "routes, calls, sockets, the pass-through face"
  return "text, time and growing vectors of the standard library"
}

END { for (name in cost) printf "%s\t%s\t%d\n", job, name, cost[name] / requests }
