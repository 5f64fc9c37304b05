// SPDX-License-Identifier: Apache-2.0
import { readEngineEvent } from "../../cli/engineEvent.ts";
import { EngineReport } from "../../cli/engineReport.ts";

const DROPLET = `urn:pulumi:dev::office-claws::office-claws:index:Agent$office-claws:index:HardenedDroplet$digitalocean:index/droplet:Droplet::a1`;

function diagnostic(message: string, urn = "", severity = "error") {
  return { diagnosticEvent: { message, severity, urn, color: "never" } };
}

function problemAfter(...events: Record<string, unknown>[]) {
  const report = new EngineReport();
  for (const event of events) report.take(event);
  return report.problem("update", "raw output of the engine");
}

describe("an event of the engine", () => {
  it("is read without its colours", () => {
    expect(readEngineEvent(diagnostic("<{%fg 1%}>broken<{%reset%}> \u001b[31mred\u001b[0m\n"))).toEqual({
      kind: "diagnostic",
      severity: "error",
      urn: "",
      message: "broken red",
    });
  });

  it.each([
    [{}],
    [{ preludeEvent: { config: { secret: "x" } } }],
    [{ resourcePreEvent: null }],
    [{ resOutputsEvent: { metadata: [] } }],
    [{ progressEvent: 1 }],
  ])("%j says nothing", (event) => {
    expect(readEngineEvent(event)).toBeUndefined();
  });

  it("gives counts and leaves out what is no number", () => {
    expect(readEngineEvent({ summaryEvent: { resourceChanges: { create: 3, odd: "x" } } })).toEqual({
      kind: "summary",
      changes: { create: 3 },
    });
  });
});

describe("a failed operation", () => {
  it("that a policy refused exits 4 with the rule's text", () => {
    const violation = {
      policyEvent: {
        policyName: "do-firewall-no-inbound",
        enforcementLevel: "mandatory",
        resourceUrn: "urn:x::p::t::fw",
        message: "The firewall must have no inbound rule.",
      },
    };
    const error = problemAfter(violation, diagnostic("preview failed"));
    expect(error.message).toBe(
      "refused by policy: do-firewall-no-inbound: fw: The firewall must have no inbound rule.",
    );
    expect(error.exitCode).toBe(4);
  });

  it("with an advisory remark alone is no refusal", () => {
    const remark = { policyEvent: { policyName: "x", enforcementLevel: "advisory", message: "m" } };
    expect(problemAfter(remark, diagnostic("boom", DROPLET)).exitCode).toBe(1);
  });

  it.each([
    ['configuration: 2 problems\n  agents[0].siz: unknown field; did you mean "size"?\n  tailnetTag: must be x'],
    [
      'Running program failed with an unhandled exception:\nError: configuration: 2 problems\n  agents[0].siz: unknown field; did you mean "size"?\n  tailnetTag: must be x\n    at file:///x/config.ts:3:5',
    ],
  ])("of the configuration exits 2 with the program's text and no stack: %j", (message) => {
    const error = problemAfter(diagnostic(message, "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev"));
    expect(error.message).toBe(
      'configuration: 2 problems\n  agents[0].siz: unknown field; did you mean "size"?\n  tailnetTag: must be x',
    );
    expect(error.exitCode).toBe(2);
  });

  it.each([
    [
      "error: getting stack configuration: get stack secrets manager: incorrect passphrase",
      "the passphrase in PULUMI_CONFIG_PASSPHRASE is not the one of this stack",
    ],
    ["the stack is currently locked by 1 lock(s)", "another run holds the lock of this stack"],
    ["error: no stack named 'x' found", "there is no such stack"],
  ])("for %j says what it means", (output, meaning) => {
    const error = new EngineReport().problem("read", output);
    expect(error.message).toBe(`cannot read the stack: ${meaning}`);
    expect(error.exitCode).toBe(2);
  });

  it("of a resource names it, and leaves out the engine's own summary", () => {
    const error = problemAfter(
      diagnostic("POST /v2/droplets: 422 size not available", DROPLET),
      diagnostic("update failed"),
    );
    expect(error.message).toBe("cannot update the stack: droplet a1: POST /v2/droplets: 422 size not available");
    expect(error.exitCode).toBe(1);
  });

  it.each([
    ["POST https://x/v2/droplets: 401 Unable to authenticate you", "the service refuses the credentials: claws doctor"],
    [
      "POST: 403 (request x) You are not authorized",
      "the credentials may not do this: claws doctor checks their scopes",
    ],
    [
      "422 creating this/these droplet(s) will exceed your droplet limit",
      "raise the limit in DigitalOcean's console, or take agents out of the stack's file",
    ],
    ["429 Too many requests", "the service asks to wait a minute"],
    ["422 You specified an invalid image for Droplet creation.", "claws image list shows the images that there are"],
    ["422 size is not available in this region", "name another size or region in the stack's file"],
    ["node a1 did not join the tailnet in time", "claws tailnet policy show prints what the tailnet must allow"],
    ["503 Service Unavailable", "the service failed or was not reached: try again a little later"],
  ])("of a resource with %j says what to do, and what to type then", (message, advice) => {
    expect(problemAfter(diagnostic(message, DROPLET)).hints).toEqual([
      advice,
      "what was done is in the state: correct the cause, then claws up",
    ]);
  });

  it("without any diagnostics gives the end of the raw output", () => {
    expect(problemAfter().message).toBe("cannot update the stack: raw output of the engine");
    expect(new EngineReport().problem("update", "").message).toBe("cannot update the stack: the engine gave no reason");
  });
});
