// SPDX-License-Identifier: Apache-2.0
// A vault in a repository: real git, the real program as its merge driver and textconv.
import { chmod, copyFile, mkdir, readdir, readFile, readlink, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Encrypter } from "age-encryption";
import { generateIdentity } from "../../cli/ageFile.ts";
import { makePerson, makeSharedRepository, type Person } from "../support/gitClones.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();
let shared = "";
let owner: Person;

beforeEach(async () => {
  shared = await makeSharedRepository(folder());
  owner = await makePerson(folder(), "owner", shared);
  await owner.mustClaws(["vault", "init"]);
  await store("anthropic", "canary-anthropic-1");
});

async function store(name: string, value: string, ...more: readonly string[]): Promise<void> {
  await owner.mustClaws(["keys", "set", name, "--agent", "a1", ...more], value);
}

async function commit(message: string): Promise<void> {
  await owner.mustGit("add", "-A");
  await owner.mustGit("commit", "--quiet", "-m", message);
}

async function keysOf(person: Person): Promise<readonly string[]> {
  const keys = JSON.parse(await person.mustClaws(["keys", "list", "--json"])) as { name: string; version: number }[];
  return keys.map(({ name, version }) => `${name} ${version}`);
}

describe("claws vault diff", () => {
  it("compares with HEAD, with another commit, two commits, and two files", async () => {
    await commit("first");
    expect(await owner.claws(["vault", "diff"])).toEqual({ exitCode: 0, stdout: "", stderr: "claws: no difference\n" });
    await copyFile(join(owner.folder, "vault.age"), join(owner.folder, "old.age"));
    await store("openai", "canary-openai-1");
    const line = /^\+ key a1\/openai: version 1, openai, created [\d-]{10}, for 30 days from each push\n$/;
    expect(await owner.mustClaws(["vault", "diff"])).toMatch(line);
    await commit("second");
    for (const words of [["HEAD~1"], ["HEAD~1..HEAD"], ["HEAD~1.."], ["--", "old.age", "vault.age"]])
      expect(await owner.mustClaws(["vault", "diff", ...words])).toMatch(line);
    expect(JSON.parse(await owner.mustClaws(["vault", "diff", "HEAD~1", "--json"]))).toMatchObject({
      keys: [{ agent: "a1", name: "openai", before: null, valueChanged: true }],
    });
  });

  it("takes a commit without a vault for an empty one", async () => {
    const lines = (await owner.mustClaws(["vault", "diff", "HEAD"])).trimEnd().split("\n");
    expect(lines.map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual(["+ recipient", "+ key", "~ operator"]);
  });

  it.each([
    [["no-such-branch"], 'git does not know the revision "no-such-branch"'],
    [["HEAD:vault.age"], 'git does not know the revision "HEAD:vault.age"'],
    [["--", "vault.age"], "two files are compared, but 1 are named"],
    [["--", "vault.age", "none.age"], 'there is no vault at "'],
  ])("refuses %j", async (words, message) => {
    await commit("first");
    const { exitCode, stdout, stderr } = await owner.claws(["vault", "diff", ...words]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain(message);
  });

  it("gives git no option in the place of a revision", async () => {
    await commit("first");
    for (const revision of ["--output=x", "-x", "HEAD..--output=x"]) {
      const { exitCode } = await owner.claws(["vault", "diff", revision]);
      expect(exitCode).toBe(2);
    }
    expect(await readdir(owner.folder)).not.toContain("x");
  });

  it("says so outside of a repository", async () => {
    const lone = join(folder(), "lone");
    await mkdir(lone);
    await copyFile(join(owner.folder, "vault.age"), join(lone, "vault.age"));
    const { exitCode, stderr } = await owner.claws(["vault", "diff", "--vault", join(lone, "vault.age")]);
    expect([exitCode, stderr]).toEqual([2, `claws: error: "${lone}" is not in a git repository\n`]);
  });
});

describe("claws vault git-setup", () => {
  it("writes one line and this clone's settings, and the same again when it is run again", async () => {
    const attributes = join(owner.folder, ".gitattributes");
    await writeFile(attributes, "*.png binary");
    const first = await owner.claws(["vault", "git-setup"]);
    expect(first.stderr).toBe(`claws: commit ${attributes}; in every other clone, run this once\n`);
    const [written, settings] = [
      await readFile(attributes, "utf8"),
      await owner.mustGit("config", "--local", "--list"),
    ];
    expect(written).toBe("*.png binary\n/vault.age -text diff=claws-vault merge=claws-vault\n");
    expect((await owner.claws(["vault", "git-setup"])).stderr).toBe("");
    expect(await readFile(attributes, "utf8")).toBe(written);
    expect(await owner.mustGit("config", "--local", "--list")).toBe(settings);
    expect(settings).toContain("diff.claws-vault.cachetextconv=false\n");
  });

  it("makes git show what changed in a vault, and no value", async () => {
    await owner.mustClaws(["vault", "git-setup"]);
    await commit("first");
    await store("anthropic", "canary-anthropic-2");
    const changes = (await owner.mustGit("diff", "vault.age")).split("\n").filter((line) => /^[+-]key/.test(line));
    expect(changes.map((line) => line.replace(/\d{4}-\S+Z/, "TIME"))).toEqual([
      "-key a1/anthropic: version 1, anthropic, created TIME, for 30 days from each push",
      "+key a1/anthropic: version 2, anthropic, created TIME, for 30 days from each push",
    ]);
    await commit("second");
    expect(await owner.mustGit("log", "-p")).not.toContain("canary");
  });

  it("lets whoever is no recipient go on with git", async () => {
    await owner.mustClaws(["vault", "git-setup"]);
    await commit("first");
    await owner.mustGit("push", "--quiet", "origin", "HEAD:main");
    const stranger = await makePerson(folder(), "stranger", shared);
    await stranger.mustClaws(["vault", "git-setup"]);
    expect(await stranger.mustGit("log", "-p", "--", "vault.age")).toContain(
      "+a vault that is not opened here: cannot open the vault it: no age identity was found",
    );
  });

  it("works from a folder below, for a vault of another name and from a path with blanks and quotes", async () => {
    const odd = join(owner.folder, "it's 100% odd");
    await mkdir(odd);
    await copyFile(join(owner.folder, "vault.age"), join(odd, "team-1.age"));
    await owner.mustClaws(["vault", "git-setup", "--vault", join(odd, "team-1.age")]);
    expect(await readFile(join(odd, ".gitattributes"), "utf8")).toBe(
      "/team-1.age -text diff=claws-vault merge=claws-vault\n",
    );
    await commit("first");
    expect(await owner.mustGit("log", "-p", "--", odd)).toContain("+key a1/anthropic: version 1");
  });

  it("does not follow a link in the place of the attributes: its text would be committed", async () => {
    await writeFile(join(folder(), "private.txt"), "canary\n");
    await symlink(join(folder(), "private.txt"), join(owner.folder, ".gitattributes"));
    const { exitCode, stderr } = await owner.claws(["vault", "git-setup"]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("it is a symbolic link")]);
    expect(await readlink(join(owner.folder, ".gitattributes"))).toBe(join(folder(), "private.txt"));
  });

  it("refuses a name that would be a pattern, and a place without a repository", async () => {
    const star = join(owner.folder, "v*.age");
    await copyFile(join(owner.folder, "vault.age"), star);
    expect((await owner.claws(["vault", "git-setup", "--vault", star])).stderr).toContain(
      'cannot set up git for "v*.age": only letters, digits, hyphens, underscores and periods',
    );
    expect((await owner.claws(["vault", "git-setup", "--vault", join(folder(), "vault.age")])).exitCode).toBe(2);
  });
});

describe("git merge of a vault", () => {
  beforeEach(async () => {
    await owner.mustClaws(["vault", "git-setup"]);
    await commit("first");
    await owner.mustGit("checkout", "--quiet", "-b", "side");
  });

  it("puts together what both branches stored", async () => {
    await store("openai", "canary-openai");
    await commit("side");
    await owner.mustGit("checkout", "--quiet", "-");
    await store("groq", "canary-groq");
    await owner.mustClaws(["vault", "credentials", "set", "DIGITALOCEAN_TOKEN"], "canary-token");
    await commit("ours");
    await owner.mustGit("merge", "--quiet", "-m", "both", "side");
    expect(await keysOf(owner)).toEqual(["anthropic 1", "groq 1", "openai 1"]);
    expect(await owner.mustClaws(["vault", "credentials", "list"])).toContain("DIGITALOCEAN_TOKEN");
    expect(await owner.mustGit("status", "--porcelain")).toBe("");
    // Nothing is left of git's temporary files, our locks and our temporary files.
    expect((await readdir(owner.folder)).filter((name) => !name.startsWith(".git")).sort()).toEqual([
      "Pulumi.yaml",
      "vault.age",
    ]);
  });

  it("works the same in a rebase", async () => {
    await store("openai", "canary-openai");
    await commit("side");
    await owner.mustGit("checkout", "--quiet", "-b", "other", "HEAD~1");
    await store("groq", "canary-groq");
    await commit("other");
    await owner.mustGit("rebase", "--quiet", "side");
    expect(await keysOf(owner)).toEqual(["anthropic 1", "groq 1", "openai 1"]);
  });

  it("stops at a key that both branches replaced, says which, and leaves our side as it was", async () => {
    await store("anthropic", "canary-theirs");
    await commit("side");
    await owner.mustGit("checkout", "--quiet", "-");
    await store("anthropic", "canary-ours");
    await commit("ours");
    const ours = await readFile(join(owner.folder, "vault.age"));
    const { code, output } = await owner.git("merge", "-m", "both", "side");
    expect(code).toBe(1);
    expect(output).toContain('claws: error: cannot merge the vault "vault.age"\n');
    expect(output).toContain("conflict: key a1/anthropic: version 2 is not the same on both sides\n");
    expect(output).toContain("CONFLICT (content): Merge conflict in vault.age");
    expect(output).not.toContain("canary");
    expect(await readFile(join(owner.folder, "vault.age"))).toEqual(ours);
    expect(await owner.mustGit("status", "--porcelain", "vault.age")).toBe("UU vault.age\n");
  });

  it("stops at a vault that somebody made who knows our recipients and cannot read ours, so that our keys stay ours", async () => {
    const [mine, attacker] = [(await owner.mustClaws(["vault", "identity"])).trim(), await generateIdentity()];
    const encrypter = new Encrypter();
    encrypter.addRecipient(mine);
    const forged = { officeClaws: 1, recipients: [mine, attacker.recipient], keys: [] };
    await writeFile(join(owner.folder, "vault.age"), await encrypter.encrypt(JSON.stringify(forged)));
    await commit("a harmless change");
    await owner.mustGit("checkout", "--quiet", "-");
    await store("groq", "canary-groq");
    await commit("ours");
    const ours = await readFile(join(owner.folder, "vault.age"));
    const { code, output } = await owner.git("merge", "-m", "both", "side");
    expect(code).toBe(1);
    expect(output).toContain(
      "conflict: recipients: a side adds some, and nothing shows that its writer could read the vault before\n",
    );
    expect(await readFile(join(owner.folder, "vault.age"))).toEqual(ours);
  });

  it("says aloud which credentials and which operator key it took from the other side", async () => {
    await owner.mustClaws(["vault", "credentials", "set", "DIGITALOCEAN_TOKEN"], "canary-token");
    await owner.mustClaws(["operator", "init", "--replace"]);
    await commit("side");
    await owner.mustGit("checkout", "--quiet", "-");
    // The operator key of before was replaced, so nothing is stored under it until somebody says so.
    expect((await owner.claws(["keys", "set", "openai", "--agent", "a1"], "canary-openai-1")).exitCode).toBe(2);
    await owner.mustClaws(["vault", "recipients", "accept", "--yes"]);
    await store("openai", "canary-openai-1");
    await commit("ours");
    const { code, output } = await owner.git("merge", "-m", "both", "side");
    expect(code).toBe(0);
    expect(output).toContain("vault.age: merged a credential that the other side has added: DIGITALOCEAN_TOKEN\n");
    expect(output).toMatch(/vault\.age: merged another operator key: [\w-]{43} -> [\w-]{43}\n/);
    expect(output).not.toContain("canary");
  });

  it("stops, and leaves our side as it was, for whoever cannot open it", async () => {
    await store("openai", "canary-openai");
    await commit("side");
    await owner.mustGit("checkout", "--quiet", "-");
    await store("groq", "canary-groq");
    await commit("ours");
    await owner.mustGit("push", "--quiet", "origin", "HEAD:main", "side");
    const stranger = await makePerson(folder(), "stranger", shared);
    await stranger.mustClaws(["vault", "git-setup"]);
    const { code, output } = await stranger.git("merge", "-m", "both", "origin/side");
    expect(code).toBe(1);
    expect(output).toContain("no age identity was found");
    expect(await readFile(join(stranger.folder, "vault.age"))).toEqual(await readFile(join(owner.folder, "vault.age")));
  });
});

describe("claws vault merge", () => {
  it("takes its files by name, an empty base for none, and says what is missing", async () => {
    const [base, ours, theirs] = ["base.age", "ours.age", "theirs.age"].map((name) => join(owner.folder, name));
    if (base === undefined || ours === undefined || theirs === undefined) throw new Error("three names, three paths");
    await writeFile(base, "");
    await copyFile(join(owner.folder, "vault.age"), ours);
    await store("openai", "canary-openai");
    await copyFile(join(owner.folder, "vault.age"), theirs);
    for (const path of [base, ours, theirs]) await chmod(path, 0o600);
    expect((await owner.claws(["vault", "merge", "--", "base.age", "ours.age"])).stderr).toContain(
      "BASE, OURS, THEIRS and perhaps PATH are needed, but 2 words are there",
    );
    expect(await owner.claws(["vault", "merge", "--", "base.age", "ours.age", "theirs.age"])).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: "",
    });
    expect(await owner.mustClaws(["vault", "show", ours])).toBe(await owner.mustClaws(["vault", "show", theirs]));
  });
});
