// SPDX-License-Identifier: Apache-2.0
// Row 10: the broker beside nginx and http-proxy doing the same job, over TLS and without it, to the same upstream.
import type { Benchmark, BenchOptions, Result } from "../result.ts";
import { inRounds, median } from "../statistics.ts";
import { type LoadFigures, runWrk } from "./load.ts";
import { type Scheme, startNginxProxy, startOurBroker, startProgram, startUpstream } from "./processes.ts";
import { type Servers, withServers } from "./servers.ts";

const contenders = ["direct", "nginx", "httpProxy", "ours"] as const;

type Contender = (typeof contenders)[number];
type Medians = Readonly<Record<Contender, LoadFigures>>;

/** Added latency of one request at a time; throughput and slowest requests of 32 connections. */
export const brokerSpeed: Benchmark = async (options) => {
  const results: Result[] = [];
  for (const scheme of ["http", "https"] as const) {
    options.onProgress(`row 10: broker, nginx and http-proxy in turns under wrk, upstream over ${scheme}`);
    results.push(...(await withServers((servers) => measure(servers, scheme, options))));
  }
  return results;
};

async function measure(servers: Servers, scheme: Scheme, options: BenchOptions): Promise<Result[]> {
  const urls = await start(servers, scheme);
  const one = await load(urls, 1, options);
  const many = await load(urls, 32, options);
  const upstream = scheme === "https" ? "TLS" : "plain";
  return [...addedLatency(one, upstream), ...throughput(many, upstream)];
}

async function start(servers: Servers, scheme: Scheme): Promise<Readonly<Record<Contender, string>>> {
  const { folder, certificate } = servers;
  const upstream = await servers.add(startUpstream(folder, scheme, certificate));
  const words = [scheme, String(upstream.port), certificate.certFile];
  const target = { scheme, port: upstream.port, certFile: certificate.certFile };
  const nginx = await servers.add(startNginxProxy(folder, target));
  const httpProxy = await servers.add(startProgram("httpProxy.ts", words));
  const broker = await servers.add(startOurBroker(words));
  return {
    direct: `${scheme}://localhost:${upstream.port}/v1/models`,
    nginx: `http://127.0.0.1:${nginx.port}/v1/models`,
    httpProxy: `http://127.0.0.1:${httpProxy.port}/v1/models`,
    ours: `http://127.0.0.1:${broker.port}/bench/v1/models`,
  };
}

async function load(
  urls: Readonly<Record<Contender, string>>,
  connections: number,
  { short }: BenchOptions,
): Promise<Medians> {
  const seen: Record<Contender, LoadFigures[]> = { direct: [], nginx: [], httpProxy: [], ours: [] };
  const run = (name: Contender) => async () => seen[name].push(await runWrk(urls[name], connections, short ? 1 : 2));
  await inRounds(short ? 3 : 5, {
    direct: run("direct"),
    nginx: run("nginx"),
    httpProxy: run("httpProxy"),
    ours: run("ours"),
  });
  const middle = (name: Contender, figure: keyof LoadFigures): number =>
    median(seen[name].slice(1).map((figures) => figures[figure]));
  const medians = contenders.map((name) => [
    name,
    {
      medianMicroseconds: middle(name, "medianMicroseconds"),
      p99Microseconds: middle(name, "p99Microseconds"),
      requestsPerSecond: middle(name, "requestsPerSecond"),
    },
  ]);
  return Object.fromEntries(medians) as Medians;
}

function addedLatency({ direct, nginx, httpProxy, ours }: Medians, upstream: string): Result[] {
  const added = (figures: LoadFigures): number => figures.medianMicroseconds - direct.medianMicroseconds;
  const shared = {
    row: 10,
    what: `broker, ${upstream}: added p50, one connection`,
    ours: `${added(ours).toFixed(0)} us`,
  };
  const beside = (peer: string, figures: LoadFigures) => ({
    ...shared,
    peer: `${added(figures).toFixed(0)} us ${peer}`,
    ratio: added(ours) / added(figures),
  });
  return [
    { ...beside("nginx", nginx), goal: "<= 3.5x", met: added(ours) <= 3.5 * added(nginx) },
    { ...beside("http-proxy", httpProxy), goal: "-", met: added(ours) <= added(httpProxy) },
  ];
}

function throughput({ nginx, httpProxy, ours }: Medians, upstream: string): Result[] {
  const rate = (figures: LoadFigures): string => `${figures.requestsPerSecond.toFixed(0)} req/s`;
  const shared = { row: 10, what: `broker, ${upstream}: throughput, 32 connections`, ours: rate(ours) };
  const slowest = (figures: LoadFigures): string => `${(figures.p99Microseconds / 1000).toFixed(1)} ms`;
  const overHttpProxy = ours.requestsPerSecond / httpProxy.requestsPerSecond;
  const overNginx = ours.requestsPerSecond / nginx.requestsPerSecond;
  const p99 = ours.p99Microseconds / nginx.p99Microseconds;
  return [
    {
      ...shared,
      peer: `${rate(httpProxy)} http-proxy`,
      ratio: overHttpProxy,
      goal: ">= 1.7x",
      met: overHttpProxy >= 1.7,
    },
    { ...shared, peer: `${rate(nginx)} nginx`, ratio: overNginx, goal: "-", met: overNginx >= 1 },
    {
      row: 10,
      what: `broker, ${upstream}: p99, 32 connections`,
      ours: slowest(ours),
      peer: `${slowest(nginx)} nginx`,
      ratio: p99,
      goal: "<= 3x",
      met: p99 <= 3,
    },
  ];
}
