// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { type ClientRequest, get, type IncomingMessage } from "node:http";
import { promisify } from "node:util";

/** What wrk measured. */
export interface LoadFigures {
  readonly medianMicroseconds: number;
  readonly p99Microseconds: number;
  readonly requestsPerSecond: number;
}

const headers = { "x-api-key": "agt_bench" };

/** Runs wrk for some seconds with so many connections. @throws {Error} if an answer was no success */
export async function runWrk(url: string, connections: number, seconds: number): Promise<LoadFigures> {
  const argv = ["-t1", `-c${connections}`, `-d${seconds}s`, "--latency", "-H", "x-api-key: agt_bench", url];
  const { stdout } = await promisify(execFile)("wrk", argv);
  if (/Non-2xx/.test(stdout) || /Socket errors/.test(stdout)) throw new Error(`wrk saw errors at ${url}:\n${stdout}`);
  return parseWrk(stdout);
}

/** @throws {Error} if the text is no report of wrk. */
export function parseWrk(report: string): LoadFigures {
  const [, rate = ""] = /Requests\/sec:\s+([\d.]+)/.exec(report) ?? [];
  const medianMicroseconds = parseLatency(/50%\s+([\d.]+)(us|ms|s)\b/.exec(report));
  const p99Microseconds = parseLatency(/99%\s+([\d.]+)(us|ms|s)\b/.exec(report));
  if (medianMicroseconds === undefined || p99Microseconds === undefined || rate === "")
    throw new Error("cannot read the report of wrk");
  return { medianMicroseconds, p99Microseconds, requestsPerSecond: Number(rate) };
}

function parseLatency(found: RegExpExecArray | null): number | undefined {
  const [, value = "", unit = ""] = found ?? [];
  const scale = { us: 1, ms: 1_000, s: 1_000_000 }[unit];
  return scale === undefined ? undefined : Number(value) * scale;
}

/** Opens streams and waits for the first chunk of each. The caller destroys them. */
export async function openStreams(url: string, count: number): Promise<ClientRequest[]> {
  const requests: ClientRequest[] = [];
  // In batches: a thousand handshakes at once would measure the backlog of a socket.
  while (requests.length < count) {
    const batch = Array.from({ length: Math.min(50, count - requests.length) }, () =>
      get(url, { agent: false, headers }),
    );
    await Promise.all(batch.map(firstChunk));
    requests.push(...batch);
  }
  return requests;
}

async function firstChunk(request: ClientRequest): Promise<void> {
  const [response] = (await once(request, "response")) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`a stream was answered with ${response.statusCode}`);
  await once(response, "data");
  // Ending it is the caller's act, not an error.
  request.on("error", () => undefined);
  response.on("error", () => undefined).resume();
}

/** Reads a stream to its end: milliseconds that each chunk took from the upstream's write to us. */
export async function chunkDelays(url: string): Promise<number[]> {
  const request = get(url, { agent: false, headers });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const delays: number[] = [];
  for await (const chunk of response) {
    const arrived = process.hrtime.bigint();
    const sent = String(chunk).trim().split("\n").map(BigInt);
    delays.push(...sent.map((time) => Number(arrived - time) / 1e6));
  }
  return delays;
}

/** Resident memory of a process in KiB. */
export async function residentKiB(pid: number): Promise<number> {
  const [, value = ""] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(value);
}
