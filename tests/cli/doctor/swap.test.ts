// SPDX-License-Identifier: Apache-2.0
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { checkSwap } from "../../../cli/doctor/swap.ts";
import { scratchFolder } from "../../support/scratchFolder.ts";

const folder = scratchFolder();
const HEADINGS = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";

/** A machine with these swap areas, of which dm-1 is a dm-crypt device and dm-2 is not. */
async function machine(...areas: readonly string[]): Promise<string> {
  await mkdir(join(folder(), "proc"), { recursive: true });
  for (const [device, uuid] of [
    ["dm-1", "CRYPT-PLAIN-swap"],
    ["dm-2", "LVM-abc"],
  ] as const) {
    await mkdir(join(folder(), "sys", "block", device, "dm"), { recursive: true });
    await writeFile(join(folder(), "sys", "block", device, "dm", "uuid"), `${uuid}\n`);
  }
  const lines = areas.map((area) => `${area}                               partition\t1048572\t\t0\t\t-2\n`);
  await writeFile(join(folder(), "proc", "swaps"), HEADINGS + lines.join(""));
  return folder();
}

describe("swap", () => {
  it.each([
    [[], "none"],
    [["/dev/zram0"], "/dev/zram0: encrypted or in memory"],
    [["/dev/dm-1", "/dev/zram0"], "/dev/dm-1, /dev/zram0: encrypted or in memory"],
  ])("%j is no concern", async (areas, found) => {
    expect(checkSwap("linux", await machine(...areas))).toBe(found);
  });

  it.each([
    [["/dev/sda2"], "/dev/sda2"],
    [["/swapfile"], "/swapfile"],
    [["/dev/dm-2"], "/dev/dm-2"],
    [["/dev/dm-1", "/dev/dm-9"], "/dev/dm-9"],
    [["/dev/zram0", "/dev/zram0p1"], "/dev/zram0p1"],
  ])("%j is one", async (areas, plain) => {
    expect(checkSwap("linux", await machine(...areas))).toEqual({
      found: `${plain} may hold what was in memory, keys too, in the clear`,
      fix: ["encrypt it with a random key at each boot (crypttab: swap), or swapoff"],
    });
  });

  it("that cannot be looked at is said to be so", () => {
    expect(checkSwap("linux", folder())).toEqual({ found: "not looked at: /proc/swaps cannot be read", fix: [] });
    expect(checkSwap("win32")).toEqual({ found: "not looked at on win32", fix: [] });
    expect(checkSwap("darwin")).toBe("macOS encrypts it");
  });
});
