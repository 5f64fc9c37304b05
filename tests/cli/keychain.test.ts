// SPDX-License-Identifier: Apache-2.0
// The real program and a real Secret Service.
import { spawnSync } from "node:child_process";
import { access, copyFile, mkdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createVault } from "../../cli/vault.ts";
import { keysOf } from "../../cli/vaultPassphrase.ts";
import { Sensitive } from "../../protocol/sensitive.ts";
import { makeProject, spawnClaws, type CliRun } from "../support/cliHarness.ts";
import { cacheFolder, scratchFolder } from "../support/scratchFolder.ts";
import { testOperator } from "../support/testVault.ts";
import { startSecretService, type SecretService } from "../support/secretService.ts";

const folder = scratchFolder();
const cache = cacheFolder();
const PASSPHRASE = "canary battery staple horse";
let root = "";
let environment: Record<string, string> = {};
let service: SecretService;
let identity = "";
let choice = "";

beforeEach(async () => {
  ({ root, environment } = await makeProject(folder()));
  service = await startSecretService(folder());
  environment = { ...environment, ...service.environment, CLAWS_CACHE: cache() };
  identity = join(environment["HOME"] ?? "", ".config", "office-claws", "identity.txt");
  choice = join(environment["HOME"] ?? "", ".config", "office-claws", "keychain.json");
});
afterEach(() => service.close());

async function claws(words: readonly string[], extra: Record<string, string> = {}): Promise<CliRun> {
  const run = await spawnClaws(words, { environment: { ...environment, ...extra }, folder: root });
  expect(run.stdout + run.stderr).not.toMatch(/canary|AGE-SECRET-KEY-/);
  return run;
}

describe("an identity in the keychain", () => {
  it("opens the vault when the file is gone, until it is forgotten", async () => {
    await claws(["vault", "init"]);
    const stored = await claws(["vault", "keychain", "store", "--json"]);
    expect(JSON.parse(stored.stdout)).toEqual({ what: "identity", vault: join(root, "vault.age"), from: identity });
    expect(stored.stderr).toBe(`claws: it is still in ${identity}, too\n`);
    await rm(identity);
    expect((await claws(["keys", "list"])).exitCode).toBe(0);
    expect((await claws(["vault", "recipients", "list"])).stdout).toContain("yours");

    const forgotten = await claws(["vault", "keychain", "forget", "--yes"]);
    expect(forgotten).toEqual({ exitCode: 0, stdout: "the keychain holds the identity no more\n", stderr: "" });
    expect((await claws(["keys", "list"])).stderr).toContain("no age identity was found");
    expect((await claws(["vault", "keychain", "forget", "--yes"])).stderr).toBe(
      "claws: the keychain holds nothing for this vault\n",
    );
  });

  it("comes after what the environment names and before identity files", async () => {
    await claws(["vault", "init"]);
    await claws(["vault", "keychain", "store"]);
    const own = (await claws(["vault", "identity"])).stdout;
    await rm(identity);
    const other = await claws(["vault", "init", "--vault", join(root, "other.age")], { HOME: join(folder(), "other") });
    expect(other.exitCode).toBe(0);
    const theirs = join(folder(), "other", ".config", "office-claws", "identity.txt");
    await copyFile(theirs, identity);
    expect((await claws(["vault", "identity"])).stdout).toBe(own);
    expect((await claws(["vault", "identity"], { CLAWS_AGE_KEY_FILE: theirs })).stdout).not.toBe(own);
  });

  it("is not fallen back from: one that the keychain has lost is an error, though a file is there", async () => {
    await claws(["vault", "init"]);
    await claws(["vault", "keychain", "store"]);
    const kept = await readFile(choice);
    await claws(["vault", "keychain", "forget", "--yes"]);
    await writeFile(choice, kept);
    const run = await claws(["keys", "list"]);
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toBe(
      [
        "claws: error: the keychain holds no age identity any more",
        "claws: hint: store it again: claws vault keychain store; or go back: claws vault keychain forget",
        "",
      ].join("\n"),
    );
  });

  it("is only looked for when the owner has put it there: the choice is a file of his, which says nothing secret", async () => {
    await claws(["vault", "init"]);
    await expect(access(choice)).rejects.toThrow("ENOENT");
    await claws(["vault", "keychain", "store"]);
    expect(JSON.parse(await readFile(choice, "utf8"))).toEqual({ officeClaws: 1, identity: true, vaults: [] });
    expect((await stat(choice)).mode & 0o777).toBe(0o600);
    await writeFile(choice, '{"officeClaws":1,"identity":"yes","vaults":[]}');
    expect((await claws(["keys", "list"])).stderr).toContain(
      `claws: error: cannot use the file "${choice}": cannot read "identity": it must be true or false\n`,
    );
  });
});

