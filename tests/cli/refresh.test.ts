// SPDX-License-Identifier: Apache-2.0
import type { Effects } from "../../cli/effects.ts";
import { Interrupted } from "../../cli/errors.ts";
import type { EngineRun, Stack } from "../../cli/stackTypes.ts";
import { fakeStack, healthyCloud } from "../support/agentWorld.ts";
import { makeProject, recordTerminal, runClaws } from "../support/cliHarness.ts";
import { DROPLET, engineEvent, TAG } from "../support/engineEvents.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();
let world: Partial<Effects>;
let runs: string[];

beforeEach(async () => {
  const { root, environment } = await makeProject(folder());
  runs = [];
  world = {
    environment: {
      ...environment,
      CLAWS_CACHE: folder(),
      DIGITALOCEAN_TOKEN: "t",
      TAILSCALE_API_KEY: "k",
      PULUMI_CONFIG_PASSPHRASE: "p",
    },
    workingDirectory: root,
    digitalOcean: () => Promise.resolve(healthyCloud()),
    tailnetStatus: () => Promise.resolve({ backendState: "Running", tun: true, peers: [] }),
    openStack: () => Promise.resolve(drifting()),
  };
});

/** A stack whose droplet has another size and whose tag is gone. */
function drifting(given: Partial<Stack> = {}): Stack {
  const look = (operation: string) => (run: EngineRun) => {
    runs.push(operation);
    for (const [step, found] of [
      [DROPLET, "update"],
      [TAG, "delete"],
    ] as const) {
      run.onEvent(engineEvent("start", { ...step, operation: "refresh" }));
      const { urn, type } = step;
      const detailedDiff = found === "update" ? { size: {}, "tags[0]": {}, "tags[1]": {} } : null;
      run.onEvent({ resOutputsEvent: { metadata: { urn, type, op: found, detailedDiff } } });
    }
    return Promise.resolve({ update: 1, delete: 1, same: 9 });
  };
  return fakeStack({ refresh: look("refresh"), previewRefresh: look("preview"), ...given });
}

const table =
  "DRIFT    TYPE                                NAME  PROPERTIES\n" +
  "changed  digitalocean:index/droplet:Droplet  a1    size, tags\n" +
  "gone     digitalocean:index/tag:Tag          a1    -\n";
const drifted = [
  { operation: "update", type: DROPLET.type, name: "a1", changed: ["size", "tags"] },
  { operation: "delete", type: TAG.type, name: "a1", changed: [] },
];

function answering(answer: string): Partial<Effects> {
  const terminal = { ...recordTerminal({ canAsk: true }) };
  return { ...world, terminal, ask: () => Promise.resolve(answer) };
}

describe("claws refresh", () => {
  it("with --preview-only shows what drifted and writes nothing", async () => {
    const { exitCode, stdout, stderr } = await runClaws(["refresh", "--preview-only"], world);
    expect({ exitCode, stdout, runs }).toEqual({ exitCode: 0, stdout: table, runs: ["preview"] });
    expect(stderr).toContain("a1: droplet has changed (0 s)\n");
    expect(stderr).toContain("claws: 2 resources drifted, 9 unchanged\n");
  });

  it("with --yes writes at once and prints what was written", async () => {
    const { exitCode, stdout, stderr } = await runClaws(["refresh", "--yes", "--json"], world);
    expect({ exitCode, runs }).toEqual({ exitCode: 0, runs: ["refresh"] });
    expect(JSON.parse(stdout)).toEqual({
      stack: "dev",
      changes: { update: 1, delete: 1, same: 9 },
      drifted,
      written: true,
    });
    expect(stderr).toContain("claws: the state is as the services say; claws up makes the stack as its file says\n");
  });

  it.each([["y"], ["Yes"], [" yes "]])("writes when a person agrees: %j", async (answer) => {
    const { exitCode } = await runClaws(["refresh"], answering(answer));
    expect({ exitCode, runs }).toEqual({ exitCode: 0, runs: ["preview", "refresh"] });
  });

  it.each([[""], ["n"], ["yesterday"], ["dev"]])("writes nothing when a person does not agree: %j", async (answer) => {
    const { exitCode } = await runClaws(["refresh"], answering(answer));
    expect({ exitCode, runs }).toEqual({ exitCode: 2, runs: ["preview"] });
  });

  it("without a terminal asks nobody and no service, and names the options that decide", async () => {
    const silent = { ...world, openStack: () => Promise.reject(new Error("must not open the stack")) };
    const { exitCode, stderr } = await runClaws(["refresh"], silent);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr:
        'claws: error: refusing to change the state of stack "dev" without being asked: there is no terminal\n' +
        "claws: hint: say it with --yes, or only look with --preview-only\n",
    });
  });

  it("has nothing to ask when nothing drifted", async () => {
    const openStack = () => Promise.resolve(fakeStack({ previewRefresh: () => Promise.resolve({ same: 9 }) }));
    const terminal = recordTerminal({ canAsk: true });
    const { exitCode } = await runClaws(["refresh", "--json"], { ...world, terminal, openStack });
    expect(exitCode).toBe(0);
    expect(JSON.parse(terminal.stdout())).toEqual({ stack: "dev", changes: { same: 9 }, drifted: [], written: false });
  });

  it("when interrupted says what is known", async () => {
    const openStack = () => Promise.resolve(drifting({ refresh: () => Promise.reject(new Interrupted("stopped")) }));
    const { exitCode, stderr } = await runClaws(["refresh", "--yes"], { ...world, openStack });
    expect(exitCode).toBe(130);
    expect(stderr).toContain("claws: error: interrupted: the engine was asked to stop\n  done: nothing\n");
  });
});
