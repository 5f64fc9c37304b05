// SPDX-License-Identifier: Apache-2.0
// The story of two people who share a vault through Git: real git, the real program, two clones, two identities.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { makePerson, makeSharedRepository, type Person } from "../support/gitClones.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();

interface ListedKey {
  readonly agent: string;
  readonly name: string;
  readonly version: number;
}

async function keysOf(person: Person, ...more: readonly string[]): Promise<readonly string[]> {
  const keys = JSON.parse(await person.mustClaws(["keys", "list", "--json", ...more])) as readonly ListedKey[];
  return keys.map(({ agent, name, version }) => `${agent}/${name} ${version}`);
}

async function publish(person: Person, message: string): Promise<void> {
  await person.mustGit("commit", "--quiet", "-a", "-m", message);
  await person.mustGit("pull", "--quiet", "--no-rebase", "--no-edit", "origin", "main");
  await person.mustGit("push", "--quiet", "origin", "HEAD:main");
}

async function pull(person: Person): Promise<void> {
  await person.mustGit("pull", "--quiet", "--no-rebase", "--no-edit", "origin", "main");
}

/** The values, which no command prints: `claws env` lends credentials, and a program may look at its own environment. */
async function tokenOf(person: Person): Promise<string> {
  return await person.mustClaws(["env", "--", "sh", "-c", 'printf "%s" "$DIGITALOCEAN_TOKEN"']);
}

