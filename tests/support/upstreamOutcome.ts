// SPDX-License-Identifier: Apache-2.0
import { startFakeUpstream, type FakeUpstream } from "./fakeUpstream.ts";
import { startTestBroker, type TestBrokerOptions } from "./testBroker.ts";

/** Fake providers that end with their test; call it once per test file. */
export function fakeUpstreams(): (...certificate: Parameters<typeof startFakeUpstream>) => Promise<FakeUpstream> {
  const opened: FakeUpstream[] = [];
  afterEach(async () => {
    delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    await Promise.all(opened.splice(0).map((upstream) => upstream.close()));
  });
  return async (...certificate) => {
    const upstream = await startFakeUpstream(...certificate);
    opened.push(upstream);
    return upstream;
  };
}

/** Status and code that a workload gets from a broker in front of this provider. */
export async function outcome(upstream: FakeUpstream, options: TestBrokerOptions = {}): Promise<readonly unknown[]> {
  const broker = await startTestBroker(upstream, options);
  try {
    const answer = await broker.ask();
    return [answer.status, answer.headers["x-claws-broker-error"] ?? null];
  } finally {
    await broker.close();
  }
}
