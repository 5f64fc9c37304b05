// SPDX-License-Identifier: Apache-2.0
import { readEngineEvent } from "../../../cli/engineEvent.ts";
import { AgentSteps, stepLine, summaryOf, type Owners } from "../../../cli/operation/agentSteps.ts";
import { AGENT, DROPLET, engineEvent, HARDENED, type EngineStep } from "../../support/engineEvents.ts";

function record() {
  const lines: string[] = [];
  const clock = { now: 0 };
  const steps = new AgentSteps(
    () => clock.now,
    (agent, step) => void lines.push(`${agent}: ${stepLine(step)}`),
  );
  const take = (phase: "start" | "done" | "failed", step: EngineStep): void =>
    steps.take(readEngineEvent(engineEvent(phase, step)));
  return { lines, clock, steps, take };
}

describe("the steps of agents", () => {
  it("belong to the Agent component above each resource, with their seconds", () => {
    const { lines, clock, steps, take } = record();
    take("start", AGENT);
    take("start", HARDENED);
    take("start", DROPLET);
    expect(summaryOf(steps.views)).toBe("  done: nothing\n  unknown: a1: creating droplet\n  not done: nothing");
    clock.now = 12_300;
    take("done", DROPLET);
    expect(lines).toEqual(["a1: creating droplet", "a1: droplet created (12 s)"]);
    expect(summaryOf(steps.views, ["a1: tailnet node"])).toBe(
      "  done: a1: droplet created\n  unknown: nothing\n  not done: a1: tailnet node",
    );
    expect(steps.views).toEqual([
      {
        agent: "a1",
        isNew: true,
        steps: [{ key: "create droplet", label: "droplet", state: "done", text: "created", started: 0, ended: 12_300 }],
      },
    ]);
  });

  it("name the step that makes the enrolment secret by what it makes", () => {
    const { lines, take } = record();
    for (const chain of ["EnrolmentSecret", "TailnetNode"]) {
      const urn = `urn:pulumi:dev::office-claws::office-claws:index:Agent$office-claws:index:${chain}$command:local:Command::x`;
      take("start", { urn, type: "command:local:Command", parent: AGENT.urn });
    }
    expect(lines).toEqual(["a1: creating enrolment secret", "a1: creating tailnet node"]);
  });

  it("say failed for what failed, even when its begin was not reported, and nothing of what stays the same", () => {
    const { lines, steps, take } = record();
    take("start", { ...DROPLET, operation: "same" });
    take("done", { ...DROPLET, operation: "same" });
    expect(steps.views).toEqual([]);
    take("failed", { ...DROPLET, operation: "delete" });
    expect(lines).toEqual(["a1: droplet failed (0 s)"]);
    expect(summaryOf(steps.views)).toContain("unknown: a1: failed droplet");
  });

  it("say what a look at the service has found", () => {
    const { lines, take } = record();
    for (const found of ["refresh", "same", "update", "delete"]) {
      take("start", { ...DROPLET, operation: "refresh" });
      take("done", { ...DROPLET, operation: found });
    }
    expect(lines.filter((_, index) => index % 2 === 1)).toEqual([
      "a1: droplet checked (0 s)",
      "a1: droplet checked (0 s)",
      "a1: droplet has changed (0 s)",
      "a1: droplet is gone (0 s)",
    ]);
  });

  it("belong to their agents when the engine deletes, which names the components last", () => {
    const urn = (chain: string, name: string): string =>
      `urn:pulumi:dev::office-claws::office-claws:index:Agent$${chain}::${name}`;
    const deleted = (name: string, type: string, parent: string) => ({
      resourcePreEvent: {
        metadata: { urn: urn(`office-claws:index:X$${type}`, name), type, op: "delete", old: { parent }, new: null },
      },
    });
    const events = ["ada", "ada-b"].flatMap((agent) => [
      deleted(`${agent}-node`, "command:local:Command", urn("office-claws:index:X", agent)),
      deleted(`${agent}-vpc`, "digitalocean:index/vpc:Vpc", urn("office-claws:index:X", agent)),
    ]);
    const agentsWith = (owners: Owners): readonly string[] => {
      const steps = new AgentSteps(
        () => 0,
        () => undefined,
        owners,
      );
      for (const event of events) steps.take(readEngineEvent(event));
      return steps.views.map(({ agent }) => agent);
    };
    expect(agentsWith({ names: ["ada", "ada-b", "a"] })).toEqual(["ada", "ada-b"]);
    const byUrn = new Map(events.map(({ resourcePreEvent: { metadata } }) => [metadata.urn, "of the state"]));
    expect(agentsWith({ byUrn, names: ["ada"] })).toEqual(["of the state"]);
    expect(agentsWith({})).toEqual(["ada-node", "ada-vpc", "ada-b-node", "ada-b-vpc"]);
  });

  it("tell the old droplet from the new one", () => {
    const { lines, steps, take } = record();
    take("start", { ...DROPLET, operation: "create-replacement" });
    take("done", { ...DROPLET, operation: "create-replacement" });
    take("start", { ...DROPLET, operation: "delete-replaced" });
    expect(lines).toEqual(["a1: creating new droplet", "a1: droplet created anew (0 s)", "a1: deleting old droplet"]);
    expect(steps.views[0]?.steps).toHaveLength(2);
  });

  it("take what comes after the engine, too, as one step that changes its text", () => {
    const { lines, clock, steps } = record();
    steps.set("a1", "then keys", { label: "", state: "running", text: "pushing keys" });
    clock.now = 900;
    steps.set("a1", "then keys", { label: "", state: "done", text: "open" });
    expect(lines).toEqual([]);
    expect(steps.views[0]?.steps).toEqual([
      { key: "then keys", label: "", state: "done", text: "open", started: 0, ended: 900 },
    ]);
  });
});
