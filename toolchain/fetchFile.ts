// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import * as http from "node:http";
import * as https from "node:https";
import { errorText } from "./errorText.ts";

/** Bounds of one transfer, so that a network that swallows packets costs seconds, not minutes. */
export interface FetchLimits {
  /** Milliseconds to resolve the name and connect. @default 5000 */
  readonly connect?: number;
  /** Milliseconds without a byte once connected. @default 15000 */
  readonly idle?: number;
  /** Milliseconds for the whole transfer. @default 1200000 */
  readonly total?: number;
  /** Largest size in bytes. @default 1073741824 */
  readonly bytes?: number;
}

/** What was received. */
export interface Fetched {
  /** SHA-256 in lower-case hex. */
  readonly sha256: string;
  readonly bytes: number;
}

type OnBytes = (bytes: number, total: number | undefined) => void;

const maximumRedirects = 5;

/**
 * Downloads `url` into the new file `path` and returns its digest.
 *
 * @throws on any status but 200, more than five redirects, a redirect away from TLS, a short body or a time-out; what
 * was written by then is the caller's to remove.
 */
export async function fetchToFile(
  url: string,
  path: string,
  limits: FetchLimits = {},
  onBytes?: OnBytes,
): Promise<Fetched> {
  const file = await open(path, "wx", 0o600);
  try {
    const hash = createHash("sha256");
    const bytes = await receive(new URL(url), limits, async (chunk, received, total) => {
      hash.update(chunk);
      await file.writeFile(chunk);
      onBytes?.(received, total);
    });
    return { sha256: hash.digest("hex"), bytes };
  } finally {
    await file.close();
  }
}

/** Downloads a small text, at most 1 MiB. Same errors as {@link fetchToFile}. */
export async function fetchText(url: string, limits: FetchLimits = {}): Promise<string> {
  const chunks: Buffer[] = [];
  await receive(new URL(url), { bytes: 2 ** 20, ...limits }, (chunk) => {
    chunks.push(chunk);
    return Promise.resolve();
  });
  return Buffer.concat(chunks).toString("utf8");
}

async function receive(
  url: URL,
  limits: FetchLimits,
  onChunk: (chunk: Buffer, received: number, total: number | undefined) => Promise<void>,
): Promise<number> {
  const watchdog = createWatchdog(limits.total ?? 1_200_000);
  try {
    const response = await open200(url, limits, watchdog);
    const total = parseLength(response.headers["content-length"]);
    const idle = limits.idle ?? 15_000;
    let received = 0;
    watchdog.allow(idle, "no data");
    for await (const chunk of response as AsyncIterable<Buffer>) {
      received += chunk.length;
      if (received > (limits.bytes ?? 2 ** 30)) throw new Error("the file is larger than expected");
      await onChunk(chunk, received, total);
      watchdog.allow(idle, "no data");
    }
    if (total !== undefined && received !== total) throw new Error(`got ${received} of ${total} bytes`);
    return received;
  } catch (error) {
    throw new Error(`cannot fetch "${url.href}": ${watchdog.reason() ?? errorText(error)}`, { cause: error });
  } finally {
    watchdog.stop();
  }
}

async function open200(start: URL, limits: FetchLimits, watchdog: Watchdog): Promise<http.IncomingMessage> {
  let url = start;
  for (let redirects = 0; redirects <= maximumRedirects; redirects += 1) {
    const response = await send(url, limits, watchdog);
    const { statusCode: status = 0, headers } = response;
    if (status === 200) return response;
    response.destroy();
    if (![301, 302, 303, 307, 308].includes(status) || headers.location === undefined) {
      throw new Error(`the server answered ${status}`);
    }
    const next = new URL(headers.location, url);
    if (next.protocol !== "https:" && next.protocol !== start.protocol) {
      throw new Error(`refusing the redirect to "${next.protocol}//${next.host}": it is not TLS`);
    }
    url = next;
  }
  throw new Error(`more than ${maximumRedirects} redirects`);
}

function send(url: URL, limits: FetchLimits, watchdog: Watchdog): Promise<http.IncomingMessage> {
  const { get, Agent } = url.protocol === "https:" ? https : http;
  // Node reads HTTPS_PROXY and NO_PROXY only when told to.
  const agent = new Agent({ proxyEnv: process.env });
  watchdog.allow(limits.connect ?? 5_000, "no connection");
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, signal: watchdog.signal }, resolve);
    request.on("error", reject);
    request.on("socket", (socket) => {
      const event = url.protocol === "https:" ? "secureConnect" : "connect";
      socket.once(event, () => watchdog.allow(limits.idle ?? 15_000, "no answer"));
    });
  });
}

interface Watchdog {
  readonly signal: AbortSignal;
  /** Allows `milliseconds` for the next thing to happen. */
  allow(milliseconds: number, what: string): void;
  /** Why the transfer was cut off, if it was. */
  reason(): string | undefined;
  stop(): void;
}

function createWatchdog(total: number): Watchdog {
  const controller = new AbortController();
  let why: string | undefined;
  const cut = (what: string, milliseconds: number): NodeJS.Timeout =>
    setTimeout(() => {
      why ??= `${what} within ${milliseconds / 1000} s`;
      controller.abort();
    }, milliseconds);
  const whole = cut("not complete", total);
  let stage: NodeJS.Timeout | undefined;
  return {
    signal: controller.signal,
    allow(milliseconds, what) {
      clearTimeout(stage);
      stage = cut(what, milliseconds);
    },
    reason: () => why,
    stop() {
      clearTimeout(stage);
      clearTimeout(whole);
      controller.abort();
    },
  };
}

function parseLength(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
