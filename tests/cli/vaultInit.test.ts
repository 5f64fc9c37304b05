// SPDX-License-Identifier: Apache-2.0
// Vaults of each kind, made by the real program; passphrases typed at a real pseudo-terminal.
import { chmod, mkdir, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { generateIdentity } from "../../cli/ageFile.ts";
import { makeProject, spawnClaws, type CliRun } from "../support/cliHarness.ts";
import { startAtTerminal, type PseudoTerminal } from "../support/pseudoTerminal.ts";
import { cacheFolder, scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();
const cache = cacheFolder();
const PASSPHRASE = "correct horse battery staple canary";
const NEW = "new passphrase of the vault, or nothing to have one made up (not shown): ";
const AGAIN = "the same again (not shown): ";
const { bin } = JSON.parse(await readFile(join(import.meta.dirname, "..", "..", "package.json"), "utf8")) as {
  readonly bin: { readonly claws: string };
};
const program = join(import.meta.dirname, "..", "..", bin.claws);
let root = "";
let environment: Record<string, string> = {};
let identity = "";

beforeEach(async () => {
  ({ root, environment } = await makeProject(folder()));
  environment["CLAWS_CACHE"] = cache();
  identity = join(environment["HOME"] ?? "", ".config", "office-claws", "identity.txt");
});

async function claws(words: readonly string[], extra: Record<string, string> = {}, input = ""): Promise<CliRun> {
  const run = await spawnClaws(words, { environment: { ...environment, ...extra }, folder: root, input });
  expect(run.stdout + run.stderr).not.toMatch(/canary|AGE-SECRET-KEY-/);
  return run;
}

function atTerminal(words: string): PseudoTerminal {
  return startAtTerminal(["sh", "-c", words], { folder: root, environment: { ...environment, C: program } });
}
const node = `'${process.execPath}' "$C"`;

describe("a vault that cannot be made", () => {
  it("leaves no identity behind when its folder is not there or is a file", async () => {
    await writeFile(join(root, "a-file"), "");
    for (const [name, cause] of [
      ["missing", "the folder does not exist (ENOENT)"],
      ["a-file", "ENOTDIR"],
    ] as const) {
      const { exitCode, stdout, stderr } = await claws(["vault", "init", "--vault", join(root, name, "vault.age")]);
      expect({ exitCode, stdout, stderr }).toEqual({
        exitCode: 1,
        stdout: "",
        stderr:
          `claws: error: cannot write the vault "${join(root, name, "vault.age")}": ${cause}\n` +
          `claws: hint: check the folder "${join(root, name)}"\n`,
      });
    }
    expect(await readdir(environment["HOME"] ?? "").catch(() => [])).not.toContain(".config");
  });
});

describe("a vault with a passphrase", () => {
  it("is made with one that is typed twice, and opened with it typed once, even while stdin is the key", async () => {
    const making = atTerminal(`${node} vault init --passphrase`);
    await making.shows(NEW);
    making.type(`${PASSPHRASE}\r`);
    await making.shows(AGAIN);
    making.type(`${PASSPHRASE}\r`);
    expect(await making.exitCode).toBe(0);
    expect(making.screen()).toContain("  opened with a passphrase\r\n");

    await writeFile(join(root, "key.txt"), "sk-ant-typed\n");
    const storing = atTerminal(`${node} keys set anthropic --agent a1 < key.txt`);
    const prompt = `passphrase of the vault "${join(root, "vault.age")}" (not shown): `;
    await storing.shows(prompt);
    storing.type(`${PASSPHRASE}\r`);
    expect(await storing.exitCode).toBe(0);
    expect(storing.screen()).toContain("stored anthropic for a1, version 1");
    expect(storing.screen().split(prompt)).toHaveLength(2);
    for (const { screen } of [making, storing]) expect(screen()).not.toContain("canary");
    expect(await readdir(root)).not.toContain("vault.age.lock");
  });

  it("gets a made-up passphrase when nothing is typed, which opens it", async () => {
    const making = atTerminal(`${node} vault init --passphrase --quiet`);
    await making.shows(NEW);
    making.type("\r");
    expect(await making.exitCode).toBe(0);
    const made = /shown this once: (\S+)/.exec(making.screen())?.[1] ?? "";
    expect(made).toMatch(/^([0-9a-z]{5}-){4}[0-9a-z]{5}$/);
    expect((await claws(["keys", "list"], { CLAWS_VAULT_PASSPHRASE_CMD: `echo ${made}` })).exitCode).toBe(0);
  });

  it("is not made when the two differ, at Ctrl-C, with a weak one, or in a CI job", async () => {
    const differing = atTerminal(`${node} vault init --passphrase`);
    await differing.shows(NEW);
    differing.type(`${PASSPHRASE}\r`);
    await differing.shows(AGAIN);
    differing.type("another\r");
    expect(await differing.exitCode).toBe(2);
    const interrupted = atTerminal(`${node} vault init --passphrase`);
    await interrupted.shows(NEW);
    interrupted.type("\u0003");
    expect(await interrupted.exitCode).toBe(130);
    const weak = atTerminal(`${node} vault init --passphrase; stty -a`);
    await weak.shows(NEW);
    weak.type("password1234\r");
    expect(await weak.exitCode).toBe(0);
    expect(weak.screen()).toContain("the passphrase is too weak");
    expect(weak.screen()).toMatch(/ echo /);
    expect((await claws(["vault", "init", "--passphrase"])).stderr).toContain("cannot ask for the passphrase");
    expect((await readdir(root)).sort()).toEqual(["Pulumi.yaml", "stacks"]);
  });

  it("allows nothing beside the passphrase", async () => {
    for (const words of [["--post-quantum"], ["--recipient", "age1x"]])
      expect((await claws(["vault", "init", "--passphrase", ...words])).stderr).toContain(
        "claws: error: --passphrase cannot stand beside --recipient or --post-quantum\n",
      );
  });

  it("changes its passphrase, and the old one opens it no more", async () => {
    const old = { CLAWS_VAULT_PASSPHRASE_CMD: "echo one old and strong enough passphrase" };
    await claws(["vault", "init", "--passphrase"], old);
    Object.assign(environment, old);
    const changing = atTerminal(`${node} vault passphrase`);
    for (const prompt of [NEW, AGAIN]) {
      await changing.shows(prompt);
      changing.type(`${PASSPHRASE}\r`);
    }
    expect(await changing.exitCode).toBe(0);
    expect((await claws(["keys", "list"])).stderr).toContain("the passphrase is wrong");
    const command = { CLAWS_VAULT_PASSPHRASE_CMD: `echo '${PASSPHRASE}'` };
    expect((await claws(["keys", "list"], command)).exitCode).toBe(0);
  });

  it("is not made of one with recipients by accident", async () => {
    await claws(["vault", "init"]);
    const run = await claws(["vault", "passphrase"]);
    expect(run).toMatchObject({ exitCode: 2, stdout: "" });
    expect(run.stderr).toContain("--replace-recipients");
  });
});

describe("a post-quantum vault", () => {
  it("is made with an identity of that kind, takes keys, and refuses classic recipients", async () => {
    const made = await claws(["vault", "init", "--post-quantum", "--json"]);
    expect(JSON.parse(made.stdout)).toMatchObject({
      recipients: [expect.stringMatching(/^age1pq1[a-z0-9]{1952}$/)],
      identity,
    });
    expect(await readFile(identity, "utf8")).toMatch(/\nAGE-SECRET-KEY-PQ-1[A-Z0-9]+\n$/);
    expect((await stat(identity)).mode & 0o777).toBe(0o600);
    expect((await claws(["keys", "set", "openai", "--agent", "a1"], {}, "sk-x")).exitCode).toBe(0);
    expect((await claws(["keys", "list"])).stdout).toContain("openai");
    const { recipient } = await generateIdentity();
    const run = await claws(["vault", "recipients", "add", recipient]);
    expect(run.stderr).toContain("cannot mix post-quantum recipients with classic ones");
  });

  it("is not made for a classic recipient, or by an owner who has only classic identities", async () => {
    const classic = await generateIdentity();
    const mixed = await claws(["vault", "init", "--post-quantum", "--recipient", classic.recipient]);
    expect(mixed.stderr).toContain("cannot mix post-quantum recipients with classic ones");
    expect(await readdir(environment["HOME"] ?? "").catch(() => [])).toEqual([]);
    const owner = { CLAWS_AGE_KEY: classic.identity.reveal() };
    const run = await claws(["vault", "init", "--post-quantum"], owner);
    expect(run.stderr).toBe(
      [
        "claws: error: you have no post-quantum identity, only classic ones",
        "claws: hint: make one beside them: claws vault identity --new --post-quantum",
        "",
      ].join("\n"),
    );
    expect((await readdir(root)).sort()).toEqual(["Pulumi.yaml", "stacks"]);
  });

  it("is what a classic one becomes, with nothing lost on the way", async () => {
    await claws(["vault", "init"]);
    await claws(["keys", "set", "openai", "--agent", "a1"], {}, "sk-x");
    const { stdout } = await claws(["vault", "identity", "--new", "--post-quantum"]);
    await writeFile(join(root, "team.txt"), `# all of us\n${stdout}`);
    expect((await claws(["vault", "recipients", "set", "--file", join(root, "team.txt")])).exitCode).toBe(0);
    expect((await claws(["vault", "recipients", "list"])).stdout).toMatch(/age1pq1\S+ {2}post-quantum {2}yours/);
    expect((await claws(["keys", "list"])).stdout).toContain("openai");
  });
});

describe("claws vault identity", () => {
  it("prints recipients, and adds identities without touching those that are there", async () => {
    expect((await claws(["vault", "identity"])).stderr).toContain("claws vault identity --new");
    const first = (await claws(["vault", "identity", "--new"])).stdout.trim();
    const before = await readFile(identity, "utf8");
    const second = (await claws(["vault", "identity", "--new"])).stdout.trim();
    expect((await readFile(identity, "utf8")).startsWith(before)).toBe(true);
    expect((await claws(["vault", "identity"])).stdout).toBe(`${first}\n${second}\n`);
    expect(JSON.parse((await claws(["vault", "identity", "--json"])).stdout)).toEqual({
      recipients: [first, second],
      identity,
    });
    expect((await stat(identity)).mode & 0o777).toBe(0o600);
    // Both are the owner's, so both go into a new vault.
    expect((await claws(["vault", "init"])).stdout).toContain(second);
  });

  it("loses no identity when several are made at once: their recipients are printed already", async () => {
    const runs = await Promise.all([1, 2, 3, 4].map(() => claws(["vault", "identity", "--new"])));
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0]);
    const printed = runs.map(({ stdout }) => stdout.trim());
    const kept = (await claws(["vault", "identity"])).stdout.trim().split("\n");
    expect(kept.sort()).toEqual(printed.sort());
    expect(await readdir(dirname(identity))).toEqual(["identity.txt"]);
  });

  it("adds nothing where it would not be read, or could be read by others", async () => {
    const { identity: other } = await generateIdentity();
    const elsewhere = await claws(["vault", "identity", "--new"], { CLAWS_AGE_KEY: other.reveal() });
    expect(elsewhere.stderr).toContain("your identities come from CLAWS_AGE_KEY");
    await mkdir(dirname(identity), { recursive: true });
    await writeFile(identity, `${other.reveal()}\n`);
    await chmod(identity, 0o644);
    expect((await claws(["vault", "identity", "--new"])).stderr).toContain("its mode is 644");
  });
});
