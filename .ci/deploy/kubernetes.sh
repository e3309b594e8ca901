# shellcheck shell=bash
# The manifests are what the page's commands make, and fit together: sourced by `.ci/check-deploy`.

follow "Kubernetes"
kubectl kustomize deploy/kubernetes/base >base.yaml
sed -n '/^```yaml/,/^```/{/^```/!p}' docs/deployment.md >adapter.yaml

"$python" "$repository/.ci/deploy/kubernetes.py" "$clone" "$work/mounted" adapter.yaml \
  base.yaml manifests.yaml secrets.yaml redis-secrets.yaml || fail "the manifests do not fit"
(cd "$tools/npm" && node --input-type=module - "$work/mounted/monitor.json") \
  <"$repository/.ci/deploy/service-monitor.mjs" || fail "the ServiceMonitor is none"

# What pods find where the program looks for it, each of them necessary.
for folder in "$work"/mounted/{base,manifests}; do
  target/production/switchboard check --config "$folder/config.toml" || fail "the configuration of ${folder##*/}"
  for secret in "$folder"/secrets/*; do
    mv "$secret" "$work/away"
    if target/production/switchboard check --config "$folder/config.toml" >"$work/log" 2>&1; then fail "$secret has no use"; fi
    grep --quiet "secrets/${secret##*/}" "$work/log" || fail "${secret##*/} is not named: $(<"$work/log")"
    mv "$work/away" "$secret"
  done
done
