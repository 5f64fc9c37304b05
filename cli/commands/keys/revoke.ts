// SPDX-License-Identifier: Apache-2.0
import { flag, required, text, type Command } from "../../command.ts";
import { ExitCode } from "../../errors.ts";
import * as shared from "../../sharedOptions.ts";

/** `claws keys revoke NAME` */
export const keysRevoke: Command = {
  summary: "make an agent drop a key, or one version of it, from memory",
  description:
    "The agent's broker lends it no more, and the daemon never takes that version again. It is not revoked at the provider, which goes on accepting it from whoever has it: that is yours to do, and the command says where. The vault keeps its copy.",
  argument: { name: "name", summary: "the key's name" },
  options: {
    agent: { ...shared.agent, required: true },
    version: { kind: "text", value: "N", summary: "only this version (default: all, the active one too)" },
    now: { kind: "flag", summary: "abort requests under way with it, which otherwise finish" },
    stack: shared.stack,
    cwd: shared.cwd,
    json: shared.json,
  },
  examples: ["claws keys revoke anthropic --agent a1 --now", "claws keys revoke anthropic --agent a1 --version 2"],
  handler: async (values, effects) => {
    const [{ checkTarget, checkVersion }, { openSelection }, { openHeldKey, reportRevocation, revokeKey }] =
      await Promise.all([import("../../keyEntry.ts"), import("../../selection.ts"), import("../../heldKey.ts")]);
    const target = checkTarget(required(values, "name"), required(values, "agent"));
    const given = text(values, "version");
    const version = given === undefined ? undefined : checkVersion(given);
    const { stack, agentsOf } = openSelection(values, effects);
    const agent = (await agentsOf(await stack())).get(target.agent);
    if (agent === undefined) return ExitCode.failed;
    const held = await openHeldKey({ target, agent }, effects);
    const revocation = await revokeKey(held, { version, now: flag(values, "now") });
    reportRevocation(revocation, effects.terminal, flag(values, "json"));
    return undefined;
  },
};
