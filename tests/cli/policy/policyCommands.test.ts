// SPDX-License-Identifier: Apache-2.0
// The commands on the tailnet's policy, against the lab's Tailscale API.
import { openPolicyApi } from "../../../cli/policy/policyApi.ts";
import type { Effects } from "../../../cli/effects.ts";
import { recordTerminal, runClaws, spawnClaws, type CliRun } from "../../support/cliHarness.ts";
import { scratchFolder } from "../../support/scratchFolder.ts";
import { startTailscaleApiBench, testApiKey, type TailscaleApiBench } from "../../support/tailscaleApiBench.ts";

const folder = scratchFolder();
let bench: TailscaleApiBench;
let environment: Record<string, string>;

const LIVE = `{
	// Everything that the office has.
	"tagOwners": { "tag:agent": ["bob@example.com"] },
	"grants": [
		{ "src": ["bob@example.com"], "dst": ["tag:printer"], "ip": ["tcp:631"] },
	],
}
`;

beforeEach(async () => {
  bench = await startTailscaleApiBench();
  bench.headscale.policy = LIVE;
  environment = { TAILSCALE_BASE_URL: bench.api.url, TAILSCALE_API_KEY: testApiKey };
});
afterEach(() => bench.close());

const alice = ["--operator", "alice@example.com"];

async function claws(words: readonly string[], given: Partial<Effects> = {}): Promise<CliRun> {
  const run = await runClaws(["tailnet", "policy", ...words], {
    policyApi: () => Promise.resolve(openPolicyApi(environment)),
    ...given,
  });
  expect(run.stdout + run.stderr).not.toContain(testApiKey);
  return run;
}

describe("claws tailnet policy diff", () => {
  it("shows what is missing as a change of the policy's own text, and changes nothing", async () => {
    const { exitCode, stdout, stderr } = await claws(["diff", ...alice]);
    expect(exitCode).toBe(4);
    expect(stdout.split("\n").slice(0, 12).join("\n")).toBe(
      [
        "  {",
        "  \t// Everything that the office has.",
        '- \t"tagOwners": { "tag:agent": ["bob@example.com"] },',
        '+ \t"tagOwners": { "tag:agent": ["bob@example.com", "alice@example.com"] },',
        '  \t"grants": [',
        '  \t\t{ "src": ["bob@example.com"], "dst": ["tag:printer"], "ip": ["tcp:631"] },',
        "+ \t\t{",
        '+ \t\t\t"src": ["alice@example.com"],',
        '+ \t\t\t"dst": ["tag:agent"],',
        '+ \t\t\t"ip": ["tcp:7440", "tcp:7442"],',
        '+ \t\t\t"app": {',
        '+ \t\t\t\t"officeclaws.com/cap/control": [',
      ].join("\n"),
    );
    expect(stderr).toContain("entries are missing, and nothing allows too much\n");
    expect(bench.headscale.policy).toBe(LIVE);
  });

  it("names what allows agents, and others towards them, too much", async () => {
    bench.headscale.policy = JSON.stringify({
      grants: [
        { src: ["*"], dst: ["*"], ip: ["*"] },
        { src: ["tag:agent"], dst: ["tag:db"], ip: ["tcp:5432"] },
      ],
      tagOwners: { "tag:db": ["tag:agent"] },
      ssh: [{ action: "accept", src: ["autogroup:member"], dst: ["tag:agent"], users: ["root"] }],
      nodeAttrs: [{ target: ["*"], attr: ["funnel"] }],
      autoApprovers: { routes: { "10.0.0.0/8": ["tag:agent"] }, exitNode: ["tag:agent"] },
    });
    const { exitCode, stdout } = await claws(["diff", ...alice, "--json"]);
    expect(exitCode).toBe(4);
    expect((JSON.parse(stdout) as { risks: string[] }).risks).toEqual([
      "a grant lets *, agents too, reach *",
      "a grant lets tag:agent reach tag:db",
      "a grant lets * connect to every port of tag:agent, also to the control port",
      "an ssh rule lets autogroup:member log in to tag:agent as root",
      "Funnel lets *, agents too, listen on the internet",
      "autoApprovers let an agent announce the route 10.0.0.0/8 without being asked",
      "autoApprovers let an agent be an exit node without being asked",
      "tag:agent owns tag:db: an agent could make nodes that carry it",
    ]);
  });

  it("exits 0 once all is there and nothing more", async () => {
    expect((await claws(["apply", ...alice, "--yes"])).exitCode).toBe(0);
    const { exitCode, stdout, stderr } = await claws(["diff", ...alice]);
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: "claws: the tailnet's policy has what the agents need, and lets them do nothing more\n",
    });
  });
});

