// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import {
  PanelSessions,
  SESSION_SECONDS,
  SESSIONS_IN_ALL,
  SESSIONS_PER_NODE,
} from "../../../../agent-image/daemon/panel/panelSessions.ts";

let clock: number;
let sessions: PanelSessions;

beforeEach(() => {
  clock = 0;
  sessions = new PanelSessions({ monotonic: () => clock, random: randomBytes });
});

const openMany = (nodeId: string, count: number): string[] =>
  Array.from({ length: count }, () => sessions.open(nodeId));

describe("a token of the panel", () => {
  it("has 256 random bits and is another one each time", () => {
    const [first = "", second = ""] = openMany("nA", 2);
    expect(first).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(second).not.toBe(first);
  });

  it("is good for the node that it was made for and for no other", () => {
    const token = sessions.open("nA");
    expect(sessions.isOpen("nA", token)).toBe(true);
    expect(sessions.isOpen("nB", token)).toBe(false);
    expect(sessions.isOpen("", token)).toBe(false);
  });

  it("is good to its last millisecond and not longer", () => {
    const token = sessions.open("nA");
    clock = SESSION_SECONDS * 1000 - 1;
    expect(sessions.isOpen("nA", token)).toBe(true);
    clock += 1;
    expect(sessions.isOpen("nA", token)).toBe(false);
  });

  it("is not renewed by being used", () => {
    const token = sessions.open("nA");
    clock = SESSION_SECONDS * 500;
    expect(sessions.isOpen("nA", token)).toBe(true);
    clock = SESSION_SECONDS * 1000;
    expect(sessions.isOpen("nA", token)).toBe(false);
  });

  it.each(["", "x", "a".repeat(43), "a".repeat(5000), "ü"])("is not %j", (guess) => {
    sessions.open("nA");
    expect(sessions.isOpen("nA", guess)).toBe(false);
  });

  it("is nothing that another case or a part of it would do for", () => {
    const token = sessions.open("nA");
    for (const guess of [token.slice(0, -1), `${token}=`, ` ${token}`, token.toUpperCase()]) {
      expect(sessions.isOpen("nA", guess)).toBe(false);
    }
  });
});

describe("many tokens", () => {
  it("push out the oldest of their own node first", () => {
    const other = sessions.open("nB");
    const own = openMany("nA", SESSIONS_PER_NODE + 1);
    expect(own.map((token) => sessions.isOpen("nA", token))).toEqual([
      false,
      ...Array.from({ length: SESSIONS_PER_NODE }, () => true),
    ]);
    expect(sessions.isOpen("nB", other)).toBe(true);
  });

  it("are never more than the most in all", () => {
    const nodes = Array.from({ length: SESSIONS_IN_ALL + 5 }, (_, index) => `n${index}`);
    const tokens = nodes.map((nodeId) => sessions.open(nodeId));
    const open = nodes.filter((nodeId, index) => sessions.isOpen(nodeId, tokens[index] ?? ""));
    expect(open).toEqual(nodes.slice(5));
  });

  it("make room for new ones when their time is over", () => {
    openMany("nA", SESSIONS_PER_NODE);
    clock = SESSION_SECONDS * 1000;
    const tokens = openMany("nA", SESSIONS_PER_NODE);
    expect(tokens.every((token) => sessions.isOpen("nA", token))).toBe(true);
  });
});
