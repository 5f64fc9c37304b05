// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { PANEL_FILES, PANEL_FOLDER } from "../../../agent-image/daemon/panel/panelFile.ts";

const names = await readdir(PANEL_FOLDER);
const texts = new Map(
  await Promise.all(names.map(async (name) => [name, await readFile(join(PANEL_FOLDER, name), "utf8")] as const)),
);
const page = texts.get("index.html") ?? "";

describe("the panel's files", () => {
  it("are those that the daemon serves", () => {
    expect([...names].sort()).toEqual(Object.keys(PANEL_FILES).sort());
  });

  it("name no other machine", () => {
    for (const [name, text] of texts) {
      const addresses = [...text.matchAll(/\b(?:https?|wss?):\/\/[^\s"'`)]*/g)].map(([address]) => address);
      expect([name, addresses]).toEqual([name, name === "icon.svg" ? ["http://www.w3.org/2000/svg"] : []]);
      expect(text).not.toMatch(/@import|url\(/);
    }
  });

  it("hold no script or style in the page, no handler and no place where a form could go", () => {
    expect([...page.matchAll(/<script[^>]*>([^<]*)/g)].map(([, inside]) => inside)).toEqual([""]);
    expect(page).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:|\saction=|\smethod=|<iframe|<base/i);
  });

  it("never make markup or code from text, and keep nothing in the browser", () => {
    for (const [name, text] of texts) {
      if (!name.endsWith(".js")) continue;
      expect(text).not.toMatch(/innerHTML|outerHTML|insertAdjacent|document\.write|DOMParser|\beval\b|new Function/);
      expect(text).not.toMatch(/localStorage|sessionStorage|indexedDB|document\.cookie|postMessage|location\./);
    }
  });

  it("give the field for a value no name, so that no form could send it by itself", () => {
    const [field = ""] = /<input\s[^>]*id="rotate-value"[^>]*>/.exec(page) ?? [];
    expect(field).toMatch(/type="password"/);
    expect(field).toMatch(/autocomplete="off"/);
    expect(field).not.toMatch(/\sname=/);
  });

  it("are small", () => {
    const bytes = [...texts.values()].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    expect(bytes).toBeLessThan(64 * 1024);
  });

  it("hold to the types that they declare", async () => {
    const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
    const argv = [compiler, "--noEmit", "--pretty", "false", "-p", import.meta.dirname];
    const { stdout } = await promisify(execFile)(process.execPath, argv).catch(
      (error: unknown) => error as { stdout: string },
    );
    expect(stdout).toBe("");
  });
});
