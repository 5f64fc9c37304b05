// SPDX-License-Identifier: Apache-2.0
import { flag, type Command } from "../../../command.ts";
import * as shared from "../../../sharedOptions.ts";
import { vaultAccess } from "../../../vaultAccess.ts";

/** `claws vault credentials list` */
export const vaultCredentialsList: Command = {
  summary: "list the cloud credentials in the vault: name, date, whether used; never a value",
  description: "One that the environment has too is not used: the environment wins.",
  options: { vault: shared.vault, cwd: shared.cwd, json: shared.json },
  examples: ["claws vault credentials list"],
  handler: async (values, effects) => {
    const [{ missingFrom }, { credentialsOf, shownCredential }, { readVault }, { renderTable }] = await Promise.all([
      import("../../../credentials.ts"),
      import("../../../credentialEntry.ts"),
      import("../../../vault.ts"),
      import("../../../table.ts"),
    ]);
    const { environment, terminal } = effects;
    const access = { ...vaultAccess(values, effects), purpose: "show" } as const;
    const missing = missingFrom(environment);
    const credentials = credentialsOf(await readVault(access)).map((credential) => ({
      ...shownCredential(credential),
      used: missing.includes(credential.name),
    }));
    if (flag(values, "json")) terminal.print(JSON.stringify(credentials));
    else if (credentials.length === 0) terminal.notice(`no credential in ${access.path}`);
    else {
      const rows = credentials.map(({ name, updated, used }) => [
        name,
        updated.slice(0, 10),
        used ? "yes" : "no, the environment wins",
      ]);
      terminal.print(renderTable(["CREDENTIAL", "STORED", "USED"], rows));
    }
    return undefined;
  },
};
