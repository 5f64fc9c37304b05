// SPDX-License-Identifier: Apache-2.0
import { flag, type Command } from "../../../command.ts";
import * as shared from "../../../sharedOptions.ts";
import { vaultAccess } from "../../../vaultAccess.ts";

/** `claws vault keychain store` */
export const keychainStore: Command = {
  summary: "keep what opens the vault in the system's keychain",
  description:
    "Opens the vault, then puts what opened it there: your identity, or the vault's passphrase. From then on it is taken from there, after CLAWS_AGE_KEY, _FILE and _CMD (for a passphrase: after CLAWS_VAULT_PASSPHRASE_CMD) and before identity files. Every program of yours may be able to read an open keychain. Needs the package @napi-rs/keyring; on Linux a Secret Service, never the kernel's keyring, which forgets at the next boot.",
  options: { vault: shared.vault, cwd: shared.cwd, json: shared.json },
  examples: ["claws vault keychain store"],
  handler: async (values, effects) => {
    const { terminal } = effects;
    const { storeInKeychain } = await import("../../../keychainStore.ts");
    const access = vaultAccess(values, effects);
    const stored = await storeInKeychain(access);
    if (flag(values, "json")) terminal.print(JSON.stringify(stored));
    else terminal.print(`the keychain holds the ${stored.what} that opens ${stored.vault}`);
    if (stored.what === "identity") terminal.notice(`it is still in ${stored.from ?? ""}, too`);
    return undefined;
  },
};
