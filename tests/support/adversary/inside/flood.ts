// SPDX-License-Identifier: Apache-2.0
// flood.ts PORT COUNT SECONDS: opens that many connections to 127.0.0.1, sends the start of a request on each and never its end, prints
// how many were taken, and holds them.
import { connect, type Socket } from "node:net";

const [port = 0, count = 0, seconds = 0] = process.argv.slice(2).map(Number);
const sockets: Socket[] = [];
let connected = 0;
for (let index = 0; index < count; index++) {
  const socket = connect(port, "127.0.0.1", () => {
    connected += 1;
    socket.write("POST /anthropic/v1/messages HTTP/1.1\r\nHost: 127.0.0.1:7441\r\nX-Slow: ");
  });
  socket.on("error", () => undefined);
  sockets.push(socket);
}
setTimeout(() => process.stdout.write(`${connected} connected\n`), 1500);
// A byte a second on each: slow, but never idle.
const drip = setInterval(() => sockets.forEach((socket) => socket.write("x")), 1000);
setTimeout(() => {
  clearInterval(drip);
  for (const socket of sockets) socket.destroy();
}, seconds * 1000);
