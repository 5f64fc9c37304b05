// SPDX-License-Identifier: Apache-2.0
// Row 10: the broker beside nginx and http-proxy doing the same job over TLS to the same upstream.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Benchmark, BenchOptions, Result } from "../result.ts";
import { inRounds, median, percentile } from "../statistics.ts";
import { type Certificate, makeCertificate } from "./certificate.ts";
import { chunkDelays, openStreams, residentKiB, runWrk } from "./load.ts";
import { type Server, startNginxProxy, startProgram, startUpstream } from "./processes.ts";

/** Added latency of one request at a time, and throughput of 32 connections. */
export const brokerSpeed: Benchmark = (options) =>
  inFolder(async (folder, certificate, servers) => {
    options.onProgress("row 10: broker, nginx and http-proxy in turns under wrk, TLS upstream");
    const upstream = await servers.add(startUpstream(folder, certificate));
    const words = [String(upstream.port), certificate.certFile];
    const nginx = await servers.add(startNginxProxy(folder, upstream.port, certificate.certFile));
    const httpProxy = await servers.add(startProgram("httpProxy.ts", words));
    const broker = await servers.add(startProgram("ourBroker.ts", words));
    const urls = {
      direct: `https://localhost:${upstream.port}/v1/models`,
      nginx: `http://127.0.0.1:${nginx.port}/v1/models`,
      httpProxy: `http://127.0.0.1:${httpProxy.port}/v1/models`,
      ours: `http://127.0.0.1:${broker.port}/bench/v1/models`,
    };
    return [...(await addedLatency(urls, options)), ...(await throughput(urls, options))];
  });

type Urls = Readonly<Record<"direct" | "nginx" | "httpProxy" | "ours", string>>;

async function addedLatency(urls: Urls, { short }: BenchOptions): Promise<Result[]> {
  const one = (url: string) => async () => (await runWrk(url, 1, short ? 1 : 3)).medianMicroseconds;
  const figures = await inRounds(3, {
    direct: one(urls.direct),
    nginx: one(urls.nginx),
    httpProxy: one(urls.httpProxy),
    ours: one(urls.ours),
  });
  const direct = median(figures.direct);
  const [ours, nginx, httpProxy] = [figures.ours, figures.nginx, figures.httpProxy].map((all) => median(all) - direct);
  const shared = { row: 10, what: "broker: added p50, one connection", ours: `${(ours ?? 0).toFixed(0)} us` };
  return [
    { ...shared, ...against("nginx", ours, nginx), goal: "<= 3.5x", met: (ours ?? 0) <= 3.5 * (nginx ?? 0) },
    { ...shared, ...against("http-proxy", ours, httpProxy), goal: "-", met: (ours ?? 0) <= (httpProxy ?? 0) },
  ];
}

function against(peer: string, ours = Number.NaN, theirs = Number.NaN) {
  return { peer: `${theirs.toFixed(0)} us ${peer}`, ratio: ours / theirs };
}

async function throughput(urls: Urls, { short }: BenchOptions): Promise<Result[]> {
  const many = (url: string) => async () => (await runWrk(url, 32, short ? 1 : 3)).requestsPerSecond;
  const figures = await inRounds(3, {
    nginx: many(urls.nginx),
    httpProxy: many(urls.httpProxy),
    ours: many(urls.ours),
  });
  const ours = median(figures.ours);
  const httpProxy = median(figures.httpProxy);
  const nginx = median(figures.nginx);
  const shared = { row: 10, what: "broker: throughput, 32 connections", ours: `${ours.toFixed(0)} req/s` };
  return [
    {
      ...shared,
      peer: `${httpProxy.toFixed(0)} req/s http-proxy`,
      ratio: ours / httpProxy,
      goal: ">= 1.7x",
      met: ours >= 1.7 * httpProxy,
    },
    { ...shared, peer: `${nginx.toFixed(0)} req/s nginx`, ratio: ours / nginx, goal: "-", met: ours >= nginx },
  ];
}

/** Memory of idle streams, and how long a chunk stays inside. */
export const brokerIdle: Benchmark = (options) =>
  inFolder(async (_folder, certificate, servers) => {
    const count = options.short ? 200 : 1_000;
    options.onProgress(`row 10: ${count} idle streams, then the delay of chunks`);
    const files = [certificate.certFile, certificate.keyFile];
    const silent = await servers.add(startProgram("streamUpstream.ts", [...files, "0", "0"]));
    const broker = await servers.add(startProgram("ourBroker.ts", [String(silent.port), certificate.certFile]));
    const perStream = await memoryPerStream(broker, count);

    const chunks = options.short ? 200 : 1_000;
    const talking = await servers.add(startProgram("streamUpstream.ts", [...files, String(chunks), "2"]));
    const second = await servers.add(startProgram("ourBroker.ts", [String(talking.port), certificate.certFile]));
    const delays = await chunkDelays(brokerUrl(second));
    // The first chunk of a stream waits for the upstream's TLS handshake.
    const p99 = percentile(delays.slice(1), 0.99);
    return [
      {
        row: 10,
        what: `broker: memory of each of ${count} idle streams`,
        ours: `${perStream.toFixed(1)} KB`,
        peer: "25 KB limit",
        ratio: perStream / 25,
        goal: "<= 1x",
        met: perStream <= 25,
      },
      {
        row: 10,
        what: `broker: delay of a chunk, p99 of ${delays.length - 1}`,
        ours: `${p99.toFixed(2)} ms`,
        peer: "2 ms limit",
        ratio: p99 / 2,
        goal: "< 1x",
        met: p99 < 2,
      },
    ];
  });

async function memoryPerStream(broker: Server, count: number): Promise<number> {
  // The first streams pay for code and buffers that every later one shares.
  for (const request of await openStreams(brokerUrl(broker), 50)) request.destroy();
  const before = await residentKiB(broker.pid);
  const requests = await openStreams(brokerUrl(broker), count);
  const after = await residentKiB(broker.pid);
  for (const request of requests) request.destroy();
  return (after - before) / count;
}

function brokerUrl({ port }: Server): string {
  return `http://127.0.0.1:${port}/bench/v1/models`;
}

interface Servers {
  add(starting: Promise<Server>): Promise<Server>;
}

async function inFolder(
  measure: (folder: string, certificate: Certificate, servers: Servers) => Promise<Result[]>,
): Promise<Result[]> {
  const folder = await mkdtemp(join(tmpdir(), "claws-bench-"));
  const started: Server[] = [];
  const add = async (starting: Promise<Server>) => {
    const server = await starting;
    started.push(server);
    return server;
  };
  try {
    return await measure(folder, await makeCertificate(folder), { add });
  } finally {
    await Promise.all(started.map((server) => server.stop()));
    await rm(folder, { recursive: true });
  }
}
