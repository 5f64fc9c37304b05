// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { languageHostProbe, parsePluginInfo } from "../../toolchain/languageHostProbe.ts";
import { scratchFolder, writeScript } from "../support/scratchFolder.ts";

const fakeHost = fileURLToPath(new URL("../support/fakeLanguageHost.ts", import.meta.url));

describe("languageHostProbe", () => {
  const folder = scratchFolder();
  const hostThat = (line: string): Promise<string> => writeScript(join(folder(), "host"), line);

  it("gets the version from a host over gRPC", async () => {
    const host = await hostThat(`exec ${process.execPath} --no-warnings ${fakeHost} v3.259.0`);
    await expect(languageHostProbe(host)).resolves.toBe("3.259.0");
  });

  it.each([
    ["that was built without a version", `exec ${process.execPath} --no-warnings ${fakeHost} ""`],
    ["that ends at once", "exit 3"],
    ["that prints something else than a port", "echo usage: host; exec tail -f /dev/null"],
    ["that prints a port where nobody listens", "echo 1; exec tail -f /dev/null"],
  ])("gets no version from a program %s", async (_name, line) => {
    await expect(languageHostProbe(await hostThat(line))).resolves.toBeUndefined();
  });

  it("gets no version from a file that cannot run", async () => {
    await expect(languageHostProbe(join(folder(), "missing"))).resolves.toBeUndefined();
  });
});

describe("parsePluginInfo", () => {
  const frame = (message: Buffer): Buffer => {
    const head = Buffer.alloc(5);
    head.writeUInt32BE(message.length, 1);
    return Buffer.concat([head, message]);
  };
  const info = (text: string): Buffer => frame(Buffer.from(`\n${String.fromCharCode(text.length)}${text}`));

  it("reads a version with and without a leading v", () => {
    expect(parsePluginInfo(info("v3.68.0"))).toBe("3.68.0");
    expect(parsePluginInfo(info("3.259.0"))).toBe("3.259.0");
  });

  it.each([["3.259.0-alpha"], ["dev"], [""], ["v3.259"]])("reads no version from %j", (text) => {
    expect(parsePluginInfo(info(text))).toBeUndefined();
  });

  it("reads no version from a reply cut short anywhere", () => {
    const whole = info("v3.259.0");
    for (let length = 0; length < whole.length; length += 1) {
      expect(parsePluginInfo(whole.subarray(0, length))).toBeUndefined();
    }
  });

  it("never throws, and gives three numbers or nothing", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(parsePluginInfo(frame(Buffer.from(bytes))) ?? "0.0.0").toMatch(/^\d+\.\d+\.\d+$/);
      }),
    );
  });
});