describe("two people who share a vault through Git", () => {
  it("add one another, edit at the same time, merge, and part with a list of what to replace", async () => {
    const shared = await makeSharedRepository(folder());
    const ada = await makePerson(folder(), "ada", shared);
    const bob = await makePerson(folder(), "bob", shared);

    // Case 1: Ada makes the vault and commits it with the attributes.
    await ada.mustClaws(["vault", "init"]);
    await ada.mustClaws(["keys", "set", "anthropic", "--agent", "a1"], "canary-anthropic-1");
    await ada.mustClaws(["vault", "credentials", "set", "DIGITALOCEAN_TOKEN"], "canary-token-1");
    await ada.mustClaws(["vault", "git-setup"]);
    await ada.mustGit("add", "vault.age", ".gitattributes");
    await publish(ada, "vault");

    // Case 2: Bob has the file, and cannot open it until Ada adds his recipient.
    await pull(bob);
    const recipient = (await bob.mustClaws(["vault", "identity", "--new"])).trim();
    expect((await bob.claws(["keys", "list"])).stderr).toContain("no identity matches its recipients");
    await ada.mustClaws(["vault", "recipients", "add", recipient]);
    expect(await ada.mustClaws(["vault", "diff"])).toBe(`+ recipient ${recipient}\n`);
    await publish(ada, "add bob");
    await pull(bob);
    await bob.mustClaws(["vault", "git-setup"]);
    expect(await bob.mustGit("status", "--porcelain")).toBe("");
    expect(await keysOf(bob)).toEqual(["a1/anthropic 1"]);

    // Case 3: both edit, each another key; whoever comes second merges, and both read the result.
    await ada.mustClaws(["keys", "set", "openai", "--agent", "a1"], "canary-openai-1");
    await ada.mustClaws(["vault", "credentials", "set", "DIGITALOCEAN_TOKEN"], "canary-token-2");
    await bob.mustClaws(["keys", "set", "anthropic", "--agent", "a1"], "canary-anthropic-2");
    await bob.mustClaws(["keys", "set", "groq", "--agent", "a2"], "canary-groq-1");
    await publish(ada, "ada's keys");
    await publish(bob, "bob's keys");
    await pull(ada);
    const both = ["a1/anthropic 2", "a1/openai 1", "a2/groq 1"];
    expect([await keysOf(ada), await keysOf(bob)]).toEqual([both, both]);
    expect([await tokenOf(ada), await tokenOf(bob)]).toEqual(["canary-token-2", "canary-token-2"]);
    expect(await readFile(join(ada.folder, "vault.age"))).toEqual(await readFile(join(bob.folder, "vault.age")));

    // Case 4: both replace the same key. The second is told which, keeps his side, and decides.
    await ada.mustClaws(["keys", "set", "openai", "--agent", "a1"], "canary-openai-ada");
    await bob.mustClaws(["keys", "set", "openai", "--agent", "a1"], "canary-openai-bob");
    await publish(ada, "ada's openai");
    await bob.mustGit("commit", "--quiet", "-a", "-m", "bob's openai");
    const pulled = await bob.git("pull", "--no-rebase", "--no-edit", "origin", "main");
    expect(pulled.code).toBe(1);
    expect(pulled.output).toContain("conflict: key a1/openai: version 2 is not the same on both sides\n");
    expect(pulled.output).not.toContain("canary");
    expect(await keysOf(bob)).toEqual(["a1/anthropic 2", "a1/openai 2", "a2/groq 1"]);
    await bob.mustGit("checkout", "--theirs", "vault.age");
    await bob.mustGit("add", "vault.age");
    await bob.mustGit("commit", "--quiet", "-m", "take ada's");
    await bob.mustGit("push", "--quiet", "origin", "HEAD:main");
    await pull(ada);

    // Case 5: Ada removes Bob while he stores a key. The merge keeps the key and does not bring him back.
    const removal = await ada.claws(["vault", "recipients", "remove", recipient]);
    expect(removal.exitCode).toBe(0);
    const steps = removal.stdout.split("\n").filter((line) => line.includes("claws "));
    expect(steps.map((line) => line.split(/ {2,}/))).toEqual([
      ["a1/anthropic", "claws keys rotate anthropic --agent a1"],
      ["a1/openai", "claws keys rotate openai --agent a1"],
      ["a2/groq", "claws keys rotate groq --agent a2"],
      ["DIGITALOCEAN_TOKEN", "claws vault credentials set DIGITALOCEAN_TOKEN"],
      ["operator key", "claws operator init --replace"],
    ]);
    expect(removal.stderr).toContain("older copies of the file, as in Git, stay open to them");
    await bob.mustClaws(["keys", "set", "xai", "--agent", "a2"], "canary-xai-1");
    await publish(bob, "bob's last key");
    await publish(ada, "remove bob");
    expect(await keysOf(ada)).toEqual(["a1/anthropic 2", "a1/openai 2", "a2/groq 1", "a2/xai 1"]);
    expect(await ada.mustClaws(["vault", "show"])).not.toContain(recipient);

    // Case 6: what he has seen is replaced, and he sees none of the new. What he saw stays his.
    for (const [name, agent] of [
      ["anthropic", "a1"],
      ["openai", "a1"],
      ["groq", "a2"],
      ["xai", "a2"],
    ] as const)
      await ada.mustClaws(["keys", "set", name, "--agent", agent], `canary-${name}-after`);
    await ada.mustClaws(["vault", "credentials", "set", "DIGITALOCEAN_TOKEN"], "canary-token-after");
    await ada.mustClaws(["operator", "init", "--replace"]);
    const changed = (await ada.mustClaws(["vault", "diff"])).split("\n");
    expect(changed.filter((line) => line.includes("value changed"))).toHaveLength(5);
    await publish(ada, "rotate");
    const seen = await readFile(join(bob.folder, "vault.age"));
    await pull(bob);
    expect(await readFile(join(bob.folder, "vault.age"))).not.toEqual(seen);
    expect((await bob.claws(["keys", "list"])).stderr).toContain("no identity matches its recipients");
    expect(await bob.mustClaws(["vault", "show", "--for-git"])).toContain("a vault that is not opened here");
    expect(await tokenOf(ada)).toBe("canary-token-after");

    // Case 7: in all of it, git has shown no value.
    for (const person of [ada, bob]) expect(await person.mustGit("log", "-p", "--all")).not.toContain("canary");
  });
});
