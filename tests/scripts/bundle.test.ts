// SPDX-License-Identifier: Apache-2.0
// The real bundler on a copy of the sources, and the real entry file before it.
import { execFile } from "node:child_process";
import {
  appendFile,
  cp,
  mkdir,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { commandTable } from "../../cli/commandTable.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const folder = scratchFolder();
const root = (): string => join(folder(), "clone");

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  readonly input?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly program?: string;
}

function run(argv: readonly string[], { input = "", variables = {} }: RunOptions, cwd = folder()): Promise<Run> {
  const env = { PATH: process.env["PATH"] ?? "", HOME: folder(), ...variables };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, argv, { cwd, env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr }),
    );
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}

const claws = (words: readonly string[], options: RunOptions = {}): Promise<Run> =>
  run([options.program ?? join(root(), "cli/bin.cjs"), ...words], options);

/** Bundles as the bootstrap does; gives what was made and what was said. */
async function bundle(): Promise<{ made: string[]; told: string[] }> {
  const module = pathToFileURL(join(root(), "scripts/bundle.mjs")).href;
  const script = `const { ensureBundles } = await import(${JSON.stringify(module)}); const told = [];
    const made = await ensureBundles(${JSON.stringify(root())}, (text) => told.push(text)); console.log(JSON.stringify({ made, told }))`;
  const { stdout, stderr } = await run(["--input-type=module", "-e", script], {});
  expect(stderr).toBe("");
  return JSON.parse(stdout) as { made: string[]; told: string[] };
}

/** Whether a run of `claws` was one of the bundle: Node's own notes on the modules that it loads say so. */
async function usesBundle(words: readonly string[], program?: string): Promise<string> {
  const { stderr } = await claws(words, {
    variables: { NODE_DEBUG: "module,esm" },
    ...(program === undefined ? {} : { program }),
  });
  return /dist\/(\w+\.cjs)/.exec(stderr)?.[1] ?? (stderr.includes("runProcess.ts") ? "sources" : "a script");
}

beforeEach(async () => {
  await mkdir(join(root(), "scripts"), { recursive: true });
  for (const path of ["cli", "broker", "protocol", "scripts/bundle.mjs", "package.json"])
    await cp(join(repository, path), join(root(), path), { recursive: true, preserveTimestamps: true });
  await symlink(join(repository, "node_modules"), join(root(), "node_modules"));
});

