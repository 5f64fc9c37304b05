// SPDX-License-Identifier: Apache-2.0
import { flag, list, type Command } from "../../command.ts";
import { UserError } from "../../errors.ts";
import * as shared from "../../sharedOptions.ts";
import { vaultAccess } from "../../vaultAccess.ts";

/** `claws vault init` */
export const vaultInit: Command = {
  summary: "make the age-encrypted vault that holds the provider keys",
  description:
    "Uses your age identity (CLAWS_AGE_KEY, CLAWS_AGE_KEY_FILE, CLAWS_AGE_KEY_CMD, the keychain if you stored it there, the configuration folder, SOPS's file: the first that is there) or makes one. With --passphrase it is opened by a passphrase of 16 or more characters instead, asked for twice, or made up when you type nothing. Makes the operator key that pushes are signed with, too: claws operator show. Never overwrites anything. Back up the identity or passphrase: without it the vault cannot be opened.",
  options: {
    recipient: { kind: "list", value: "age1...", summary: "who else can open it" },
    "post-quantum": { kind: "flag", summary: "an identity and recipients that quantum computers cannot break" },
    passphrase: { kind: "flag", summary: "open it with a passphrase, not with identities" },
    vault: shared.vault,
    cwd: shared.cwd,
    json: shared.json,
  },
  examples: ["claws vault init", "claws vault init --recipient age1...", "claws vault init --passphrase"],
  handler: async (values, effects) => {
    const { environment, terminal, now, readPassphrase } = effects;
    const { path } = vaultAccess(values, effects);
    const onNotice = terminal.notice;
    const [recipients, postQuantum] = [list(values, "recipient"), flag(values, "post-quantum")];
    const withPassphrase = flag(values, "passphrase");
    if (withPassphrase && (postQuantum || recipients.length > 0))
      throw new UserError("--passphrase cannot stand beside --recipient or --post-quantum", [
        "age allows nothing beside a passphrase, which needs no post-quantum kind",
      ]);
    const [{ initVault, initPassphraseVault }, { reportMadeVault }] = await Promise.all([
      import("../../vaultInit.ts"),
      import("../../vaultInitReport.ts"),
    ]);
    const made = withPassphrase
      ? await initPassphraseVault({ path, environment, readPassphrase, terminal, onNotice })
      : await initVault({ path, environment, recipients, now: now(), postQuantum, readPassphrase, onNotice });
    reportMadeVault(made, terminal, flag(values, "json"));
    return undefined;
  },
};
