// SPDX-License-Identifier: Apache-2.0
import { flag, list, text, type Command } from "../../command.ts";
import { vaultPath } from "../../project.ts";
import * as shared from "../../sharedOptions.ts";

/** `claws vault init` */
export const vaultInit: Command = {
  summary: "make the age-encrypted vault that holds the provider keys",
  description:
    "Uses your age identity (CLAWS_AGE_KEY, CLAWS_AGE_KEY_FILE, CLAWS_AGE_KEY_CMD, the configuration folder, SOPS's file: the first that is there) or makes one. Makes the operator key that pushes are signed with, too: claws operator show. Never overwrites anything. Back up the identity: without it the vault cannot be opened.",
  options: {
    recipient: { kind: "list", value: "age1...", summary: "who else can open it" },
    vault: shared.vault,
    cwd: shared.cwd,
    json: shared.json,
  },
  examples: ["claws vault init", "claws vault init --recipient age1..."],
  handler: async (values, { environment, workingDirectory, terminal, now }) => {
    const path = vaultPath(workingDirectory, environment, { vault: text(values, "vault"), cwd: text(values, "cwd") });
    const { initVault } = await import("../../vaultInit.ts");
    const made = await initVault({ path, environment, recipients: list(values, "recipient"), now: now() });
    if (flag(values, "json")) terminal.print(JSON.stringify(made));
    else {
      terminal.print(`made the vault ${made.vault}`);
      for (const recipient of made.recipients) terminal.print(`  for ${recipient}`);
      terminal.print(`  operator key ${made.operatorKey}`);
    }
    if (made.newIdentity)
      terminal.notice(`made your identity ${made.identity}: back it up, without it the vault cannot be opened`);
    return undefined;
  },
};
