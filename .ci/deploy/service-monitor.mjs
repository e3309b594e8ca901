// Whether a ServiceMonitor is one. It is read from standard input of node, so that imports are found where that runs.
import { readFileSync } from "node:fs";
import { ServiceMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor";

new ServiceMonitor(JSON.parse(readFileSync(process.argv[2], "utf8"))).validate();
