// SPDX-License-Identifier: Apache-2.0
// dial.ts "tcp HOST PORT"...: tries each target from inside a droplet and prints a line for each: the target and how it went. A UDP
// target counts as reached only when an answer comes; "sent" means that the kernel let the datagram go.
import { createSocket } from "node:dgram";
import { isIPv6, Socket } from "node:net";

const PATIENCE = 2000;

function dialTcp(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = new Socket();
    const end = (how: string): void => {
      socket.destroy();
      resolve(how);
    };
    socket.setTimeout(PATIENCE, () => end("silence"));
    socket.on("error", ({ code = "unknown" }: NodeJS.ErrnoException) => end(code));
    socket.connect(port, host, () => end("connected"));
  });
}

function dialUdp(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
    let how = "sent";
    const end = (last: string): void => {
      clearTimeout(timer);
      socket.close();
      resolve(last);
    };
    const timer = setTimeout(() => end(how), PATIENCE / 2);
    socket.on("message", () => end("answered"));
    socket.on("error", ({ code = "unknown" }: NodeJS.ErrnoException) => end(code));
    const sent = (error?: NodeJS.ErrnoException | null): void => void (how = error?.code ?? how);
    // Node tells the callback of a connection that failed; its types do not say so.
    const connected = (error?: NodeJS.ErrnoException): void => {
      if (error === undefined) socket.send("knock", sent);
      else end(error.code ?? "unknown");
    };
    socket.connect(port, host, connected);
  });
}

async function dial(target: string): Promise<string> {
  const [protocol = "", host = "", port = ""] = target.split(" ");
  const how = await (protocol === "tcp" ? dialTcp : dialUdp)(host, Number(port));
  return `${target} ${how}`;
}

const lines = await Promise.all(process.argv.slice(2).map(dial));
process.stdout.write(`${lines.join("\n")}\n`);
