// SPDX-License-Identifier: Apache-2.0
// Row 10: what a stream that says nothing costs the broker, nginx and http-proxy, and how long a chunk stays inside.
import type { Benchmark, BenchOptions, Result } from "../result.ts";
import { percentile } from "../statistics.ts";
import { chunkDelays, openStreams, residentKiB } from "./load.ts";
import { type Scheme, type Server, startNginxProxy, startOurBroker, startProgram } from "./processes.ts";
import { type Servers, withServers } from "./servers.ts";

/** How long a chunk stays inside, and memory of idle streams. */
export const brokerStreams: Benchmark = async (options) => {
  const results: Result[] = [];
  // Chunks first: thousands of streams leave much to collect in this process, which is the client, and that would count as delay.
  for (const measure of [chunks, idleStreams]) {
    for (const scheme of ["http", "https"] as const) {
      results.push(...(await withServers((servers) => measure(servers, scheme, options))));
    }
  }
  return results;
};

async function idleStreams(servers: Servers, scheme: Scheme, options: BenchOptions): Promise<Result[]> {
  const count = options.short ? 200 : 1_000;
  options.onProgress(`row 10: ${count} idle streams, upstream over ${scheme}`);
  const { folder, certificate } = servers;
  const silent = await servers.add(startStreams(servers, scheme, 0, 0));
  const words = [scheme, String(silent.port), certificate.certFile];
  const target = { scheme, port: silent.port, certFile: certificate.certFile };
  const nginx = await servers.add(startNginxProxy(folder, target));
  const httpProxy = await servers.add(startProgram("httpProxy.ts", words));
  const broker = await servers.add(startOurBroker(words));

  const ours = await memoryPerStream(broker, brokerUrl(broker), count);
  const theirs = {
    nginx: await memoryPerStream(nginx, proxyUrl(nginx), count),
    "http-proxy": await memoryPerStream(httpProxy, proxyUrl(httpProxy), count),
  };
  const what = `broker, ${nameOf(scheme)}: memory of each of ${count} idle streams`;
  const shared = { row: 10, what, ours: kilobytes(ours) };
  const limit = { ...shared, peer: "25 KB limit", ratio: ours / 25, goal: "<= 1x", met: ours <= 25 };
  const beside = Object.entries(theirs).map(([name, figure]) => ({
    ...shared,
    peer: `${kilobytes(figure)} ${name}`,
    ratio: ours / figure,
    goal: "-",
    met: ours <= figure,
  }));
  return [limit, ...beside];
}

async function chunks(servers: Servers, scheme: Scheme, options: BenchOptions): Promise<Result[]> {
  const count = options.short ? 200 : 1_000;
  options.onProgress(`row 10: the delay of ${count} chunks, upstream over ${scheme}`);
  const talking = await servers.add(startStreams(servers, scheme, count, 2));
  const { certFile } = servers.certificate;
  const broker = await servers.add(startOurBroker([scheme, String(talking.port), certFile]));
  const nginx = await servers.add(startNginxProxy(servers.folder, { scheme, port: talking.port, certFile }));
  const ours = await slowestChunk(brokerUrl(broker));
  const theirs = await slowestChunk(proxyUrl(nginx));
  const what = `broker, ${nameOf(scheme)}: delay of a chunk, p99 of ${count}`;
  const shared = { row: 10, what, ours: milliseconds(ours) };
  return [
    { ...shared, peer: "2 ms limit", ratio: ours / 2, goal: "< 1x", met: ours < 2 },
    { ...shared, peer: `${milliseconds(theirs)} nginx`, ratio: ours / theirs, goal: "-", met: ours <= theirs },
  ];
}

/** The slowest of a hundred chunks. The first of a stream, which waits for the upstream's connection, does not count. */
async function slowestChunk(url: string): Promise<number> {
  return percentile((await chunkDelays(url)).slice(1), 0.99);
}

function milliseconds(figure: number): string {
  return `${figure.toFixed(2)} ms`;
}

function startStreams({ certificate }: Servers, scheme: Scheme, count: number, gap: number): Promise<Server> {
  const words = [scheme, certificate.certFile, certificate.keyFile, String(count), String(gap)];
  return startProgram("streamUpstream.ts", words);
}

async function memoryPerStream(server: Server, url: string, count: number): Promise<number> {
  // The first streams pay for code and buffers that every later one shares.
  for (const request of await openStreams(url, 50)) request.destroy();
  const before = await residentKiB(server.pid);
  const requests = await openStreams(url, count);
  const after = await residentKiB(server.pid);
  for (const request of requests) request.destroy();
  return (after - before) / count;
}

function nameOf(scheme: Scheme): string {
  return scheme === "https" ? "TLS" : "plain";
}

function kilobytes(figure: number): string {
  return `${figure.toFixed(1)} KB`;
}

function brokerUrl({ port }: Server): string {
  return `http://127.0.0.1:${port}/bench/v1/models`;
}

function proxyUrl({ port }: Server): string {
  return `http://127.0.0.1:${port}/v1/models`;
}
