// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { join, resolve } from "node:path";

import { type DaemonStart, readDaemonStart } from "../daemonStart.ts";
import { type Certificate, upstreamName } from "./certificate.ts";

/** A server of the bench, in a process of its own. */
export interface Server {
  readonly port: number;
  /** The process that does the work. */
  readonly pid: number;
  stop(): Promise<void>;
}

const answerBytes = 950;

/** Whether the upstream is spoken to over TLS. */
export type Scheme = "http" | "https";

/** An upstream that a proxy is put in front of. */
export interface Target {
  readonly scheme: Scheme;
  readonly port: number;
  readonly certFile: string;
}

/** An upstream in nginx: keep-alive, a fixed answer of 950 bytes on every path. */
export async function startUpstream(
  folder: string,
  scheme: Scheme,
  { certFile, keyFile }: Certificate,
): Promise<Server> {
  const port = await freePort();
  await mkdir(join(folder, "www"), { recursive: true });
  await writeFile(join(folder, "www/answer"), "x".repeat(answerBytes));
  const tls = scheme === "https" ? "ssl http2" : "";
  const server = `listen 127.0.0.1:${port} ${tls}; ssl_certificate ${certFile}; ssl_certificate_key ${keyFile};
    root ${folder}/www; location / { try_files /answer =404; }`;
  return startNginx(join(folder, "upstream"), port, `server { ${server} }`);
}

/** nginx doing the broker's job: put a key in, pass everything else on unbuffered over kept connections. */
export async function startNginxProxy(
  folder: string,
  { scheme, port: upstreamPort, certFile }: Target,
): Promise<Server> {
  const port = await freePort();
  const verify = `proxy_ssl_verify on; proxy_ssl_trusted_certificate ${certFile}; proxy_ssl_name ${upstreamName};`;
  const location = `proxy_pass ${scheme}://upstream; proxy_http_version 1.1; proxy_set_header connection "";
    proxy_set_header host ${upstreamName}; proxy_set_header x-api-key real; proxy_buffering off; ${verify}
    proxy_ssl_server_name on;`;
  const upstream = `upstream upstream { server 127.0.0.1:${upstreamPort}; keepalive 64; keepalive_requests 100000000; }`;
  return startNginx(
    join(folder, "proxy"),
    port,
    `${upstream} server { listen 127.0.0.1:${port}; location / { ${location} } }`,
  );
}

/** The broker, with the options and variables that the image's unit gives the daemon. */
export async function startOurBroker(words: readonly string[]): Promise<Server> {
  return startProgram("ourBroker.ts", words, await readDaemonStart());
}

/** One of the programs beside this file, which prints the port that it listens on. */
export async function startProgram(
  name: string,
  words: readonly string[],
  { options, environment }: DaemonStart = { options: [], environment: {} },
): Promise<Server> {
  const argv = [...options, resolve(import.meta.dirname, name), ...words];
  const env = { ...process.env, ...environment };
  const child = spawn(process.execPath, argv, { env, stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(child.stdout.setEncoding("utf8"), "data")) as [string];
  return serverOf(child, Number(line));
}

async function startNginx(prefix: string, port: number, http: string): Promise<Server> {
  await mkdir(prefix, { recursive: true });
  const file = join(prefix, "nginx.conf");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${prefix}/${name};`,
  );
  const root = process.getuid?.() === 0 ? "user root;" : "";
  await writeFile(
    file,
    `${root} daemon off; worker_processes 1; pid ${prefix}/pid; error_log ${prefix}/error.log;
    events { worker_connections 4096; }
    http { access_log off; keepalive_requests 100000000; ${temporary.join(" ")} ${http} }\n`,
  );
  const child = spawn("nginx", ["-p", prefix, "-c", file, "-e", join(prefix, "error.log")], { stdio: "inherit" });
  await listening(port);
  return serverOf(child, port, await workerOf(child.pid ?? 0));
}

function serverOf(child: ChildProcess, port: number, pid = child.pid): Server {
  if (pid === undefined || !(port > 0)) throw new Error("a server of the bench did not start");
  return {
    port,
    pid,
    async stop() {
      if (child.exitCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** The master only waits; its one worker does the work, and starts a moment after the port is open. */
async function workerOf(master: number): Promise<number> {
  for (let tries = 0; tries < 200; tries += 1) {
    const children = await readFile(`/proc/${master}/task/${master}/children`, "utf8");
    if (children !== "") return Number(children.trim().split(" ")[0]);
    await new Promise((done) => setTimeout(done, 25));
  }
  throw new Error("nginx started no worker");
}

/** Waits until something listens on the port, by the kernel's own table. */
async function listening(port: number): Promise<void> {
  const wanted = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")} 00000000:0000 0A`;
  for (let tries = 0; tries < 200; tries += 1) {
    if ((await readFile("/proc/net/tcp", "utf8")).includes(wanted)) return;
    await new Promise((done) => setTimeout(done, 25));
  }
  throw new Error(`nothing listens on port ${port}`);
}
