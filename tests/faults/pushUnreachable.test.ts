// SPDX-License-Identifier: Apache-2.0
import { daemonAt, DaemonError, type DaemonOptions } from "../../cli/daemonClient.ts";
import { runClaws } from "../support/cliHarness.ts";
import { scratchFolder } from "../support/scratchFolder.ts";
import { OPERATOR, RUNNING, startTestDaemon, type TestDaemon } from "../support/testDaemon.ts";
import { blackHole, refusingPort, serveBadly, type BadServer } from "./support/badServers.ts";
import { createPushWorld, type PushTarget } from "./support/pushWorld.ts";

const folder = scratchFolder();
const CANARY = "sk-ant-canary-unreachable";
const daemons: TestDaemon[] = [];
const servers: BadServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  for (const daemon of daemons.splice(0)) await daemon.stop();
});

async function goodAgent(nodeId: string): Promise<PushTarget> {
  const status = { ...RUNNING, self: { ...RUNNING.self, nodeId } };
  const daemon = await startTestDaemon({
    status: () => Promise.resolve(status),
    whois: () => Promise.resolve(OPERATOR),
  });
  daemons.push(daemon);
  return { nodeId, url: daemon.url };
}

async function badAgent(nodeId: string, starting: Promise<BadServer>, limits: DaemonOptions = {}): Promise<PushTarget> {
  const server = await starting;
  servers.push(server);
  return { nodeId, url: server.url, limits };
}

/** Sends the head of an answer and then a byte now and then, for ever. */
function drip(): Promise<BadServer> {
  return serveBadly((socket) => {
    socket.once("data", () => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 4096\r\n\r\n");
      const timer = setInterval(() => socket.write(" "), 50);
      socket.once("close", () => clearInterval(timer));
    });
  });
}

describe("a push to agents of which most cannot be reached", () => {
  it("27 ends in bounded time, gives the others their keys and tells of each what became of it", async () => {
    const world = await createPushWorld(folder(), {
      absent: { nodeId: "nABSENT", url: null },
      cut: await badAgent(
        "nCUT",
        serveBadly((socket) => socket.once("data", () => socket.resetAndDestroy())),
      ),
      drip: await badAgent("nDRIP", drip(), { totalTimeout: 600 }),
      first: await goodAgent("nFIRST"),
      hole: await badAgent("nHOLE", blackHole(), { connectTimeout: 300 }),
      last: await goodAgent("nLAST"),
      refused: await badAgent("nREFUSED", refusingPort()),
      silent: await badAgent(
        "nSILENT",
        serveBadly(() => undefined),
        { totalTimeout: 600 },
      ),
    });
    for (const agent of ["absent", "cut", "drip", "first", "hole", "last", "refused", "silent"])
      await world.store(agent, CANARY);
    const { rows, exitCode, stdout, stderr } = await world.push();

    expect(rows.map(({ agent, result, detail }) => [agent, result, detail.split(";")[0]])).toEqual([
      ["absent", "failed", "no node nABSENT in the tailnet"],
      ["cut", "failed", "the connection was cut"],
      ["drip", "failed", "no whole answer within 0.6 s"],
      ["first", "pushed", ""],
      ["hole", "failed", "no connection within 0.3 s"],
      ["last", "pushed", ""],
      ["refused", "failed", "connection refused"],
      ["silent", "failed", "no whole answer within 0.6 s"],
    ]);
    expect(exitCode).toBe(3);
    expect(stderr).toContain("claws: not every key arrived; pushing again is safe: claws keys push\n");
    expect(stdout + stderr).not.toContain(CANARY);
    for (const daemon of daemons)
      expect((await daemon.call("GET", "/v1/status")).body).toMatchObject({ state: "open" });
  });

  it("27 prints a table for people, one row an agent", async () => {
    const world = await createPushWorld(folder(), {
      here: await goodAgent("nHERE"),
      refused: await badAgent("nREFUSED", refusingPort()),
    });
    for (const agent of ["here", "refused"]) await world.store(agent, CANARY);
    const { exitCode, stdout } = await runClaws(["keys", "push"], world.effects);

    expect(stdout.split("\n")).toEqual([
      "AGENT    KEY        VERSION  RESULT  DETAIL",
      "here     anthropic  1        pushed",
      "refused  anthropic  1        failed  connection refused",
      "",
    ]);
    expect(exitCode).toBe(3);
  });

  it("27 exits with 3 also when no agent can be reached", async () => {
    const world = await createPushWorld(folder(), { refused: await badAgent("nREFUSED", refusingPort()) });
    await world.store("refused", CANARY);

    expect((await world.push()).exitCode).toBe(3);
  });
});

describe("the limits that nobody changed", () => {
  it("27 are 3 s for the connection and 10 s for the whole answer, however it dribbles in", async () => {
    servers.push(await blackHole(), await serveBadly(() => undefined), await drip());
    const started = performance.now();
    const failures = await Promise.all(
      servers.map(({ port }) =>
        daemonAt("127.0.0.1", { port })
          .status()
          .then(
            () => "answered",
            (error: unknown) => (error instanceof DaemonError ? [error.message, error.mayHaveActed] : error),
          ),
      ),
    );

    expect(failures).toEqual([
      ["no connection within 3 s", false],
      ["no whole answer within 10 s", false],
      ["no whole answer within 10 s", false],
    ]);
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it("27 are not reached by a name that DNS does not know", async () => {
    // Two dots in a row are no name, so the resolver says no without asking anybody.
    const failure = await daemonAt("a..b")
      .status()
      .catch((error: unknown) => error);

    expect(failure).toMatchObject({ code: "no-reply", message: "the host name is not known", mayHaveActed: false });
  });
});
