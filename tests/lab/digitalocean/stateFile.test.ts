// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { emptyState } from "../../../lab/digitalocean/state.ts";
import { readState, writeState } from "../../../lab/digitalocean/stateFile.ts";
import { scratchFolder } from "../../support/scratchFolder.ts";

describe("stateFile", () => {
  const folder = scratchFolder();

  it("reads back the same state, maps inside maps included", () => {
    const state = emptyState();
    state.tags.set("prod", { name: "Prod", lastDroplet: 1, lastImage: null });
    state.firewalls.set("f", {
      id: "f",
      name: "f",
      createdAt: "2026-01-01T00:00:00Z",
      dropletIds: [1],
      tags: ["Prod"],
      inbound: [],
      outbound: [],
      applied: new Map([[1, "print"]]),
      pending: [],
      status: "succeeded",
    });
    const file = join(folder(), "state.json");
    writeState(file, state);
    expect(readState(file)).toEqual(state);
  });

  it("leaves nothing but the file behind, readable by its owner only", () => {
    const file = join(folder(), "state.json");
    writeState(file, emptyState());
    writeState(file, emptyState());
    expect(readdirSync(folder())).toEqual(["state.json"]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it("knows no state where there is no file", () => {
    expect(readState(join(folder(), "missing.json"))).toBeUndefined();
  });

  it.each([
    ["", /^cannot read state file ".*state.json": /],
    ["{", /^cannot read state file ".*state.json": /],
    ['{"version":2,"state":{}}', /its version is not 1$/],
    ['{"version":1}', /it holds no state$/],
    ["[]", /its version is not 1$/],
  ])("refuses a file with %j", (text, message) => {
    const file = join(folder(), "state.json");
    writeFileSync(file, text);
    expect(() => readState(file)).toThrow(message);
  });

  it("refuses every truncation of a good file", () => {
    const file = join(folder(), "state.json");
    writeState(file, emptyState());
    const whole = readFileSync(file, "utf8");
    for (let length = 0; length < whole.length; length += 1) {
      writeFileSync(file, whole.slice(0, length));
      expect(() => readState(file)).toThrow(/^cannot read state file/);
    }
  });

  it("says so when the path is no file", () => {
    mkdirSync(join(folder(), "state.json"));
    expect(() => readState(join(folder(), "state.json"))).toThrow(/^cannot read state file ".*": EISDIR/);
  });

  it("keeps the old file when the new one cannot be written", () => {
    const file = join(folder(), "state.json");
    writeState(file, emptyState());
    const before = readFileSync(file);
    mkdirSync(`${file}.tmp`);
    expect(() => writeState(file, emptyState())).toThrow(/EISDIR/);
    expect(readFileSync(file)).toEqual(before);
  });
});
