// SPDX-License-Identifier: Apache-2.0
import type { Socket } from "node:net";
import { MultiplexedConnection } from "./multiplexedConnection.ts";
import type { ChannelTaker } from "./upstreamChannel.ts";

/** What the pool of shared connections needs from the one of connections that each carry one request. */
export interface SharedConnectionsOptions {
  /** Dials a provider and offers it both protocols. */
  readonly dial: (origin: string, done: (error: Error | null, socket?: Socket) => void) => void;
  /** Uses a connection of a provider that took HTTP/1.1, for the next request when nobody waits. */
  readonly useAlone: (origin: string, socket: Socket, done?: ChannelTaker) => void;
  /** Makes a connection for one request. */
  readonly connectAlone: (origin: string, done: ChannelTaker) => () => void;
}

interface Waiter {
  readonly done: ChannelTaker;
  /** Ends what goes on for it. */
  stop: () => void;
}

interface Shared {
  connections: readonly MultiplexedConnection[];
  /** Requests that wait for the connection that is being made. */
  readonly waiting: Set<Waiter>;
  isDialling: boolean;
}

/** HTTP/2 connections that requests share. A provider that does not offer HTTP/2 is spoken to in HTTP/1.1, as if this did not exist. */
export class SharedConnections {
  readonly #options: SharedConnectionsOptions;
  readonly #shared = new Map<string, Shared>();
  /** Providers that took HTTP/1.1 where they had the choice. */
  readonly #alone = new Set<string>();

  constructor(options: SharedConnectionsOptions) {
    this.#options = options;
  }

  /** Gives a channel, on a new connection when there is no room. @returns a function that ends the wait for it; undefined where there is none */
  connect(origin: string, done: ChannelTaker): (() => void) | undefined {
    if (this.#alone.has(origin)) return this.#options.connectAlone(origin, done);
    const shared = this.#of(origin);
    const room = shared.connections.find(({ hasRoom }) => hasRoom);
    if (room !== undefined) {
      done(null, room.open());
      return undefined;
    }
    const waiter: Waiter = { done, stop: () => shared.waiting.delete(waiter) };
    shared.waiting.add(waiter);
    if (!shared.isDialling) this.#dial(origin, shared);
    return () => waiter.stop();
  }

  #of(origin: string): Shared {
    const shared = this.#shared.get(origin) ?? { connections: [], waiting: new Set(), isDialling: false };
    this.#shared.set(origin, shared);
    shared.connections = shared.connections.filter(({ isClosed }) => !isClosed);
    return shared;
  }

  #dial(origin: string, shared: Shared): void {
    shared.isDialling = true;
    this.#options.dial(origin, (error, socket) => {
      if (socket === undefined) this.#fail(shared, error ?? new Error("no connection"));
      else if ("alpnProtocol" in socket && socket.alpnProtocol === "h2") this.#share(origin, shared, socket);
      else this.#giveUp(origin, shared, socket);
    });
  }

  #share(origin: string, shared: Shared, socket: Socket): void {
    const connection = new MultiplexedConnection(socket, origin, (error) => {
      // One that allows nothing would be dialled for ever.
      if (error === null && connection.hasRoom) this.#serve(origin, shared, connection);
      else this.#fail(shared, error ?? new Error("the connection takes no request"));
    });
  }

  #serve(origin: string, shared: Shared, connection: MultiplexedConnection): void {
    shared.isDialling = false;
    shared.connections = [...shared.connections, connection];
    for (const waiter of shared.waiting) {
      if (!connection.hasRoom) break;
      shared.waiting.delete(waiter);
      waiter.done(null, connection.open());
    }
    if (shared.waiting.size > 0) this.#dial(origin, shared);
  }

  #giveUp(origin: string, shared: Shared, socket: Socket): void {
    const { useAlone, connectAlone } = this.#options;
    shared.isDialling = false;
    this.#alone.add(origin);
    const [first, ...others] = takeAll(shared.waiting);
    useAlone(origin, socket, first?.done);
    for (const waiter of others) waiter.stop = connectAlone(origin, waiter.done);
  }

  #fail(shared: Shared, error: Error): void {
    shared.isDialling = false;
    for (const { done } of takeAll(shared.waiting)) done(error);
  }
}

function takeAll(waiting: Set<Waiter>): readonly Waiter[] {
  const all = [...waiting];
  waiting.clear();
  return all;
}
