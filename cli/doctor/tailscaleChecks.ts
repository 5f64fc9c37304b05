// SPDX-License-Identifier: Apache-2.0
import { attempt, valueOf } from "../attempt.ts";
import { ScopeMissing } from "../cloudReply.ts";
import { concern, type Check, type Concern } from "../doctor.ts";
import { failure, UserError } from "../errors.ts";
import type { TailscaleApi } from "../tailscaleApi.ts";
import { notLookedAt, type DoctorWorld } from "./doctorWorld.ts";
import { findPolicyFaults } from "./policyFaults.ts";

const DEFAULT_TAG = "tag:agent";
/** What updates and receipts need. */
const NEEDED: readonly string[] = ["auth_keys", "devices:core"];

/** What Tailscale's API lets the credentials do, and whether the tailnet's policy suits agents. */
export function tailscaleChecks(world: DoctorWorld): readonly Check[] {
  const group = "Tailscale";
  const withApi = (look: (api: TailscaleApi) => Promise<string | Concern>) => async () => {
    const api = await world.tailscale();
    return "problem" in api ? notLookedAt(api.problem) : await look(api.value);
  };
  return [
    {
      ...{ group, title: "Tailscale API" },
      run: async () => `answers, ${(await (await world.effects.tailscaleApi()).devices()).length} devices`,
    },
    { group, title: "OAuth scopes", run: withApi(checkScopes) },
    { group, title: "tailnet policy", run: withApi(async (api) => await checkPolicy(api, world)) },
  ];
}

async function checkScopes(api: TailscaleApi): Promise<string | Concern> {
  const granted = await attempt(async () => await api.grantedScopes());
  if ("problem" in granted) return notLookedAt(granted.problem);
  if (granted.value === "api key") return "an API key may do all that its user may";
  const scopes = granted.value;
  const lacking =
    scopes === undefined
      ? await refusedScopes(api)
      : NEEDED.filter((scope) => !scopes.includes(scope) && !scopes.includes("all"));
  if (lacking.length > 0)
    throw failure(
      `the OAuth client lacks ${lacking.join(" and ")}`,
      "make a client with the scopes auth_keys and devices:core, and the agents' tag",
    );
  return scopes?.join(", ") ?? `may read what ${NEEDED.join(" and ")} are for; writing was not tried`;
}

/** Where Tailscale does not say which scopes there are, what it refuses tells. No auth key has this ID. */
async function refusedScopes(api: TailscaleApi): Promise<readonly string[]> {
  const [keys, devices] = await Promise.all([
    isRefused(async () => await api.authKeyUsable("none")),
    isRefused(async () => await api.devices()),
  ]);
  return [...(keys ? ["auth_keys"] : []), ...(devices ? ["devices:core"] : [])];
}

async function isRefused(question: () => Promise<unknown>): Promise<boolean> {
  return await question().then(
    () => false,
    (error: unknown) => {
      if (error instanceof ScopeMissing) return true;
      throw error;
    },
  );
}

async function checkPolicy(api: TailscaleApi, world: DoctorWorld): Promise<string | Concern> {
  const agents = valueOf(await world.agents());
  const tags = new Set([...(agents?.values() ?? [])].map(({ nodeTag }) => nodeTag));
  const asked = tags.size === 0 ? [DEFAULT_TAG] : [...tags];
  const policy = await readPolicy(api);
  if ("found" in policy) return policy;
  const faults = asked.flatMap((tag) => findPolicyFaults(policy.value, tag));
  const text = faults.map((fault) => fault.text).join("; ");
  const fix = "claws tailnet policy diff --operator YOU shows what to change, apply adds what is missing";
  if (faults.some(({ level }) => level === "fault")) throw failure(text, fix);
  return faults.length > 0 ? concern(text, fix) : `suits ${asked.join(", ")}`;
}

async function readPolicy(api: TailscaleApi): Promise<{ readonly value: unknown } | Concern> {
  try {
    return { value: await api.policy() };
  } catch (error) {
    if (error instanceof ScopeMissing)
      return concern("the credentials may not read it", "add the scope policy_file:read to have it checked");
    if (error instanceof UserError) return notLookedAt(error.message);
    throw error;
  }
}