describe("claws tailnet policy apply", () => {
  it("adds what is missing, keeps all else, and has nothing to do the second time", async () => {
    const first = await claws(["apply", ...alice, "--yes", "--json"]);
    expect(first.exitCode).toBe(0);
    expect(JSON.parse(first.stdout)).toMatchObject({ applied: true, risks: [] });
    const after = bench.headscale.policy ?? "";
    expect(after).toContain("\t// Everything that the office has.\n");
    expect(after).toContain('\t\t{ "src": ["bob@example.com"], "dst": ["tag:printer"], "ip": ["tcp:631"] },\n');
    for (const section of ["ssh", "tests", "sshTests"]) expect(after).toContain(`"${section}": [`);
    const second = await claws(["apply", ...alice]);
    expect({ exitCode: second.exitCode, stdout: second.stdout }).toEqual({ exitCode: 0, stdout: "" });
    expect(second.stderr).toContain("nothing to do");
    expect(bench.headscale.policy).toBe(after);
  });

  it("leaves the tests out on request", async () => {
    await claws(["apply", ...alice, "--yes", "--without-tests"]);
    expect(bench.headscale.policy).not.toContain('"tests"');
  });

  it("asks, and takes nothing but yes for it", async () => {
    const asked: string[] = [];
    const answering = (answer: string): Partial<Effects> => ({
      terminal: recordTerminal({ canAsk: true }),
      ask: (question) => {
        asked.push(question);
        return Promise.resolve(answer);
      },
    });
    for (const answer of ["", "n", "yes please"]) await claws(["apply", ...alice], answering(answer));
    expect(bench.headscale.policy).toBe(LIVE);
    await claws(["apply", ...alice], answering("y"));
    expect(bench.headscale.policy).not.toBe(LIVE);
    expect(asked[0]).toMatch(/^Add these \d entries to the tailnet's policy\? \[y\/N\] $/);
  });

  it("does not hang and changes nothing where nobody can be asked", async () => {
    const { exitCode, stderr } = await claws(["apply", ...alice]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("refusing to change the tailnet's policy without being asked: there is no terminal");
    expect(bench.headscale.policy).toBe(LIVE);
  });

  it("writes nothing over what somebody else wrote meanwhile", async () => {
    const theirs = LIVE.replace("631", "632");
    const terminal = recordTerminal({ canAsk: true });
    const { exitCode } = await claws(["apply", ...alice], {
      terminal,
      ask: () => {
        bench.headscale.policy = theirs;
        return Promise.resolve("y");
      },
    });
    expect(exitCode).toBe(1);
    expect(bench.headscale.policy).toBe(theirs);
    expect(terminal.stderr()).toBe(
      "claws: error: somebody changed the tailnet's policy meanwhile\nclaws: hint: nothing was written; run the command again\n",
    );
  });

  it("names the tests that fail, before it asks, and writes nothing", async () => {
    bench.headscale.refusal = {
      status: 400,
      message: "test(s) failed:\ntag:agent -> tag:db:1: expected DENIED, got ALLOWED",
    };
    const { exitCode, stderr } = await claws(["apply", ...alice, "--yes"]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("claws: error: Tailscale refuses the policy with these additions: ");
    expect(stderr).toContain("claws: hint: nothing was written\n");
    expect(bench.headscale.policy).toBe(LIVE);
  });

  it("refuses a policy that says something else where ours must stand", async () => {
    bench.headscale.policy = '{ "tagOwners": ["tag:agent"] }';
    const { exitCode, stderr } = await claws(["apply", ...alice, "--yes"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("has something else at tagOwners, and claws replaces nothing");
  });

  it("says that the credentials are refused, and does not show them", async () => {
    environment["TAILSCALE_API_KEY"] = "tskey-api-wrong";
    const { exitCode, stderr } = await claws(["apply", ...alice, "--yes"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("Tailscale refuses the credentials in TAILSCALE_API_KEY");
    expect(stderr).not.toContain("tskey");
  });
});

it("the real program applies and compares", async () => {
  const options = {
    environment: { ...environment, HOME: folder(), PATH: process.env["PATH"] ?? "" },
    folder: folder(),
  };
  const applied = await spawnClaws(["tailnet", "policy", "apply", ...alice, "--yes"], options);
  expect(applied).toMatchObject({
    exitCode: 0,
    stderr: expect.stringMatching(/^claws: added \d entries to the tailnet's policy\n$/),
  });
  expect(await spawnClaws(["tailnet", "policy", "diff", ...alice], options)).toMatchObject({ exitCode: 0, stdout: "" });
});