describe("the bundle", () => {
  it("is made once, anew after a change, and starts claws", async () => {
    expect(await usesBundle(["--help"])).toBe("sources");
    expect(await bundle()).toEqual({ made: ["list", "quick", "claws"], told: [] });
    expect(await bundle()).toEqual({ made: [], told: [] });
    expect((await readdir(join(root(), "dist"))).sort()).toEqual([
      ...["claws.cjs", "claws.json", "list.cjs", "list.json", "quick.cjs", "quick.json"],
    ]);
    expect((await stat(join(root(), "dist/claws.cjs"))).mode & 0o777).toBe(0o644);
    expect(await usesBundle(["--help"])).toBe("quick.cjs");
    expect(await usesBundle(["keys", "list"])).toBe("a script");
    expect(await usesBundle(["keys", "set", "--help"])).toBe("claws.cjs");
    await appendFile(join(root(), "cli/commands/keys/set.ts"), "// changed\n");
    expect(await bundle()).toEqual({ made: ["claws"], told: [] });
  });

  it("is not used once a source has changed, and the change counts at once", async () => {
    await bundle();
    const table = join(root(), "cli/commandTable.ts");
    const text = await readFile(table, "utf8");
    await writeFile(table, text.replace("make the age-encrypted vault", "make the CHANGED vault"));
    expect(await usesBundle(["--help"])).toBe("sources");
    expect((await claws(["--help"])).stdout).toContain("make the CHANGED vault");
    await bundle();
    expect(await usesBundle(["--help"])).toBe("quick.cjs");
    expect((await claws(["--help"])).stdout).toContain("make the CHANGED vault");
  });

  it("is not used when a source has the same size and another time, or is gone", async () => {
    await bundle();
    const now = new Date();
    await utimes(join(root(), "cli/table.ts"), now, now);
    expect(await usesBundle(["keys", "list"])).toBe("sources");
    await bundle();
    await rm(join(root(), "cli/credentialEntry.ts"));
    expect(await usesBundle(["--help"])).toBe("sources");
  });

  it.each([
    ["cut off", async (file: string) => truncate(file, 5000)],
    ["gone", async (file: string) => rm(file)],
    [
      "damaged behind our back, with size and time as they were",
      async (file: string) => {
        const [{ atime, mtime }, text] = [await stat(file), await readFile(file, "utf8")];
        await writeFile(file, `(${text.slice(1)}`);
        await utimes(file, atime, mtime);
        const list = JSON.parse(await readFile(file.replace(/cjs$/, "json"), "utf8")) as Record<string, number[]>;
        const { size, mtimeMs } = await stat(file);
        await writeFile(file.replace(/cjs$/, "json"), JSON.stringify({ ...list, "dist/quick.cjs": [size, mtimeMs] }));
      },
    ],
    ["without its list", async (file: string) => rm(file.replace(/cjs$/, "json"))],
    ["with a list that is none", async (file: string) => writeFile(file.replace(/cjs$/, "json"), "{")],
    ["with a list that does not name it", async (file: string) => writeFile(file.replace(/cjs$/, "json"), "{}")],
  ])("is not used when it is %s", async (_, damage) => {
    await bundle();
    await damage(join(root(), "dist/quick.cjs"));
    const { code, stdout, stderr } = await claws(["--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^usage: claws COMMAND/);
  });

  it("is not made of sources that do not parse: says so, and the sources run as far as they do", async () => {
    await writeFile(join(root(), "cli/commands/keys/set.ts"), "export const keysSet = ;\n");
    const { made, told } = await bundle();
    expect(made).toEqual(["list", "quick"]);
    expect(told).toEqual([
      expect.stringMatching(
        /^claws starts slower, from its sources: cannot bundle them: .*cli\/commands\/keys\/set\.ts/,
      ),
    ]);
    expect((await claws(["vault", "init", "--help"])).code).toBe(0);
  });

  it("is not made of a source that was written while it was read", async () => {
    const later = new Date(Date.now() + 60_000);
    await utimes(join(root(), "cli/main.ts"), later, later);
    expect(await bundle()).toEqual({ made: [], told: [] });
    expect(await usesBundle(["--help"])).toBe("sources");
  });

  it("is left out on request", async () => {
    await bundle();
    const { stderr } = await claws(["--help"], { variables: { NODE_DEBUG: "module,esm", CLAWS_BUNDLE: "no" } });
    expect(stderr).not.toContain("dist/quick.cjs");
  });

  it("holds no package, no path of this machine and no key", async () => {
    await bundle();
    for (const name of ["list", "quick", "claws"]) {
      const text = await readFile(join(root(), `dist/${name}.cjs`), "utf8");
      expect(text).not.toContain(folder());
      expect(text).not.toContain(repository);
      expect(text).not.toContain("node_modules/");
    }
  });

  it("runs as an installed package, without any source beside it", async () => {
    await bundle();
    const installed = join(folder(), "node_modules/office-claws");
    await mkdir(join(installed, "cli"), { recursive: true });
    await cp(join(root(), "cli/bin.cjs"), join(installed, "cli/bin.cjs"));
    await cp(join(root(), "dist"), join(installed, "dist"), { recursive: true });
    await cp(join(root(), "package.json"), join(installed, "package.json"));
    const program = join(installed, "cli/bin.cjs");
    expect(await usesBundle(["--help"], program)).toBe("quick.cjs");
    expect(await claws(["vault", "init", "--vault", join(folder(), "v.age")], { program })).toMatchObject({ code: 0 });
  });
});

describe("the compiled code of keys list", () => {
  const place = (): string => join(folder(), ".cache/office-claws/compiled");
  const kept = async (): Promise<readonly string[]> =>
    (await readdir(place()).catch(() => [])).filter((name) => name.endsWith("_dist_list_cjs"));
  const codeFile = async (): Promise<string> => join(place(), (await kept())[0] ?? "none");
  const list = (variables: Readonly<Record<string, string>> = {}): Promise<Run> =>
    claws(["keys", "list", "--vault", "v.age"], { variables });
  const unchanged = { code: 0, stdout: expect.stringMatching(/^AGENT .*\na1 /), stderr: "" };

  beforeEach(async () => {
    await bundle();
    await claws(["vault", "init", "--vault", "v.age"]);
    await claws(["keys", "set", "anthropic", "--agent", "a1", "--vault", "v.age"], { input: "sk-ant-api03-of-a-test" });
  });

  it("is kept by the first run that succeeds, in the user's own cache, for the user alone", async () => {
    expect((await claws(["keys", "list", "--vault", "none.age"])).code).toBe(2);
    expect(await kept()).toEqual([]);
    expect(await list()).toEqual(unchanged);
    expect(await kept()).toHaveLength(1);
    expect((await stat(await codeFile())).mode & 0o777).toBe(0o600);
    const before = await stat(await codeFile());
    expect(await list()).toEqual(unchanged);
    expect((await stat(await codeFile())).ino).toBe(before.ino);
  });

  it.each([
    ["a bit of it has turned", (bytes: Buffer) => bytes.with(bytes.length >> 1, (bytes[bytes.length >> 1] ?? 0) ^ 1)],
    ["it is cut off", (bytes: Buffer) => bytes.subarray(0, -1)],
    ["it is empty", () => Buffer.alloc(0)],
    ["its digest is another", (bytes: Buffer) => bytes.with(0, (bytes[0] ?? 0) ^ 1)],
  ])("is not believed when %s, and made anew", async (_, change) => {
    await list();
    const file = await codeFile();
    const whole = await readFile(file);
    await writeFile(file, change(whole));
    expect(await list()).toEqual(unchanged);
    const again = await readFile(file);
    expect(again.length).toBeGreaterThan(32);
    expect(again).not.toEqual(Buffer.from(change(whole)));
    expect(await readdir(place())).not.toContainEqual(expect.stringMatching(/list_cjs\.\d+$/));
  });

  it("is not that of another bundle", async () => {
    await list();
    const before = await readFile(await codeFile());
    const file = join(root(), "cli/table.ts");
    await writeFile(file, (await readFile(file, "utf8")).replace('join("  ")', 'join("~~")'));
    await bundle();
    expect((await list()).stdout).toMatch(/^AGENT~~/);
    expect((await readFile(await codeFile())).subarray(0, 32)).not.toEqual(before.subarray(0, 32));
  });

  it("is done without where nothing can be kept", async () => {
    await list();
    await rm(place(), { recursive: true });
    await writeFile(place(), "");
    expect(await list()).toEqual(unchanged);
    const identity = join(folder(), ".config/office-claws/identity.txt");
    expect(await list({ HOME: "", CLAWS_AGE_KEY_FILE: identity })).toEqual(unchanged);
  });
});

describe("the bundle and the sources", () => {
  /** One run of each, with a home folder of its own. */
  async function both(words: readonly string[], input = ""): Promise<readonly [Run, Run]> {
    const [first, second] = await Promise.all(
      ["bundle", "sources"].map(async (kind) => {
        const home = join(folder(), kind);
        await mkdir(home, { recursive: true });
        const variables = { HOME: home, ...(kind === "sources" ? { CLAWS_BUNDLE: "no" } : {}) };
        const found = await run([join(root(), "cli/bin.cjs"), ...words], { input, variables }, home);
        const hide = (text: string): string =>
          text
            .replaceAll(home, "HOME")
            .replaceAll(/age1\w{58}/g, "RECIPIENT")
            .replaceAll(/[\w-]{43}/g, "PUBLIC");
        return { code: found.code, stdout: hide(found.stdout), stderr: hide(found.stderr) };
      }),
    );
    if (first === undefined || second === undefined) throw new Error("two runs were asked for");
    return [first, second];
  }

  it("say and do the same", async () => {
    await bundle();
    const lines: readonly (readonly [words: string, input?: string])[] = [
      ["--help"],
      ["version --json"],
      ["keys --help"],
      ["help up"],
      ["help keys list"],
      ["--help up"],
      ["-h keys"],
      ["--quiet status --help"],
      ["__complete keys li"],
      ["statsu"],
      ["status --jsn"],
      ["keys list --vault v.age"],
      ["vault init --vault v.age --json"],
      ["vault init --vault v.age"],
      ["keys set anthropic --agent a1 --vault v.age", "sk-ant-api03-of-a-test"],
      ["keys set openai --agent a1 --vault v.age", ""],
      ["keys list --vault v.age"],
      ["keys list --vault=v.age --json --agent a2"],
      ["keys list --vault v.age --agent"],
      ["keys list --vault v.age --agent a2"],
      ["keys list --vault v.age --agent A2"],
      ["keys list --help"],
      ["keys list --jsn"],
      ["--quiet keys list --vault v.age"],
      ["preview"],
      ["tailnet policy show --operator alice@example.com"],
    ];
    for (const [words, input] of lines) {
      const [bundled, sources] = await both(words.split(" "), input);
      expect([words, bundled]).toEqual([words, sources]);
    }
  });

  it("open what is seldom opened: with a command's identity, a post-quantum one, a passphrase", async () => {
    await bundle();
    const list = (variables: Readonly<Record<string, string>>, vault: string): Promise<Run> =>
      claws(["keys", "list", "--vault", vault, "--json"], { variables });
    const empty = { code: 0, stdout: "[]\n", stderr: "" };
    await claws(["vault", "init", "--vault", "classic.age"]);
    const identity = join(folder(), ".config/office-claws/identity.txt");
    expect(await list({ HOME: join(folder(), "none"), CLAWS_AGE_KEY_CMD: `cat ${identity}` }, "classic.age")).toEqual(
      empty,
    );
    const later = { HOME: join(folder(), "later") };
    await mkdir(later.HOME);
    await claws(["vault", "init", "--vault", "hybrid.age", "--post-quantum"], { variables: later });
    expect(await list(later, "hybrid.age")).toEqual(empty);
    const words = { CLAWS_VAULT_PASSPHRASE_CMD: "echo correct-horse-battery-staple" };
    await claws(["vault", "init", "--vault", "words.age", "--passphrase"], { variables: words });
    expect(await list(words, "words.age")).toEqual(empty);
    expect(await list({}, "hybrid.age")).toMatchObject({ code: 2, stderr: expect.stringContaining("no identity") });
  });

  it("have the same help for every command", async () => {
    await bundle();
    for (const { name } of commandTable.filter((_, index) => index % 5 === 0)) {
      const [bundled, sources] = await both([...name.split(" "), "--help"]);
      expect(bundled).toMatchObject({ code: 0, stderr: "" });
      expect([name, bundled]).toEqual([name, sources]);
    }
  });
});
