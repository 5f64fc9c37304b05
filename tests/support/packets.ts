// SPDX-License-Identifier: Apache-2.0
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { finishCommand } from "../../lab/network/command.ts";
import { inNamespace } from "../../lab/network/namespaces.ts";

/** How a TCP port answers: it accepts, it refuses, or nothing comes back within a second. */
export type Answer = "open" | "closed" | "none";

const listenScript = `
const [port] = process.argv.slice(1).map(Number);
require("net").createServer((socket) => { socket.on("error", () => {}); socket.pipe(socket); }).listen(port, "::", () => {
  const udp = require("dgram").createSocket({ type: "udp6" });
  udp.on("message", (text, peer) => udp.send(text, peer.port, peer.address));
  udp.bind(port, "::", () => console.log("ready"));
});`;

const connectScript = `
const [host, port, localAddress] = process.argv.slice(1);
const socket = require("net").connect({ host, port: Number(port), localAddress });
const end = (answer) => { console.log(answer); process.exit(); };
socket.on("connect", () => socket.write("x")).on("data", () => end("open"));
socket.on("error", (error) => end(error.code === "ECONNREFUSED" ? "closed" : "none"));
setTimeout(() => end("none"), 1000);`;

const datagramScript = `
const [host, port, source] = process.argv.slice(1);
const socket = require("dgram").createSocket(host.includes(":") ? "udp6" : "udp4");
const end = (answer) => { console.log(answer); process.exit(); };
socket.on("message", () => end("open")).on("error", () => end("closed"));
socket.bind(0, source, () => socket.connect(Number(port), host, () => socket.send("x")));
setTimeout(() => end("none"), 1000);`;

/** Echoes on a TCP and UDP port of every address of the namespace until it is killed. */
export async function listenIn(netns: string, port: number): Promise<ChildProcess> {
  const [command = "", ...args] = inNamespace(netns, [process.execPath, "-e", listenScript, String(port)]);
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return child;
}

/** Connects from the namespace, and counts only an echoed byte as open. */
export function connectFrom(netns: string, host: string, port: number, source = ""): Promise<Answer> {
  return probe(netns, connectScript, [host, String(port), ...(source === "" ? [] : [source])]);
}

/** Sends one datagram from the namespace and waits for its echo. */
export function sendFrom(netns: string, host: string, port: number, source?: string): Promise<Answer> {
  return probe(netns, datagramScript, [host, String(port), ...(source === undefined ? [] : [source])]);
}

const watchScript = `
const [port] = process.argv.slice(1).map(Number);
const udp = require("dgram").createSocket("udp4");
udp.on("message", (text, peer) => console.log(peer.address)).bind(port, () => console.log("ready"));`;

/** Collects the source address of every datagram that reaches a port of the namespace. */
export async function watchDatagrams(netns: string, port: number): Promise<{ child: ChildProcess; sources: string[] }> {
  const [command = "", ...args] = inNamespace(netns, [process.execPath, "-e", watchScript, String(port)]);
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  await once(lines, "line");
  const sources: string[] = [];
  lines.on("line", (line) => sources.push(line));
  return { child, sources };
}

async function probe(netns: string, script: string, args: readonly string[]): Promise<Answer> {
  const { stdout } = await finishCommand(inNamespace(netns, [process.execPath, "-e", script, ...args]));
  return stdout.trim() as Answer;
}
