// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { journalWords, type JournalQuery } from "../../../cli/logs/journalQuery.ts";

const words = (changes: Partial<JournalQuery> = {}): readonly string[] =>
  journalWords({ sources: ["daemon", "workload"], follow: false, ...changes });

/** The groups of matches of which one must hold. */
function groups(all: readonly string[]): readonly (readonly string[])[] {
  const matches = all.filter((word) => !word.startsWith("--") && word !== "journalctl");
  return matches
    .join("\n")
    .split("\n+\n")
    .map((group) => group.split("\n"));
}

describe("what is asked of the journal", () => {
  it("are the daemon's lines and PID 1's about daemon and workload", () => {
    const [daemon, lifeOfDaemon, lifeOfWorkload, ...others] = groups(words());
    expect(daemon).toEqual(["_SYSTEMD_UNIT=clawsd.service", "_TRANSPORT=stdout"]);
    expect(lifeOfDaemon?.slice(0, 2)).toEqual(["UNIT=clawsd.service", "_PID=1"]);
    expect(lifeOfWorkload?.slice(0, 2)).toEqual(["UNIT=claws-workload.service", "_PID=1"]);
    expect(others).toEqual([]);
  });

  it("is never the workload's own output: each group asks for another unit, or for PID 1 and known kinds of messages", () => {
    for (const group of groups(words({ sources: ["daemon", "workload", "system"] }))) {
      expect(group).not.toContain("_SYSTEMD_UNIT=claws-workload.service");
      const units = group.filter((match) => match.startsWith("_SYSTEMD_UNIT="));
      const kinds = group.filter((match) => /^MESSAGE_ID=[0-9a-f]{32}$/.test(match));
      expect(units.length > 0 || (group.includes("_PID=1") && kinds.length === 11)).toBe(true);
    }
  });

  it("are the last 200 lines, or all since a time, with three fields each", () => {
    expect(words().slice(0, 6)).toEqual([
      ...["journalctl", "--no-pager", "--quiet", "--output=json"],
      ...["--output-fields=MESSAGE,_SYSTEMD_UNIT,UNIT", "--lines=200"],
    ]);
    expect(words({ since: "15m", follow: true }).slice(5, 8)).toEqual(["--lines=all", "--since=-900s", "--follow"]);
  });

  it.each([
    ["45s", "--since=-45s"],
    ["2h", "--since=-7200s"],
    ["3d", "--since=-259200s"],
    ["2026-11-23T10:00Z", "--since=@1795428000"],
    ["2026-11-23T10:00:01.9+01:00", "--since=@1795424401"],
    ["2026-11-23", "--since=@1795392000"],
  ])("understands the time %s", (since, word) => {
    expect(words({ since })).toContain(word);
  });

  it.each(["", "1x", "-5m", "0m", "now", "today; id", "2026-13-45", "$(id)", "@1", "5 m", "9999999h"])(
    "refuses the time %j",
    (since) => {
      expect(() => words({ since })).toThrow("--since must be a span such as 15m, 2h or 3d, or a time such as");
    },
  );

  it("holds nothing that a shell would expand, whatever the time", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.date({ noInvalidDate: true }).map(String)), (since) => {
        try {
          return words({ since }).every((word) => /^[\w=,@+.-]+$/.test(word));
        } catch {
          return true;
        }
      }),
    );
  });
});
