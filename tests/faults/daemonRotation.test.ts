// SPDX-License-Identifier: Apache-2.0
import { startFakeUpstream, type FakeUpstream } from "../support/fakeUpstream.ts";
import { startTestDaemon, type TestDaemon } from "../support/testDaemon.ts";
import { partOf, serveStreams, type ServedStream } from "./support/byteStreams.ts";
import { heldVersions, put } from "./support/pushRequests.ts";
import { openStream, type OpenStream } from "./support/streams.ts";

const PART = 4096;
const AT_ONCE = 25;
const OLD = "sk-ant-canary-old";
const NEW = "sk-ant-canary-new";
let upstream: FakeUpstream;
let daemon: TestDaemon;
let served: ReadonlyMap<string, ServedStream>;

beforeEach(async () => {
  upstream = await startFakeUpstream();
  daemon = await startTestDaemon({ upstream });
  served = serveStreams(upstream, PART);
  await put(daemon, 1, OLD);
});
afterEach(async () => {
  await daemon.stop();
  await upstream.close();
});

/**
 * Opens so many streams; each has got its first part. They open a few at a time: provider, daemon and workloads are this one
 * process, and hundreds of handshakes at once take it longer on a slow machine than a connection may take.
 */
async function open(prefix: string, count: number): Promise<ReadonlyMap<string, OpenStream>> {
  const names = Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
  const byName = new Map<string, OpenStream>();
  const openOne = async (name: string): Promise<void> => {
    const stream = await openStream(daemon, { body: name });
    byName.set(name, stream);
    await stream.received(partOf(name, 0, PART));
  };
  for (let at = 0; at < count; at += AT_ONCE) await Promise.all(names.slice(at, at + AT_ONCE).map(openOne));
  return byName;
}

function serving(name: string): ServedStream {
  const stream = served.get(name);
  if (stream === undefined) throw new Error(`the provider has not seen ${name}`);
  return stream;
}

/** Sends the part of each stream and waits until all have it. */
async function sendPart(streams: ReadonlyMap<string, OpenStream>, part: number): Promise<void> {
  for (const name of streams.keys()) serving(name).response.write(partOf(name, part, PART));
  await Promise.all([...streams].map(([name, stream]) => stream.received(partOf(name, part, PART))));
}

/** Ends each stream with its last part; names of those of which any byte is not as it was sent. */
async function endAll(streams: ReadonlyMap<string, OpenStream>, parts: number): Promise<readonly string[]> {
  for (const name of streams.keys()) serving(name).response.end(partOf(name, parts, PART));
  const spoiled = await Promise.all(
    [...streams].map(async ([name, stream]) => {
      const { text, error } = await stream.end;
      const sent = Array.from({ length: parts + 1 }, (_, part) => partOf(name, part, PART)).join("");
      return error === null && text === sent && stream.answer.complete ? [] : [name];
    }),
  );
  return spoiled.flat();
}

const keysOf = (streams: ReadonlyMap<string, OpenStream>): ReadonlySet<string> =>
  new Set([...streams.keys()].map((name) => serving(name).key));

describe("a rotation in the middle of 500 streams", () => {
  it("44 fails no request and loses no byte: those under way keep the old key, new ones get the new key", async () => {
    const before = await open("before", 500);
    await sendPart(before, 1);

    // While the new version is there and not active yet, new requests still get the old one.
    const putting = put(daemon, 2, NEW);
    const during = await open("during", 20);
    expect((await putting).status).toBe(200);
    await sendPart(before, 2);
    expect((await daemon.call("POST", "/v1/keys/activate", { name: "anthropic", version: 2 })).status).toBe(200);
    const after = await open("after", 100);
    expect((await daemon.call("POST", "/v1/keys/revoke", { name: "anthropic", version: 1 })).status).toBe(200);
    await sendPart(before, 3);
    const last = await open("last", 100);

    expect(await heldVersions(daemon)).toEqual({ anthropic: [2] });
    expect([before, during, after, last].map(keysOf)).toEqual([
      new Set([OLD]),
      new Set([OLD]),
      new Set([NEW]),
      new Set([NEW]),
    ]);
    for (const [streams, parts] of [
      [before, 4],
      [during, 1],
      [after, 1],
      [last, 1],
    ] as const)
      expect(await endAll(streams, parts)).toEqual([]);
    const usage = daemon.lines.filter(({ event }) => event === "usage");
    expect(usage.map((line) => [line["status"], line["code"]])).toEqual(Array.from({ length: 720 }, () => [200, "ok"]));
    expect(usage.filter((line) => line["keyVersion"] === 1)).toHaveLength(520);
  });

  it("44 of which half leave in the middle spoils none of the others", async () => {
    const streams = await open("half", 500);
    const names = [...streams.keys()];
    await put(daemon, 2, NEW);
    for (const name of names.slice(0, 250)) streams.get(name)?.leave();
    await daemon.call("POST", "/v1/keys/activate", { name: "anthropic", version: 2 });
    await daemon.call("POST", "/v1/keys/revoke", { name: "anthropic", version: 1 });
    const others = new Map([...streams].slice(250));
    await sendPart(others, 1);

    expect(await endAll(others, 2)).toEqual([]);
    expect(keysOf(others)).toEqual(new Set([OLD]));
  });
});

describe("a thousand idle streams", () => {
  it("44 stay open through a rotation, and each gets its last byte", async () => {
    const idle = await open("idle", 1000);
    await put(daemon, 2, NEW);
    await daemon.call("POST", "/v1/keys/activate", { name: "anthropic", version: 2 });
    await daemon.call("POST", "/v1/keys/revoke", { name: "anthropic", version: 1 });
    expect([...idle.values()].filter(({ answer }) => answer.destroyed || answer.complete)).toEqual([]);
    const extra = await open("extra", 1);

    expect(keysOf(extra)).toEqual(new Set([NEW]));
    expect(await endAll(extra, 1)).toEqual([]);
    expect(await endAll(idle, 1)).toEqual([]);
  });
});
