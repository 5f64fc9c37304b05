// SPDX-License-Identifier: Apache-2.0
// docs/daemon-api.md against the real daemon: each status that it names, and each route.
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { controlRoutes, type ControlState } from "../../../agent-image/daemon/controlRoutes.ts";
import { MAX_NONCES } from "../../../agent-image/daemon/sealBox.ts";
import { REFUSALS_PER_CALLER, REFUSALS_PER_MINUTE } from "../../../agent-image/daemon/refusalLog.ts";
import { BROKER_ERRORS } from "../../../broker/brokerError.ts";
import { MOST_WAITING } from "../../../broker/inTurn.ts";
import { MAX_KEY_VERSIONS } from "../../../protocol/constants.ts";
import { CONTROL_ERRORS, type ControlErrorCode } from "../../../protocol/errorReply.ts";
import { parseSealReply } from "../../../protocol/sealReply.ts";
import { ownHeaders, sendRequest } from "../../support/panelRequests.ts";
import { startTestDaemon, type TestDaemon, type TestDaemonOptions } from "../../support/testDaemon.ts";
import { sealPut, startTestOperator } from "../../support/testOperator.ts";

const root = join(import.meta.dirname, "../../..");
const text = await readFile(join(root, "docs/daemon-api.md"), "utf8");
const [controlText = "", brokerText = ""] = text.split("\n## Broker\n");

/** Codes and statuses that a part of the document names in its tables, sorted. */
function documented(part: string): readonly string[] {
  return [...part.matchAll(/^\| (\d{3}) +\| ([^|]+)\|/gm)]
    .flatMap(([, status, codes = ""]) => [...codes.matchAll(/`([a-z-]+)`/g)].map(([, code]) => `${status} ${code}`))
    .sort();
}

function known(errors: Readonly<Record<string, { readonly status: number }>>): readonly string[] {
  return Object.entries(errors)
    .map(([code, { status }]) => `${status} ${code}`)
    .sort();
}

describe("docs/daemon-api.md", () => {
  it("names every error of the control API with its status, those of the panel in the panel's part", () => {
    const ofPanel = [...controlText.matchAll(/`(\d{3}) (panel-[a-z]+)`/g)].map(
      ([, status, code]) => `${status} ${code}`,
    );

    expect([...documented(controlText), ...ofPanel].sort()).toEqual(known(CONTROL_ERRORS));
  });

  it("names every error of the broker with its status", () => {
    expect(documented(brokerText)).toEqual(known(BROKER_ERRORS));
  });

  it("names every route with its action", () => {
    const rows = [...controlText.matchAll(/^\| `(GET|POST) (\/v1\/[a-z/-]+)` +\| `([a-z]+)` /gm)];
    // What the routes work on is asked for when they are called, not before.
    const routes = controlRoutes({ facts: {} } as ControlState);

    expect(rows.map(([, method, path, action]) => `${method} ${path} ${action}`).sort()).toEqual(
      routes.map(({ method, path, action }) => `${method} ${path} ${action}`).sort(),
    );
  });

  it.each([
    `At most ${MAX_KEY_VERSIONS} versions of a name`,
    `at most ${MAX_NONCES} are good at once`,
    `at most ${REFUSALS_PER_CALLER} refusals a minute of one address and ${REFUSALS_PER_MINUTE} of all together`,
    `more than ${MOST_WAITING + 1} reset it`,
  ])("counts as the code does: %s", (sentence) => {
    expect(text).toContain(sentence);
  });
});

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly retryAfter: string | null;
}

const PUT = { name: "openai", provider: "openai", version: 5, value: "sk-canary" };
/** Requests one after another to a daemon of its own. @returns the answer to the last one */
async function ask(
  requests: readonly (readonly [path: string, body?: unknown, headers?: Record<string, string>])[],
  options: TestDaemonOptions & { readonly before?: (daemon: TestDaemon) => Promise<void> } = {},
): Promise<Answer> {
  const daemon = await startTestDaemon(options);
  try {
    await options.before?.(daemon);
    let answer: Answer = { status: 0, body: null, retryAfter: null };
    for (const [path, body, headers] of requests) {
      const reply = await daemon.call(body === undefined ? "GET" : "POST", path, body, headers);
      answer = { status: reply.status, body: reply.body, retryAfter: reply.headers.get("retry-after") };
    }
    return answer;
  } finally {
    await daemon.stop();
  }
}

/** Sends the same push twice, with these changes, to a daemon that takes sealed ones. @returns the answer to the second */
async function askSealed(changes: object, path = "/v1/keys/put-sealed"): Promise<Answer> {
  const operator = await startTestOperator();
  const { stateFolder, facts } = operator;
  const daemon = await startTestDaemon({ stateFolder, facts });
  try {
    const { body } = await daemon.call("POST", "/v1/seal", {});
    const sealed = await sealPut(operator, parseSealReply(Buffer.from(JSON.stringify(body))), PUT);
    const request = path === "/v1/keys/put" ? PUT : { ...sealed, ...changes };
    await daemon.call("POST", path, request);
    return { ...(await daemon.call("POST", path, request)), retryAfter: null };
  } finally {
    await daemon.stop();
    await rm(stateFolder, { recursive: true });
  }
}

