// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { checkEmptyRequest } from "../../protocol/keyRequests.ts";
import type { RestartReply } from "../../protocol/restartReply.ts";
import { refuseQuery } from "./controlQuery.ts";
import type { ControlRoute } from "./controlRoute.ts";
import { writeWholeFile } from "./wholeFile.ts";

/** Name of the file that asks for a restart; claws-workload-restart.path waits for it. */
export const RESTART_FILE = "restart-workload";

/** What the route works on. */
export interface WorkloadRestartOptions {
  /** Folder of the file; only the daemon and root write there. */
  readonly runFolder: string;
  readonly bootId: string;
  readonly nodeId: () => string;
}

/** `POST /v1/workload/restart`: leaves a file for root's unit, because the daemon itself may stop and start nothing. */
export function workloadRestartRoute({ runFolder, bootId, nodeId }: WorkloadRestartOptions): ControlRoute {
  return {
    ...{ method: "POST", path: "/v1/workload/restart", action: "restart", isRecorded: true },
    read: ({ query, body }) => {
      refuseQuery(query);
      checkEmptyRequest(body);
      const act = async (auditSequence: number): Promise<RestartReply> => {
        // Whole or not at all: the unit sees the file only when it is there under its name.
        await writeWholeFile(join(runFolder, RESTART_FILE), `${auditSequence}\n`, 0o600);
        return { nodeId: nodeId(), bootId, auditSequence };
      };
      return { key: null, version: null, decide: () => ({ code: "ok", act }) };
    },
  };
}
