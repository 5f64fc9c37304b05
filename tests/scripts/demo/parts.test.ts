// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, readlink, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import fc from "fast-check";

import { makeCanary } from "../../../scripts/demo/canaries.ts";
import { DemoFailure, hold, succeed } from "../../../scripts/demo/demoFailure.ts";
import { createNarrator, wrapLine } from "../../../scripts/demo/narrator.ts";
import { runCommand } from "../../../scripts/demo/operator.ts";
import { makeProject, nameOperatorKey, renderStackFile, repositoryRoot } from "../../../scripts/demo/projectFolder.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "claws-demo-parts-"));
});

afterEach(() => rm(folder, { recursive: true }));

const settings = {
  stack: "demo",
  imageId: "42",
  controlUrl: "https://control.example",
  agents: { ada: ["anthropic"], grace: ["openai"] },
};

describe("makeCanary", () => {
  it("makes keys in the providers' forms that are never the same twice", () => {
    expect(makeCanary("ada", "anthropic", 2).value).toMatch(/^sk-ant-api03-[A-Za-z0-9]{93}AA$/);
    expect(makeCanary("ada", "openai", 1).value).toMatch(/^sk-proj-[A-Za-z0-9]{58}T3BlbkFJ[A-Za-z0-9]{58}$/);
    expect(makeCanary("ada", "openai", 1).value).not.toBe(makeCanary("ada", "openai", 1).value);
  });

  it("has a name for reports that does not hold the key", () => {
    const { name, value } = makeCanary("ada", "anthropic", 2);
    expect(name).toBe("ada/anthropic v2");
    expect(value).not.toContain(name);
  });
});

describe("the project folder", () => {
  it("is what a clone needs to run pulumi up", async () => {
    const project = join(folder, "project");
    await makeProject(project, settings);
    expect((await readdir(project)).sort()).toEqual(
      ["Pulumi.yaml", "components", "node_modules", "package.json", "policy", "stacks"].sort(),
    );
    expect(await readlink(join(project, "node_modules"))).toBe(join(repositoryRoot, "node_modules"));
    expect((await stat(project)).mode & 0o777).toBe(0o700);
    expect(existsSync(join(project, "stacks/Pulumi.example.yaml"))).toBe(false);
  });

  it("configures the stack as its owner would write it", () => {
    expect(renderStackFile(settings)).toBe(
      `config:
  office-claws:controlUrl: "https://control.example"
  office-claws:defaults: {"image":"42","runtime":"hello"}
  office-claws:agents:
    - {"name":"ada","providers":["anthropic"]}
    - {"name":"grace","providers":["openai"]}
`,
    );
  });

  it("runs another workload when told to, and names the operator's key afterwards", async () => {
    const project = join(folder, "sealed");
    const openclaw = { ...settings, runtime: "openclaw" };
    await makeProject(project, openclaw);
    await nameOperatorKey(project, settings.stack, "k".repeat(43));
    const rendered = renderStackFile(openclaw);
    expect(rendered).toContain('"runtime":"openclaw"');
    const line = `config:\n  office-claws:operatorKeys: ["${"k".repeat(43)}"]\n`;
    expect(await readFile(join(project, `stacks/Pulumi.${settings.stack}.yaml`), "utf8")).toBe(
      rendered.replace("config:\n", line),
    );
  });
});

describe("a promise", () => {
  it("that holds goes on and one that does not is named", () => {
    expect(() => hold(true, "it holds")).not.toThrow();
    expect(() => hold(false, "the provider saw another key")).toThrow(new DemoFailure("the provider saw another key"));
  });

  it("of success shows the last words of a command that failed", () => {
    const ended = { code: 3, stdout: "table", stderr: `${"noise\n".repeat(20)}claws: error: no` };
    expect(() => succeed("claws up", ended)).toThrow(/^claws up exited with 3:\n(noise\n){14}claws: error: no$/);
    expect(succeed("claws up", { ...ended, code: 0 })).toEqual({ ...ended, code: 0 });
  });
});

describe("runCommand", () => {
  it("keeps both streams, gives the input and tells each line of progress", async () => {
    const lines: string[] = [];
    const program = `process.stdin.pipe(process.stdout); process.stderr.write("one\\ntwo\\n"); process.exitCode = 7;`;
    const argv = [process.execPath, "-e", program];
    const ended = await runCommand(argv, { input: "hello", onLine: (line) => lines.push(line) });
    expect(ended).toEqual({ code: 7, stdout: "hello", stderr: "one\ntwo\n" });
    expect(lines).toEqual(["one", "two"]);
  });

  it("reports a program that is not there", async () => {
    await expect(runCommand(["/nowhere/program"])).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("the narrator", () => {
  it("prints one line a step and keeps everything else in a log that only its owner reads", async () => {
    let screen = "";
    const output = { isTTY: false, columns: 80, write: (text: string) => (screen += text) };
    const logFile = join(folder, "logs/demo.log");
    const narrator = createNarrator(logFile, output as unknown as NodeJS.WriteStream);
    narrator.section("Two agents");
    narrator.progress("creating droplet");
    await narrator.step("claws up", () => Promise.resolve("done"));
    narrator.log("$ claws up\n(exit 0)\n");

    expect(screen).toMatch(/^\nTwo agents\n {2}\d\.\d s {2}claws up: done\n$/);
    const log = await readFile(logFile, "utf8");
    expect(log).toMatch(/^\nTwo agents\ncreating droplet\n--- claws up\n {2}\d\.\d s {2}claws up: done\n\$ claws up\n/);
    expect((await stat(logFile)).mode & 0o777).toBe(0o600);
  });

  it("passes a step's failure on without a line that says it was done", async () => {
    let screen = "";
    const output = { isTTY: false, columns: 80, write: (text: string) => (screen += text) };
    const narrator = createNarrator(join(folder, "demo.log"), output as unknown as NodeJS.WriteStream);
    await expect(narrator.step("claws up", () => Promise.reject(new DemoFailure("no")))).rejects.toThrow("no");
    expect(screen).toBe("");
  });
});

describe("wrapLine", () => {
  it("leaves a line alone that fits", () => {
    expect(wrapLine("  0.4 s  claws vault init: done", 80)).toBe("  0.4 s  claws vault init: done");
  });

  it("breaks between words and indents what follows below the text", () => {
    expect(wrapLine("  4.1 s  start the lab: run eda1c5; real engine", 30)).toBe(
      "  4.1 s  start the lab: run\n         eda1c5; real engine",
    );
  });

  it("keeps every word in order and every line within the width, unless a word alone is wider", () => {
    const word = fc.stringMatching(/^[a-z:;]{1,12}$/);
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 25, max: 120 }),
        (words, columns) => {
          const wrapped = wrapLine(`  1.0 s  ${words.join(" ")}`, columns);
          expect(wrapped.split(/\s+/).filter(Boolean)).toEqual(["1.0", "s", ...words]);
          for (const line of wrapped.split("\n")) expect(line.length).toBeLessThanOrEqual(columns);
        },
      ),
    );
  });
});
