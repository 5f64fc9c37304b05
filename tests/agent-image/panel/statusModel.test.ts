// SPDX-License-Identifier: Apache-2.0
import type { DaemonStatus, KeyStatus } from "../../../protocol/daemonStatus.ts";
import type { PanelSession } from "../../../agent-image/daemon/panel/panelRoutes.ts";
import { loadPanelModule } from "../../support/panelModule.ts";

type Session = Omit<PanelSession, "token" | "seconds">;
interface StatusModel {
  readonly describeState: (status: DaemonStatus, session: Session) => unknown;
  readonly describeDaemon: (status: DaemonStatus, now: Date) => unknown;
  readonly describeKey: (key: KeyStatus, now: Date) => Record<string, unknown>;
  readonly missingKeys: (status: DaemonStatus) => readonly string[];
  readonly rotationHindrance: (session: Session) => string;
}
const model = await loadPanelModule<StatusModel>("statusModel.js");

const NOW = new Date("2030-01-31T12:00:00Z");
const SESSION: Session = {
  hostname: "a1",
  needsSealedPush: false,
  hasRemoteBroker: false,
  actions: ["status", "put", "activate", "revoke", "audit", "restart"],
};
const KEY: KeyStatus = {
  name: "openai-main",
  provider: "openai",
  active: 4,
  versions: [
    {
      version: 3,
      fingerprint: "3".repeat(16),
      putAt: "2030-01-01T00:00:00Z",
      notAfter: "2030-02-01T00:00:00Z",
      underWay: 1,
    },
    {
      version: 4,
      fingerprint: "4".repeat(16),
      putAt: "2030-01-28T12:00:00Z",
      notAfter: "2030-02-20T12:00:00Z",
      underWay: 0,
    },
  ],
  limits: null,
  usage: { day: "2030-01-31", requests: 1234, tokens: 1 },
};
const STATUS: DaemonStatus = {
  officeClaws: 1,
  version: "0.1.0",
  bootId: "b".repeat(32),
  nodeId: "nAGENT",
  state: "open",
  startedAt: "2030-01-31T09:30:00Z",
  auditSequence: 12345,
  keys: [KEY],
  seen: [
    { name: "anthropic", highest: 2 },
    { name: "openai-main", highest: 4 },
  ],
};

describe("the state", () => {
  it("is a word for each case, so that no colour is needed to tell them apart", () => {
    expect(model.describeState(STATUS, SESSION)).toEqual({
      ...{ tone: "good", word: "Online, open", detail: "The workload can use the keys below." },
    });
    expect(model.describeState({ ...STATUS, state: "sealed" }, SESSION)).toEqual({
      ...{ tone: "warn", word: "Online, sealed", detail: "It holds no key. Push them with: claws keys push" },
    });
    expect(model.describeState({ ...STATUS, state: "sealed" }, { ...SESSION, hasRemoteBroker: true })).toEqual({
      ...{ tone: "good", word: "Online", detail: "Its owner's broker holds the keys; here are none." },
    });
  });
});

describe("the daemon", () => {
  it("is described by its release, its times and its IDs", () => {
    expect(model.describeDaemon(STATUS, NOW)).toEqual([
      ["Release", "0.1.0"],
      ["Running for", "2 hours"],
      ["Started", "2030-01-31 09:30:00 UTC"],
      ["Audit entries", "12,345"],
      ["Boot ID", "b".repeat(32)],
      ["Node ID", "nAGENT"],
    ]);
  });
});

describe("a key", () => {
  it("shows its active version, its age and when it expires", () => {
    expect(model.describeKey(KEY, NOW)).toEqual({
      ...{ name: "openai-main", provider: "openai", version: "4", others: "also held: 3", fingerprint: "4".repeat(16) },
      ...{ age: "3 days", put: "2030-01-28 12:00:00 UTC" },
      ...{ expiry: "in 20 days", expires: "2030-02-20 12:00:00 UTC", expiryTone: "quiet" },
      requests: { text: "1,234 requests", used: 1234, limit: null },
      tokens: { text: "tokens not counted", used: 0, limit: null },
    });
  });

  it("shows how much of its limits is used", () => {
    const limited = { ...KEY, limits: { requestsPerDay: 2000, tokensPerDay: 1 } };
    expect(model.describeKey(limited, NOW)).toMatchObject({
      requests: { text: "1,234 of 2,000 requests", used: 1234, limit: 2000 },
      tokens: { text: "1 of 1 token", used: 1, limit: 1 },
    });
  });

  it.each([
    ["2030-02-03T12:00:01Z", "in 3 days", "quiet"],
    ["2030-02-03T11:59:59Z", "in 2 days", "warn"],
    ["2030-01-31T12:00:00Z", "expired under a minute ago", "bad"],
    ["2030-01-30T11:00:00Z", "expired 1 day ago", "bad"],
  ])("that is good until %s is marked in words and tone", (notAfter, expiry, expiryTone) => {
    const versions = KEY.versions.map((version) => ({ ...version, notAfter }));
    expect(model.describeKey({ ...KEY, versions }, NOW)).toMatchObject({ expiry, expiryTone });
  });

  it("without an active version says so", () => {
    expect(model.describeKey({ ...KEY, active: null, versions: [] }, NOW)).toMatchObject({
      ...{ version: "none", age: "", expiry: "", fingerprint: "", others: "" },
    });
  });
});

describe("keys of before", () => {
  it("are those that were seen and are not held", () => {
    expect(model.missingKeys(STATUS)).toEqual(["anthropic"]);
    expect(model.missingKeys({ ...STATUS, keys: [] })).toEqual(["anthropic", "openai-main"]);
  });
});

describe("a rotation", () => {
  it("is possible for whoever may do its three steps", () => {
    expect(model.rotationHindrance(SESSION)).toBe("");
    for (const missing of ["put", "activate", "revoke"]) {
      const actions = SESSION.actions.filter((action) => action !== missing);
      expect(model.rotationHindrance({ ...SESSION, actions })).toBe(
        "The tailnet policy does not let you put, activate and revoke keys here.",
      );
    }
  });

  it("is for the command line where pushes are sealed", () => {
    expect(model.rotationHindrance({ ...SESSION, needsSealedPush: true })).toMatch(/ Rotate with: claws keys rotate$/);
  });
});
