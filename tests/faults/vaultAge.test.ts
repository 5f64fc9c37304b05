// SPDX-License-Identifier: Apache-2.0
import { armor } from "age-encryption";
import { readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generateIdentity } from "../../cli/ageFile.ts";
import { decryptAgeFile, type AgeKeys } from "../../cli/age/decryptAgeFile.ts";
import { UserError } from "../../cli/errors.ts";
import { readVault } from "../../cli/vault.ts";
import { parseHeader } from "../../protocol/age/header.ts";
import { PassphraseIdentity } from "../../protocol/age/scryptStanza.ts";
import { Sensitive } from "../../protocol/sensitive.ts";
import { ageVectors } from "../support/ageVectors.ts";
import { cacheFolder, scratchFolder } from "../support/scratchFolder.ts";
import { createVaultWorld, FIRST, type VaultWorld } from "./support/vaultWorld.ts";

const folder = scratchFolder();
const cache = cacheFolder();
let world: VaultWorld;

beforeEach(async () => {
  world = await createVaultWorld(folder(), cache());
});

/** The complaint about the vault as it is now, which must not be changed by reading it. */
async function refusal(): Promise<UserError> {
  const before = await readFile(world.path);
  const error: unknown = await readVault(world.access).then(
    () => "it was opened",
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof UserError)) throw new Error(`expected a refusal: ${String(error)}`);
  expect(error.exitCode).toBe(2);
  expect(error.message.startsWith(`cannot open the vault "${world.path}": `)).toBe(true);
  expect([error.message, ...error.hints].join()).not.toContain("canary");
  expect((await readFile(world.path)).equals(before)).toBe(true);
  return error;
}

async function openings(changes: Iterable<Buffer>): Promise<number> {
  const keys: AgeKeys = { identities: [world.owner.identity] };
  let opened = 0;
  for (const bytes of changes) {
    const result: unknown = await decryptAgeFile(keys, bytes).catch((error: unknown) => error);
    if (!(result instanceof UserError)) opened += 1;
  }
  return opened;
}

describe("a vault that is not there", () => {
  it("1 is named with the way to make one, exit code 2, and nothing is created", async () => {
    await rm(world.path);
    for (const words of [
      ["keys", "list"],
      ["keys", "set", "anthropic", "--agent", "a1"],
      ["vault", "recipients", "list"],
    ]) {
      const run = await world.claws(words, { input: "sk-ant-canary-2" });
      expect(run).toEqual({
        exitCode: 2,
        stdout: "",
        stderr: `claws: error: there is no vault at "${world.path}"\nclaws: hint: make one: claws vault init\n`,
      });
    }
    expect((await readdir(world.root)).sort()).toEqual(["Pulumi.yaml", "stacks"]);
  });
});

describe("an empty vault file", () => {
  it("2 is no age file, and stays as it is", async () => {
    await truncate(world.path, 0);
    expect((await refusal()).message).toContain("it is empty, not an age file");
    const run = await world.claws(["keys", "set", "anthropic", "--agent", "a1"], { input: "sk-ant-canary-2" });
    expect(run.exitCode).toBe(2);
    expect((await world.bytes()).length).toBe(0);
    expect(await world.beside()).toEqual([]);
  });
});

describe("a vault that is cut off", () => {
  it("3 after any of its bytes is refused, and never gives a shorter set of keys", async () => {
    const whole = await world.bytes();
    for (let length = 0; length < whole.length; length += 1) {
      await truncate(world.path, 0);
      await writeFile(world.path, whole.subarray(0, length));
      await refusal();
    }
    await writeFile(world.path, whole);
    expect((await world.keys()).map(({ value }) => value.reveal())).toEqual([FIRST]);
  });
});

describe("a vault that was changed", () => {
  it("4 in one bit of any byte of header or payload is refused, whichever bit it is", async () => {
    const whole = await world.bytes();
    const header = parseHeader(whole).length;
    expect(header).toBeLessThan(whole.length);
    function* flips(): Iterable<Buffer> {
      for (let bit = 0; bit < whole.length * 8; bit += 1) {
        const changed = Buffer.from(whole);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        yield changed;
      }
    }
    expect(await openings(flips())).toBe(0);
  });

  it("4 by 2,224 mutations more is refused: bytes removed, added, doubled, zeroed, set and exchanged", async () => {
    const whole = await world.bytes();
    const mutations = Array.from({ length: 2224 }, (_, index) => mutate(whole, index)).filter(
      (changed) => !changed.equals(whole),
    );
    expect(mutations.length).toBeGreaterThan(2150);
    expect(await openings(mutations)).toBe(0);
  });

  it("4 is named as damaged, with where to get it back", async () => {
    const whole = await world.bytes();
    whole[whole.length - 1] = (whole.at(-1) ?? 0) ^ 1;
    await writeFile(world.path, whole);
    const error = await refusal();
    expect(error.message).toContain("it is damaged or cut off");
    expect(error.hints).toContain("restore it from a backup or from version control");
  });
});

