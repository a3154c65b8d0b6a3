/** The Kubernetes manifests are valid for the API and for the Prometheus Operator, and consistent with each other. */
import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";

const ROOT = new URL("../..", import.meta.url).pathname;
const FOLDER = join(ROOT, "deploy/kubernetes/");
const read = (file: string) => readFileSync(FOLDER + file, "utf8");

/** The fields that these tests read. */
interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Labels };
  // biome-ignore lint/suspicious/noExplicitAny: its fields depend on the kind.
  readonly spec: any;
}

type Labels = Readonly<Record<string, string>>;

const kustomization = parse(read("kustomization.yaml"));
const manifests: readonly Manifest[] = kustomization.resources.flatMap((file: string) =>
  parseAllDocuments(read(file)).map((document) => document.toJS()),
);
const ofKind = (kind: string) => manifests.filter((manifest) => manifest.kind === kind);
const pods = [...ofKind("StatefulSet"), ...ofKind("Deployment")].map(({ spec }) => spec.template);
const containers = pods.flatMap(({ spec }) => spec.containers);

const moduleOf = ({ apiVersion, kind }: Manifest) =>
  apiVersion.startsWith("monitoring.coreos.com/")
    ? `@kubernetes-models/prometheus-operator/${apiVersion}/${kind}`
    : `kubernetes-models/${apiVersion}/${kind}`;

/** Throws the JSON schema's error for an invalid manifest. */
async function validate(manifest: Manifest): Promise<void> {
  const { [manifest.kind]: Model } = await import(moduleOf(manifest));
  new Model(manifest).validate();
}

/** Returns the compiler's errors for fields that the API does not have. The JSON schemas allow such fields. */
function unknownFields(all: readonly Manifest[]): string {
  const folder = mkdtempSync(join(ROOT, "node_modules/.cache/kubernetes-"));
  try {
    const text = all.map(
      (manifest, index) =>
        `import type { I${manifest.kind} as T${index} } from "${moduleOf(manifest)}";
         export const m${index}: T${index} = ${JSON.stringify(manifest)};`,
    );
    writeFileSync(join(folder, "manifests.ts"), text.join("\n"));
    const flags = [
      "--ignoreConfig",
      "--noEmit",
      "--strict",
      "--skipLibCheck",
      "--module",
      "nodenext",
      "--types",
      "",
    ];
    return spawnSync(join(ROOT, "node_modules/.bin/tsc"), [...flags, join(folder, "manifests.ts")], {
      encoding: "utf8",
    }).stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Returns a field of this kind with a value of a wrong type. */
function wrongField(kind: string): object {
  if (kind === "Service") return { ports: 1 };
  return kind === "PersistentVolumeClaim" ? { accessModes: 1 } : { selector: 1, podSelector: 1 };
}

const selects = (labels: Labels, selector: Labels) =>
  Object.entries(selector).every(([name, value]) => labels[name] === value);

describe("each manifest", () => {
  it("is listed in the kustomization", () => {
    const files = globSync("*.yaml", { cwd: FOLDER }).map((path) => basename(path));
    expect(files.sort()).toEqual(["kustomization.yaml", ...kustomization.resources].sort());
  });

  it.each(manifests.map((manifest) => [manifest.kind, manifest.metadata.name, manifest] as const))(
    "is valid: %s %s",
    async (_kind, _name, manifest) => {
      await validate(manifest);
      const wrong = { ...manifest, spec: { ...manifest.spec, ...wrongField(manifest.kind) } };
      await expect(validate(wrong)).rejects.toThrow();
    },
  );

  it("has no field that is unknown to the API", () => {
    expect(unknownFields(manifests)).toBe("");
    const misspelt = manifests.map((manifest) => ({
      ...manifest,
      spec: { ...manifest.spec, misspelt: true },
    }));
    expect(unknownFields(misspelt).match(/"misspelt"/g)).toHaveLength(manifests.length);
  });
});

describe("the manifests together", () => {
  it("select pods and ports that exist", () => {
    for (const { spec } of ofKind("Service")) {
      const pod = pods.find(({ metadata }) => selects(metadata.labels, spec.selector));
      const names = pod.spec.containers.flatMap((one: { ports?: { name: string }[] }) => one.ports ?? []);
      for (const { targetPort, port } of spec.ports)
        expect(names).toContainEqual({ name: targetPort, containerPort: port });
    }
    for (const { spec } of ofKind("ServiceMonitor")) {
      const [service] = ofKind("Service").filter(({ metadata }) =>
        selects(metadata.labels ?? {}, spec.selector.matchLabels),
      );
      expect(service?.spec.ports[0].name).toBe(spec.endpoints[0].port);
    }
    for (const { spec } of ofKind("NetworkPolicy"))
      expect(
        pods.filter(({ metadata }) => selects(metadata.labels, spec.podSelector.matchLabels)),
      ).toHaveLength(1);
  });

  it("name images that the kustomization replaces", () => {
    const replaced = kustomization.images.map(({ name }: { name: string }) => name);
    for (const { image } of containers) expect(replaced).toContain(image);
  });

  it("share the pid namespace, run as one user, and can write only the history", () => {
    const [orchestrator] = pods;
    expect(orchestrator.spec.shareProcessNamespace).toBe(true);
    expect(orchestrator.spec.securityContext.runAsNonRoot).toBe(true);
    for (const { securityContext, volumeMounts } of containers.filter(
      ({ image }) => image === "orch-metrics",
    )) {
      expect(securityContext).toMatchObject({
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
      });
      const written = volumeMounts.filter(({ readOnly }: { readOnly?: boolean }) => readOnly !== true);
      expect(
        written.map(({ name }: { name: string }) => name).filter((name: string) => name !== "history"),
      ).toEqual([]);
    }
  });
});