/** One request with headers that fetch would not send. */
async function askRaw(path: string, headers: (daemon: TestDaemon) => Record<string, string>): Promise<Answer> {
  const daemon = await startTestDaemon();
  try {
    const sent = { method: "POST", headers: headers(daemon), body: "{}" };
    const { status, json } = await sendRequest(daemon.url + path, sent);
    return { status, body: json, retryAfter: null };
  } finally {
    await daemon.stop();
  }
}

const put = (changes: object = {}): readonly [string, object] => ["/v1/keys/put", { ...PUT, ...changes }];

/** A request for each code, but for those of {@link ELSEWHERE}. */
const REQUESTS: Readonly<Partial<Record<ControlErrorCode, () => Promise<Answer>>>> = {
  "bad-request": () => ask([["/v1/wipe", { force: true }]]),
  "access-denied": () => ask([["/v1/status"]], { whois: () => Promise.resolve(undefined) }),
  "browser-refused": () => ask([["/v1/status", undefined, { origin: "http://evil.example" }]]),
  "panel-refused": () => askRaw("/panel/session", () => ({ "content-type": "application/json" })),
  "panel-expired": () => askRaw("/panel/v1/status", (daemon) => ownHeaders(daemon, "x")),
  "sealed-push-required": () => askSealed({}, "/v1/keys/put"),
  "unknown-operator": () => askSealed({ operator: "A".repeat(43) }),
  "bad-signature": () => askSealed({ signature: "A".repeat(86) }),
  "not-found": () => ask([["/v1/keys"]]),
  "unknown-key": () => ask([["/v1/keys/activate", { name: "openai", version: 5 }]]),
  "unknown-version": () => ask([put(), ["/v1/keys/activate", { name: "openai", version: 6 }]]),
  "method-not-allowed": () => ask([["/v1/wipe"]]),
  "version-conflict": () => ask([put(), put({ value: "sk-other" })]),
  "stale-version": () => ask([put(), put({ version: 4 })]),
  "revoked-version": () => ask([put(), ["/v1/keys/revoke", { name: "openai" }], put()]),
  "active-version": () => ask([put(), ["/v1/keys/revoke", { name: "openai", version: 5 }]]),
  "provider-taken": () => ask([put(), put({ name: "openai-2" })]),
  "provider-not-configured": () => ask([put({ provider: "groq" })]),
  "too-many-versions": () => ask(Array.from({ length: 17 }, (_, index) => put({ version: index + 1 }))),
  "stale-seal": () => askSealed({}),
  "sealed-push-not-configured": () =>
    ask([["/v1/keys/put-sealed", { operator: "A".repeat(43), signature: "A".repeat(86), envelope: "YWdl" }]]),
  "remote-broker": () => ask([put()], { facts: { remoteBroker: "100.64.0.9:7441" } }),
  "too-large": () => ask([put({ value: "k".repeat(65_536) })]),
  "wrong-media-type": () => ask([["/v1/wipe", {}, { "content-type": "text/plain" }]]),
  "wrong-host": () => askRaw("/v1/wipe", () => ({ host: "evil.example", "sec-claws-no-browsers": "1" })),
  "internal-error": () =>
    ask([["/v1/workload/restart", {}]], {
      before: ({ stateFolder }) => rm(stateFolder, { recursive: true }),
    }),
  "identity-unavailable": () => ask([["/v1/status"]], { whois: () => Promise.reject(new Error("hung")) }),
};

/** Codes that need a disk that fails or a daemon that ends. */
const ELSEWHERE: Readonly<Partial<Record<ControlErrorCode, string>>> = {
  "audit-unavailable": "tests/faults/daemonLimits.test.ts",
  stopping: "tests/agent-image/daemon/daemon.test.ts",
};

describe("the real daemon", () => {
  it("is asked here, or in a test of its own, for every code that there is", async () => {
    expect([...Object.keys(REQUESTS), ...Object.keys(ELSEWHERE)].sort()).toEqual(Object.keys(CONTROL_ERRORS).sort());
    for (const [code, file] of Object.entries(ELSEWHERE)) {
      expect(await readFile(join(root, file), "utf8")).toContain(code);
    }
  });

  it.each(Object.entries(REQUESTS) as [ControlErrorCode, () => Promise<Answer>][])(
    "answers %s with its status and its constant text",
    async (code, send) => {
      const { status, body, retryAfter } = await send();

      expect([status, body]).toEqual([
        CONTROL_ERRORS[code].status,
        expect.objectContaining({ error: CONTROL_ERRORS[code].text, code }),
      ]);
      expect(retryAfter).toBe(status === 503 ? "5" : null);
    },
  );
});
