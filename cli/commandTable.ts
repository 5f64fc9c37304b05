// SPDX-License-Identifier: Apache-2.0
import type { Command } from "./command.ts";

/** A command's name, its line in the list, and how to load the rest of it. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

/** All commands, in the order in which the help lists them. Only the one that runs is loaded. */
export const commandTable: readonly CommandEntry[] = [
  {
    name: "vault init",
    summary: "make the age-encrypted vault",
    load: async () => (await import("./commands/vault/init.ts")).vaultInit,
  },
  {
    name: "vault identity",
    summary: "print your recipients, or make another identity",
    load: async () => (await import("./commands/vault/identity.ts")).vaultIdentity,
  },
  {
    name: "vault passphrase",
    summary: "change the passphrase of the vault",
    load: async () => (await import("./commands/vault/passphrase.ts")).vaultPassphrase,
  },
  {
    name: "vault recipients list",
    summary: "list who can open the vault",
    load: async () => (await import("./commands/vault/recipients/list.ts")).recipientsList,
  },
  {
    name: "vault recipients add",
    summary: "let somebody else open the vault, too",
    load: async () => (await import("./commands/vault/recipients/add.ts")).recipientsAdd,
  },
  {
    name: "vault recipients remove",
    summary: "shut a recipient out, list what they have seen",
    load: async () => (await import("./commands/vault/recipients/remove.ts")).recipientsRemove,
  },
  {
    name: "vault recipients set",
    summary: "replace all recipients at once",
    load: async () => (await import("./commands/vault/recipients/set.ts")).recipientsSet,
  },
  {
    name: "vault recipients accept",
    summary: "accept a vault that others have changed",
    load: async () => (await import("./commands/vault/recipients/accept.ts")).recipientsAccept,
  },
  {
    name: "vault keychain store",
    summary: "keep what opens the vault in the keychain",
    load: async () => (await import("./commands/vault/keychain/store.ts")).keychainStore,
  },
  {
    name: "vault keychain forget",
    summary: "take it out of the keychain",
    load: async () => (await import("./commands/vault/keychain/forget.ts")).keychainForget,
  },
  {
    name: "vault unlock",
    summary: "remove the lock that a process left at the vault",
    load: async () => (await import("./commands/vault/unlock.ts")).vaultUnlock,
  },
  {
    name: "vault show",
    summary: "show what a vault holds, never a value",
    load: async () => (await import("./commands/vault/show.ts")).vaultShow,
  },
  {
    name: "vault diff",
    summary: "show what changed in the vault, never a value",
    load: async () => (await import("./commands/vault/diff.ts")).vaultDiff,
  },
  {
    name: "vault merge",
    summary: "merge two vaults key by key, for git",
    load: async () => (await import("./commands/vault/merge.ts")).vaultMerge,
  },
  {
    name: "vault git-setup",
    summary: "make git merge and show the vault by claws",
    load: async () => (await import("./commands/vault/gitSetup.ts")).vaultGitSetup,
  },
  {
    name: "vault edit",
    summary: "edit keys and credentials in your editor",
    load: async () => (await import("./commands/vault/edit.ts")).vaultEdit,
  },
  {
    name: "vault import",
    summary: "take keys from dotenv, JSON or sops -d output",
    load: async () => (await import("./commands/vault/import.ts")).vaultImport,
  },
  {
    name: "vault credentials set",
    summary: "store a cloud credential in the vault",
    load: async () => (await import("./commands/vault/credentials/set.ts")).vaultCredentialsSet,
  },
  {
    name: "vault credentials list",
    summary: "list the cloud credentials, never their values",
    load: async () => (await import("./commands/vault/credentials/list.ts")).vaultCredentialsList,
  },
  {
    name: "vault credentials remove",
    summary: "drop a cloud credential from the vault",
    load: async () => (await import("./commands/vault/credentials/remove.ts")).vaultCredentialsRemove,
  },
  {
    name: "env",
    summary: "run a program with the vault's cloud credentials",
    load: async () => (await import("./commands/env.ts")).env,
  },
  {
    name: "operator init",
    summary: "make the operator key that seals pushes",
    load: async () => (await import("./commands/operator/init.ts")).operatorInit,
  },
  {
    name: "operator show",
    summary: "print the public half of the operator key",
    load: async () => (await import("./commands/operator/show.ts")).operatorShow,
  },
  {
    name: "keys set",
    summary: "store a provider key in the vault",
    load: async () => (await import("./commands/keys/set.ts")).keysSet,
  },
  {
    name: "keys list",
    summary: "list the keys in the vault, never their values",
    load: async () => (await import("./commands/keys/list.ts")).keysList,
  },
  {
    name: "keys remove",
    summary: "drop a key from the vault",
    load: async () => (await import("./commands/keys/remove.ts")).keysRemove,
  },
  {
    name: "keys push",
    summary: "push keys over the tailnet to the agents",
    load: async () => (await import("./commands/keys/push.ts")).keysPush,
  },
  {
    name: "keys rotate",
    summary: "replace a key in vault and agent, no restart",
    load: async () => (await import("./commands/keys/rotate.ts")).keysRotate,
  },
  {
    name: "keys check",
    summary: "ask the provider whether it takes a key",
    load: async () => (await import("./commands/keys/check.ts")).keysCheck,
  },
  {
    name: "keys activate",
    summary: "make an agent use another version that it holds",
    load: async () => (await import("./commands/keys/activate.ts")).keysActivate,
  },
  {
    name: "keys revoke",
    summary: "make an agent drop a key from memory",
    load: async () => (await import("./commands/keys/revoke.ts")).keysRevoke,
  },
  {
    name: "init",
    summary: "write the configuration of a new stack",
    load: async () => (await import("./commands/init.ts")).init,
  },
  {
    name: "up",
    summary: "create or update the stack and push keys",
    load: async () => (await import("./commands/up.ts")).up,
  },
  {
    name: "preview",
    summary: "show what up would change",
    load: async () => (await import("./commands/preview.ts")).preview,
  },
  {
    name: "refresh",
    summary: "show what drifted and write it into the state",
    load: async () => (await import("./commands/refresh.ts")).refresh,
  },
  {
    name: "status",
    summary: "show droplets, nodes and keys of the agents",
    load: async () => (await import("./commands/status.ts")).status,
  },
  {
    name: "ssh",
    summary: "log in to a droplet as root, over the tailnet",
    load: async () => (await import("./commands/ssh.ts")).ssh,
  },
  {
    name: "logs",
    summary: "show an agent's journal, without conversations",
    load: async () => (await import("./commands/logs.ts")).logs,
  },
  {
    name: "destroy",
    summary: "destroy the stack and prove nothing is left",
    load: async () => (await import("./commands/destroy.ts")).destroy,
  },
  {
    name: "broker",
    summary: "lend keys from this machine, so that droplets hold none",
    load: async () => (await import("./commands/broker.ts")).broker,
  },
  {
    name: "watch",
    summary: "push again after reboots and before keys expire",
    load: async () => (await import("./commands/watch.ts")).watch,
  },
  {
    name: "cost",
    summary: "show what agents cost a month and so far",
    load: async () => (await import("./commands/cost.ts")).cost,
  },
  {
    name: "doctor",
    summary: "check this machine, credentials and services",
    load: async () => (await import("./commands/doctor.ts")).doctor,
  },
  {
    name: "audit",
    summary: "check the invariants against the stack's state",
    load: async () => (await import("./commands/audit.ts")).audit,
  },
  {
    name: "tailnet policy show",
    summary: "print the tailnet policy that agents need",
    load: async () => (await import("./commands/tailnet/policyShow.ts")).tailnetPolicyShow,
  },
  {
    name: "tailnet policy diff",
    summary: "compare the tailnet's policy with what agents need",
    load: async () => (await import("./commands/tailnet/policyDiff.ts")).tailnetPolicyDiff,
  },
  {
    name: "tailnet policy apply",
    summary: "add what agents need to the tailnet's policy",
    load: async () => (await import("./commands/tailnet/policyApply.ts")).tailnetPolicyApply,
  },
  {
    name: "image build",
    summary: "make the agent image with Packer",
    load: async () => (await import("./commands/image/build.ts")).imageBuild,
  },
  {
    name: "image list",
    summary: "list agent images and what uses them",
    load: async () => (await import("./commands/image/list.ts")).imageList,
  },
  {
    name: "image verify",
    summary: "check that droplets can be made from an image",
    load: async () => (await import("./commands/image/verify.ts")).imageVerify,
  },
  {
    name: "image prune",
    summary: "delete old agent images that nothing uses",
    load: async () => (await import("./commands/image/prune.ts")).imagePrune,
  },
  {
    name: "open",
    summary: "show an agent's panel in the browser",
    load: async () => (await import("./commands/open.ts")).open,
  },
  {
    name: "lab",
    summary: "start the whole world of the agents on this machine",
    load: async () => (await import("./commands/lab.ts")).lab,
  },
  {
    name: "completion",
    summary: "print a script that completes claws in a shell",
    load: async () => (await import("./commands/completion.ts")).completion,
  },
  { name: "version", summary: "print the version", load: async () => (await import("./commands/version.ts")).version },
];

/** The entry that the first words name, and the words after it. */
export function findCommand(
  words: readonly string[],
): { readonly entry: CommandEntry; readonly rest: readonly string[] } | undefined {
  for (const entry of commandTable) {
    const name = entry.name.split(" ");
    if (name.every((word, index) => words[index] === word)) return { entry, rest: words.slice(name.length) };
  }
  return undefined;
}
