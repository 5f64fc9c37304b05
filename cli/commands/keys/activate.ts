// SPDX-License-Identifier: Apache-2.0
import { flag, required, type Command } from "../../command.ts";
import { ExitCode } from "../../errors.ts";
import * as shared from "../../sharedOptions.ts";

/** `claws keys activate NAME` */
export const keysActivate: Command = {
  summary: "make an agent use another version of a key that it holds already",
  description:
    "For a way back while an agent still holds the old version. The next request gets that version; requests under way finish on theirs. claws keys push makes the vault's newest version active again.",
  argument: { name: "name", summary: "the key's name" },
  options: {
    agent: { ...shared.agent, required: true },
    version: { kind: "text", value: "N", summary: "the version, as claws status shows it", required: true },
    stack: shared.stack,
    cwd: shared.cwd,
    json: shared.json,
  },
  examples: ["claws keys activate anthropic --agent a1 --version 2"],
  handler: async (values, effects) => {
    const [{ checkTarget, checkVersion }, { openSelection }, { activateKey, openHeldKey }] = await Promise.all([
      import("../../keyEntry.ts"),
      import("../../selection.ts"),
      import("../../heldKey.ts"),
    ]);
    const target = checkTarget(required(values, "name"), required(values, "agent"));
    const version = checkVersion(required(values, "version"));
    const { stack, agentsOf } = openSelection(values, effects);
    const agent = (await agentsOf(await stack())).get(target.agent);
    if (agent === undefined) return ExitCode.failed;
    const receipt = await activateKey(await openHeldKey({ target, agent }, effects), version);
    const outcome = receipt.changed ? "is active now" : "was active already";
    effects.terminal.print(
      flag(values, "json")
        ? JSON.stringify(receipt)
        : `version ${version} of ${target.name} ${outcome} on ${target.agent}`,
    );
    return undefined;
  },
};
