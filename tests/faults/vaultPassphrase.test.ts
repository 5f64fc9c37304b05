// SPDX-License-Identifier: Apache-2.0
import { jest } from "@jest/globals";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decryptAgeFile } from "../../cli/age/decryptAgeFile.ts";
import { UserError } from "../../cli/errors.ts";
import { createVault } from "../../cli/vault.ts";
import { keysOf } from "../../cli/vaultPassphrase.ts";
import { PassphraseIdentity } from "../../protocol/age/scryptStanza.ts";
import { Sensitive } from "../../protocol/sensitive.ts";
import { makeProject, spawnClaws, type CliRun } from "../support/cliHarness.ts";
import { startAtTerminal, type PseudoTerminal } from "../support/pseudoTerminal.ts";
import { cacheFolder, scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();
const cache = cacheFolder();
const PASSPHRASE = "canary battery staple horse";
const WRONG = "canary of another passphrase";
const { bin } = JSON.parse(await readFile(join(import.meta.dirname, "..", "..", "package.json"), "utf8")) as {
  readonly bin: { readonly claws: string };
};
const program = join(import.meta.dirname, "..", "..", bin.claws);
let root = "";
let path = "";
let environment: Record<string, string> = {};
let sealed: Buffer;

beforeAll(async () => {
  const made = join(cache(), "vault.age");
  await createVault(made, { recipients: [], keys: [] }, keysOf(Sensitive.from(PASSPHRASE), "test"));
  sealed = await readFile(made);
});
beforeEach(async () => {
  ({ root, environment } = await makeProject(folder()));
  environment["CLAWS_CACHE"] = cache();
  path = join(root, "vault.age");
  await writeFile(path, sealed, { mode: 0o600 });
});

async function claws(words: readonly string[], extra: Record<string, string> = {}): Promise<CliRun> {
  const run = await spawnClaws(words, { environment: { ...environment, ...extra }, folder: root });
  expect(run.stdout + run.stderr).not.toContain("canary");
  return run;
}

function atTerminal(words: readonly string[], extra: Record<string, string> = {}): PseudoTerminal {
  const argv = [process.execPath, program, ...words];
  return startAtTerminal(argv, { folder: root, environment: { ...environment, ...extra } });
}

const printing = (passphrase: string): Record<string, string> => ({
  CLAWS_VAULT_PASSPHRASE_CMD: `printf '%s\\n' '${passphrase}'`,
});

describe("a wrong passphrase", () => {
  it("8 from a program is one clear error, and the vault stays as it is", async () => {
    expect(await claws(["keys", "list"], printing(WRONG))).toEqual({
      exitCode: 2,
      stdout: "",
      stderr: [
        `claws: error: cannot open the vault "${path}": the passphrase is wrong`,
        "claws: hint: passphrase used: CLAWS_VAULT_PASSPHRASE_CMD",
        "",
      ].join("\n"),
    });
    expect((await readFile(path)).equals(sealed)).toBe(true);
    expect((await claws(["keys", "list"], printing(PASSPHRASE))).exitCode).toBe(0);
  });

  it("8 typed at the terminal is not asked for a second time", async () => {
    const terminal = atTerminal(["keys", "list"]);
    await terminal.shows(`passphrase of the vault "${path}" (not shown): `);
    terminal.type(`${WRONG}\r`);
    expect(await terminal.exitCode).toBe(2);
    expect(terminal.screen().match(/\(not shown\)/g)).toHaveLength(1);
    expect(terminal.screen()).toContain("the passphrase is wrong\r\n");
    expect(terminal.screen()).not.toContain("canary");
  });

  it("8 costs the work of one derivation, like a right one, and no more", async () => {
    const passphrase = new PassphraseIdentity(Sensitive.from(WRONG));
    const derived = jest.spyOn(passphrase.passphrase, "reveal");
    const error: unknown = await decryptAgeFile({ identities: [], passphrase }, sealed).catch(
      (thrown: unknown) => thrown,
    );
    expect((error as UserError).message).toBe("the passphrase is wrong");
    expect(derived).toHaveBeenCalledTimes(1);
  });

  it("8 with one more, one less or another character is as wrong as any", async () => {
    const right = await decryptAgeFile(
      { identities: [], passphrase: new PassphraseIdentity(Sensitive.from(PASSPHRASE)) },
      sealed,
    );
    expect(right.length).toBeGreaterThan(0);
    for (const text of [`${PASSPHRASE} `, PASSPHRASE.slice(1), PASSPHRASE.toUpperCase()]) {
      const keys = { identities: [], passphrase: new PassphraseIdentity(Sensitive.from(text)) };
      await expect(decryptAgeFile(keys, sealed)).rejects.toThrow(/^the passphrase is wrong$/);
    }
  });
});

describe("a passphrase where nobody can be asked", () => {
  it("8 is not waited for without a terminal or in a CI job, and never read from the environment or from stdin", async () => {
    const error = [
      "claws: error: cannot ask for the passphrase: no terminal, or CI is set",
      'claws: hint: let a program of yours print it: CLAWS_VAULT_PASSPHRASE_CMD="..."',
      "claws: hint: or keep it in the keychain: claws vault keychain store",
    ];
    expect((await claws(["keys", "list"])).stderr).toBe(`${error.join("\n")}\n`);
    const run = await spawnClaws(["keys", "list"], { environment, folder: root, input: `${PASSPHRASE}\n` });
    expect(run).toEqual({ exitCode: 2, stdout: "", stderr: `${error.join("\n")}\n` });
    expect((await claws(["keys", "list"], { CLAWS_VAULT_PASSPHRASE: PASSPHRASE })).stderr).toContain(
      "CLAWS_VAULT_PASSPHRASE is not read",
    );
    const terminal = atTerminal(["keys", "list"], { CI: "true" });
    expect(await terminal.exitCode).toBe(2);
    expect(terminal.screen()).not.toContain("(not shown)");
  });
});

describe("a hostile work factor", () => {
  const withWorkFactor = (text: string): Buffer =>
    Buffer.from(sealed.toString("latin1").replace(/^(-> scrypt \S+) 18$/m, `$1 ${text}`), "latin1");

  it.each(["21", "22", "23", "30", "64", "4294967296", "99999999999999999999"])(
    "9 of %s is refused before anything is allocated or computed",
    async (workFactor) => {
      const passphrase = new PassphraseIdentity(Sensitive.from(PASSPHRASE));
      const derived = jest.spyOn(passphrase.passphrase, "reveal");
      const before = process.memoryUsage();
      const keys = { identities: [], passphrase };
      const error: unknown = await decryptAgeFile(keys, withWorkFactor(workFactor)).catch((thrown: unknown) => thrown);
      expect((error as UserError).message).toBe(
        "its passphrase's work factor is above 20, more than any honest file needs",
      );
      expect(derived).not.toHaveBeenCalled();
      expect(process.memoryUsage().arrayBuffers - before.arrayBuffers).toBeLessThan(16 * 1024 * 1024);
    },
  );

  it.each(["0", "018", "+18", "-1", "0x12", "18 18", "1e1", "", "\u0661"])(
    "9 that is no plain number, %j, is refused",
    async (text) => {
      const keys = { identities: [], passphrase: new PassphraseIdentity(Sensitive.from(PASSPHRASE)) };
      const error: unknown = await decryptAgeFile(keys, withWorkFactor(text)).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).message).toBe("it is damaged or cut off");
    },
  );

  it("9 is refused by the program with exit code 2", async () => {
    await writeFile(path, withWorkFactor("24"));
    const run = await claws(["keys", "list"], printing(PASSPHRASE));
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain(`cannot open the vault "${path}": its passphrase's work factor is above 20`);
  });
});
