// SPDX-License-Identifier: Apache-2.0
import { parseJournalEntry } from "../../../cli/logs/journalEntry.ts";

const entry = (changes: Record<string, unknown>): unknown =>
  parseJournalEntry(JSON.stringify({ __REALTIME_TIMESTAMP: "1795428000123456", ...changes }));

describe("a line of the journal", () => {
  it("says when, whose and what", () => {
    expect(entry({ MESSAGE: "hello", _SYSTEMD_UNIT: "clawsd.service" })).toEqual({
      time: new Date("2026-11-23T10:00:00.123Z"),
      source: "daemon",
      message: "hello",
    });
  });

  it.each([
    [{ UNIT: "claws-workload.service", _SYSTEMD_UNIT: "init.scope" }, "workload"],
    [{ UNIT: "clawsd.service", _SYSTEMD_UNIT: "init.scope" }, "daemon"],
    [{ _SYSTEMD_UNIT: "tailscaled.service" }, "tailscaled"],
    [{ _SYSTEMD_UNIT: "a\u001b[2Jb" }, "a\ufffd[2Jb"],
    [{}, ""],
  ])("is of its unit: %j", (fields, source) => {
    expect(entry({ MESSAGE: "x", ...fields })).toMatchObject({ source });
  });

  it.each([
    ["one\ntwo\tthree", "one two three"],
    ["\u001b]0;owned\u0007 \u009b31m", "\ufffd]0;owned\ufffd \ufffd31m"],
    [[104, 105, 27, 255], "hi\ufffd\ufffd"],
    [null, "(not shown: too long)"],
    [[104, "i"], "(not shown: too long)"],
  ])("is one line that can be printed: %j", (message, shown) => {
    expect(entry({ MESSAGE: message })).toMatchObject({ message: shown });
  });

  it.each(["", "{", "[]", "null", '{"MESSAGE":"no time"}', '{"__REALTIME_TIMESTAMP":"soon","MESSAGE":"x"}'])(
    "is left out when it is %j",
    (line) => {
      expect(parseJournalEntry(line)).toBeUndefined();
    },
  );
});
