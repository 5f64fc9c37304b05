// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { startChild, type Child } from "./childProcess.ts";
import { parseStatus, readLocalApi, type NodeStatus } from "./localApi.ts";
import { unixSocketPath } from "./unixSocketPath.ts";

const run = promisify(execFile);

/** How to run a tailscaled of its own in a network namespace. */
export interface TailscaledOptions {
  /** Paths of the two programs. */
  readonly programs: { readonly tailscale: string; readonly tailscaled: string };
  /** Its folder: state, socket, HOME, log. Keep the path short: a unix socket's path holds 107 bytes. */
  readonly directory: string;
  /** Name under /run/netns. */
  readonly netns: string;
  /** The only trusted authority (PEM). */
  readonly caFile: string;
  /** Address of the DNS server it uses; its /etc/resolv.conf is a private one. */
  readonly nameserver: string;
  /** Environment of the process beyond PATH and HOME, for example CLAWS_LAB_RUN. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** How to join. */
export interface JoinOptions {
  /** Handed to tailscale in a file of mode 0600 that is gone afterwards. */
  readonly authKey: string;
  readonly hostname: string;
  readonly controlUrl: string;
  /** Milliseconds. @default 30000 */
  readonly timeout?: number;
}

/** A running tailscaled. */
export interface TailscaledNode {
  /** LocalAPI socket, for `tailscale --socket` and CLAWS_TAILSCALE_SOCKET. */
  readonly socket: string;
  readonly pid: number;
  readonly logFile: string;
  /** Joins and waits until it is running; rejects with what tailscale said, for example when the key was used before. */
  up(options: JoinOptions): Promise<void>;
  status(): Promise<NodeStatus>;
  /** GET from LocalAPI, for example "/localapi/v0/whois?addr=100.64.0.2:1"; null for 404. */
  localApi(path: string): Promise<unknown>;
  /** Ends the process and waits for it; the folder stays, so that it can be started again over it. */
  stop(): Promise<void>;
}

/** Milliseconds. */
const startTimeout = 15_000;
const joinTimeout = 30_000;
const stopGrace = 3_000;

/** In its own mount namespace /etc/resolv.conf is the lab's: tailscaled must never meet the host's. */
const privateMounts = 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"';

/**
 * Starts tailscaled with a kernel network device in the namespace and waits for its LocalAPI. It dies with this process. Needs root.
 * @throws when it ends or does not answer within 15 s, with the end of its log.
 */
export async function startTailscaled(options: TailscaledOptions): Promise<TailscaledNode> {
  const { directory } = options;
  const socket = unixSocketPath(path.join(directory, "ts.sock"));
  const resolver = path.join(directory, "resolv.conf");
  const logFile = path.join(directory, "tailscaled.log");
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(resolver, `nameserver ${options.nameserver}\n`);

  const child = await startChild({
    argv: daemonArguments(options, resolver, socket),
    environment: environmentOf(options),
    logFile,
  });
  const localApi = (from: string): Promise<unknown> => readLocalApi(socket, from);
  const status = async (): Promise<NodeStatus> => parseStatus(await localApi("/localapi/v0/status"));
  await waitForLocalApi(child, status);
  return {
    socket,
    pid: child.pid,
    logFile,
    up: (join) => up(options, socket, join),
    status,
    localApi,
    stop: () => child.stop(stopGrace),
  };
}

function daemonArguments(
  { netns, programs, directory }: TailscaledOptions,
  resolver: string,
  socket: string,
): readonly string[] {
  const inNamespace = ["nsenter", `--net=/run/netns/${netns}`, "unshare", "--mount", "--propagation", "private"];
  const state = `--statedir=${path.join(directory, "state")}`;
  return [
    ...[...inNamespace, "sh", "-c", privateMounts, "sh", resolver, programs.tailscaled],
    ...["--no-logs-no-support", state, `--socket=${socket}`, "--tun=tailscale0", "--port=41641"],
  ];
}

function environmentOf({ directory, caFile, environment = {} }: TailscaledOptions): Readonly<Record<string, string>> {
  // Without TS_LOGS_DIR it would write a file in /var/lib/tailscale whatever its state folder is.
  const own = { HOME: directory, TS_LOGS_DIR: directory, TS_NO_LOGS_NO_SUPPORT: "true" };
  // SSL_CERT_DIR would otherwise add the host's authorities to the lab's.
  return { ...environment, ...own, SSL_CERT_FILE: caFile, SSL_CERT_DIR: path.join(directory, "no-certificates") };
}

async function waitForLocalApi(child: Child, status: () => Promise<NodeStatus>): Promise<void> {
  const answers = (): Promise<boolean> =>
    status().then(
      () => true,
      () => false,
    );
  try {
    await child.waitUntil("tailscaled's LocalAPI", answers, startTimeout);
  } catch (cause) {
    await child.stop(0);
    throw cause;
  }
}

async function up(options: TailscaledOptions, socket: string, join: JoinOptions): Promise<void> {
  const { authKey, hostname, controlUrl, timeout = joinTimeout } = join;
  const folder = await mkdtemp(path.join(options.directory, "join-"));
  const keyFile = path.join(folder, "auth-key");
  await writeFile(keyFile, authKey, { mode: 0o600 });
  const wanted = [`--login-server=${controlUrl}`, `--hostname=${hostname}`, `--auth-key=file:${keyFile}`];
  const limits = [`--timeout=${Math.ceil(timeout / 1000)}s`, "--accept-dns=false", "--reset"];
  try {
    await run(options.programs.tailscale, [`--socket=${socket}`, "up", ...wanted, ...limits], {
      env: { PATH: process.env["PATH"] ?? "", ...environmentOf(options) },
      timeout: timeout + 5_000,
    });
  } catch (cause) {
    throw new Error(`cannot join the tailnet as "${hostname}": ${standardError(cause)}`, { cause });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function standardError(cause: unknown): string {
  const said =
    typeof cause === "object" && cause !== null && "stderr" in cause && typeof cause.stderr === "string"
      ? cause.stderr.trim()
      : "";
  return said === "" ? "tailscale did not say why" : said.split("\n").slice(-3).join(" | ");
}
