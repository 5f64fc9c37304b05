// SPDX-License-Identifier: Apache-2.0
// What a destroy finds that no state knew: by the stack's name in the cloud, by the agents' tag in the tailnet.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Effects } from "../../cli/effects.ts";
import { UserError } from "../../cli/errors.ts";
import { findOrphans, orphanInWords, type OrphanGround } from "../../cli/orphans.ts";
import { findProject } from "../../cli/project.ts";
import { readStackState, type StateResource } from "../../cli/stackState.ts";
import type { KnownAgents } from "../../cli/stackOutputs.ts";
import {
  cloudDroplet,
  cloudFirewall,
  emptyCloud,
  emptyTailscale,
  fakeStack,
  knownAgent,
} from "../support/agentWorld.ts";
import { makeProject } from "../support/cliHarness.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();
const key: StateResource = {
  ...{ urn: "u", type: "tailscale:index/tailnetKey:TailnetKey", id: "k-1", agent: "a1" },
  ...{ inputs: { tags: ["tag:agent"] }, outputs: {}, dependencies: [] },
};
let ground: OrphanGround;

beforeEach(async () => {
  const { root } = await makeProject(folder());
  ground = { project: findProject(root), stackName: "dev", before: [key], receipt: [] };
});

async function withStacks(...names: readonly string[]): Promise<void> {
  for (const name of names) await writeFile(join(ground.project.root, "stacks", `Pulumi.${name}.yaml`), "config: {}\n");
}

/** Searches a world in which there is only what is given. */
async function search(
  { droplets = [], firewalls = [], vpcs = [], volumes = [], devices = [] }: Partial<Record<string, readonly object[]>>,
  others: Readonly<Record<string, KnownAgents | Error>> = {},
) {
  const list =
    <T>(items: readonly object[]) =>
    (): Promise<readonly T[]> =>
      Promise.resolve(items as readonly T[]);
  const effects: Pick<Effects, "digitalOcean" | "tailscaleApi" | "openStack"> = {
    digitalOcean: () =>
      Promise.resolve(
        emptyCloud({
          ...{ droplets: list(droplets), firewalls: list(firewalls) },
          ...{ vpcs: list(vpcs), volumes: list(volumes) },
        }),
      ),
    tailscaleApi: () => Promise.resolve(emptyTailscale({ devices: list(devices) })),
    openStack: ({ name }) => {
      const found = others[name];
      const outputs = () => (found instanceof Error ? Promise.reject(found) : Promise.resolve(found ?? new Map()));
      return Promise.resolve(fakeStack({ outputs }));
    },
  };
  return await findOrphans(ground, effects);
}

const droplet = (id: string, tag: string) => cloudDroplet({ id, name: "a9", tags: [tag] });
const device = (nodeId: string, ...tags: string[]) => ({ nodeId, hostname: "a9", tags });

