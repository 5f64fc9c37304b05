// SPDX-License-Identifier: Apache-2.0
import { required, type Command } from "../../../command.ts";
import * as shared from "../../../sharedOptions.ts";
import { vaultAccess } from "../../../vaultAccess.ts";

/** `claws vault credentials set NAME` */
export const vaultCredentialsSet: Command = {
  summary: "store a cloud credential in the vault, read from stdin or a prompt",
  description:
    "claws uses it when the environment has no variable of that name, and hands it to the engine alone: DIGITALOCEAN_TOKEN, TAILSCALE_API_KEY or TAILSCALE_OAUTH_CLIENT_ID and _SECRET, TAILSCALE_TAILNET, PULUMI_CONFIG_PASSPHRASE, PULUMI_ACCESS_TOKEN, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
  argument: { name: "name", summary: "the name of the variable that it stands in for" },
  options: { vault: shared.vault, cwd: shared.cwd },
  examples: ["claws vault credentials set DIGITALOCEAN_TOKEN < token.txt"],
  takesSecret: true,
  handler: async (values, effects) => {
    const [{ credentialName, credentialRule }, { withCredential }, { readVault, updateVault }, { warnOfFormat }] =
      await Promise.all([
        import("../../../credentials.ts"),
        import("../../../credentialEntry.ts"),
        import("../../../vault.ts"),
        import("../../../keyFormats.ts"),
      ]);
    const name = credentialName(required(values, "name"));
    const { terminal, readSecret, now } = effects;
    const access = vaultAccess(values, effects);
    // Whatever is wrong with vault or identity shows before the owner types anything.
    await readVault({ ...access, purpose: "change" });
    const value = await readSecret(name, credentialRule);
    warnOfFormat(value, name, terminal);
    await updateVault(access, (before) => withCredential(before, { name, value, updated: now().toISOString() }));
    terminal.print(`stored ${name}`);
    return undefined;
  },
};
