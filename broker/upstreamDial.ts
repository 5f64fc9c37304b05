// SPDX-License-Identifier: Apache-2.0
import { isIP, type Socket } from "node:net";
import { connect, createSecureContext, type SecureContext } from "node:tls";
import type { AddressPolicy } from "./addressPolicy.ts";
import { addressDenied, createGuardedLookup, type ResolveAll } from "./guardedLookup.ts";

/** Where a provider listens. */
export interface UpstreamAddress {
  readonly hostname: string;
  readonly port: number;
}

/** Protocols to offer, the preferred one first. A socket's `alpnProtocol` says which of them the provider took. */
export type Protocols = readonly ("h2" | "http/1.1")[];

/** Starts a connection. `done` is called once, with a socket that is connected and verified, or with what went wrong. */
export type Dial = (
  address: UpstreamAddress,
  done: (error: Error | null, socket?: Socket) => void,
  protocols?: Protocols,
) => Socket | undefined;

/** What a TLS connection must satisfy. */
export interface DialOptions {
  readonly allows: AddressPolicy;
  /** Certificates to trust; asked for once, when the first connection is made. */
  readonly certificates: () => readonly string[];
  readonly resolve?: ResolveAll | undefined;
}

const CONNECT_MILLISECONDS = 10_000;
const BETWEEN_ADDRESSES = { autoSelectFamilyAttemptTimeout: 1000 };

/** Dials with TLS 1.2 or newer, verifies the certificate, and goes to no address that the policy denies. */
export function createTlsDial({ allows, certificates, resolve }: DialOptions): Dial {
  const lookup = createGuardedLookup(allows, resolve);
  const sessions = new Map<string, Buffer>();
  let secureContext: SecureContext | undefined;
  return ({ hostname, port }, done, protocols = ["http/1.1"]) => {
    // An address in place of a name never meets `lookup`.
    if (isIP(hostname) !== 0 && !allows(hostname)) {
      done(addressDenied(hostname));
      return undefined;
    }
    // Made once: reading some 140 certificates for each connection would cost more than the handshake.
    secureContext ??= createSecureContext({ ca: [...certificates()], minVersion: "TLSv1.2" });
    const place = `${hostname}:${port}`;
    const session = sessions.get(place);
    const socket = connect({
      host: hostname,
      port,
      lookup,
      secureContext,
      rejectUnauthorized: true, // also against NODE_TLS_REJECT_UNAUTHORIZED
      ALPNProtocols: [...protocols],
      ...BETWEEN_ADDRESSES,
      ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
      ...(session === undefined ? {} : { session }),
    });
    socket.on("session", (fresh: Buffer) => sessions.set(place, fresh));
    socket.once("error", () => sessions.delete(place));
    whenConnected(socket, "secureConnect", done);
    return socket;
  };
}

/** Sets a new socket up, and bounds the time until it is connected: a model may think for half an hour, but not a handshake. */
export function whenConnected(
  socket: Socket,
  event: "connect" | "secureConnect",
  done: (error: Error | null, socket?: Socket) => void,
): void {
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 30_000); // finds dead peers in place of a time-out
  const timer = setTimeout(() => socket.destroy(new Error("cannot connect in time")), CONNECT_MILLISECONDS);
  const settle = (error: Error | null): void => {
    clearTimeout(timer);
    socket.off("error", settle).off(event, connected).off("close", closed);
    if (error === null) done(null, socket);
    else done(error);
  };
  const connected = (): void => settle(null);
  const closed = (): void => settle(new Error("the connection was closed"));
  socket.on("error", settle).on(event, connected).on("close", closed);
}
