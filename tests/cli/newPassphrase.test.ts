// SPDX-License-Identifier: Apache-2.0
import { UserError } from "../../cli/errors.ts";
import type { ReadPassphrase } from "../../cli/identities.ts";
import { chooseNewPassphrase, countingCharacters } from "../../cli/newPassphrase.ts";
import { Sensitive } from "../../protocol/sensitive.ts";

const GOOD = "correct horse battery staple";

/** Somebody who types these lines, and what they are asked. */
function typist(...lines: readonly string[]): { readonly read: ReadPassphrase; readonly asked: string[] } {
  const asked: string[] = [];
  const left = [...lines];
  const read = (prompt: string): Promise<Sensitive> => {
    asked.push(prompt);
    const line = left.shift();
    return line === undefined ? Promise.reject(new Error("asked too often")) : Promise.resolve(Sensitive.from(line));
  };
  return { read, asked };
}

async function choose(
  lines: readonly string[],
  environment: Record<string, string> = {},
): Promise<readonly [string, string]> {
  let drawn = "";
  const terminal = { draw: (text: string) => void (drawn += text) };
  const keys = await chooseNewPassphrase({ environment, terminal, readPassphrase: typist(...lines).read });
  return [keys.passphrase?.passphrase.reveal() ?? "", drawn];
}

async function refusal(...lines: readonly string[]): Promise<string> {
  const error: unknown = await choose(lines).catch((thrown: unknown) => thrown);
  if (!(error instanceof UserError)) throw new Error("expected a UserError", { cause: error });
  for (const line of lines.filter((one) => one.length > 3))
    expect(error.message + error.hints.join()).not.toContain(line);
  return error.message;
}

describe("a new passphrase", () => {
  it("is typed twice", async () => {
    expect(await choose([GOOD, GOOD])).toEqual([GOOD, ""]);
    const { read, asked } = typist(GOOD, GOOD);
    await chooseNewPassphrase({ environment: {}, terminal: { draw: () => undefined }, readPassphrase: read });
    expect(asked).toEqual(["new passphrase of the vault, or nothing to have one made up", "the same again"]);
  });

  it("is refused when the second one differs", async () => {
    expect(await refusal(GOOD, `${GOOD}!`)).toBe("the two passphrases differ; nothing was changed");
  });

  it.each([
    ["short", "Tr0ub4dor&3"],
    ["of one letter", "a".repeat(60)],
    ["of runs", "abcdefghijklmnopqrstuvwxyz0123456789"],
    ["of few letters", "ababababababababababababab cacacaca"],
    ["of fifteen that count", "qpzry9x8gf2tvdw"],
  ])("is refused when it is weak: %s", async (_, weak) => {
    expect(await refusal(weak)).toBe("the passphrase is too weak: 16 characters must count, 8 of them different");
  });

  it.each([
    ["long", "q7".repeat(600)],
    ["of two lines", `${GOOD}\n${GOOD}`],
    ["with a control character", `${GOOD}\u0007`],
  ])("is refused when it is %s", async (_, text) => {
    expect(await refusal(text)).toBe("the passphrase from the terminal must be one line of at most 1024 bytes");
  });

  it("may be any text that is strong enough, in any script", async () => {
    for (const text of [
      "qzpry9x8gf2tvdw0k",
      "über sieben Brücken gehn",
      "пароль из пяти разных слов",
      "  some spaces around it  ",
    ])
      expect((await choose([text, text]))[0]).toBe(text);
  });

  it("is made up when nothing is typed, with 125 bits, another each time, and shown once", async () => {
    const [one, shown] = await choose([""]);
    const [two] = await choose([""]);
    expect(one).toMatch(/^(?:[02-9ac-hj-np-z]{5}-){4}[02-9ac-hj-np-z]{5}$/);
    expect(shown).toBe(`claws: the passphrase, shown this once: ${one}\n`);
    expect(two).not.toBe(one);
  });

  it("comes from the command where there is no terminal, and must be as strong", async () => {
    expect((await choose([], { CLAWS_VAULT_PASSPHRASE_CMD: `echo '${GOOD}'` }))[0]).toBe(GOOD);
    await expect(choose([], { CLAWS_VAULT_PASSPHRASE_CMD: "echo weak" })).rejects.toThrow("too weak");
    await expect(choose([], { CLAWS_VAULT_PASSPHRASE_CMD: "true" })).rejects.toThrow("is empty");
    await expect(choose([], { CLAWS_VAULT_PASSPHRASE_CMD: "exit 7" })).rejects.toThrow(
      "cannot get the vault's passphrase from CLAWS_VAULT_PASSPHRASE_CMD: it ended with exit code 7",
    );
  });

  it("cannot be chosen where nobody can be asked", async () => {
    const nobody = chooseNewPassphrase({
      environment: {},
      terminal: { draw: () => undefined },
      readPassphrase: undefined,
    });
    await expect(nobody).rejects.toThrow("cannot ask for the passphrase: no terminal, or CI is set");
  });
});

describe("the characters that count", () => {
  it.each([
    ["", 0],
    ["a", 1],
    ["aaaa", 1],
    ["abcd", 1],
    ["dcba", 1],
    ["acac", 4],
    ["ab ab", 3],
    ["password", 7],
  ])("of %j are %i", (text, count) => {
    expect(countingCharacters(text)).toBe(count);
  });
});
