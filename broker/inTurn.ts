// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Most requests of one connection that wait for the one before them; one more, and the connection is reset. */
export const MOST_WAITING = 16;

interface Line {
  /** Answer to the request that came last. */
  readonly last: ServerResponse;
  readonly waiting: number;
}

/** Requests in the order in which they came. */
export interface Turns {
  readonly listener: RequestListener;
  /** Answer to the request of the connection that came last, begun or not. */
  readonly lastAnswer: (socket: Socket) => ServerResponse | undefined;
}

/**
 * Handles the requests of one connection one after another, also when their client sends them all at once. Node would begin them all,
 * as many as the client likes, and so a bound on connections would bound nothing.
 */
export function inTurn(handle: RequestListener): Turns {
  const lines = new WeakMap<Socket, Line>();
  return { listener: arrive, lastAnswer: (socket) => lines.get(socket)?.last };

  function arrive(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const line = lines.get(socket);
    // Node gives a response its socket once there is no other before it.
    if (line === undefined || response.socket !== null) {
      lines.set(socket, { last: response, waiting: 0 });
      handle(request, response);
      return;
    }
    lines.set(socket, { last: response, waiting: line.waiting + 1 });
    if (line.waiting >= MOST_WAITING) socket.resetAndDestroy();
    else line.last.once("close", () => begin(request, response));
  }

  function begin(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const line = lines.get(socket);
    if (socket.destroyed || line === undefined) return;
    lines.set(socket, { ...line, waiting: line.waiting - 1 });
    handle(request, response);
  }
}
