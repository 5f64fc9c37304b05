// SPDX-License-Identifier: Apache-2.0
import { runSecretCommand } from "../../cli/secretCommand.ts";

const asked = { variable: "CLAWS_AGE_KEY_CMD", what: "age identity" };

describe("a command that prints a secret", () => {
  it("gives what it printed, byte by byte", async () => {
    expect(await runSecretCommand({ ...asked, command: "printf 'one\\ntwo\\377'" })).toEqual(
      Buffer.from("one\ntwo\u00ff", "latin1"),
    );
  });

  it("may print as much as an identity file holds", async () => {
    const output = await runSecretCommand({ ...asked, command: "head -c 262144 /dev/zero" });
    expect(output.length).toBe(262_144);
  });

  it.each(["head -c 262145 /dev/zero", "yes; true", "(yes & wait); true", "trap '' TERM; cat /dev/zero; true"])(
    "is stopped when it prints more, with whatever it started: %s",
    async (command) => {
      await expect(runSecretCommand({ ...asked, command })).rejects.toThrow(
        "cannot get the age identity from CLAWS_AGE_KEY_CMD: it prints more than 262144 bytes",
      );
    },
  );

  it.each([
    ["echo canary; exit 3", "it ended with exit code 3"],
    ["echo canary; kill -KILL $$", "it ended with SIGKILL"],
    ["no-such-program-canary", "it ended with exit code 127"],
  ])("is no secret when it fails: %s", async (command, cause) => {
    await expect(runSecretCommand({ ...asked, command })).rejects.toThrow(
      new Error(`cannot get the age identity from CLAWS_AGE_KEY_CMD: ${cause}`),
    );
  });
});
