// SPDX-License-Identifier: Apache-2.0
// The story of somebody who may push to the vault's repository and is no recipient, or was one: real git, real clones, the real program.
import { chmod, copyFile, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { jest } from "@jest/globals";
import { shortId } from "../../cli/age/recipient.ts";
import { encryptFor, generateIdentity } from "../../cli/ageFile.ts";
import { renderVaultDocument } from "../../cli/vaultDocument.ts";
import { spawnClaws } from "../support/cliHarness.ts";
import { makePerson, makeSharedRepository, type Person } from "../support/gitClones.ts";
import { startAtTerminal } from "../support/pseudoTerminal.ts";
import { scratchFolder } from "../support/scratchFolder.ts";
import { testCredential, testOperator } from "../support/testVault.ts";

jest.setTimeout(240_000);

const folder = scratchFolder();
const program = join(import.meta.dirname, "..", "..", "cli", "bin.cjs");
const setOpenai = ["keys", "set", "openai", "--agent", "a1"];
const accept = ["vault", "recipients", "accept"];
let shared = "";
let owner: Person;
let mallory: Person;
let mine = "";

beforeEach(async () => {
  shared = await makeSharedRepository(folder());
  owner = await makePerson(folder(), "owner", shared);
  await owner.mustClaws(["vault", "init"]);
  await owner.mustClaws(["keys", "set", "anthropic", "--agent", "a1"], "canary-anthropic-1");
  await owner.mustClaws(["vault", "credentials", "set", "DIGITALOCEAN_TOKEN"], "canary-token-1");
  mine = (await owner.mustClaws(["vault", "identity"])).trim();
  await publish(owner);
  mallory = await makePerson(folder(), "mallory", shared);
});

async function publish(person: Person): Promise<void> {
  await person.mustGit("add", "vault.age");
  await person.mustGit("commit", "--quiet", "-m", "a harmless change");
  await person.mustGit("push", "--quiet", "origin", "HEAD:main");
}

/** A pull that runs no merge, as after most pushes of others. */
async function fastForward(person: Person): Promise<void> {
  await person.mustGit("pull", "--quiet", "--ff-only", "origin", "main");
}

const vaultOf = (person: Person): string => join(person.folder, "vault.age");

/** A vault that opens for the owner and the attacker, made without any secret of the owner's. */
async function forge(more: object = {}): Promise<string> {
  const attacker = await generateIdentity();
  const forged = {
    recipients: [mine, attacker.recipient],
    keys: [],
    operator: testOperator(),
    revision: 1000,
    ...more,
  };
  await writeFile(vaultOf(mallory), await encryptFor(forged.recipients, renderVaultDocument(forged)));
  await publish(mallory);
  await fastForward(owner);
  return attacker.recipient;
}

async function refused(words: readonly string[], input?: string): Promise<string> {
  const before = await readFile(vaultOf(owner));
  const { exitCode, stdout, stderr } = await owner.claws(words, input);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  expect(stderr).toContain(
    `refusing to use the vault "${vaultOf(owner)}": it is not as this machine last accepted it\n`,
  );
  expect(stderr).toContain("claws: hint: if that is right: claws vault recipients accept\n");
  expect(stderr).not.toContain("canary");
  expect((await readFile(vaultOf(owner))).equals(before)).toBe(true);
  return stderr;
}

describe("a vault that a stranger put in the place of ours by a fast-forward", () => {
  it("gets no new key, however it is stored, and is not used; what it says can still be read", async () => {
    const attacker = await forge();
    for (const [words, input] of [
      [setOpenai, "canary-openai"],
      [["vault", "import", "--agent", "a1"], "OPENAI_API_KEY=canary-openai\n"],
      [["vault", "credentials", "set", "DIGITALOCEAN_TOKEN"], "canary-token-2"],
      [["vault", "recipients", "add", (await generateIdentity()).recipient], undefined],
      [["vault", "recipients", "remove", shortId(attacker)], undefined],
      [["operator", "init", "--replace"], undefined],
    ] as const)
      expect(await refused(words, input)).toContain(
        `new recipient, who can read what you store: ${shortId(attacker)}\n`,
      );
    const shown = await owner.claws(["keys", "list"]);
    expect(shown.exitCode).toBe(0);
    expect(shown.stderr).toContain("claws: the vault has changed since you last accepted it: new recipient");
    expect(shown.stderr).toMatch(/another operator key: [\w-]{43} -> [\w-]{43}\n/);
    expect((await owner.claws(["vault", "recipients", "list"])).stdout).toContain(shortId(attacker));
  });

  it("lends none of its credentials, also when it names our recipients alone", async () => {
    await forge({ recipients: [mine], credentials: [testCredential("DIGITALOCEAN_TOKEN", "dop_v1_of-the-attacker")] });
    expect(await refused(["env", "--", "true"])).toContain("another operator key");
    await refused(setOpenai, "canary-openai");
  });

  it("does not become ours by a merge with what we stored before", async () => {
    await owner.mustClaws(["vault", "git-setup"]);
    await owner.mustGit("checkout", "--quiet", "-b", "mine");
    await owner.mustClaws(["keys", "set", "groq", "--agent", "a1"], "canary-groq");
    await owner.mustGit("commit", "--quiet", "-a", "-m", "groq");
    await owner.mustGit("checkout", "--quiet", "main");
    await forge();
    expect((await owner.git("merge", "-m", "both", "mine")).code).toBe(1);
    await refused(setOpenai, "canary-openai");
  });

  it("is left by taking our own state out of Git again, without a question", async () => {
    await forge();
    await refused(setOpenai, "canary-openai");
    await owner.mustGit("checkout", "HEAD~1", "--", "vault.age");
    expect((await owner.claws(["keys", "list"])).stderr).toBe("");
    await owner.mustClaws(setOpenai, "canary-openai");
  });
});

describe("an old state of the vault that is put back", () => {
  it("brings nobody back who was removed", async () => {
    const colleague = await generateIdentity();
    await owner.mustClaws(["vault", "recipients", "add", colleague.recipient]);
    await publish(owner);
    await fastForward(mallory);
    const old = await readFile(vaultOf(mallory));
    await owner.mustClaws(["vault", "recipients", "remove", colleague.recipient]);
    await publish(owner);
    await fastForward(mallory);
    await writeFile(vaultOf(mallory), old);
    await publish(mallory);
    await fastForward(owner);
    const said = await refused(setOpenai, "canary-openai");
    expect(said).toContain(`new recipient, who can read what you store: ${shortId(colleague.recipient)}\n`);
    expect(said).toContain("an older state: revision 4, and this machine has seen 5\n");
    // What takes him out again needs no consent.
    await owner.mustClaws(["vault", "recipients", "remove", colleague.recipient]);
  });

  it("gives no key or credential of before to anybody until it is accepted", async () => {
    const old = await readFile(vaultOf(owner));
    await owner.mustClaws(["vault", "credentials", "set", "DIGITALOCEAN_TOKEN"], "canary-token-2");
    await publish(owner);
    await fastForward(mallory);
    await writeFile(vaultOf(mallory), old);
    await publish(mallory);
    await fastForward(owner);
    expect(await refused(["env", "--", "true"])).toContain("an older state: revision 3, and this machine has seen 4\n");
    // To store something in it tells nobody more, and makes it no newer than what was seen.
    await owner.mustClaws(setOpenai, "canary-openai");
    await owner.mustClaws(["vault", "credentials", "remove", "DIGITALOCEAN_TOKEN"]);
    expect((await owner.claws(["keys", "list"])).stderr).toBe("");
  });
});

describe("an old state of the vault that comes back by a merge", () => {
  it("is a conflict: who was removed stays out, and a replaced key stays replaced", async () => {
    const colleague = await generateIdentity();
    await owner.mustClaws(["vault", "git-setup"]);
    await owner.mustClaws(["vault", "recipients", "add", colleague.recipient]);
    await publish(owner);
    await fastForward(mallory);
    const old = await readFile(vaultOf(mallory));
    await owner.mustClaws(["vault", "recipients", "remove", colleague.recipient]);
    await owner.mustClaws(["keys", "set", "anthropic", "--agent", "a1"], "canary-anthropic-2");
    await publish(owner);
    await fastForward(mallory);
    await writeFile(vaultOf(mallory), old);
    await publish(mallory);
    await owner.mustClaws(setOpenai, "canary-openai");
    await owner.mustGit("commit", "--quiet", "-a", "-m", "openai");
    const before = await readFile(vaultOf(owner));
    const { code, output } = await owner.git("pull", "--no-rebase", "--no-edit", "origin", "main");
    expect(code).toBe(1);
    expect(output).toContain(
      "conflict: one side is an older state of the vault, revision 4 after 6: somebody has put it back\n",
    );
    expect((await readFile(vaultOf(owner))).equals(before)).toBe(true);
  });
});

describe("claws vault recipients accept", () => {
  it("shows what changed and takes a yes at a terminal, from which on the vault is used again", async () => {
    const attacker = await forge();
    const asked = startAtTerminal([process.execPath, program, ...accept], {
      folder: owner.folder,
      environment: owner.environment,
    });
    await asked.shows("Accept the vault as it is now? [y/N] ");
    for (const text of [shortId(attacker), "last accepted here on 20", "it holds 0 keys and 0 cloud credentials"])
      expect(asked.screen().replaceAll(/\r?\n */g, " ")).toContain(text);
    asked.type("y\r");
    expect(await asked.exitCode).toBe(0);
    await owner.mustClaws(setOpenai, "canary-openai");
  });

  it("takes no answer but yes", async () => {
    await forge();
    const asked = startAtTerminal([process.execPath, program, ...accept], {
      folder: owner.folder,
      environment: owner.environment,
    });
    await asked.shows("[y/N] ");
    asked.type("\r");
    expect(await asked.exitCode).toBe(2);
    await refused(setOpenai, "canary-openai");
  });

  it("asks nobody where there is no terminal, and is told by a script with --yes", async () => {
    const attacker = await forge();
    const unasked = await owner.claws(accept);
    expect([unasked.exitCode, unasked.stdout]).toEqual([2, ""]);
    expect(unasked.stderr).toContain("claws: hint: say it with --yes\n");
    const lines = (await owner.mustClaws(["--quiet", ...accept, "--yes"])).trimEnd().split("\n");
    expect(lines.slice(1)).toEqual([
      `new recipient, who can read what you store: ${shortId(attacker)}`,
      expect.stringMatching(/^another operator key: [\w-]{43} -> [\w-]{43}$/),
      "it holds 0 keys and 0 cloud credentials",
      `accepted ${vaultOf(owner)}`,
    ]);
    expect((await owner.claws([...accept, "--yes"])).stderr).toBe(
      "claws: nothing to accept: the vault is as this machine knows it\n",
    );
    await owner.mustClaws(setOpenai, "canary-openai");
  });
});

describe("what a machine remembers", () => {
  const folderOf = (person: Person): string =>
    join(person.environment["HOME"] ?? "", ".local/state/office-claws/vaults");

  it("is one file for each vault, for its owner alone, with no secret in it and nothing in the repository", async () => {
    const other = join(owner.folder, "other.age");
    await owner.mustClaws(["vault", "init", "--vault", other]);
    const files = await readdir(folderOf(owner));
    expect(files).toHaveLength(2);
    for (const file of files) {
      expect((await stat(join(folderOf(owner), file))).mode & 0o777).toBe(0o600);
      expect(await readFile(join(folderOf(owner), file), "utf8")).not.toMatch(/canary|SECRET/);
    }
    expect((await stat(folderOf(owner))).mode & 0o777).toBe(0o700);
    expect(await owner.mustGit("status", "--porcelain")).toBe("?? other.age\n");
  });

  it("starts anew in another clone, which is said when others can read the vault", async () => {
    const colleague = await generateIdentity();
    await owner.mustClaws(["vault", "recipients", "add", colleague.recipient]);
    await publish(owner);
    const clone = join(folder(), "second");
    await owner.mustGit("clone", "--quiet", shared, clone);
    const words = ["keys", "list", "--vault", join(clone, "vault.age")];
    expect((await owner.claws(words)).stderr).toContain(
      "first use of this vault on this machine: it is taken as it is",
    );
    expect((await owner.claws(words)).stderr).toBe("");
    // Who was added by a reader is told of; what is there is used, and nothing new is stored.
    await owner.mustClaws(["vault", "recipients", "add", (await generateIdentity()).recipient]);
    await copyFile(vaultOf(owner), join(clone, "vault.age"));
    const place = ["--vault", join(clone, "vault.age")];
    expect((await owner.claws(["env", ...place, "--", "true"])).exitCode).toBe(0);
    expect((await owner.claws([...setOpenai, ...place], "canary-openai")).exitCode).toBe(2);
  });

  it("that is damaged, or that others may write, is no reason to trust: reading goes on, the rest waits", async () => {
    const [name = ""] = await readdir(folderOf(owner));
    const file = join(folderOf(owner), name);
    const whole = await readFile(file);
    for (const break_ of [
      async () => await writeFile(file, whole.subarray(0, 40)),
      async () => await writeFile(file, whole).then(async () => await chmod(file, 0o666)),
    ]) {
      await break_();
      const shown = await owner.claws(["keys", "list"]);
      expect([shown.exitCode, shown.stdout]).toEqual([0, expect.stringContaining("anthropic")]);
      expect(shown.stderr).toContain(`claws: cannot tell whether the vault changed hands: cannot use "${file}": `);
      expect((await owner.claws(setOpenai, "canary-openai")).exitCode).toBe(2);
      await owner.mustClaws([...accept, "--yes"]);
      await owner.mustClaws(setOpenai, "canary-openai");
      expect((await stat(file)).mode & 0o777).toBe(0o600);
    }
  });

  it("that is lost starts anew; without a home, or one to write to, that is said and the vault is saved all the same", async () => {
    await rm(folderOf(owner), { recursive: true });
    await owner.mustClaws(setOpenai, "canary-openai");
    const identity = await readFile(join(owner.environment["HOME"] ?? "", ".config/office-claws/identity.txt"), "utf8");
    const key = identity.split("\n").find((line) => line.startsWith("AGE-")) ?? "";
    const homeless = { ...owner.environment, HOME: "" };
    for (const [environment, cause] of [
      [homeless, "neither XDG_STATE_HOME nor HOME is set"],
      // Not even root makes a folder there.
      [{ ...homeless, HOME: "/sys" }, `"/sys/.local/state/office-claws/vaults/`],
    ] as const) {
      const run = await spawnClaws(setOpenai, {
        folder: owner.folder,
        environment: { ...environment, CLAWS_AGE_KEY: key },
        input: "canary-openai",
      });
      expect(run.exitCode).toBe(0);
      expect(run.stderr).toContain("claws: cannot remember who can open the vault: ");
      expect(run.stderr).toContain(cause);
    }
  });

  it("keeps up with what readers of the vault change, and tells of a removal once", async () => {
    const colleague = await makePerson(folder(), "colleague", shared);
    const theirs = (await colleague.mustClaws(["vault", "identity", "--new"])).trim();
    const third = (await generateIdentity()).recipient;
    await owner.mustClaws(["vault", "recipients", "add", theirs]);
    await owner.mustClaws(["vault", "recipients", "add", third]);
    await publish(owner);
    await fastForward(colleague);
    await colleague.mustClaws(["vault", "recipients", "remove", third]);
    await colleague.mustClaws(setOpenai, "canary-openai");
    await publish(colleague);
    await fastForward(owner);
    const line = `claws: the vault has changed since you last accepted it: no longer a recipient: ${shortId(third)}\n`;
    expect((await owner.claws(["keys", "list"])).stderr).toBe(line);
    expect((await owner.claws(["keys", "list"])).stderr).toBe("");
    await owner.mustClaws(["keys", "set", "groq", "--agent", "a1"], "canary-groq");
  });
});
