// SPDX-License-Identifier: Apache-2.0
import { createLog } from "../../../agent-image/daemon/log.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("createLog", () => {
  it("writes one JSON line each, in order", async () => {
    const written: string[] = [];
    const log = createLog((bytes) => Promise.resolve(void written.push(bytes.toString())));
    log({ event: "a", text: "line\nbreak" });
    log({ event: "b" });
    await turn();

    expect(written).toEqual(['{"event":"a","text":"line\\nbreak"}\n', '{"event":"b"}\n']);
  });

  it("never waits for a journal that blocks, and says how many lines it dropped", async () => {
    const written: string[] = [];
    let release: () => void = () => undefined;
    const blocked = new Promise<void>((resolve) => (release = resolve));
    const log = createLog(async (bytes) => {
      await blocked;
      written.push(bytes.toString());
    });
    for (let index = 0; index < 1501; index += 1) log({ event: String(index) });
    release();
    await turn();

    expect(written).toHaveLength(1001);
    expect(written[1]).toBe('{"event":"1","droppedLinesBefore":500}\n');
    expect(written[2]).toBe('{"event":"2"}\n');
  });

  it("goes on after a journal that failed", async () => {
    const written: string[] = [];
    const failures = [new Error("EPIPE")];
    const log = createLog((bytes) => {
      const failure = failures.shift();
      return failure === undefined ? Promise.resolve(void written.push(bytes.toString())) : Promise.reject(failure);
    });
    log({ event: "lost" });
    await turn();
    log({ event: "kept" });
    await turn();

    expect(written).toEqual(['{"event":"kept"}\n']);
  });
});