describe("a vault with something else around it", () => {
  it("5 is refused: garbage behind, two files in one, no last chunk, something before", async () => {
    const whole = await world.bytes();
    const headerOnly = whole.subarray(0, parseHeader(whole).length + 16);
    for (const bytes of [
      Buffer.concat([whole, Buffer.from("\n")]),
      Buffer.concat([whole, Buffer.alloc(64 * 1024)]),
      Buffer.concat([whole, whole]),
      headerOnly,
      Buffer.concat([Buffer.from("\n"), whole]),
      Buffer.concat([Buffer.from("\uFEFF"), whole]),
    ]) {
      await writeFile(world.path, bytes);
      expect((await refusal()).message).toMatch(/: it is (?:damaged or cut off|not an age file)$/);
    }
  });

  it.each(ageVectors.filter(({ name }) => name.startsWith("stream_")).map((vector) => [vector.name, vector] as const))(
    "5 the vector %s gets the verdict that it names",
    async (_, { file, expect: verdict, identities }) => {
      const keys = { identities: identities.map((one) => Sensitive.from(one)) };
      const words = await decryptAgeFile(keys, file).then(
        () => "success",
        (error: unknown) => (error as UserError).message,
      );
      expect(words).toMatch(verdict === "success" ? /^success$/ : /^it is (?:damaged or cut off|not an age file)$/);
    },
  );
});

describe("an armored vault", () => {
  it("6 opens with LF or CRLF and white space around, and with nothing else different", async () => {
    const text = armor.encode(await world.bytes());
    const opening = [text, text.replaceAll("\n", "\r\n"), `\n\t  ${text}  \r\n`, text.trimEnd()];
    for (const one of opening) {
      await writeFile(world.path, one);
      expect((await world.keys()).map(({ value }) => value.reveal())).toEqual([FIRST]);
    }
    const [first = "", second = "", ...lines] = text.split("\n");
    const refused = [
      `x${text}`,
      `${text}x`,
      text.replace("BEGIN AGE", "BEGIN OTHER"),
      [first, `${second} `, ...lines].join("\n"),
      [first, "", second, ...lines].join("\n"),
      [first, `${second.slice(0, 32)}\n${second.slice(32)}`, ...lines].join("\n"),
      text.slice(0, -40),
      text.repeat(2),
    ];
    for (const one of refused) {
      await writeFile(world.path, one);
      await refusal();
    }
  });

  it("6 all 143 vectors of the format get the verdict that they name", async () => {
    let checked = 0;
    for (const { file, identities, passphrases, expect: verdict, name } of ageVectors) {
      const results = await Promise.all(
        (passphrases.length === 0 ? [undefined] : passphrases).map(async (text) => {
          const passphrase = text === undefined ? {} : { passphrase: new PassphraseIdentity(Sensitive.from(text)) };
          const keys = { identities: identities.map((one) => Sensitive.from(one)), ...passphrase };
          return await decryptAgeFile(keys, file).then(
            () => "success",
            (error: unknown) => (error as UserError).message,
          );
        }),
      );
      const words =
        verdict === "success"
          ? /^success$/
          : verdict === "no match"
            ? /no identity matches|the passphrase is wrong/
            : /^it is (?:damaged|not an age file|empty)|work factor is above 20/;
      expect({ name, fits: results.some((one) => words.test(one)) }).toEqual({ name, fits: true });
      checked += 1;
    }
    expect(checked).toBe(143);
  });
});

describe("another identity", () => {
  it("7 does not open the vault: the error names what was tried, and how to be let in", async () => {
    const stranger = await generateIdentity();
    const run = await world.claws(["keys", "list"], { extra: { CLAWS_AGE_KEY: stranger.identity.reveal() } });
    const id = `${stranger.recipient.slice(0, 12)}...${stranger.recipient.slice(-6)}`;
    expect(run).toEqual({
      exitCode: 2,
      stdout: "",
      stderr: [
        `claws: error: cannot open the vault "${world.path}": no identity matches its recipients`,
        `claws: hint: it is for 1 X25519 recipient, which age files do not name; tried ${id}`,
        "claws: hint: name another identity with CLAWS_AGE_KEY_FILE",
        `claws: hint: or let somebody who can open it add you: claws vault recipients add ${stranger.recipient}`,
        "claws: hint: identity used: CLAWS_AGE_KEY",
        "",
      ].join("\n"),
    });
  });

  it("7 is named by its file, and each in it is tried", async () => {
    const [one, two] = [await generateIdentity(), await generateIdentity()];
    const path = join(folder(), "others.txt");
    await writeFile(path, `${one.identity.reveal()}\n${two.identity.reveal()}\n`, { mode: 0o600 });
    const named = { CLAWS_AGE_KEY: "", CLAWS_AGE_KEY_FILE: path };
    const refused = await world.claws(["keys", "list"], { extra: named });
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain(`claws: hint: identity used: ${path}\n`);
    for (const { recipient } of [one, two]) expect(refused.stderr).toContain(recipient.slice(0, 12));
    await writeFile(path, `\r\n# both\r\n${one.identity.reveal()}\r\n${world.owner.identity.reveal()}\r\n`, {
      mode: 0o600,
    });
    expect((await world.claws(["keys", "list"], { extra: named })).exitCode).toBe(0);
  });
});

/** One of the ways in which a file changes on its way, picked and placed by the index. */
function mutate(whole: Buffer, index: number): Buffer {
  const at = (index * 7919) % whole.length;
  const length = 1 + (index % 5);
  const [head, tail] = [whole.subarray(0, at), whole.subarray(at)];
  switch (index % 6) {
    case 0:
      return Buffer.concat([head, tail.subarray(length)]);
    case 1:
      return Buffer.concat([head, Buffer.alloc(length, index & 255), tail]);
    case 2:
      return Buffer.concat([head, tail.subarray(0, length), tail]);
    case 3:
      return Buffer.concat([head, Buffer.alloc(Math.min(length, tail.length)), tail.subarray(length)]);
    case 4:
      return Buffer.concat([head, Buffer.from([index & 255]), tail.subarray(1)]);
    default:
      return Buffer.concat([head, tail.subarray(length), tail.subarray(0, length)]);
  }
}
