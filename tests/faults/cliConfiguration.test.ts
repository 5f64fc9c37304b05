// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { parseConfiguration } from "../../stacks/configuration.ts";
import { fakeStack, healthyCloud } from "../support/agentWorld.ts";
import { makeProject, runClaws, spawnClaws, type CliRun } from "../support/cliHarness.ts";
import { makeFakePulumi, type FakePulumi } from "../support/fakePulumi.ts";
import { scratchFolder, writeScript } from "../support/scratchFolder.ts";

const folder = scratchFolder();
let shared = "";
let cloud: Server;
let pulumi: FakePulumi;
let root = "";
let path = "";
let environment: Record<string, string> = {};

beforeAll(async () => {
  shared = await mkdtemp(join(tmpdir(), "office-claws-configuration-"));
  const account = JSON.stringify({ account: { status: "active", droplet_limit: 10 } });
  cloud = createServer((_, response) => response.end(account)).listen(0, "127.0.0.1");
  await once(cloud, "listening");
});
afterAll(async () => {
  cloud.close();
  await rm(shared, { recursive: true, force: true });
});

beforeEach(async () => {
  const project = await makeProject(folder());
  root = project.root;
  path = join(root, "stacks", "Pulumi.dev.yaml");
  const pack = await writeScript(join(folder(), "pack"));
  await mkdir(join(folder(), "home"));
  pulumi = await makeFakePulumi(join(folder(), "bin"), [{ when: "stack select" }]);
  environment = {
    ...project.environment,
    PATH: `${pulumi.folder}:${project.environment["PATH"] ?? ""}`,
    CLAWS_CACHE: join(shared, "cache"),
    CLAWS_POLICY_PACK: pack,
    DIGITALOCEAN_API_URL: `http://127.0.0.1:${(cloud.address() as AddressInfo).port}`,
    DIGITALOCEAN_TOKEN: "t",
    TAILSCALE_API_KEY: "k",
    PULUMI_CONFIG_PASSPHRASE: "p",
  };
});

async function claws(...words: readonly string[]): Promise<CliRun> {
  return await spawnClaws(words, { environment, folder: root });
}

/** What both commands say of a file that they refuse, in this process: the engine is not even there. */
async function refusal(content: string | Uint8Array): Promise<string> {
  await writeFile(path, content);
  const said: string[] = [];
  for (const command of ["up", "preview"]) {
    const run = await runClaws([command], {
      environment,
      workingDirectory: root,
      openStack: () => Promise.resolve(fakeStack({ up: neverRun, preview: neverRun })),
      digitalOcean: () => Promise.resolve(healthyCloud({ account: neverRun })),
    });
    expect({ ...run, stderr: "" }).toEqual({ exitCode: 2, stdout: "", stderr: "" });
    said.push(run.stderr.split("\n").slice(1).join("\n"));
  }
  expect(said[1]).toBe(said[0]);
  return said[0] ?? "";
}

function neverRun(): Promise<never> {
  return Promise.reject(new Error("nothing is asked before the file is read"));
}

/** What `claws preview` makes of the program's own complaint, which the program finds in the very same values. */
async function complaint(content: string): Promise<readonly string[]> {
  await writeFile(path, content);
  const answers = [
    { when: "stack select" },
    { when: "preview", events: [diagnostic(programSays(content))], code: 255 },
  ];
  await makeFakePulumi(pulumi.folder, answers);
  const { exitCode, stdout, stderr } = await claws("preview");
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  return stderr
    .split("\n")
    .slice(1)
    .filter((line) => line !== "");
}

