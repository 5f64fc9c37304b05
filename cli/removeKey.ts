// SPDX-License-Identifier: Apache-2.0
import type { Effects } from "./effects.ts";
import { UserError } from "./errors.ts";
import { withoutKey, type KeyTarget } from "./keyEntry.ts";
import { providerPages } from "./providerPages.ts";
import { readVault, updateVault, type VaultAccess } from "./vault.ts";
import { askYesOrNo } from "./yesOrNo.ts";
import { versionsOf } from "./vaultDocument.ts";

/** Drops a key from the vault after asking, and says who may still hold it. @throws UserError when there is none, or no consent */
export async function removeKey(
  access: VaultAccess,
  target: KeyTarget,
  yes: boolean,
  effects: Pick<Effects, "terminal" | "ask">,
): Promise<void> {
  const { name, agent } = target;
  const document = await readVault({ ...access, purpose: "change" });
  withoutKey(document, target);
  const newest = versionsOf(document, agent, name).at(-1);
  const provider = newest?.provider ?? name;
  if (!yes) await askFirst(target, effects);
  await updateVault(access, (before) => withoutKey(before, target));
  const { print, notice } = effects.terminal;
  print(`removed ${name} of ${agent} from the vault`);
  notice(`the agent may still hold it: claws keys revoke ${name} --agent ${agent}`);
  // The vault forgets the numbers with the key; the agent, which takes no number for two values, does not.
  const next = (newest?.version ?? 0) + 1;
  notice(`for another key of this name: claws keys set ${name} --agent ${agent} --version ${next}`);
  const page = Object.hasOwn(providerPages, provider) ? `: ${providerPages[provider] ?? ""}` : "";
  notice(`${provider} still takes it until you revoke it there${page}`);
}

async function askFirst(
  { name, agent }: KeyTarget,
  { terminal, ask }: Pick<Effects, "terminal" | "ask">,
): Promise<void> {
  if (!terminal.canAsk)
    throw new UserError(`refusing to remove "${name}" of "${agent}" without being asked: there is no terminal`, [
      "say it with --yes",
    ]);
  if (!(await askYesOrNo(`Remove key "${name}" of agent "${agent}" from the vault?`, { ask })))
    throw new UserError("nothing was removed");
}
