/**
 * What Kubernetes puts into the environment of every container for each Service of its namespace, unless
 * `enableServiceLinks` is false: a Service `orch-metrics` brings ORCH_METRICS_SERVICE_HOST, ORCH_METRICS_PORT=tcp://… and
 * more, none of them meant for this program. Source: kubernetes.io/docs/concepts/services-networking/service, "Environment
 * variables"; Docker's links are of the same form.
 */
type Environment = Readonly<Record<string, string | undefined>>;

const NAME = /_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/;
const ADDRESS = /^(tcp|udp|sctp):\/\//;

/** The environment without them. */
export function withoutServiceLinks(env: Environment): Environment {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name, value]) => !NAME.test(name) && !(name.endsWith("_PORT") && ADDRESS.test(value ?? "")),
    ),
  );
}