function programSays(content: string): string {
  const { config } = parse(content) as { config: Record<string, unknown> };
  const raw = Object.entries(config).map(([key, value]) => [key.replace("office-claws:", ""), value] as const);
  try {
    parseConfiguration(Object.fromEntries(raw));
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("the program takes it");
}

function diagnostic(message: string): object {
  return { diagnosticEvent: { urn: "", message, color: "never", severity: "error" } };
}

const head = "config:\n  office-claws:agents:\n";
const agent = (name: string): string => `    - name: ${name}\n      image: "146288445"\n`;

describe("a configuration file whose text is not right", () => {
  it.each<[string, string | Uint8Array, number, number, string]>([
    ["a tab", `${head}${agent("ada")}\t\tsize: s-1vcpu-1gb\n`, 5, 1, "tabs cannot indent, use spaces"],
    [
      "a list that is not closed",
      `${head}    - name: ada\n      tags: [a, b\n`,
      5,
      1,
      "flow sequence in block collection must be sufficiently indented and end with a ]",
    ],
    ["a quote that is not closed", `${head}    - name: "ada\n`, 4, 1, 'missing closing "quote'],
    ["the same field twice", `${head}${agent("ada")}      image: "1"\n`, 5, 7, "this name stands in the map already"],
    ["two documents", `${head}${agent("ada")}---\nconfig: {}\n`, 5, 1, "a second document begins here"],
    ["a list at the top", "- config\n", 1, 1, "it must be a map, and begin like config:"],
    ["nothing", "", 1, 1, "it must be a map, and begin like config:"],
    ["100 000 levels", `${head}    - ${"[".repeat(100_000)}\n`, 3, 0, "it is nested more than 32 levels deep"],
    ["100 000 levels of maps", `${"{a: ".repeat(100_000)}\n`, 1, 0, "it is nested more than 32 levels deep"],
    ["an alias of nothing", `${head}    - *sk-ant-canary\n`, 3, 7, "the alias has no anchor before it"],
    [
      "an alias of itself",
      `${head}    - &a\n      tags: [*a]\n`,
      4,
      14,
      "the alias stands for something that it is part of",
    ],
    ["__proto__", `${head}${agent("ada")}      __proto__: { size: big }\n`, 5, 7, "__proto__ is no name for a setting"],
    ["__proto__ in quotes", 'config:\n  "__proto__": 1\n', 2, 3, "__proto__ is no name for a setting"],
    ["Latin-1", Buffer.from(`${head}    - name: ad\u00e4\n`, "latin1"), 3, 15, "it is not UTF-8"],
    ["a zero byte", `${head}    - name: a\0da\n`, 3, 14, "a zero byte stands there"],
    ["a byte order mark in it", `${head}    - name: \ufeffada\n`, 3, 13, "a byte order mark stands in the middle"],
  ])("22 with %s is refused before the engine runs, with line and column", async (_, content, line, column, rule) => {
    const said = await refusal(content);
    const place = column === 0 ? `line ${line}, column \\d+` : `line ${line}, column ${column}`;
    expect(said).toMatch(new RegExp(`^claws: error: cannot read "${path}": ${place}: `));
    expect(said).toContain(`: ${rule}\nclaws: hint: correct Pulumi.dev.yaml; nothing was changed\n`);
    expect(said).not.toContain("canary");
  });

  it("22 of aliases that multiply is refused without expanding them", async () => {
    const bomb = ["a: &a [x,x,x,x,x,x,x,x,x,x]"];
    for (const [index, name] of "bcdefghij".split("").entries())
      bomb.push(`${name}: &${name} [${Array.from({ length: 10 }, () => `*${"abcdefghi"[index] ?? ""}`).join(",")}]`);
    const said = await refusal(`config:\n${bomb.map((line) => `  ${line}\n`).join("")}`);
    expect(said).toMatch(/: line 6, column \d+: its aliases stand for too much\n/);
  });

  it("22 of 10 MB, or without an end, is refused without reading it", async () => {
    const said = await refusal(`# ${"x".repeat(10 * 1024 * 1024)}\n`);
    expect(said).toContain(
      `cannot use configuration file "${path}": it has 10485763 bytes, more than the limit of 1048576\n`,
    );
    await rm(path);
    await promisify(execFile)("mkfifo", [path]);
    expect((await claws("up")).stderr).toContain(`configuration file "${path}": it is not a regular file\n`);
  });

  it.each([
    ["a tab", `config:\n\ta: b\n`],
    ["100 000 levels", `config: ${"[".repeat(100_000)}\n`],
    ["10 MB", `# ${"x".repeat(10 * 1024 * 1024)}\n`],
  ])("22 with %s is refused by the real program before the engine runs", async (_, content) => {
    await writeFile(path, content);
    const { exitCode, stdout, stderr } = await claws("up");
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain(path);
    expect((await pulumi.calls()).filter(({ words }) => words[0] !== "version")).toEqual([]);
  });
});

describe("a configuration file whose values are not right", () => {
  it("22 gets the line of each problem", async () => {
    const text = [
      "# Our agents",
      "config:",
      "  office-claws:defaults:",
      "    regoin: nyc3",
      "  office-claws:agents:",
      "    - name: ada",
      '      image: "146288445"',
      "      sise: s-1vcpu-1gb",
      "    - name: grace",
      "      image: 146288445",
      "      tags:",
      "        - good",
      '        - "not good"',
      "    - { name: ada, image: '1' }",
      "    - just a text",
      "  office-claws:tailnetTag: agent",
      "",
    ].join("\n");
    expect(await complaint(text)).toEqual([
      `claws: error: configuration: 7 problems in "${path}"`,
      '  line 16: tailnetTag: must be a tailnet tag such as "tag:agent", not "agent"',
      '  line 4: defaults.regoin: unknown field; did you mean "region"?',
      '  line 8: agents[0].sise: unknown field; did you mean "size"?',
      '  line 10: agents[1].image: must be the numeric ID of a snapshot as text, such as "146288445", not 146288445',
      '  line 13: agents[1].tags: element 1 must be a DigitalOcean tag (letters, digits, ":", "_" and "-"), not "not good"',
      '  line 14: agents[2].name: "ada" is another agent\'s name already',
      '  line 15: agents[3]: must be a map of fields, not "just a text"',
      "claws: hint: correct the file Pulumi.<stack>.yaml; nothing was changed",
    ]);
  });

  it.each([
    ["line ends of Windows", (text: string) => text.replaceAll("\n", "\r\n")],
    ["a byte order mark at the start", (text: string) => `\ufeff${text}`],
    ["both", (text: string) => `\ufeff${text.replaceAll("\n", "\r\n")}`],
  ])("22 gets the same lines with %s", async (_, change) => {
    const lines = await complaint(change(`${head}${agent("ada")}      sise: big\n`));
    expect(lines[1]).toBe('  line 5: agents[0].sise: unknown field; did you mean "size"?');
  });

  it("22 gets the line of an unknown setting, and of what is missing the entry's", async () => {
    const lines = await complaint(`config:\n  office-claws:agent: []\n  office-claws:agents:\n    - image: "1"\n`);
    expect(lines.slice(1, 3)).toEqual([
      '  line 2: agent: unknown setting; did you mean "agents"?',
      "  line 4: agents[0].name: is required",
    ]);
  });

  it("22 that looks like a value of the prototype is nothing but an unknown field", async () => {
    const lines = await complaint(`${head}${agent("ada")}      constructor: x\n      toString: y\n`);
    expect(lines.slice(1, 3)).toEqual([
      "  line 5: agents[0].constructor: unknown field",
      "  line 6: agents[0].toString: unknown field",
    ]);
  });
});

describe("a configuration file that is right", () => {
  it.each([
    ["plain", (text: string) => text],
    ["with line ends of Windows", (text: string) => text.replaceAll("\n", "\r\n")],
    ["with a byte order mark at the start", (text: string) => `\ufeff${text}`],
    ["with a few aliases", (text: string) => text.replace("name: ada", "name: &n ada\n      tags: [*n]")],
  ])("22 goes to the engine: %s", async (_, change) => {
    await writeFile(path, change(head + agent("ada")));
    await makeFakePulumi(pulumi.folder, [{ when: "stack select" }, { when: "preview" }]);
    expect((await claws("preview")).exitCode).toBe(0);
    expect((await pulumi.calls()).map(({ words }) => words[0])).toContain("preview");
  });
});
