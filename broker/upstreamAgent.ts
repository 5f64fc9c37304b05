// SPDX-License-Identifier: Apache-2.0
import type { Socket } from "node:net";
import { getCACertificates } from "node:tls";
import { publicAddresses, type AddressPolicy } from "./addressPolicy.ts";
import type { ResolveAll } from "./guardedLookup.ts";
import { IdleConnections } from "./idleConnections.ts";
import { SharedConnections } from "./sharedConnections.ts";
import type { ChannelTaker } from "./upstreamChannel.ts";
import { UpstreamConnection } from "./upstreamConnection.ts";
import { createTlsDial, type Dial, type Protocols, type UpstreamAddress } from "./upstreamDial.ts";

/** Test hooks. Production passes none of them, and no flag, file or variable reaches them. */
export interface UpstreamAgentOptions {
  /** Which addresses may be dialled; public ones by default. */
  readonly allows?: AddressPolicy | undefined;
  /** Certificates to trust in place of the system's. */
  readonly ca?: readonly string[] | undefined;
  /** The system's resolver by default. */
  readonly resolve?: ResolveAll | undefined;
  /** In place of TLS, where the bench measures without it. */
  readonly dial?: Dial | undefined;
  /** How many connections to a provider may carry one request each; the requests beyond them share connections. 32 by default. */
  readonly mostAlone?: number | undefined;
}

/** Connections to providers, kept for the next request. */
export interface UpstreamAgent {
  /**
   * Gives a channel that is ready for a request: on a kept connection at once, else on a new one, and on a shared one where many are
   * open already.
   * @returns a function that ends the wait for it, so that `done` is not called after that; undefined where there is no wait
   */
  connect(origin: string, done: ChannelTaker): (() => void) | undefined;
  /** Opens a connection ahead of the first request, unless one waits already. Failing to is no error: the request will say. */
  warm(origin: string): void;
  /** Closes every connection, those in use too. */
  destroy(): void;
}

// The fast way, and 50 KB each with TLS: more than a busy agent has requests at once, and little memory beside what Node takes.
const MOST_ALONE = 32;

/**
 * Connections to providers: kept alive, TLS 1.2 or newer, certificates always verified. Trusts the operating system's certificates,
 * which its updates keep current, and those that come with Node where the system has none.
 */
export function createUpstreamAgent(options: UpstreamAgentOptions = {}): UpstreamAgent {
  const { allows = publicAddresses, ca, resolve } = options;
  const certificates = (): readonly string[] => ca ?? systemCertificates();
  return new KeepingAgent(
    options.dial ?? createTlsDial({ allows, certificates, resolve }),
    options.mostAlone ?? MOST_ALONE,
  );
}

class KeepingAgent implements UpstreamAgent {
  readonly #dial: Dial;
  readonly #mostAlone: number;
  readonly #idle = new IdleConnections();
  readonly #sockets = new Set<Socket>();
  /** Connections to each provider that carry one request at a time. */
  readonly #alone = new Map<string, number>();
  readonly #addresses = new Map<string, UpstreamAddress>();
  readonly #shared = new SharedConnections({
    dial: (origin, done) => this.#connect(origin, done, ["h2", "http/1.1"]),
    useAlone: (origin, socket, done) => {
      const connection = this.#adopt(origin, socket);
      if (done === undefined) this.#idle.put(origin, connection);
      else done(null, connection);
    },
    connectAlone: (origin, done) => this.#open(origin, done),
  });

  constructor(dial: Dial, mostAlone: number) {
    this.#dial = dial;
    this.#mostAlone = mostAlone;
  }

  connect(origin: string, done: ChannelTaker): (() => void) | undefined {
    const kept = this.#takeOpen(origin);
    if (kept === undefined) {
      const isCrowded = (this.#alone.get(origin) ?? 0) >= this.#mostAlone;
      return isCrowded ? this.#shared.connect(origin, done) : this.#open(origin, done);
    }
    done(null, kept);
    return undefined;
  }

  warm(origin: string): void {
    if (this.#idle.has(origin)) return;
    this.#open(origin, (_error, connection) => {
      if (connection !== undefined) this.#idle.put(origin, connection);
    });
  }

  destroy(): void {
    this.#idle.clear();
    for (const socket of this.#sockets) socket.destroy();
  }

  #takeOpen(origin: string): UpstreamConnection | undefined {
    for (;;) {
      const kept = this.#idle.take(origin);
      if (kept === undefined || kept.isOpen) return kept;
    }
  }

  #open(origin: string, done: (error: Error | null, connection?: UpstreamConnection) => void): () => void {
    let isWaiting = true;
    const dialled = this.#connect(origin, (error, socket) => {
      if (isWaiting) done(error, socket === undefined ? undefined : this.#adopt(origin, socket));
    });
    if (dialled !== undefined) this.#countAlone(origin, dialled);
    return () => {
      isWaiting = false;
      dialled?.destroy();
    };
  }

  #connect(
    origin: string,
    done: (error: Error | null, socket?: Socket) => void,
    protocols?: Protocols,
  ): Socket | undefined {
    const dialled = this.#dial(this.#addressOf(origin), done, protocols);
    if (dialled === undefined) return undefined;
    this.#sockets.add(dialled);
    dialled.on("close", () => this.#sockets.delete(dialled));
    return dialled;
  }

  // `on` where the event comes once: what `once` makes is kept for as long as the stream lives.
  #countAlone(origin: string, socket: Socket): void {
    this.#alone.set(origin, (this.#alone.get(origin) ?? 0) + 1);
    socket.on("close", () => this.#alone.set(origin, (this.#alone.get(origin) ?? 0) - 1));
  }

  #adopt(origin: string, socket: Socket): UpstreamConnection {
    const connection: UpstreamConnection = new UpstreamConnection(socket, (keepAlive) =>
      this.#idle.put(origin, connection, keepAlive),
    );
    socket.on("close", () => this.#idle.drop(origin, connection));
    return connection;
  }

  #addressOf(origin: string): UpstreamAddress {
    const known = this.#addresses.get(origin);
    if (known !== undefined) return known;
    const { hostname, port, protocol } = new URL(origin);
    const address = { hostname, port: port === "" ? (protocol === "http:" ? 80 : 443) : Number(port) };
    this.#addresses.set(origin, address);
    return address;
  }
}

function systemCertificates(): readonly string[] {
  const system = getCACertificates("system");
  return system.length > 0 ? system : getCACertificates("bundled");
}
