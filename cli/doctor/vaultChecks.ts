// SPDX-License-Identifier: Apache-2.0
import { attempt, valueOf } from "../attempt.ts";
import { credentialsInWords } from "../credentialEntry.ts";
import { concern, type Check, type Concern } from "../doctor.ts";
import { failure, UserError } from "../errors.ts";
import { findIdentities } from "../identities.ts";
import type { KnownAgents } from "../stackOutputs.ts";
import { leftInWords } from "../timeInWords.ts";
import { currentKeys, type VaultKey } from "../vaultDocument.ts";
import { notLookedAt, type DoctorWorld } from "./doctorWorld.ts";

const SOON = 10 * 24 * 60 * 60 * 1000;

/** The vault: whether it opens, for whom, and whether its keys fit the agents. */
export function vaultChecks(world: DoctorWorld): readonly Check[] {
  const group = "vault";
  const withKeys = (look: (keys: readonly VaultKey[]) => Promise<string | Concern>) => async () => {
    const vault = await attempt(world.vault);
    return "problem" in vault ? notLookedAt(vault.problem) : await look(currentKeys(vault.value.document));
  };
  return [
    { group, title: "identity", run: async () => await checkIdentity(world) },
    { group, title: "vault", run: async () => await checkVault(world) },
    { group, title: "keys and agents", run: withKeys(async (keys) => await checkOwners(keys, world)) },
    {
      ...{ group, title: "keys' ends" },
      run: withKeys(async (keys) => await Promise.resolve(checkEnds(keys, world.effects.now()))),
    },
  ];
}

async function checkIdentity({ vault, effects: { environment, readPassphrase } }: DoctorWorld): Promise<string> {
  const found = await findIdentities(environment, readPassphrase);
  if (found === undefined && valueOf(await attempt(vault))?.document.recipients.length === 0)
    return "none, and none is needed: a passphrase opens the vault";
  if (found === undefined)
    throw new UserError("no age identity was found", [
      "claws vault init makes one, or name yours with CLAWS_AGE_KEY_FILE",
    ]);
  return found.source;
}

async function checkVault(world: DoctorWorld): Promise<string> {
  const { path, document } = await world.vault();
  const { recipients, keys } = document;
  const isQuantumSafe = recipients.some((recipient) => recipient.startsWith("age1pq"));
  const mode = recipients.length === 0 ? "a passphrase" : counted(recipients.length, "recipient");
  const held = `${counted(currentKeys({ recipients, keys }).length, "key")}${credentialsInWords(document, world.effects.environment)}`;
  return `${path}, ${held} for ${mode}${isQuantumSafe ? ", post-quantum" : ""}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

async function checkOwners(keys: readonly VaultKey[], world: DoctorWorld): Promise<string | Concern> {
  const agents = await world.agents();
  if ("problem" in agents) return notLookedAt(agents.problem);
  const names = (all: readonly string[]): string => [...new Set(all)].join(", ");
  const strays = keys.filter(({ agent }) => !agents.value.has(agent));
  const bare = withoutKey(agents.value, keys);
  const found = [
    ...(strays.length > 0
      ? [`keys for ${names(strays.map(({ agent }) => agent))}, which the stack does not have`]
      : []),
    ...(bare.length > 0 ? [`no key for ${names(bare)}`] : []),
  ];
  if (found.length === 0) return `${agents.value.size} agents, a key for each`;
  return concern(
    found.join("; "),
    ...(strays.length > 0 ? ["another stack may have them; claws keys remove drops those of nobody"] : []),
    ...(bare.length > 0 ? [`claws keys set NAME --agent ${bare[0] ?? ""}`] : []),
  );
}

function withoutKey(agents: KnownAgents, keys: readonly VaultKey[]): readonly string[] {
  return [...agents.keys()].filter((name) => !keys.some(({ agent }) => agent === name));
}

function checkEnds(keys: readonly VaultKey[], now: Date): string | Concern {
  const left = (key: VaultKey): number => Date.parse(key.notAfter ?? "") - now.getTime();
  const over = keys.filter((key) => left(key) <= 0);
  const soon = keys.filter((key) => left(key) > 0 && left(key) < SOON);
  const rotate = ({ name, agent }: VaultKey): string => `claws keys rotate ${name} --agent ${agent}`;
  if (over.length > 0)
    throw failure(`over: ${over.map(({ name, agent }) => `${name} of ${agent}`).join(", ")}`, ...over.map(rotate));
  if (soon.length === 0) return "none within 10 days";
  const ending = soon.map(({ name, agent, notAfter }) => `${name} of ${agent} in ${leftInWords(notAfter ?? "", now)}`);
  return concern(ending.join(", "), ...soon.map(rotate));
}
