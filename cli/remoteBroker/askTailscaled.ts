// SPDX-License-Identifier: Apache-2.0
import { callApi, NoReply, type ApiReply } from "../apiClient.ts";
import { failure } from "../errors.ts";

/** Asks the own tailscaled for a path of its LocalAPI. @throws UserError when it does not answer in time */
export type AskTailscaled = (path: string) => Promise<ApiReply>;

/** Questions to the tailscaled behind a socket, each bounded to 2 s and 1 MiB. */
export function askTailscaledAt(socketPath: string): AskTailscaled {
  return async (path) => {
    const url = new URL(`http://local-tailscaled.sock/localapi/v0/${path}`);
    return await callApi({ method: "GET", url, socketPath, connectTimeout: 2000, totalTimeout: 2000 }).catch(
      (error: unknown) => {
        if (!(error instanceof NoReply)) throw error;
        throw failure(
          `cannot ask tailscaled at "${socketPath}": ${error.message}`,
          "start tailscaled on this machine, or name its socket with CLAWS_TAILSCALE_SOCKET",
        );
      },
    );
  };
}
