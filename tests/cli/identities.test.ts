// SPDX-License-Identifier: Apache-2.0
import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { generateIdentity, recipientOf } from "../../cli/ageFile.ts";
import type { UserError } from "../../cli/errors.ts";
import { defaultIdentityPath, findIdentities } from "../../cli/identities.ts";
import { parseIdentityFile } from "../../cli/identityFile.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();
const [first, second, third] = await Promise.all([generateIdentity(), generateIdentity(), generateIdentity()]);

async function put(path: string, content: string, mode = 0o600): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  await chmod(path, mode);
  return path;
}

async function recipientsFound(environment: Record<string, string>): Promise<readonly string[]> {
  const found = await findIdentities(environment);
  return await Promise.all((found?.identities ?? []).map(recipientOf));
}

function errorOf(work: () => unknown): UserError {
  try {
    work();
  } catch (error) {
    return error as UserError;
  }
  throw new Error("expected an error");
}

describe("an identity file", () => {
  it("may hold comments, blank lines, CRLF, a byte order mark, spaces around and several identities", async () => {
    const text = `\uFEFF# created: today\r\n\r\n  ${first.identity.reveal()}  \r\n# second\n${second.identity.reveal()}`;
    const identities = parseIdentityFile(text, "test");
    expect(await Promise.all(identities.map(recipientOf))).toEqual([first.recipient, second.recipient]);
  });

  it.each([
    ["", 'cannot read "x": it holds no age identity'],
    ["# only a comment\n", 'cannot read "x": it holds no age identity'],
    ["AGE-PLUGIN-YUBIKEY-1QQQ\n", 'cannot read "x": line 1 is a plugin identity, which is not supported'],
    ["#\nage1qqqq", 'cannot read "x": line 2 is a recipient (public), not an identity (private)'],
    ["age-encryption.org/v1\n-> scrypt", 'cannot read "x": line 1 starts an encrypted file, not an age identity'],
    ["-----BEGIN AGE ENCRYPTED FILE-----", 'cannot read "x": line 1 starts an encrypted file, not an age identity'],
    ["-----BEGIN OPENSSH PRIVATE KEY-----", 'cannot read "x": line 1 starts an SSH or PEM key, not an age identity'],
    ["hunter2-secret", 'cannot read "x": line 1 is not an age identity (AGE-SECRET-KEY-1...)'],
  ])("that holds %j is refused without showing it", (text, message) => {
    const error = errorOf(() => parseIdentityFile(text, "x"));
    expect(error.message).toBe(message);
    expect(error.hints.join()).not.toContain("hunter2");
  });

  it("with one bad line among good ones is refused as a whole, without showing an identity", () => {
    const error = errorOf(() => parseIdentityFile(`${first.identity.reveal()}\n${second.identity.reveal()}junk`, "x"));
    expect(error.message).toBe('cannot read "x": line 2 is not an age identity (AGE-SECRET-KEY-1...)');
  });
});

describe("the look-up of identities", () => {
  it("prefers the variable to a named file, to a command, to the configuration folder, to SOPS's file", async () => {
    const config = join(folder(), "config");
    const named = await put(join(folder(), "named.txt"), second.identity.reveal());
    await put(join(config, "office-claws", "identity.txt"), third.identity.reveal());
    const fourth = await generateIdentity();
    await put(join(config, "sops", "age", "keys.txt"), fourth.identity.reveal());
    const environment: Record<string, string> = {
      XDG_CONFIG_HOME: config,
      CLAWS_AGE_KEY: first.identity.reveal(),
      CLAWS_AGE_KEY_FILE: named,
      CLAWS_AGE_KEY_CMD: `cat ${join(config, "sops", "age", "keys.txt")}`,
    };
    expect(await recipientsFound(environment)).toEqual([first.recipient]);
    expect(await recipientsFound({ ...environment, CLAWS_AGE_KEY: "" })).toEqual([second.recipient]);
    expect(await recipientsFound({ ...environment, CLAWS_AGE_KEY: "", CLAWS_AGE_KEY_FILE: "" })).toEqual([
      fourth.recipient,
    ]);
    expect(await recipientsFound({ XDG_CONFIG_HOME: config })).toEqual([third.recipient]);
    const sopsOnly = join(folder(), "sops-only");
    await put(join(sopsOnly, "sops", "age", "keys.txt"), fourth.identity.reveal());
    expect(await recipientsFound({ XDG_CONFIG_HOME: sopsOnly })).toEqual([fourth.recipient]);
  });

  it("uses ~/.config when XDG_CONFIG_HOME is not set", async () => {
    expect(defaultIdentityPath({ HOME: "/home/me" })).toBe("/home/me/.config/office-claws/identity.txt");
    await put(join(folder(), ".config", "office-claws", "identity.txt"), first.identity.reveal());
    expect(await recipientsFound({ HOME: folder() })).toEqual([first.recipient]);
  });

  it("finds nothing where there is nothing, and says so when there is no home at all", async () => {
    expect(await findIdentities({ HOME: folder() })).toBeUndefined();
    await expect(findIdentities({})).rejects.toThrow("neither XDG_CONFIG_HOME nor HOME is set");
  });

  it("does not fall back when the named file is missing", async () => {
    await put(join(folder(), ".config", "office-claws", "identity.txt"), first.identity.reveal());
    const missing = join(folder(), "missing.txt");
    await expect(findIdentities({ HOME: folder(), CLAWS_AGE_KEY_FILE: missing })).rejects.toThrow(
      `cannot read the identity file "${missing}": it does not exist`,
    );
  });

  it("refuses a file that others can read, and follows a symbolic link to one that they cannot", async () => {
    const path = await put(join(folder(), "loose.txt"), first.identity.reveal(), 0o640);
    await expect(findIdentities({ CLAWS_AGE_KEY_FILE: path })).rejects.toThrow(
      `cannot use identity file "${path}": its mode is 640, so other users can read or change it`,
    );
    await chmod(path, 0o600);
    await symlink(path, join(folder(), "link.txt"));
    expect(await recipientsFound({ CLAWS_AGE_KEY_FILE: join(folder(), "link.txt") })).toEqual([first.recipient]);
  });

  it.each([
    ["fails", "exit 3", "it ended with exit code 3"],
    ["is not there", "/nonexistent/program 2>/dev/null", "it ended with exit code 127"],
  ])("says so when the command %s", async (_, command, cause) => {
    await expect(findIdentities({ CLAWS_AGE_KEY_CMD: command })).rejects.toThrow(
      `cannot get the age identity from CLAWS_AGE_KEY_CMD: ${cause}`,
    );
  });

  it("does not show what the command printed when it is no identity", async () => {
    const error = await findIdentities({ CLAWS_AGE_KEY_CMD: "echo hunter2" }).catch(
      (thrown: unknown) => thrown as UserError,
    );
    expect((error as UserError).message).toBe(
      'cannot read "CLAWS_AGE_KEY_CMD": line 1 is not an age identity (AGE-SECRET-KEY-1...)',
    );
  });
});
