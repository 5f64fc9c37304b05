// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { Certificate } from "../certificates.ts";
import { startChild, type Child } from "./childProcess.ts";
import { createHeadscaleClient, type HeadscaleClient, type HeadscaleClientOptions } from "./headscaleClient.ts";
import { defaultBaseDomain, headscaleFiles, renderHeadscaleConfig } from "./headscaleConfig.ts";
import { requestText } from "./httpText.ts";

const run = promisify(execFile);

/** How to run headscale. */
export interface HeadscaleOptions {
  /** Path of the headscale program. */
  readonly program: string;
  /** Its folder: database, keys, socket, log. Keep the path short: a unix socket's path holds 107 bytes. */
  readonly directory: string;
  /** What clients call it, for example https://controlplane.lab.example; they reach its DERP server there too. */
  readonly serverUrl: string;
  /** host:port for HTTPS; the host is an IPv4 address. */
  readonly listen: string;
  readonly tls: Certificate;
  /** host:port for STUN (UDP). */
  readonly stunListen: string;
  /** Certificate of the authority that issued `tls`. */
  readonly caFile: string;
  /** Environment of the process beyond PATH and HOME, for example CLAWS_LAB_RUN. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Parent domain of MagicDNS names. @default "tailnet.lab.example" */
  readonly baseDomain?: string;
}

/** A running headscale and its API. */
export interface Headscale extends HeadscaleClient {
  /** The server URL that clients are given. */
  readonly url: string;
  /** Where REST v1 answers. */
  readonly apiUrl: string;
  readonly apiKey: string;
  readonly baseDomain: string;
  readonly pid: number;
  readonly logFile: string;
  /** Ends the process and waits for it; the folder stays, so that it can be started again over it. */
  stop(): Promise<void>;
}

/** Milliseconds. */
const startTimeout = 20_000;
const stopGrace = 3_000;

/**
 * Starts headscale and waits until its API answers. It dies with this process.
 * @throws when it ends or does not answer within 20 s, with the end of its log.
 */
export async function startHeadscale(options: HeadscaleOptions): Promise<Headscale> {
  const { directory, program, environment = {}, baseDomain = defaultBaseDomain } = options;
  const files = headscaleFiles(directory);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(files.config, renderHeadscaleConfig(options), { mode: 0o600 });
  const ca = await readFile(options.caFile, "utf8");

  const child = await startChild({
    argv: [program, "serve", "--config", files.config],
    environment: { ...environment, HOME: directory },
    logFile: files.log,
  });
  try {
    const server = await waitForApi(child, options, ca);
    const apiKey = await createApiKey(options);
    const address = { url: options.serverUrl, apiUrl: server.apiUrl, apiKey, baseDomain };
    const process = { pid: child.pid, logFile: files.log, stop: () => child.stop(stopGrace) };
    return { ...createHeadscaleClient({ ...server, apiKey }), ...address, ...process };
  } catch (cause) {
    await child.stop(0);
    throw cause;
  }
}

type Server = Required<Omit<HeadscaleClientOptions, "apiKey">>;

async function waitForApi(child: Child, { listen, serverUrl }: HeadscaleOptions, ca: string): Promise<Server> {
  const server: Server = {
    apiUrl: `https://${listen.replace(/^0\.0\.0\.0:/, "127.0.0.1:")}`,
    tls: { ca, serverName: new URL(serverUrl).hostname },
  };
  const answers = (): Promise<boolean> =>
    requestText({ method: "GET", origin: server.apiUrl, path: "/health", tls: server.tls }).then(
      ({ status }) => status === 200,
      () => false,
    );
  await child.waitUntil(`headscale on ${listen}`, answers, startTimeout);
  return server;
}

/** The command line speaks to the server over its unix socket. */
async function createApiKey({ program, directory }: HeadscaleOptions): Promise<string> {
  const { config } = headscaleFiles(directory);
  const { stdout } = await run(program, ["apikeys", "create", "--config", config, "--expiration", "168h"], {
    env: { PATH: process.env["PATH"] ?? "", HOME: directory },
    timeout: startTimeout,
  });
  const key = stdout.trim().split("\n").at(-1) ?? "";
  if (!/^[A-Za-z0-9_.-]{20,}$/.test(key)) throw new Error("cannot create an API key: headscale printed none");
  return key;
}
