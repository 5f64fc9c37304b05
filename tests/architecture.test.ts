// SPDX-License-Identifier: Apache-2.0
// The import table of the architecture (docs/architecture.md), and the promises that the source itself can show.
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { readSources, repositoryRoot, type SourceFile } from "./support/sourceTree.ts";

interface Layer {
  /** Folders whose files it may import, itself included. */
  readonly internal: readonly string[];
  readonly external: RegExp;
  /** Files of other layers that it may import for their types alone. */
  readonly types?: readonly string[];
}

const nodeOnly = /^node:/;
const layers: Readonly<Record<string, Layer>> = {
  protocol: { internal: ["protocol"], external: nodeOnly },
  components: { internal: ["components"], external: /^(node:|@pulumi\/(pulumi|digitalocean|tailscale|command)$)/ },
  stacks: { internal: ["stacks", "components"], external: /^(node:|@pulumi\/pulumi$)/ },
  broker: { internal: ["broker", "protocol"], external: nodeOnly },
  "agent-image": { internal: ["agent-image", "broker", "protocol"], external: nodeOnly },
  cli: {
    internal: ["cli", "broker", "protocol"],
    external: /^(node:|yargs($|\/)|age-encryption$|@napi-rs\/keyring$|yaml$|@pulumi\/pulumi\/automation)/,
    types: ["stacks/outputs.ts"],
  },
  policy: { internal: ["policy"], external: /^(node:|@pulumi\/(policy|digitalocean|tailscale|command)$)/ },
  // Its stand-in providers speak the engine's own protocol, so they need its messages and gRPC.
  lab: {
    internal: ["lab"],
    external: /^(node:|@pulumi\/pulumi(\/(provider|proto)\b.*)?$|@grpc\/grpc-js$|google-protobuf\/)/,
  },
  toolchain: { internal: ["toolchain"], external: nodeOnly },
};

/** Workloads stand for somebody else's program on the droplet: they know the broker's address and nothing more. */
const workloads: Layer = { internal: ["agent-image/workloads"], external: nodeOnly };

const sources = await readSources(Object.keys(layers));

function layerOf({ path }: SourceFile): Layer {
  const layer = path.startsWith("agent-image/workloads/") ? workloads : layers[path.split("/")[0] ?? ""];
  if (!layer) throw new Error(`no layer for ${path}`);
  return layer;
}

function importsOutside(source: SourceFile): string[] {
  const layer = layerOf(source);
  const internal = source.internal.filter((target) => {
    if (layer.internal.some((folder) => target.startsWith(`${folder}/`))) return false;
    return !(source.typeOnly.has(target) && (layer.types ?? []).includes(target));
  });
  return [...internal, ...source.external.filter((name) => !layer.external.test(name))];
}

describe("the import table", () => {
  it("covers files of every layer", () => {
    const seen = new Set(sources.map(({ path }) => path.split("/")[0]));
    expect([...seen].sort()).toEqual(Object.keys(layers).sort());
  });

  it("is kept by every file", () => {
    const broken = sources.flatMap((source) => importsOutside(source).map((target) => `${source.path} -> ${target}`));
    expect(broken).toEqual([]);
  });

  it("has no cycle", () => {
    const valueImports = sources.map(
      ({ path, internal, typeOnly }) => [path, internal.filter((target) => !typeOnly.has(target))] as const,
    );
    expect(findCycle(new Map(valueImports))).toEqual([]);
  });

  it("would find a cycle", () => {
    const graph = new Map([
      ["a", ["b"]],
      ["b", ["c"]],
      ["c", ["a"]],
    ]);
    expect(findCycle(graph)).toEqual(["a", "b", "c", "a"]);
  });
});

describe("a secret", () => {
  const reveals = sources.flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, index) => (/\.reveal\(/.test(line) ? [`${path}:${index + 1}`] : [])),
  );

  it("is revealed in so few places that they fit on one screen", () => {
    expect(reveals.length).toBeGreaterThan(0);
    expect(reveals.length).toBeLessThanOrEqual(36);
  });

  it("is never revealed by components, stacks or policy", () => {
    expect(reveals.filter((place) => /^(components|stacks|policy)\//.test(place))).toEqual([]);
  });
});

describe("components", () => {
  const ours = sources.filter(({ path }) => path.startsWith("components/"));

  it("give every child a parent", () => {
    const orphans = ours.filter(({ text }) => {
      const children = text.match(/new (digitalocean|tailscale|local)\.\w+\(/g) ?? [];
      const parents = text.match(/parent: this/g) ?? [];
      return children.length > parents.length;
    });
    expect(orphans.map(({ path }) => path)).toEqual([]);
  });

  it("never name an inbound rule, a reserved IP or a load balancer", () => {
    for (const { text } of ours) expect(text).not.toMatch(/inboundRules:|new digitalocean\.(ReservedIp|LoadBalancer)/);
  });
});

describe("the source", () => {
  it("says its licence in the first line of every file", () => {
    const bare = sources.filter(
      ({ text }) => !text.replace(/^#!.*\n/, "").startsWith("// SPDX-License-Identifier: Apache-2.0\n"),
    );
    expect(bare.map(({ path }) => path)).toEqual([]);
  });

  it("has no file above 300 lines and none that is named for having no concept", () => {
    const long = sources.filter(({ text }) => text.split("\n").length > 301).map(({ path }) => path);
    const vague = sources.filter(({ path }) => /\/(utils?|helpers?|common|misc)\.ts$/.test(path));
    expect({ long, vague: vague.map(({ path }) => path) }).toEqual({ long: [], vague: [] });
  });

  it("pins every dependency to an exact version, and @pulumi/command below its mistaken 4.5.0", async () => {
    const manifest = JSON.parse(await readFile(join(repositoryRoot, "package.json"), "utf8")) as Record<
      string,
      Record<string, string>
    >;
    const versions = {
      ...manifest["dependencies"],
      ...manifest["devDependencies"],
      ...manifest["optionalDependencies"],
    };
    for (const version of Object.values(versions)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(versions["@pulumi/command"]).toBe("1.2.1");
  });
});

/** Nodes of one cycle, its first node repeated at the end; empty if there is none. */
function findCycle(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const walk = (node: string, trail: readonly string[]): string[] => {
    if (trail.includes(node)) return [...trail.slice(trail.indexOf(node)), node];
    if (done.has(node)) return [];
    for (const next of graph.get(node) ?? []) {
      const cycle = walk(next, [...trail, node]);
      if (cycle.length > 0) return cycle;
    }
    done.add(node);
    return [];
  };
  for (const node of graph.keys()) {
    const cycle = walk(node, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
}
