// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Most requests of one connection that wait for the one before them; one more, and the connection is reset. */
export const MOST_WAITING = 16;

interface Line {
  /** Answer to the request that came last. */
  last: ServerResponse;
  waiting: number;
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
      note(line, request, response);
      handle(request, response);
      return;
    }
    const before = line.last;
    line.last = response;
    line.waiting += 1;
    if (line.waiting > MOST_WAITING) socket.resetAndDestroy();
    else before.once("close", () => begin(request, response));
  }

  /** Changes what is there: a new entry for each request would be work for V8's collector. */
  function note(line: Line | undefined, { socket }: IncomingMessage, response: ServerResponse): void {
    if (line === undefined) lines.set(socket, { last: response, waiting: 0 });
    else {
      line.last = response;
      line.waiting = 0;
    }
  }

  function begin(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const line = lines.get(socket);
    if (socket.destroyed || line === undefined) return;
    line.waiting -= 1;
    handle(request, response);
  }
}
