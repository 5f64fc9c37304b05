// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { callApi } from "../../cli/apiClient.ts";
import { afterRunning } from "../../cli/runningTime.ts";

/** Keeps this process from everything else for a while, as a busy machine does. */
function starve(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

describe("a limit on the time that this process runs", () => {
  it("is over no earlier than it says", async () => {
    const started = performance.now();
    await new Promise<void>((resolve) => afterRunning(200, resolve));
    expect(performance.now() - started).toBeGreaterThan(190);
  });

  it("is not over while the process could not run, however long that was", async () => {
    let isOver = false;
    const over = new Promise<void>((resolve) =>
      afterRunning(500, () => {
        isOver = true;
        resolve();
      }),
    );
    starve(1000);
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(isOver).toBe(false);
    await over;
  });

  it("that is called off is never over", async () => {
    let isOver = false;
    afterRunning(10, () => (isOver = true))();
    await new Promise<void>((resolve) => afterRunning(50, resolve));
    expect(isOver).toBe(false);
  });

  it("lets a request live whose answer came while the process could not read it", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => {
        socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
        starve(1500);
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const answer = callApi({ method: "GET", url, connectTimeout: 1000, totalTimeout: 1000 });
    starve(1500);
    expect(String((await answer).body)).toBe("ok");
    server.close();
  });
});
