// SPDX-License-Identifier: Apache-2.0
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generateIdentity, type AgeIdentity } from "../../cli/ageFile.ts";
import { UserError } from "../../cli/errors.ts";
import { createVault, readVault, updateVault } from "../../cli/vault.ts";
import { cacheFolder, scratchFolder } from "../support/scratchFolder.ts";
import { createVaultWorld, type VaultWorld } from "./support/vaultWorld.ts";

const folder = scratchFolder();
const cache = cacheFolder();
let world: VaultWorld;
let colleague: AgeIdentity;

beforeAll(async () => {
  colleague = await generateIdentity();
});
beforeEach(async () => {
  world = await createVaultWorld(folder(), cache());
});

const recipients = (...words: readonly string[]): readonly string[] => ["vault", "recipients", ...words];

describe("locking oneself out", () => {
  it("17 by removing one's own recipient is refused, and the vault stays as it is", async () => {
    await world.claws(recipients("add", colleague.recipient));
    const before = await world.bytes();
    const run = await world.claws(recipients("remove", world.owner.recipient));
    expect({ exitCode: run.exitCode, stdout: run.stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(run.stderr).toContain("claws: error: refusing to leave you out: you could not open the vault again\n");
    expect(run.stderr).toContain("--force");
    expect((await world.bytes()).equals(before)).toBe(true);
    expect(await world.beside()).toEqual([]);
  });

  it("17 is done when it is forced: then only the others can open the vault", async () => {
    await world.claws(recipients("add", colleague.recipient));
    const run = await world.claws(recipients("remove", world.owner.recipient, "--force"));
    expect(run.exitCode).toBe(0);
    expect(run.stderr).toContain("claws: you cannot open the vault any more\n");
    expect((await world.claws(["keys", "list"])).exitCode).toBe(2);
    const theirs = { CLAWS_AGE_KEY: colleague.identity.reveal() };
    expect((await world.claws(["keys", "list"], { extra: theirs })).stdout).toContain("anthropic");
  });

  it("17 by replacing all recipients with others is refused, unless it is forced", async () => {
    const before = await world.bytes();
    const set = recipients("set", "--recipient", colleague.recipient);
    const run = await world.claws(set);
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain("refusing to leave you out");
    expect((await world.bytes()).equals(before)).toBe(true);
    expect((await world.claws([...set, "--force"])).exitCode).toBe(0);
  });

  it("17 by an empty list is refused, forced or not: nobody could ever open it", async () => {
    const before = await world.bytes();
    for (const force of [[], ["--force"]]) {
      const run = await world.claws(recipients("remove", world.owner.recipient, ...force));
      expect(run.exitCode).toBe(2);
      expect(run.stderr).toContain("refusing to remove the last recipient");
    }
    await writeFile(join(folder(), "none.txt"), "# nobody\n");
    expect((await world.claws(recipients("set", "--file", join(folder(), "none.txt")))).exitCode).toBe(2);
    expect((await world.bytes()).equals(before)).toBe(true);
  });

  it("17 is refused for every other command, too: no save goes by without opening its result", async () => {
    const before = await world.bytes();
    for (const list of [[colleague.recipient], []]) {
      const error: unknown = await updateVault(world.access, (document) => ({ ...document, recipients: list })).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).message).toContain(`refusing to write the vault "${world.path}": `);
    }
    expect((await world.bytes()).equals(before)).toBe(true);
    const made = createVault(
      join(folder(), "new.age"),
      { recipients: [], keys: [] },
      { identities: [], source: "test" },
    );
    await expect(made).rejects.toThrow("nobody could open it");
  });

  it("17 whoever is removed opens the new file no more, and the old one still: what they have seen is listed", async () => {
    await world.claws(recipients("add", colleague.recipient));
    const old = await world.bytes();
    const run = await world.claws(recipients("remove", colleague.recipient, "--json"));
    expect(JSON.parse(run.stdout)).toEqual({
      recipients: [world.owner.recipient],
      added: [],
      removed: [colleague.recipient],
      seen: { keys: [{ agent: "a1", name: "anthropic", version: 1 }], credentials: [], operatorKey: false },
    });
    const theirs = { path: world.path, environment: { CLAWS_AGE_KEY: colleague.identity.reveal() } };
    await expect(readVault(theirs)).rejects.toThrow("no identity matches its recipients");
    await writeFile(join(folder(), "old.age"), old, { mode: 0o600 });
    expect((await readVault({ ...theirs, path: join(folder(), "old.age") })).keys).toHaveLength(1);
  });
});
