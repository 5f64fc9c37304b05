// SPDX-License-Identifier: Apache-2.0
import { startRemoteBroker, type RemoteBroker } from "../../../cli/remoteBroker/startRemoteBroker.ts";
import { PROVIDERS } from "../../../broker/providerTable.ts";
import { createUpstreamAgent } from "../../../broker/upstreamAgent.ts";
import { Sensitive } from "../../../protocol/sensitive.ts";
import { startFakeUpstream, type FakeUpstream } from "../../support/fakeUpstream.ts";
import { startTestDaemon, type TestDaemon } from "../../support/testDaemon.ts";

const KEY = "sk-that-stays-with-its-owner";
let upstream: FakeUpstream;
let owner: RemoteBroker;
let daemon: TestDaemon;
const callers: (string | undefined)[] = [];

beforeAll(async () => {
  upstream = await startFakeUpstream();
});
afterAll(() => upstream.close());
beforeEach(async () => {
  callers.length = 0;
  const lend = () => {
    const secret = Sensitive.from(KEY);
    return { version: 1, secret, countsTokens: false, release: () => secret.wipe() };
  };
  const providers = PROVIDERS.map((provider) => ({ ...provider, origin: upstream.origin }));
  owner = await startRemoteBroker({
    ...{ addresses: ["127.0.0.1"], port: 0 },
    identify: ({ headers }) => {
      callers.push(headers.authorization ?? headers["x-api-key"]?.toString());
      return { name: "a1", providers, keys: { lend } };
    },
    upstream: createUpstreamAgent({ allows: () => true, ca: [upstream.ca] }),
    log: () => undefined,
    now: () => new Date(0),
    monotonic: () => 0,
  });
  daemon = await startTestDaemon({ facts: { remoteBroker: owner.listening[0] ?? "" } });
});
afterEach(async () => {
  await daemon.stop();
  await owner.stop(0);
});

function ask(headers: Readonly<Record<string, string>>): Promise<Response> {
  return fetch(`${daemon.brokerUrl}/anthropic/v1/messages`, { method: "POST", headers, body: "{}" });
}

describe("a daemon whose owner runs the broker", () => {
  it("relays the workload's requests without any credential, and the owner's broker puts the key in", async () => {
    const answer = await ask({ "x-api-key": daemon.token });
    expect([answer.status, await answer.text()]).toEqual([200, '{"ok":true}']);
    expect(callers).toEqual([undefined]);
    expect(upstream.seen.at(-1)?.headers["x-api-key"]).toBe(KEY);
  });

  it("still asks for the placeholder", async () => {
    const answer = await ask({ "x-api-key": "sk-of-somebody-else" });
    expect([answer.status, answer.headers.get("x-claws-broker-error")]).toEqual([401, "bad-token"]);
    expect(callers).toEqual([]);
  });

  it("takes no key from anybody: it was made to hold none", async () => {
    const put = { name: "anthropic", provider: "anthropic", version: 1, value: "sk-0123456789" };
    const { status, body } = await daemon.call("POST", "/v1/keys/put", put);
    expect({ status, body }).toMatchObject({ status: 409, body: { code: "remote-broker" } });
  });

  it("says so in its status", async () => {
    const { body } = await daemon.call("GET", "/v1/status");
    expect(body).toMatchObject({ state: "relay", keys: [] });
  });
});
