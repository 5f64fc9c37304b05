// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { generateIdentity } from "../../../cli/ageFile.ts";
import { daemonAt, type DaemonOptions } from "../../../cli/daemonClient.ts";
import type { Effects } from "../../../cli/effects.ts";
import { withNewVersion } from "../../../cli/keyEntry.ts";
import { createVault, updateVault, type VaultAccess } from "../../../cli/vault.ts";
import { Sensitive } from "../../../protocol/sensitive.ts";
import { fakeStack, knownAgent, tailnetWith } from "../../support/agentWorld.ts";
import { makeProject, runClaws, type CliRun } from "../../support/cliHarness.ts";

/** One row of what `claws keys push --json` prints. */
export interface PushRow {
  readonly agent: string;
  readonly key: string;
  readonly version: number;
  readonly result: string;
  readonly detail: string;
}

/** An operator with a vault, and agents that are just URLs. */
export interface PushWorld {
  readonly effects: Partial<Effects>;
  /** Stores a new version of the key `anthropic` for an agent in the vault. */
  store(agent: string, value: string, version?: number): Promise<void>;
  /** Runs the real `claws keys push --json`. */
  push(changes?: Partial<Effects>): Promise<CliRun & { readonly rows: readonly PushRow[] }>;
}

/** An agent of the stack: the node that its outputs name, and the URL where that node can be reached; null when it is not in the tailnet. */
export interface PushTarget {
  readonly nodeId: string;
  readonly url: string | null;
  /** How long this agent is waited for. @default as long as a slow machine may take */
  readonly limits?: DaemonOptions;
}

/** Only who waits in vain has a short limit: a healthy agent on a busy machine may take its time. */
const PATIENT: DaemonOptions = { connectTimeout: 30_000, totalTimeout: 30_000 };

/** Makes an operator in the folder, who knows these agents by name. */
export async function createPushWorld(
  folder: string,
  targets: Readonly<Record<string, PushTarget>>,
): Promise<PushWorld> {
  const { root, environment } = await makeProject(folder);
  const owner = await generateIdentity();
  const access: VaultAccess = {
    path: join(root, "vault.age"),
    environment: { ...environment, CLAWS_AGE_KEY: owner.identity.reveal() },
  };
  const opened = { identities: [owner.identity], source: "test" };
  await createVault(access.path, { recipients: [owner.recipient], keys: [] }, opened);
  const agents = Object.entries(targets).map(([name, { nodeId }]) => [name, knownAgent({ nodeId })] as const);
  const effects: Partial<Effects> = {
    environment: access.environment,
    workingDirectory: root,
    openStack: () => Promise.resolve(fakeStack({ outputs: () => Promise.resolve(new Map(agents)) })),
    ...reach(targets),
  };
  return {
    effects,
    async store(agent, value, version) {
      const entry = { name: "anthropic", agent, value: Sensitive.from(value), created: "2026-11-23T12:00:00.000Z" };
      await updateVault(access, (document) => withNewVersion(document, entry, "none"));
      if (version === undefined) return;
      const renumbered = (key: { agent: string }): object => (key.agent === agent ? { ...key, version } : key);
      await updateVault(access, (document) => ({
        ...document,
        keys: document.keys.map((key) => ({ ...key, ...renumbered(key) })),
      }));
    },
    async push(changes = {}) {
      const run = await runClaws(["keys", "push", "--json"], { ...effects, ...changes });
      return { ...run, rows: run.stdout === "" ? [] : (JSON.parse(run.stdout) as readonly PushRow[]) };
    },
  };
}

/** Effects that find each node at an address of the tailnet, and behind that address its URL. */
export function reach(targets: Readonly<Record<string, PushTarget>>): Pick<Effects, "tailnetStatus" | "daemonAt"> {
  const there = Object.values(targets).filter(({ url }) => url !== null);
  const addresses = new Map(there.map(({ nodeId }, index) => [nodeId, `100.64.0.${index + 1}`]));
  return {
    tailnetStatus: () => Promise.resolve(tailnetWith(Object.fromEntries(addresses))),
    daemonAt: (address) => {
      const target = there.find(({ nodeId }) => addresses.get(nodeId) === address);
      const { hostname, port } = new URL(target?.url ?? "http://127.0.0.1:1");
      return Promise.resolve(daemonAt(hostname, { port: Number(port), ...PATIENT, ...target?.limits }));
    },
  };
}
