// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** Where a connection is cut: after so many bytes in a direction, by an orderly end, by a reset, or by saying no more. */
export interface Cut {
  readonly direction: "request" | "response";
  readonly bytes: number;
  readonly how: "end" | "reset" | "silence";
}

/** A hop between the operator and the daemon. */
export interface CuttingProxy {
  readonly port: number;
  /** Bytes that passed in each direction since the last {@link CuttingProxy.arm}. */
  readonly passed: { request: number; response: number };
  /** What passes from now on is cut here; null lets all through. */
  arm(cut: Cut | null): void;
  /** Holds back everything in both directions for so many milliseconds from now on. */
  delay(milliseconds: number): void;
  close(): void;
}

/** Starts a hop that passes everything on to the port until it is told where to cut. */
export async function startCuttingProxy(target: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  const passed = { request: 0, response: 0 };
  let cut: Cut | null = null;
  let held = 0;
  const server = createServer((client) => {
    const daemon = connect(target, "127.0.0.1");
    const pair = [client, daemon];
    for (const socket of pair) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.once("close", () => {
        sockets.delete(socket);
        const destroy = (): void => pair.forEach((other) => other.destroy());
        if (cut?.how === "silence") return;
        if (held === 0) destroy();
        else setTimeout(destroy, held); // after what is still held back
      });
    }
    pass(client, daemon, "request");
    pass(daemon, client, "response");

    function pass(from: Socket, to: Socket, direction: Cut["direction"]): void {
      const wait = held;
      const send = (part: Buffer, done?: () => void): void => {
        const write = (): unknown => to.writable && to.write(part, done);
        if (wait === 0) write();
        else setTimeout(write, wait);
      };
      if (cut?.direction === direction && cut.bytes === 0 && direction === "request") finish(to, cut);
      from.on("data", (raw) => {
        // Connections are used again: what is armed now counts, not what was when they were made.
        const rules = cut?.direction === direction ? cut : null;
        const chunk = direction === "request" ? withHost(raw, client.localPort ?? 0, target) : raw;
        const room = rules !== null ? rules.bytes - passed[direction] : chunk.length;
        const part = chunk.subarray(0, Math.max(0, room));
        passed[direction] += part.length;
        if (rules === null || chunk.length < room) send(part);
        else send(part, () => finish(to, rules));
      });
    }

    /** Ends the side that was being written to as the rules say; the other goes with it. */
    function finish(side: Socket, { how }: Cut): void {
      if (how === "silence") return;
      if (how === "reset") side.resetAndDestroy();
      else side.end();
      if (side !== client) client.destroy();
      else daemon.destroy();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    passed,
    arm(next) {
      cut = next;
      passed.request = 0;
      passed.response = 0;
    },
    delay: (milliseconds) => (held = milliseconds),
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** The daemon answers to its own address only, so the port in the Host header becomes the daemon's; both have five digits. */
function withHost(chunk: Buffer, from: number, to: number): Buffer {
  return Buffer.from(chunk.toString("latin1").replace(`Host: 127.0.0.1:${from}`, `Host: 127.0.0.1:${to}`), "latin1");
}
