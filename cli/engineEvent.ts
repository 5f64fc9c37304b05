// SPDX-License-Identifier: Apache-2.0
import type { ChangeSummary, EngineEvent } from "./stackTypes.ts";

/** What the commands want to know of the engine's events. */
export type EngineFact =
  | {
      readonly kind: "resource";
      readonly phase: "start" | "done" | "failed";
      readonly urn: string;
      readonly type: string;
      readonly operation: string;
      readonly parent: string;
      /** Names of the properties that differ, where the engine names them. */
      readonly changed: readonly string[];
    }
  | { readonly kind: "diagnostic"; readonly severity: string; readonly urn: string; readonly message: string }
  | {
      readonly kind: "policy";
      readonly rule: string;
      readonly level: string;
      readonly urn: string;
      readonly message: string;
    }
  | { readonly kind: "summary"; readonly changes: ChangeSummary };

/** Reads one event of the engine; undefined for the kinds and forms that this release does not know. */
export function readEngineEvent(event: EngineEvent): EngineFact | undefined {
  for (const [member, phase] of [
    ["resourcePreEvent", "start"],
    ["resOutputsEvent", "done"],
    ["resOpFailedEvent", "failed"],
  ] as const) {
    const metadata = object(object(event[member])["metadata"]);
    if (text(metadata["urn"]) !== "") return resourceFact(phase, metadata);
  }
  const diagnostic = object(event["diagnosticEvent"]);
  if (diagnostic["message"] !== undefined) {
    return {
      kind: "diagnostic",
      severity: text(diagnostic["severity"]),
      urn: text(diagnostic["urn"]),
      message: plain(text(diagnostic["message"])),
    };
  }
  const policy = object(event["policyEvent"]);
  if (policy["policyName"] !== undefined) {
    return {
      kind: "policy",
      rule: text(policy["policyName"]),
      level: text(policy["enforcementLevel"]),
      urn: text(policy["resourceUrn"]),
      message: plain(text(policy["message"])),
    };
  }
  const changes = object(event["summaryEvent"])["resourceChanges"];
  return changes === undefined ? undefined : { kind: "summary", changes: counts(object(changes)) };
}

/** The last part of a resource's URN: the name that the program gave it. */
export function nameIn(urn: string): string {
  return urn.split("::").at(-1) ?? urn;
}

function resourceFact(phase: "start" | "done" | "failed", metadata: Readonly<Record<string, unknown>>): EngineFact {
  const state = { ...object(metadata["old"]), ...object(metadata["new"]) };
  return {
    kind: "resource",
    phase,
    urn: text(metadata["urn"]),
    type: text(metadata["type"]),
    operation: text(metadata["op"]),
    parent: text(state["parent"]),
    changed: changedIn(metadata),
  };
}

/** The first part of each path: `tags[0]` and `tags[1]` are one property. */
function changedIn(metadata: Readonly<Record<string, unknown>>): readonly string[] {
  const { diffs } = metadata;
  const paths = [...Object.keys(object(metadata["detailedDiff"])), ...(Array.isArray(diffs) ? diffs.map(text) : [])];
  return [...new Set(paths.map((path) => /^[^.[]*/.exec(path)?.[0] ?? ""))].filter((name) => name !== "").sort();
}

function counts(changes: Readonly<Record<string, unknown>>): ChangeSummary {
  return Object.fromEntries(
    Object.entries(changes).filter((entry): entry is [string, number] => typeof entry[1] === "number"),
  );
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Without colours: the engine marks them as `<{%fg 1%}>`, programs as escape sequences. */
function plain(message: string): string {
  // eslint-disable-next-line no-control-regex -- the escape character is what is looked for
  return message.replace(/<\{%[^%]*%\}>|\u001b\[[0-9;]*m/g, "").trim();
}
