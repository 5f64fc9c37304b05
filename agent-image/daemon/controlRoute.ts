// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage } from "node:http";
import type { ControlAction } from "../../protocol/capability.ts";
import type { ControlErrorCode, Winner } from "../../protocol/errorReply.ts";
import type { Caller } from "./caller.ts";

/** A request as it arrived, of which only the form has been checked. */
export interface RouteInput {
  readonly caller: Caller;
  /** Without the question mark. */
  readonly query: string;
  readonly body: Buffer;
}

/** What a route will do, or the error that it ends with. `act` runs after the audit line is on the disk and gives the reply's body. */
export type RouteOutcome =
  | { readonly code: "ok"; readonly act: (auditSequence: number) => unknown }
  | { readonly code: ControlErrorCode; readonly winner?: Winner | undefined };

/** A request that has been read. */
export interface RouteRequest {
  /** The key that it is about: its name, `*` for all keys, null when it is about none. */
  readonly key: string | null;
  readonly version: number | null;
  /** Decides; changes nothing yet. Called when nothing else is being decided or changed. */
  readonly decide: () => RouteOutcome;
  /** Wipes what the request brought with it. Called when it is not carried out. */
  readonly discard?: () => void;
}

/** What the head of a request is held against. */
export interface HeadContext {
  /** The own node's full name. */
  readonly ownName: string;
  /** ID of the calling node; empty for a stranger. */
  readonly nodeId: string;
}

/** One route of the control API. Identity, form, permission, audit and errors are the wrapper's work. */
export interface ControlRoute {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** What the caller must be allowed to do. */
  readonly action: ControlAction;
  /** Whether a successful request is recorded; refused ones always are, unless they are too many. */
  readonly isRecorded: boolean;
  /** What is wrong with the request's head, if something is; the control API's own rules unless given. */
  readonly findFault?: (request: IncomingMessage, context: HeadContext) => ControlErrorCode | undefined;
  /** Whether a reply carries a tag, and is only confirmed to a caller that has it already. */
  readonly isConditional?: boolean;
  /** Reads the request. @throws ParseError or ControlRefusal */
  readonly read: (input: RouteInput) => RouteRequest;
}
