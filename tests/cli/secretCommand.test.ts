// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { runSecretCommand } from "../../cli/secretCommand.ts";
import { makeProject, spawnClaws } from "../support/cliHarness.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();

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

  it("leaves what is piped to claws to claws", async () => {
    const { root, environment } = await makeProject(folder());
    const given = (input?: string): Parameters<typeof spawnClaws>[1] => ({ environment, folder: root, input });
    await spawnClaws(["vault", "init"], given());
    const identity = join(environment["HOME"] ?? "", ".config", "office-claws", "identity.txt");
    environment["CLAWS_AGE_KEY_CMD"] = `cat "${identity}"; cat > "${join(root, "swallowed")}"`;
    const run = await spawnClaws(["keys", "set", "groq", "--agent", "a1"], given("canary"));
    expect(run).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("groq") as string });
    expect(await readFile(join(root, "swallowed"), "utf8")).toBe("");
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
