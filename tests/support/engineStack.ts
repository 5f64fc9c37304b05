// SPDX-License-Identifier: Apache-2.0
// One stack of one small program, run by the real engine with a state folder and a home of its own.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

const repository = path.resolve(import.meta.dirname, "../..");

export interface EngineRun {
  readonly exitCode: number;
  /** Everything the engine printed, both streams. With --json the Node SDK's debug events are in it, which hold secrets. */
  readonly output: string;
  /** The events of a --json run without those debug events: what a person or a log gets to see. */
  readonly shown: string;
  /** Finished changes in order, e.g. `create digitalocean:index/tag:Tag`; resources that stay the same are left out. */
  readonly steps: readonly string[];
  /** Messages of errors and warnings. */
  readonly problems: readonly string[];
}

export interface EngineStack {
  readonly directory: string;
  /** Runs `pulumi` with these words; never fails by itself. */
  run(...words: readonly string[]): Promise<EngineRun>;
  /** Outputs of the stack, secrets shown. */
  outputs(): Promise<Record<string, unknown>>;
  /** Every file of the state folder, joined. */
  stateText(): Promise<string>;
  remove(): Promise<void>;
}

/** Makes a stack `test` of the program text. `environment` comes on top of the test's own, which loses NODE_OPTIONS. */
export async function createEngineStack(
  program: string,
  environment: Readonly<Record<string, string>>,
): Promise<EngineStack> {
  const directory = await mkdtemp(path.join(tmpdir(), "engine-stack-"));
  const [home, state, project] = ["home", "state", "project"].map((name) => path.join(directory, name));
  if (home === undefined || state === undefined || project === undefined) throw new Error("no folders");
  for (const folder of [home, state, project]) await mkdir(folder);
  await symlink(path.join(repository, "node_modules"), path.join(project, "node_modules"));
  await writeFile(path.join(project, "package.json"), '{"type":"module"}');
  await writeFile(path.join(project, "Pulumi.yaml"), projectFile);
  await writeFile(path.join(project, "index.ts"), program);
  const env = {
    ...process.env,
    // jest's own loader flags are not for the engine's children.
    NODE_OPTIONS: "",
    PATH: [
      path.join(repository, "lab/providers/bin"),
      path.join(repository, "node_modules/.bin"),
      process.env["PATH"],
    ].join(":"),
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_HOME: home,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "1",
    PULUMI_SKIP_UPDATE_CHECK: "1",
    ...environment,
  };
  const run = (...words: readonly string[]) => runEngine(words, project, env);
  const made = await run("stack", "init", "test");
  if (made.exitCode !== 0) throw new Error(`cannot make a stack: ${made.output}`);
  return {
    directory,
    run,
    outputs: async () => {
      const shown = await run("stack", "output", "--json", "--show-secrets");
      return JSON.parse(shown.output) as Record<string, unknown>;
    },
    stateText: () => readAll(state),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

const projectFile = `name: providers
main: index.ts
runtime: { name: nodejs, options: { typescript: false } }
`;

function runEngine(words: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<EngineRun> {
  return new Promise((resolve, reject) => {
    const options = { cwd, env, maxBuffer: 64 * 1024 * 1024 };
    execFile("pulumi", [...words, "--non-interactive"], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      if (typeof code !== "number") {
        reject(new Error("cannot run pulumi: is the toolchain on PATH?", { cause: error }));
        return;
      }
      const events = words.includes("--json") ? parseEvents(stdout) : [];
      const shown = events
        .filter((event) => event.diagnosticEvent?.severity !== "debug")
        .map((event) => JSON.stringify(event));
      resolve({
        ...{ exitCode: code, output: stdout + stderr, shown: shown.join("\n") },
        ...{ steps: stepsOf(events), problems: problemsOf(events) },
      });
    });
  });
}

interface EngineEvent {
  readonly resOutputsEvent?: { readonly metadata: { readonly op: string; readonly type: string } };
  readonly diagnosticEvent?: { readonly severity: string; readonly message: string };
}

function parseEvents(stdout: string): EngineEvent[] {
  const lines = stdout.split("\n").filter((line) => line.startsWith('{"sequence"'));
  return lines.map((line) => JSON.parse(line) as EngineEvent);
}

function stepsOf(events: readonly EngineEvent[]): string[] {
  const done = events.flatMap(({ resOutputsEvent }) =>
    resOutputsEvent === undefined ? [] : [resOutputsEvent.metadata],
  );
  // "replace" only says that a create and a delete belong together.
  const isChange = ({ op, type }: { op: string; type: string }) =>
    !["same", "replace", "refresh", "read"].includes(op) && type !== "pulumi:pulumi:Stack";
  return done.filter(isChange).map(({ op, type }) => `${op} ${type}`);
}

function problemsOf(events: readonly EngineEvent[]): string[] {
  const shown = events.flatMap(({ diagnosticEvent }) => (diagnosticEvent === undefined ? [] : [diagnosticEvent]));
  return shown.filter(({ severity }) => severity === "error" || severity === "warning").map(({ message }) => message);
}

async function readAll(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = await Promise.all(files.map(({ parentPath, name }) => readFile(path.join(parentPath, name), "utf8")));
  return texts.join("\n");
}