describe("the search for what no stack knows", () => {
  it("finds nothing where nothing is", async () => {
    expect(await search({})).toEqual({ orphans: [], problems: [] });
  });

  it("finds droplet, firewall and VPC by the stack's name", async () => {
    const found = await search({
      droplets: [droplet("7", "claws-office-claws-dev-a9"), droplet("8", "web"), droplet("9", "claws-other-dev-a1")],
      firewalls: [
        cloudFirewall({ id: "f", name: "claws-office-claws-dev-a9" }),
        cloudFirewall({ id: "g", name: "web" }),
      ],
      vpcs: [{ id: "v", name: "claws-office-claws-dev-a9", region: "nyc3", isDefault: false }],
    });
    expect(found.orphans).toEqual([
      { plane: "droplet", id: "7", name: "a9", isOfThisStack: true },
      { plane: "firewall", id: "f", name: "claws-office-claws-dev-a9", isOfThisStack: true },
      { plane: "VPC", id: "v", name: "claws-office-claws-dev-a9", isOfThisStack: true },
    ]);
  });

  it("finds a volume by its name or its tag: it outlives the droplet and is paid for", async () => {
    const { orphans } = await search({
      volumes: [
        { id: "d1", name: "claws-office-claws-dev-a9-data", tags: [] },
        { id: "d2", name: "data", tags: ["claws-office-claws-dev-a9"] },
        { id: "d3", name: "data", tags: ["web"] },
      ],
    });
    expect(orphans).toEqual([
      { plane: "volume", id: "d1", name: "claws-office-claws-dev-a9-data", isOfThisStack: true },
      { plane: "volume", id: "d2", name: "data", isOfThisStack: true },
    ]);
  });

  it("finds the rest where the token may not list volumes, and says so", async () => {
    const volumes = () => Promise.reject(new UserError("the token lacks a scope for volumes"));
    const cloud = emptyCloud({
      volumes,
      firewalls: () => Promise.resolve([cloudFirewall({ name: "claws-office-claws-dev-a9" })]),
    });
    const effects = {
      digitalOcean: () => Promise.resolve(cloud),
      tailscaleApi: () => Promise.resolve(emptyTailscale()),
      openStack: () => Promise.resolve(fakeStack()),
    };
    expect(await findOrphans(ground, effects)).toEqual({
      orphans: [{ plane: "firewall", id: "fw-1", name: "claws-office-claws-dev-a9", isOfThisStack: true }],
      problems: ["the token lacks a scope for volumes"],
    });
  });

  it("takes a tag for the same in any capitals", async () => {
    const { orphans } = await search({ droplets: [droplet("7", "CLAWS-office-claws-dev-a9")] });
    expect(orphans).toHaveLength(1);
  });

  it("leaves to another stack what is named for it, even where the one name begins with the other", async () => {
    await withStacks("dev-eu");
    const { orphans } = await search({
      droplets: [droplet("7", "claws-office-claws-dev-eu-a9"), droplet("8", "claws-office-claws-dev-e-a9")],
    });
    expect(orphans.map(({ id }) => id)).toEqual(["8"]);
  });

  it("leaves to another stack what its outputs name", async () => {
    await withStacks("prod");
    const prod = new Map([["a1", knownAgent({ dropletId: "7", nodeId: "nPROD" })]]);
    const { orphans } = await search(
      {
        droplets: [droplet("7", "claws-office-claws-dev-a9")],
        devices: [device("nPROD", "tag:agent"), device("nX", "tag:agent")],
      },
      { prod },
    );
    expect(orphans).toEqual([{ plane: "tailnet node", id: "nX", name: "a9", isOfThisStack: false }]);
  });

  it("says that it may be wrong where another stack cannot be read", async () => {
    await withStacks("prod");
    expect(await search({ devices: [device("nX", "tag:agent")] }, { prod: new UserError("wrong passphrase") })).toEqual(
      {
        orphans: [{ plane: "tailnet node", id: "nX", name: "a9", isOfThisStack: false }],
        problems: ["stack prod could not be read, so what is its own may be named below"],
      },
    );
  });

  it("does not read other stacks where there is nothing to tell apart", async () => {
    await withStacks("prod");
    expect(await search({}, { prod: new UserError("must not be read") })).toEqual({ orphans: [], problems: [] });
  });

  it("does not name twice what the receipt names", async () => {
    ground = {
      ...ground,
      before: [{ ...key, id: "7", type: "digitalocean:index/droplet:Droplet" }, key],
      receipt: [
        { agent: "a1", plane: "tailnet nodes by name", id: "a9 tag:agent", left: true, found: ["nX"] },
        { agent: "a1", plane: "tailnet node", id: "nY", left: true },
      ],
    };
    const { orphans } = await search({
      droplets: [droplet("7", "claws-office-claws-dev-a9")],
      devices: [device("nX", "tag:agent"), device("nY", "tag:agent"), device("nOWN")],
    });
    expect(orphans).toEqual([]);
  });

  it("names no device of a tailnet whose agents' tag it does not know", async () => {
    ground = { ...ground, before: readStackState({ version: 3, deployment: {} }) };
    expect((await search({ devices: [device("nX", "tag:agent")] })).orphans).toEqual([]);
  });

  it("knows the stack by the last part of its whole name", async () => {
    ground = { ...ground, stackName: "acme/office-claws/dev" };
    const { orphans } = await search({ droplets: [droplet("7", "claws-office-claws-dev-a9")] });
    expect(orphans).toHaveLength(1);
  });
});

it("shows a name that a hostile droplet gave itself on one line, without control of the terminal or the direction", () => {
  const name = "a1\nclaws: error: all is lost\u001b[2J\u202e" + "x".repeat(500);
  const words = orphanInWords({ plane: "tailnet node", id: "nX", name, isOfThisStack: false });
  expect(words).toMatch(/^tailnet node nX \(a1\?claws: error: all is lost\?\?2J\?x{39,60}\)$/);
});
