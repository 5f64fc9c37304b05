// SPDX-License-Identifier: Apache-2.0
import { chmod, mkdir, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AgentView, Step } from "../../../cli/operation/agentSteps.ts";
import { notBegun, recallTimes, remaining, rememberTimes, type StepTime } from "../../../cli/operation/durations.ts";
import { scratchFolder } from "../../support/scratchFolder.ts";

const folder = scratchFolder();
const up = { operation: "up", stack: { root: "/project", name: "dev" } } as const;

function step(key: string, started: number, ended?: number): Step {
  const label = key.slice(key.indexOf(" ") + 1);
  const times = ended === undefined ? { started } : { started, ended };
  return { key, label, state: ended === undefined ? "running" : "done", text: "", ...times };
}

function view(agent: string, ...steps: readonly Step[]): AgentView {
  return { agent, steps, isNew: false };
}

function time(agent: string, key: string, started: number, ended: number): StepTime {
  return { agent, key, started, ended };
}

function cache(): { readonly CLAWS_CACHE: string } {
  return { CLAWS_CACHE: join(folder(), "cache") };
}

async function cacheFile(): Promise<string> {
  const durations = join(folder(), "cache", "durations");
  const [name = "none"] = await readdir(durations);
  return join(durations, name);
}

describe("the durations of the last run", () => {
  it("are kept per stack and operation, in a file of the user's own", async () => {
    await rememberTimes(cache(), up, [view("a1", step("create droplet", 1000.4, 41_000))]);
    expect(recallTimes(cache(), up)).toEqual([time("a1", "create droplet", 1000, 41_000)]);
    expect(recallTimes(cache(), { ...up, operation: "destroy" })).toEqual([]);
    expect(recallTimes(cache(), { ...up, stack: { ...up.stack, name: "prod" } })).toEqual([]);
    expect(recallTimes(cache(), { ...up, stack: { ...up.stack, root: "/other" } })).toEqual([]);
    expect((await stat(await cacheFile())).mode & 0o777).toBe(0o600);
  });

  it("are replaced by a newer run's, kind of change by kind of change", async () => {
    await rememberTimes(cache(), up, [
      view("a1", step("create tag", 0, 10), step("create droplet", 10, 20)),
      view("a2", step("create tag", 0, 30)),
    ]);
    await rememberTimes(cache(), up, [view("a1", step("create droplet", 0, 7), step("update firewall", 7, 8))]);
    expect(recallTimes(cache(), up)).toEqual([
      time("a1", "create droplet", 0, 7),
      time("a1", "update firewall", 7, 8),
      time("a2", "create tag", 0, 30),
    ]);
  });

  it("of a run that changed nothing replace nothing", async () => {
    await rememberTimes(cache(), up, [view("a1", step("create tag", 0, 10))]);
    await rememberTimes(cache(), up, [view("a1", step("create tag", 0))]);
    await rememberTimes(cache(), up, []);
    expect(recallTimes(cache(), up)).toEqual([time("a1", "create tag", 0, 10)]);
  });

  it.each([
    ["is cut off", '{"steps":[{"agent":"a1"'],
    ["is empty", ""],
    ["is another text", "[]"],
    ["has a negative time", '{"steps":[{"agent":"a1","key":"create tag","started":-1,"ended":2}]}'],
    ["has too many", `{"steps":[${'{"agent":"a1","key":"x","started":0,"ended":2},'.repeat(500).slice(0, -1)}]}`],
    ["is huge", " ".repeat(70_000)],
  ])("are none when the file %s", async (_, text) => {
    await rememberTimes(cache(), up, [view("a1", step("create tag", 0, 10))]);
    await writeFile(await cacheFile(), text);
    expect(recallTimes(cache(), up)).toEqual([]);
  });

  it("are none when others could have written them", async () => {
    await rememberTimes(cache(), up, [view("a1", step("create tag", 0, 10))]);
    await chmod(await cacheFile(), 0o666);
    expect(recallTimes(cache(), up)).toEqual([]);
  });

  it("are not missed where nothing can be written", async () => {
    await writeFile(join(folder(), "cache"), "a file");
    await rememberTimes(cache(), up, [view("a1", step("create tag", 0, 10))]);
    expect(await readFile(join(folder(), "cache"), "utf8")).toBe("a file");
    await rememberTimes({}, up, [view("a1", step("create tag", 0, 10))]);
    expect(recallTimes({}, up)).toEqual([]);
    await mkdir(join(folder(), "unused"));
  });
});

describe("the time that is left", () => {
  const times = [
    time("a1", "create tag", 0, 1000),
    time("a1", "create droplet", 1000, 41_000),
    time("a1", "then keys", 42_000, 45_000),
    time("a2", "create tag", 0, 2000),
    time("a2", "create droplet", 2000, 61_000),
    time("a2", "update firewall", 0, 5000),
  ];

  it("is not known without an earlier run, or for another kind of change", () => {
    expect(remaining([view("a1", step("create tag", 0))], [], 100)).toBeUndefined();
    expect(remaining([view("a1", step("delete tag", 0))], times.slice(3), 100)).toBeUndefined();
    expect(remaining([], times, 100)).toBeUndefined();
  });

  it("is the slowest agent's, by its last step", () => {
    const a1 = view("a1", step("create tag", 0, 1000));
    expect(remaining([a1], times, 5000)).toBe(40_000);
    expect(remaining([a1, view("a2", step("create tag", 0, 2000))], times, 5000)).toBe(56_000);
  });

  it("grows by how late the latest step is, and is never negative", () => {
    expect(remaining([view("a1", step("create tag", 0, 4000))], times, 5000)).toBe(43_000);
    expect(remaining([view("a1", step("create tag", 0, 1000), step("create droplet", 3000))], times, 5000)).toBe(
      42_000,
    );
    expect(remaining([view("a1", step("create tag", 0, 1000))], times, 90_000)).toBe(0);
  });

  it("is nothing once everything is done", () => {
    const steps = [step("create tag", 0, 1), step("create droplet", 1, 2), step("then keys", 2, 3)];
    expect(remaining([view("a1", ...steps)], times, 5)).toBeUndefined();
  });

  it("of a new agent is that of the slowest other one", () => {
    expect(remaining([view("new", step("create tag", 0, 2000))], times, 2000)).toBe(59_000);
  });
});

describe("what has not begun", () => {
  const times = [time("a1", "create tag", 0, 1), time("a1", "create droplet", 1, 2), time("a1", "then keys", 2, 3)];

  it("is what the agent had last time and has not yet", () => {
    expect(notBegun(view("a1", step("create tag", 0)), times)).toEqual(["droplet", "keys"]);
    expect(notBegun(view("a1", step("delete tag", 0)), times)).toEqual(["keys"]);
  });

  it("is for the first agent of all what every agent has", () => {
    const first = { agent: "a1", steps: [step("create tag", 0, 1)], isNew: true };
    expect(notBegun(first, [])).toEqual(["VPC", "auth key", "droplet", "firewall", "tailnet node"]);
    expect(notBegun({ ...first, isNew: false }, [])).toEqual([]);
  });
});
