// SPDX-License-Identifier: Apache-2.0
import type { AgentFacts } from "../../protocol/agentFacts.ts";
import { mayControl } from "../../protocol/capability.ts";
import type { ControlErrorCode, Winner } from "../../protocol/errorReply.ts";
import {
  parseActivateRequest,
  parsePutRequest,
  parseRevokeRequest,
  type PutRequest,
} from "../../protocol/keyRequests.ts";
import { parseSealedPut } from "../../protocol/sealedPut.ts";
import type { Receipt } from "../../protocol/receipt.ts";
import type { Caller } from "./caller.ts";
import { refuseQuery } from "./controlQuery.ts";
import type { ControlRoute, RouteOutcome, RouteRequest } from "./controlRoute.ts";
import type { KeyStore, Plan } from "./keyStore.ts";
import type { SealBox } from "./sealBox.ts";
import type { VersionMemory } from "./versionMemory.ts";

/** What the routes that change keys work on. */
export interface KeyRoutesState {
  readonly facts: Pick<AgentFacts, "operatorKeys" | "remoteBroker">;
  readonly store: KeyStore;
  readonly memory: Pick<VersionMemory, "winner">;
  readonly seals: SealBox;
  /** 32 hexadecimal digits, random per start. */
  readonly bootId: string;
  /** ID of the own node at this moment. */
  readonly nodeId: () => string;
}

/** Routes that put, activate and revoke keys. */
export function keyRoutes(state: KeyRoutesState): readonly ControlRoute[] {
  const { store, seals, facts } = state;
  return [
    {
      ...{ method: "POST", path: "/v1/keys/put", action: "put", isRecorded: true },
      read: ({ caller, query, body }) => {
        refuseQuery(query);
        const needsSeal = facts.operatorKeys !== undefined;
        return readPut(state, caller, parsePutRequest(body), needsSeal ? "sealed-push-required" : undefined);
      },
    },
    {
      ...{ method: "POST", path: "/v1/keys/put-sealed", action: "put", isRecorded: true },
      read: ({ caller, query, body }) => {
        refuseQuery(query);
        return readPut(state, caller, seals.open(parseSealedPut(body)), undefined);
      },
    },
    {
      ...{ method: "POST", path: "/v1/keys/activate", action: "activate", isRecorded: true },
      read: ({ query, body }) => {
        refuseQuery(query);
        const { name, version } = parseActivateRequest(body);
        return { key: name, version, decide: () => outcomeOf(state, store.planActivate({ name, version })) };
      },
    },
    {
      ...{ method: "POST", path: "/v1/keys/revoke", action: "revoke", isRecorded: true },
      read: ({ query, body }) => {
        refuseQuery(query);
        const revoke = parseRevokeRequest(body);
        const decide = (): RouteOutcome => outcomeOf(state, store.planRevoke(revoke));
        return { key: revoke.name, version: revoke.version ?? null, decide };
      },
    },
  ];
}

function readPut(
  state: KeyRoutesState,
  caller: Caller,
  put: PutRequest,
  refusal: ControlErrorCode | undefined,
): RouteRequest {
  const { name, version } = put;
  const decide = (): RouteOutcome => {
    if (refusal !== undefined) return { code: refusal };
    if (state.facts.remoteBroker !== undefined) return { code: "remote-broker" };
    const outcome = outcomeOf(state, state.store.planPut(put));
    return outcome.code === "ok" ? outcome : { ...outcome, winner: winnerOf(state, caller, put, outcome.code) };
  };
  return { key: name, version, decide, discard: () => put.value.wipe() };
}

/** Who won against this put, for a caller who may see the status of the key. */
function winnerOf(
  { memory }: KeyRoutesState,
  caller: Caller,
  { name, version }: PutRequest,
  code: ControlErrorCode,
): Winner | undefined {
  if (!mayControl(caller.rules, "status", name)) return undefined;
  if (code === "version-conflict") return memory.winner(name, version) ?? memory.winner(name);
  return code === "stale-version" ? memory.winner(name) : undefined;
}

/** The outcome of a planned change: its receipt, or why it is not made. */
export function outcomeOf({ nodeId, bootId }: Pick<KeyRoutesState, "nodeId" | "bootId">, plan: Plan): RouteOutcome {
  if (plan.code !== "ok") return plan;
  return {
    code: "ok",
    act: (auditSequence): Receipt => ({ nodeId: nodeId(), bootId, ...plan.commit(), auditSequence }),
  };
}
