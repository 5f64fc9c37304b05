// SPDX-License-Identifier: Apache-2.0
import { parseAuditQuery } from "../../protocol/auditEntry.ts";
import { mayControl } from "../../protocol/capability.ts";
import { VERSION } from "../../protocol/constants.ts";
import type { DaemonStatus } from "../../protocol/daemonStatus.ts";
import { checkEmptyRequest } from "../../protocol/keyRequests.ts";
import type { AuditLog } from "./auditLog.ts";
import type { Caller } from "./caller.ts";
import { refuseQuery } from "./controlQuery.ts";
import type { ControlRoute } from "./controlRoute.ts";
import { keyRoutes, outcomeOf, type KeyRoutesState } from "./keyRoutes.ts";
import type { VersionMemory } from "./versionMemory.ts";
import { workloadRestartRoute } from "./workloadRestart.ts";

/** What the routes work on. */
export interface ControlState extends KeyRoutesState {
  readonly memory: Pick<VersionMemory, "highest" | "winner">;
  readonly audit: AuditLog;
  readonly startedAt: string;
  /** Folder in which a file asks root to restart the workload. */
  readonly runFolder: string;
}

/** Every route of the control API, version 1. */
export function controlRoutes(state: ControlState): readonly ControlRoute[] {
  return [
    {
      ...{ method: "GET", path: "/v1/status", action: "status", isRecorded: false, isConditional: true },
      read: ({ caller, query }) => {
        refuseQuery(query);
        return { key: null, version: null, decide: () => ({ code: "ok", act: () => renderStatus(state, caller) }) };
      },
    },
    {
      ...{ method: "GET", path: "/v1/audit", action: "audit", isRecorded: true },
      read: ({ query }) => {
        const page = parseAuditQuery(query);
        const act = async (): Promise<unknown> => ({ entries: await state.audit.read(page) });
        return { key: null, version: null, decide: () => ({ code: "ok", act }) };
      },
    },
    {
      ...{ method: "POST", path: "/v1/seal", action: "seal", isRecorded: true },
      read: ({ query, body }) => {
        refuseQuery(query);
        checkEmptyRequest(body);
        return { key: null, version: null, decide: () => ({ code: "ok", act: () => state.seals.issue() }) };
      },
    },
    ...keyRoutes(state),
    workloadRestartRoute(state),
    {
      ...{ method: "POST", path: "/v1/wipe", action: "wipe", isRecorded: true },
      read: ({ query, body }) => {
        refuseQuery(query);
        checkEmptyRequest(body);
        return { key: "*", version: null, decide: () => outcomeOf(state, state.store.planWipe()) };
      },
    },
  ];
}

function renderStatus(state: ControlState, caller: Caller): DaemonStatus {
  const { store, memory, audit, bootId, startedAt, nodeId } = state;
  const maySee = ({ name }: { readonly name: string }): boolean => mayControl(caller.rules, "status", name);
  return {
    officeClaws: 1,
    version: VERSION,
    bootId,
    nodeId: nodeId(),
    state: lendingState(state),
    startedAt,
    auditSequence: audit.sequence,
    keys: store.status().filter(maySee),
    seen: memory.highest().filter(maySee),
  };
}

/** A droplet that relays to its owner's broker holds no key by design: there is nothing to unseal. */
function lendingState({ store, facts }: ControlState): DaemonStatus["state"] {
  if (facts.remoteBroker !== undefined) return "relay";
  return store.isSealed ? "sealed" : "open";
}
