// SPDX-License-Identifier: Apache-2.0
import { callApi, NoReply, type ApiReply, type ApiRequest } from "./apiClient.ts";
import { failure } from "./errors.ts";

/** Asks the own tailscaled for a path of its LocalAPI. @throws UserError when it does not answer in time */
export type AskTailscaled = (path: string) => Promise<ApiReply>;

/** Bounds of a question: 2 s and 1 MiB unless given, and 10 s where a program is asked, which starts slower than a socket answers. */
export type QuestionBounds = Pick<ApiRequest, "totalTimeout" | "limit"> & { readonly programTimeout?: number };

/** Questions to the tailscaled behind a socket. */
export function askTailscaledAt(
  socketPath: string,
  { totalTimeout = 2000, limit }: QuestionBounds = {},
): AskTailscaled {
  return async (path) => {
    const url = new URL(`http://local-tailscaled.sock/localapi/v0/${path}`);
    const request = { method: "GET", url, socketPath, connectTimeout: 2000, totalTimeout } as const;
    return await callApi({ ...request, ...(limit === undefined ? {} : { limit }) }).catch((error: unknown) => {
      if (!(error instanceof NoReply)) throw error;
      throw failure(
        `cannot ask tailscaled at "${socketPath}": ${error.message}`,
        "start tailscaled on this machine, or name its socket with CLAWS_TAILSCALE_SOCKET",
      );
    });
  };
}