describe("a passphrase in the keychain", () => {
  it("opens its vault without a terminal, and no other vault", async () => {
    const path = join(root, "vault.age");
    await createVault(path, { recipients: [], keys: [] }, keysOf(Sensitive.from(PASSPHRASE), "test"));
    const printing = { CLAWS_VAULT_PASSPHRASE_CMD: `echo '${PASSPHRASE}'` };
    expect((await claws(["keys", "list"])).exitCode).toBe(2);
    const stored = await claws(["vault", "keychain", "store", "--json"], printing);
    expect(JSON.parse(stored.stdout)).toEqual({ what: "passphrase", vault: path, from: "CLAWS_VAULT_PASSPHRASE_CMD" });
    expect((await claws(["keys", "list"])).exitCode).toBe(0);
    await copyFile(path, join(root, "other.age"));
    expect((await claws(["keys", "list", "--vault", "other.age"])).stderr).toContain("cannot ask for the passphrase");
    expect((await claws(["vault", "keychain", "forget", "--yes"])).stdout).toBe(
      "the keychain holds the passphrase no more\n",
    );
    expect((await claws(["keys", "list"])).exitCode).toBe(2);
  });

  it("opens the copies of its vault that git gives to claws vault diff and to the merge driver", async () => {
    const [path, agent] = [join(root, "vault.age"), ["--agent", "a1"]];
    await createVault(
      path,
      { recipients: [], keys: [], operator: testOperator() },
      keysOf(Sensitive.from(PASSPHRASE), "test"),
    );
    await claws(["vault", "keychain", "store"], { CLAWS_VAULT_PASSPHRASE_CMD: `echo '${PASSPHRASE}'` });
    const git = (...words: readonly string[]): string => {
      const author = ["-c", "user.name=owner", "-c", "user.email=owner@office.example"];
      const env = { ...environment, GIT_CONFIG_NOSYSTEM: "1" };
      const { status, stdout, stderr } = spawnSync("git", [...author, ...words], { cwd: root, env, encoding: "utf8" });
      return `${status ?? "none"} ${stdout}${stderr}`;
    };
    const store = async (name: string): Promise<void> => {
      const run = await spawnClaws(["keys", "set", name, ...agent], { environment, folder: root, input: "canary" });
      expect(run.exitCode).toBe(0);
    };
    const commit = (message: string): void => {
      git("add", "vault.age", ".gitattributes");
      expect(git("commit", "--quiet", "-m", message)).toBe("0 ");
    };
    git("init", "--quiet", "--initial-branch=main");
    expect((await claws(["vault", "git-setup"])).exitCode).toBe(0);
    commit("first");
    git("checkout", "--quiet", "-b", "side");
    await store("openai");
    expect((await claws(["vault", "diff"])).stdout).toMatch(/^\+ key a1\/openai: version 1, /);
    commit("side");
    git("checkout", "--quiet", "main");
    await store("groq");
    commit("ours");
    expect(git("merge", "--quiet", "-m", "both", "side")).toMatch(/^0 /);
    const keys = JSON.parse((await claws(["keys", "list", "--json"])).stdout) as { name: string }[];
    expect(keys.map(({ name }) => name)).toEqual(["groq", "openai"]);
  });

  it("is not stored when it does not open the vault", async () => {
    const path = join(root, "vault.age");
    await createVault(path, { recipients: [], keys: [] }, keysOf(Sensitive.from(PASSPHRASE), "test"));
    const run = await claws(["vault", "keychain", "store"], { CLAWS_VAULT_PASSPHRASE_CMD: "echo another canary" });
    expect(run.stderr).toContain("the passphrase is wrong");
    await expect(access(choice)).rejects.toThrow("ENOENT");
  });
});

describe("a keychain that is not there", () => {
  it("without a Secret Service is one line with the ways out, and the kernel's keyring is not taken instead", async () => {
    await claws(["vault", "init"]);
    const run = await claws(["vault", "keychain", "store"], { DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent" });
    expect(run.exitCode).toBe(1);
    const [error, ...hints] = run.stderr.trimEnd().split("\n");
    expect(error).toMatch(/^claws: error: cannot reach the keychain: /);
    expect(hints).toEqual([
      "claws: hint: start and unlock a Secret Service in this session: GNOME Keyring, KWallet, KeePassXC",
      "claws: hint: or go round it: CLAWS_AGE_KEY_FILE for the identity, CLAWS_VAULT_PASSPHRASE_CMD for the passphrase",
    ]);
    await expect(access(choice)).rejects.toThrow("ENOENT");
  });

  it("without the optional package is one line with the command that installs it", async () => {
    // The same source beside the same packages but one.
    const repository = join(import.meta.dirname, "..", "..");
    const copy = join(folder(), "copy");
    await mkdir(join(copy, "node_modules"), { recursive: true });
    for (const name of ["cli", "protocol", "broker", "package.json"])
      await symlink(join(repository, name), join(copy, name));
    await symlink(join(repository, "node_modules", "age-encryption"), join(copy, "node_modules", "age-encryption"));
    const { bin } = JSON.parse(await readFile(join(copy, "package.json"), "utf8")) as {
      readonly bin: { readonly claws: string };
    };
    await claws(["vault", "init"]);
    const { spawnSync } = await import("node:child_process");
    const argv = [
      "--preserve-symlinks",
      "--preserve-symlinks-main",
      join(copy, bin.claws),
      "vault",
      "keychain",
      "store",
    ];
    const { stderr, status } = spawnSync(process.execPath, argv, { cwd: root, env: environment, encoding: "utf8" });
    expect({ stderr, status }).toEqual({
      status: 2,
      stderr: [
        "claws: error: cannot use the keychain: the optional package @napi-rs/keyring is not installed",
        "claws: hint: npm install @napi-rs/keyring@2.1.2",
        "claws: hint: or name your identity with CLAWS_AGE_KEY_FILE",
        "",
      ].join("\n"),
    });
  });

  it("asks before it forgets what may be the last copy", async () => {
    await claws(["vault", "init"]);
    await claws(["vault", "keychain", "store"]);
    const run = await claws(["vault", "keychain", "forget"]);
    expect({ exitCode: run.exitCode, stderr: run.stderr }).toEqual({
      exitCode: 2,
      stderr: "claws: error: it may be the last copy: say that you have another with --yes\n",
    });
  });
});
