// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { parseAuditQuery, type AuditEntry } from "../../../protocol/auditEntry.ts";
import { loadPanelModule } from "../../support/panelModule.ts";

interface AuditModel {
  readonly PAGE_SIZE: number;
  readonly pageQuery: (last: number) => string;
  readonly describeEntries: (entries: readonly AuditEntry[]) => readonly unknown[];
}
const { PAGE_SIZE, pageQuery, describeEntries } = await loadPanelModule<AuditModel>("auditModel.js");

const ENTRY: AuditEntry = {
  sequence: 7,
  time: "2030-01-31T12:00:00.000Z",
  caller: { nodeId: "nOP", name: "laptop.lab.example", address: "100.64.0.9", login: "op@lab.example", tags: [] },
  ...{ action: "put", key: "openai", version: 2, allowed: true, code: "ok", previous: "0".repeat(64) },
};

describe("a page of the audit log", () => {
  it("ends with the entry that is asked for, whatever its number", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), (last) => {
        const { after, limit } = parseAuditQuery(pageQuery(last).slice(1));
        expect(after + limit).toBe(last);
        expect(limit).toBe(Math.min(PAGE_SIZE, last));
      }),
    );
  });

  it("of an empty log is still a query that the daemon takes", () => {
    expect(parseAuditQuery(pageQuery(0).slice(1))).toEqual({ after: 0, limit: 1 });
  });
});

describe("an entry", () => {
  it("says who did what from where", () => {
    expect(describeEntries([ENTRY])).toEqual([
      {
        ...{ sequence: "7", time: "2030-01-31 12:00:00 UTC", who: "op@lab.example" },
        ...{ from: "laptop.lab.example, 100.64.0.9", what: "put openai version 2", result: "done", tone: "quiet" },
      },
    ]);
  });

  it.each<[string, Partial<AuditEntry>, object]>([
    ["a refusal", { allowed: false, code: "stale-version" }, { result: "refused: stale-version", tone: "bad" }],
    ["all keys", { action: "wipe", key: "*", version: null }, { what: "wipe all keys" }],
    ["no key", { action: "restart", key: null, version: null }, { what: "restart" }],
    ["many refusals", { action: "refusals", key: null, version: null, count: 40 }, { what: "40 more refusals" }],
    [
      "a tagged node",
      { caller: { ...ENTRY.caller, login: null, name: "ci.lab.example", tags: ["tag:ci"] } },
      { who: "ci.lab.example", from: "100.64.0.9" },
    ],
    [
      "a stranger",
      { caller: { nodeId: "", name: "", address: "100.64.0.66", login: null, tags: [] } },
      { who: "unknown", from: "100.64.0.66" },
    ],
  ])("about %s says so", (_name, change, row) => {
    expect(describeEntries([{ ...ENTRY, ...change }])).toEqual([expect.objectContaining(row)]);
  });

  it("that is newer stands above", () => {
    const rows = describeEntries([ENTRY, { ...ENTRY, sequence: 8 }]);
    expect(rows).toEqual([expect.objectContaining({ sequence: "8" }), expect.objectContaining({ sequence: "7" })]);
  });
});
