// SPDX-License-Identifier: Apache-2.0
import { generateIdentity } from "../../../cli/ageFile.ts";
import type { Effects } from "../../../cli/effects.ts";
import { withNewVersion } from "../../../cli/keyEntry.ts";
import type { Stack } from "../../../cli/stackTypes.ts";
import { createVault, updateVault } from "../../../cli/vault.ts";
import { Sensitive } from "../../../protocol/sensitive.ts";
import { fakeStack, knownAgent } from "../../support/agentWorld.ts";
import { makeProject, recordTerminal, runClaws, testEffects, type CliRun } from "../../support/cliHarness.ts";
import { main } from "../../../cli/main.ts";
import { eventually } from "../../support/eventually.ts";
import { scratchFolder } from "../../support/scratchFolder.ts";
import { openRequest, readAnswer } from "../../support/testBroker.ts";

const folder = scratchFolder();
const owner = await generateIdentity();
const CANARY = "sk-ant-canary-of-the-owner";
let given: Partial<Effects>;

beforeEach(async () => {
  const { root, environment } = await makeProject(folder());
  const access = { path: `${root}/vault.age`, environment: { ...environment, CLAWS_AGE_KEY: owner.identity.reveal() } };
  const found = { identities: [owner.identity], source: "test" };
  await createVault(access.path, { recipients: [owner.recipient], keys: [] }, found);
  const entry = { name: "anthropic", agent: "a1", value: Sensitive.from(CANARY), created: "2026-11-23T12:00:00.000Z" };
  await updateVault(access, (document) => withNewVersion(document, entry, "none"));
  given = {
    environment: access.environment,
    workingDirectory: root,
    openStack: () => Promise.resolve(stackWith("127.0.0.1:7441")),
    askTailscaled: tailscaled({
      BackendState: "Running",
      TUN: true,
      Self: { ID: "nOWNER", TailscaleIPs: ["127.0.0.1"] },
    }),
  };
});

function stackWith(broker: string | null): Stack {
  return fakeStack({ outputs: () => Promise.resolve(new Map([["a1", knownAgent({ broker })]])) });
}

/** A tailscaled in this state, which knows nobody. */
function tailscaled(status: object): Effects["askTailscaled"] {
  return (path) =>
    Promise.resolve(
      path.startsWith("status")
        ? { status: 200, body: Buffer.from(JSON.stringify(status)) }
        : { status: 404, body: Buffer.from("no match") },
    );
}

const claws = (words: readonly string[], more: Partial<Effects> = {}): Promise<CliRun> =>
  runClaws(words, { ...given, ...more });

describe("claws broker", () => {
  it("listens on the tailnet address, refuses strangers with a line of the log, and ends at Ctrl-C without a word of the key", async () => {
    const terminal = recordTerminal();
    const interrupt = new AbortController();
    const ended = main(["broker", "--port", "17441"], testEffects({ ...given, terminal, signal: interrupt.signal }));
    await eventually(terminal.stderr, (text) => text.includes("lending keys"), 20_000);
    expect(terminal.stderr()).toBe("claws: lending keys to a1 on 127.0.0.1:17441\n");
    const { status } = await readAnswer((await openRequest(17_441)).answer);
    expect(status).toBe(403);
    interrupt.abort();
    expect(await ended).toBe(0);
    expect(JSON.parse(terminal.stdout())).toMatchObject({
      event: "usage",
      agent: null,
      code: "unknown-agent",
      status: 403,
    });
    expect(terminal.stdout() + terminal.stderr()).not.toContain(CANARY);
  });

  it.each([["80"], ["65536"], ["7441x"], ["0x1F90"]])("refuses the port %s", async (port) => {
    const { exitCode, stderr } = await claws(["broker", "--port", port]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("--port");
  });

  it("says what to configure when no agent borrows from a broker", async () => {
    const openStack = () => Promise.resolve(stackWith(null));
    expect(await claws(["broker"], { openStack })).toEqual({
      exitCode: 2,
      stdout: "",
      stderr:
        'claws: error: no agent of the stack "dev" borrows its keys from a broker\n' +
        'claws: hint: configure one with broker: "ADDRESS:PORT", this machine\'s tailnet address, and run claws up\n',
    });
  });

  it("does not start over userspace networking, where every caller would be this machine", async () => {
    const askTailscaled = tailscaled({
      BackendState: "Running",
      TUN: false,
      Self: { ID: "n", TailscaleIPs: ["127.0.0.1"] },
    });
    const { exitCode, stderr } = await claws(["broker"], { askTailscaled });
    expect(exitCode).toBe(1);
    expect(stderr).toContain("refusing to lend keys over userspace networking");
  });
});
