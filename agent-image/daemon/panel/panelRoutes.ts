// SPDX-License-Identifier: Apache-2.0
import { CONTROL_ACTIONS, mayControlSome, type ControlAction } from "../../../protocol/capability.ts";
import { checkEmptyRequest } from "../../../protocol/keyRequests.ts";
import { ParseError } from "../../../protocol/parseError.ts";
import type { ControlRoute } from "../controlRoute.ts";
import { PanelFile, readPanelFiles } from "./panelFile.ts";
import { findPanelCallFault, findPanelFileFault, findPanelSessionFault } from "./panelGuard.ts";
import { PanelSessions, SESSION_SECONDS, type PanelSessionsOptions } from "./panelSessions.ts";

/** What the panel is made from. */
export interface PanelOptions extends PanelSessionsOptions {
  /** Name of the agent, for the page's title. */
  readonly hostname: string;
  /** Whether the daemon takes keys in sealed pushes only, which a page cannot sign. */
  readonly needsSealedPush: boolean;
  /** Whether the keys are held by the owner's broker and not here. */
  readonly hasRemoteBroker: boolean;
}

/** Reply of `POST /panel/session`. */
export interface PanelSession {
  readonly token: string;
  /** How long the token is good. */
  readonly seconds: number;
  readonly hostname: string;
  readonly needsSealedPush: boolean;
  readonly hasRemoteBroker: boolean;
  /** What this caller may do on some key at least. */
  readonly actions: readonly ControlAction[];
}

/** Routes of the control API that the page may call, each as a POST under `/panel`, because only a POST surely says where it comes from. */
const CALLABLE: readonly string[] = [
  "/v1/status",
  "/v1/audit",
  "/v1/keys/put",
  "/v1/keys/activate",
  "/v1/keys/revoke",
  "/v1/workload/restart",
];

/** Routes of the panel: its files, its tokens and its calls. Identity, permission and audit are the same as without it. */
export async function panelRoutes(
  controlRoutes: readonly ControlRoute[],
  options: PanelOptions,
): Promise<readonly ControlRoute[]> {
  const sessions = new PanelSessions(options);
  const files = await readPanelFiles();
  const callable = controlRoutes.filter(({ path }) => CALLABLE.includes(path));
  return [
    ...files.map(fileRoute),
    sessionRoute(sessions, options),
    ...callable.map((route) => callRoute(route, sessions)),
  ];
}

function fileRoute(file: PanelFile): ControlRoute {
  return {
    ...{ method: "GET", path: file.path, action: "status", isRecorded: false },
    findFault: (request, { ownName }) => findPanelFileFault(request, ownName, file.destination),
    read: ({ query }) => {
      // Nothing in an address can make the page do anything.
      if (query !== "") throw new ParseError("query", "must be empty");
      return { key: null, version: null, decide: () => ({ code: "ok", act: () => file }) };
    },
  };
}

function sessionRoute(sessions: PanelSessions, options: PanelOptions): ControlRoute {
  const { hostname, needsSealedPush, hasRemoteBroker } = options;
  return {
    ...{ method: "POST", path: "/panel/session", action: "status", isRecorded: false },
    findFault: (request, { ownName }) => findPanelSessionFault(request, ownName),
    read: ({ caller, body }) => {
      checkEmptyRequest(body);
      const act = (): PanelSession => ({
        ...{ token: sessions.open(caller.identity.nodeId), seconds: SESSION_SECONDS },
        ...{ hostname, needsSealedPush, hasRemoteBroker },
        actions: CONTROL_ACTIONS.filter((action) => mayControlSome(caller.rules, action)),
      });
      return { key: null, version: null, decide: () => ({ code: "ok", act }) };
    },
  };
}

/** The same route for the page. What has no body in the control API has an empty object here. */
function callRoute(route: ControlRoute, sessions: PanelSessions): ControlRoute {
  return {
    ...{ ...route, method: "POST", path: `/panel${route.path}` },
    findFault: (request, { ownName, nodeId }) => findPanelCallFault(request, ownName, { nodeId, sessions }),
    read: (input) => {
      if (route.method === "POST") return route.read(input);
      checkEmptyRequest(input.body);
      return route.read({ ...input, body: Buffer.alloc(0) });
    },
  };
}
