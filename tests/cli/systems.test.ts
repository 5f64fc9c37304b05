// SPDX-License-Identifier: Apache-2.0
// What differs between the systems of operators. Each is told, never guessed: these tests run on one.
import { execFile } from "node:child_process";
import { chmod, chown, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { configFolder } from "../../cli/environment.ts";
import { readGuardedFile } from "../../cli/fileRead.ts";
import { makeProject } from "../support/cliHarness.ts";
import { scratchFolder } from "../support/scratchFolder.ts";
import { startClaws } from "../support/startClaws.ts";

const folder = scratchFolder();

describe("the configuration folder", () => {
  it.each([
    ["linux", "/home/op/.config"],
    ["darwin", "/home/op/.config"],
    ["win32", "C:\\Users\\op\\AppData\\Roaming"],
  ] as const)("is where a user of %s keeps such files", (platform, expected) => {
    const environment = { HOME: "/home/op", APPDATA: "C:\\Users\\op\\AppData\\Roaming" };
    expect(configFolder(environment, platform)).toBe(expected);
    expect(configFolder({ ...environment, XDG_CONFIG_HOME: "/elsewhere" }, platform)).toBe("/elsewhere");
  });

  it("is asked for by the name that the system knows it by", () => {
    expect(() => configFolder({ APPDATA: "C:\\x" }, "darwin")).toThrow("neither XDG_CONFIG_HOME nor HOME is set");
    expect(() => configFolder({ HOME: "/home/op" }, "win32")).toThrow("neither XDG_CONFIG_HOME nor APPDATA is set");
  });
});

describe("permissions", () => {
  it("are looked at where the bits of a mode mean something", async () => {
    const file = join(folder(), "identity.txt");
    await writeFile(file, "x");
    await chmod(file, 0o666);
    const guard = { what: "identity file", forbidden: 0o077, limit: 100 } as const;
    for (const platform of ["linux", "darwin"] as const)
      expect(() => readGuardedFile(file, { ...guard, platform })).toThrow("its mode is 666");
    expect(readGuardedFile(file, { ...guard, platform: "win32" })?.toString()).toBe("x");
  });
});

const nobody = 65_534;
const asNobody = [
  ...[
    "setpriv",
    `--reuid=${nobody}`,
    `--regid=${nobody}`,
    "--clear-groups",
    "--no-new-privs",
    "--bounding-set=-all",
    "--",
  ],
];
const describeAsRoot = process.getuid?.() === 0 ? describe : describe.skip;

describeAsRoot("a write", () => {
  it("does not try what Windows cannot do: to sync a folder", async () => {
    // Whoever may write in a folder but not read it can replace a file there, and not sync it.
    await chmod(folder(), 0o300);
    await chown(folder(), nobody, nobody);
    const module = join(import.meta.dirname, "../../cli/fileWrite.ts");
    const write = async (platform: string): Promise<string> => {
      const script = `import { writeFileWhole } from ${JSON.stringify(module)};
        await writeFileWhole(${JSON.stringify(join(folder(), platform))}, "whole", { platform: "${platform}" }).then(
          () => console.log("done"), (error) => console.log(error.name));`;
      const [file, ...words] = [...asNobody, process.execPath, "--input-type=module", "--eval", script];
      return (await promisify(execFile)(file, words, { env: {}, cwd: "/" })).stdout;
    };
    expect(await write("linux")).toBe("UnconfirmedWrite\n");
    expect(await write("win32")).toBe("done\n");
    expect(await readFile(join(folder(), "win32"), "utf8")).toBe("whole");
  });
});

describeAsRoot("a user without any right", () => {
  it("makes a vault, stores and lists keys, prints a policy and asks for help: nothing needs root", async () => {
    const { root, environment } = await makeProject(folder());
    const home = join(folder(), "home");
    await mkdir(home, { recursive: true });
    for (const path of [folder(), root, home]) await chown(path, nobody, nobody);
    const claws = async (words: readonly string[], input = "") => {
      const { ended } = startClaws(words, { folder: root, environment, wrapper: asNobody, input });
      return await ended;
    };
    expect(await claws(["vault", "init"])).toMatchObject({ exitCode: 0 });
    const key = `sk-ant-api03-${"k".repeat(90)}`;
    expect(await claws(["keys", "set", "anthropic", "--agent", "ada"], key)).toMatchObject({ exitCode: 0 });
    const { exitCode, stdout } = await claws(["keys", "list", "--json"]);
    expect({ exitCode, names: stdout }).toEqual({ exitCode: 0, names: expect.stringContaining('"anthropic"') });
    expect(await claws(["tailnet", "policy", "show", "--operator", "op@"])).toMatchObject({ exitCode: 0 });
    expect(await claws(["ssh", "--help"])).toMatchObject({ exitCode: 0 });
  });
});
