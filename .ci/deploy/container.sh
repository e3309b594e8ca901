# shellcheck shell=bash
# The image is built, and runs as the page says: sourced by `.ci/check-deploy`.

podman import "$tools/debian.tar" docker.io/library/debian:12-slim >"$work/log" 2>&1 || fail "no base: $(<"$work/log")"
mkdir -p "$work/stand-in"
cp target/production/switchboard "$work/stand-in"
cat >"$work/stand-in/cargo" <<'END'
#!/bin/sh
# What the compiler would put into the program has to be there.
set -eu
grep --recursive --only-matching 'include_[a-z]*!("[^"]*")' crates/*/src | while IFS=: read -r file included; do
  included=${included#*\"}
  ls "$(dirname "$file")/${included%\"*}" >/dev/null
done
install -D /opt/switchboard target/host/production/switchboard
END
# What it says of itself, and what would read its profiles.
cat >"$work/stand-in/rustc" <<'END'
#!/bin/sh
[ "$1" = --print ] && echo /opt/rust || printf 'host: host\nLLVM version: 1.2.3\n'
END
cat >"$work/stand-in/llvm-profdata" <<'END'
#!/bin/sh
[ "$1 $2" = "merge --output" ] && touch "$3"
END
chmod +x "$work"/stand-in/{cargo,rustc,llvm-profdata}
rust=$(sed -n 's/^ARG RUST=//p' deploy/container/Containerfile)
stand_in "docker.io/library/rust:$rust-slim-bookworm" "COPY cargo rustc /usr/local/bin/" "COPY switchboard /opt/" \
  "COPY llvm-profdata /opt/rust/lib/rustlib/host/bin/"

# shellcheck disable=SC2016 # for the shell that follows the page
follow "A container" \
  'curl() { nsenter --net="/proc/$(podman inspect --format "{{.State.Pid}}" switchboard)/ns/net" curl "$@"; }'

[[ $(podman inspect --format '{{.State.ExitCode}}' switchboard) == 0 ]] || fail "it was killed"
podman logs switchboard >"$work/log" 2>&1
grep --quiet '"message":"drained"' "$work/log" || fail "not drained: $(<"$work/log")"
[[ $(podman image inspect --format '{{.User}}' switchboard) == 65532:65532 ]] || fail "it would run as another user"

# What is in the image, and that is all.
root=$(podman image mount switchboard)
(cd "$root" && find . ! -type d) >"$work/files"
strays=$(grep --invert-match --extended-regexp \
  '^\./(etc/(passwd|group|nsswitch\.conf|switchboard/config\.toml|ssl/certs/ca-certificates\.crt)|usr/local/bin/switchboard|lib(64)?/.*\.so\.[0-9]+)$' \
  "$work/files") && fail "the image has more than it needs: $strays"
echo "container: $(($(du --bytes --summarize "$root" | cut -f 1) / 1000000)) MB without compression, of which" \
  "$(($(stat --format %s "$root/usr/local/bin/switchboard") / 1000000)) MB are this program"
podman image unmount switchboard >/dev/null
podman rm switchboard >/dev/null

# A secret that is missing stops it, and is named.
sed -i /BLAND_API_KEY/d secrets.env
if podman run --rm --env-file secrets.env switchboard >"$work/log" 2>&1; then fail "it started without a secret"; fi
grep --quiet '"BLAND_API_KEY", which is not set' "$work/log" || fail "not named: $(<"$work/log")"
