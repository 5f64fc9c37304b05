// SPDX-License-Identifier: Apache-2.0
// node tests/support/knock.ts ADDRESS: tries TCP and UDP ports and prints, as JSON, each that gave any answer at all: a connection, a
// reset, a datagram, an ICMP message. Only silence is closed.
import { createSocket } from "node:dgram";
import { isIPv6, Socket } from "node:net";

const [address = ""] = process.argv.slice(2);
const PATIENCE = 1000;
const tcpPorts = [...Array(1024).keys()]
  .map((port) => port + 1)
  .concat([2375, 3000, 5355, 6443, 7440, 7441, 7442, 8080, 41641]);
const udpPorts = [7, 53, 67, 68, 123, 137, 161, 500, 1900, 3478, 5353, 5355, 41641, 65_535];

/** Errors of our own side: nothing came back. */
const silence = ["EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT"];

function knockTcp(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = new Socket();
    const end = (answer?: string) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(PATIENCE, () => end());
    socket.on("error", ({ code = "" }: NodeJS.ErrnoException) =>
      end(silence.includes(code) ? undefined : `tcp ${port} ${code}`),
    );
    socket.connect(port, address, () => end(`tcp ${port} open`));
  });
}

function knockUdp(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(address) ? "udp6" : "udp4");
    const end = (answer?: string) => {
      clearTimeout(timer);
      socket.close();
      resolve(answer);
    };
    const timer = setTimeout(() => end(), PATIENCE);
    socket.on("message", () => end(`udp ${port} answer`));
    socket.on("error", ({ code = "" }: NodeJS.ErrnoException) =>
      end(silence.includes(code) ? undefined : `udp ${port} ${code}`),
    );
    socket.connect(port, address, () => socket.send("knock"));
  });
}

const answers = await Promise.all([...tcpPorts.map(knockTcp), ...udpPorts.map(knockUdp)]);
process.stdout.write(JSON.stringify(answers.filter((answer) => answer !== undefined)));
