# shellcheck shell=bash
# The file is what Compose reads, and what it mounts is there: sourced by `.ci/check-deploy`.

mkdir -p deploy/compose/secrets/gateway deploy/compose/secrets/redis
cp "${secrets[@]}" redis-url deploy/compose/secrets/gateway
cp users.acl deploy/compose/secrets/redis
follow "Compose"
"$python" "$repository/.ci/deploy/compose.py" deploy/compose "$work/mounted/manifests/config.toml" ||
  fail "deploy/compose is not right"

mkdir -p "$work/etc"
cp deploy/compose/config.toml "$work/etc"
cp -r deploy/compose/secrets/gateway "$work/etc/secrets"
target/production/switchboard check --config "$work/etc/config.toml" || fail "the configuration of Compose"
