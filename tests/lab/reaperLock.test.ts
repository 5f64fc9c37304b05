// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { once } from "node:events";
import { randomBytes } from "node:crypto";
import path from "node:path";
import { withMachineLock } from "../../lab/reaperLock.ts";

const newName = (): string => `claws-test-${randomBytes(8).toString("hex")}`;

describe("withMachineLock", () => {
  it("gives back what the action gives, and frees the lock", async () => {
    const name = newName();
    expect(await withMachineLock(name, () => Promise.resolve(1))).toBe(1);
    expect(await withMachineLock(name, () => Promise.resolve(2))).toBe(2);
  });

  it("frees the lock when the action fails", async () => {
    const name = newName();
    await expect(withMachineLock(name, () => Promise.reject(new Error("failed")))).rejects.toThrow("failed");
    expect(await withMachineLock(name, () => Promise.resolve("free"))).toBe("free");
  });

  it("lets one in at a time", async () => {
    const name = newName();
    const log: string[] = [];
    const turn = (who: string): Promise<void> =>
      withMachineLock(name, async () => {
        log.push(`${who} in`);
        await new Promise(setImmediate);
        log.push(`${who} out`);
      });
    await Promise.all(["a", "b", "c"].map(turn));
    expect(log.filter((_, index) => index % 2 === 0).map((line) => line.replace("in", "out"))).toEqual(
      log.filter((_, index) => index % 2 === 1),
    );
    expect(log).toHaveLength(6);
  });

  it("is not held up by another name", async () => {
    const inner = withMachineLock(newName(), () => withMachineLock(newName(), () => Promise.resolve("both")));
    expect(await inner).toBe("both");
  });

  it("is free again when its holder is killed", async () => {
    const name = newName();
    const program = path.join(import.meta.dirname, "../../lab/reaperLock.ts");
    const script = `const { withMachineLock } = await import(process.argv[1]);
      await withMachineLock(process.argv[2], () => { console.log("held"); return new Promise((resolve) => setTimeout(resolve, 1e6)); });`;
    const env = { ...process.env, NODE_OPTIONS: "" };
    const child = spawn(process.execPath, ["--input-type=module", "-e", script, program, name], {
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    let isIn = false;
    const waiting = withMachineLock(name, () => Promise.resolve((isIn = true)));
    await new Promise(setImmediate);
    expect(isIn).toBe(false);
    child.kill("SIGKILL");
    await waiting;
    expect(isIn).toBe(true);
  });
});
