/**
 * The variables that Kubernetes adds to every container for each Service of its namespace, unless `enableServiceLinks` is
 * false. For a Service `orch-metrics` it adds ORCH_METRICS_SERVICE_HOST, ORCH_METRICS_PORT=tcp://… and others, none of which
 * are meant for this program. Source: kubernetes.io/docs/concepts/services-networking/service, "Environment variables".
 * Docker's links have the same form.
 */
type Environment = Readonly<Record<string, string | undefined>>;

const NAME = /_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/;
const ADDRESS = /^(tcp|udp|sctp):\/\//;

/** Returns the environment without these variables. */
export function withoutServiceLinks(env: Environment): Environment {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name, value]) => !NAME.test(name) && !(name.endsWith("_PORT") && ADDRESS.test(value ?? "")),
    ),
  );
}
