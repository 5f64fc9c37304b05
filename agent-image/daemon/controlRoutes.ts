// SPDX-License-Identifier: Apache-2.0
import { parseAuditQuery } from "../../protocol/auditEntry.ts";
import { mayControl } from "../../protocol/capability.ts";
import { VERSION } from "../../protocol/constants.ts";
import type { DaemonStatus } from "../../protocol/daemonStatus.ts";
import {
  checkEmptyRequest,
  parseActivateRequest,
  parsePutRequest,
  parseRevokeRequest,
} from "../../protocol/keyRequests.ts";
import { ParseError } from "../../protocol/parseError.ts";
import type { Receipt } from "../../protocol/receipt.ts";
import type { AuditLog } from "./auditLog.ts";
import type { Caller } from "./caller.ts";
import type { ControlRoute, RouteOutcome } from "./controlRoute.ts";
import type { KeyStore, Plan } from "./keyStore.ts";
import type { VersionMemory } from "./versionMemory.ts";
import { workloadRestartRoute } from "./workloadRestart.ts";

/** What the routes work on. */
export interface ControlState {
  readonly store: KeyStore;
  readonly memory: Pick<VersionMemory, "highest">;
  readonly audit: AuditLog;
  /** 32 hexadecimal digits, random per start. */
  readonly bootId: string;
  readonly startedAt: string;
  /** ID of the own node at this moment. */
  readonly nodeId: () => string;
  /** Folder in which a file asks root to restart the workload. */
  readonly runFolder: string;
}

/** Every route of the control API, version 1. */
export function controlRoutes(state: ControlState): readonly ControlRoute[] {
  const { store } = state;
  const change = (plan: Plan): RouteOutcome => changeOutcome(state, plan);
  return [
    {
      ...{ method: "GET", path: "/v1/status", action: "status", isRecorded: false },
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
      ...{ method: "POST", path: "/v1/keys/put", action: "put", isRecorded: true },
      read: ({ query, body }) => {
        refuseQuery(query);
        const put = parsePutRequest(body);
        return { key: put.name, version: put.version, decide: () => change(store.planPut(put)) };
      },
    },
    {
      ...{ method: "POST", path: "/v1/keys/activate", action: "activate", isRecorded: true },
      read: ({ query, body }) => {
        refuseQuery(query);
        const activate = parseActivateRequest(body);
        return { key: activate.name, version: activate.version, decide: () => change(store.planActivate(activate)) };
      },
    },
    {
      ...{ method: "POST", path: "/v1/keys/revoke", action: "revoke", isRecorded: true },
      read: ({ query, body }) => {
        refuseQuery(query);
        const revoke = parseRevokeRequest(body);
        return { key: revoke.name, version: revoke.version ?? null, decide: () => change(store.planRevoke(revoke)) };
      },
    },
    workloadRestartRoute(state),
    {
      ...{ method: "POST", path: "/v1/wipe", action: "wipe", isRecorded: true },
      read: ({ query, body }) => {
        refuseQuery(query);
        checkEmptyRequest(body);
        return { key: "*", version: null, decide: () => change(store.planWipe()) };
      },
    },
  ];
}

function changeOutcome({ nodeId, bootId }: ControlState, plan: Plan): RouteOutcome {
  if (plan.code !== "ok") return plan;
  return {
    code: "ok",
    act: (auditSequence): Receipt => ({ nodeId: nodeId(), bootId, ...plan.commit(), auditSequence }),
  };
}

function renderStatus({ store, memory, audit, bootId, startedAt, nodeId }: ControlState, caller: Caller): DaemonStatus {
  const maySee = ({ name }: { readonly name: string }): boolean => mayControl(caller.rules, "status", name);
  return {
    officeClaws: 1,
    version: VERSION,
    bootId,
    nodeId: nodeId(),
    state: store.isSealed ? "sealed" : "open",
    startedAt,
    auditSequence: audit.sequence,
    keys: store.status().filter(maySee),
    seen: memory.highest().filter(maySee),
  };
}

function refuseQuery(query: string): void {
  if (query !== "") throw new ParseError("query", "must be empty");
}
