// SPDX-License-Identifier: Apache-2.0
import type { Socket } from "node:net";
import type { ClientHttp2Session } from "node:http2";
import { MultiplexedStream } from "./multiplexedStream.ts";
import type { UpstreamChannel } from "./upstreamChannel.ts";

// What most providers allow at once; a second connection costs less than a stall of the first.
const MOST_STREAMS = 100;
const IDLE_MILLISECONDS = 50_000;
const SETTINGS_MILLISECONDS = 10_000;
// Of all streams together. Node takes what comes off the connection at once, so what a slow stream can pile up is its own window only.
const WINDOW_BYTES = 1024 * 1024;
const STREAM_WINDOW_BYTES = 64 * 1024;
const HEAD_BYTES = 64 * 1024;

const SESSION = {
  settings: { enablePush: false, initialWindowSize: STREAM_WINDOW_BYTES, maxHeaderListSize: HEAD_BYTES },
  // No header of one request stays for the next one.
  maxDeflateDynamicTableSize: 0,
  maxHeaderListPairs: 256,
  maxReservedRemoteStreams: 0,
  maxSessionInvalidFrames: 32,
  maxSessionRejectedStreams: 16,
};

/** One HTTP/2 connection to a provider, for as many requests at once as the provider allows, and 100 at most. */
export class MultiplexedConnection {
  readonly #session: ClientHttp2Session;
  #open = 0;
  #idle: NodeJS.Timeout | undefined;

  /**
   * @param socket - Connected and verified, with `h2` agreed on.
   * @param onReady - Called once, when the provider has said what it allows, or with what went wrong before.
   */
  constructor(socket: Socket, origin: string, onReady: (error: Error | null) => void) {
    // Loaded with the first such connection: it takes some 6 MB.
    const { connect } = process.getBuiltinModule("node:http2");
    const session = connect(origin, { ...SESSION, createConnection: () => socket });
    this.#session = session;
    const timer = setTimeout(() => session.destroy(), SETTINGS_MILLISECONDS);
    const settle = (error: Error | null): void => {
      clearTimeout(timer);
      session.off("remoteSettings", ready).off("close", closed);
      onReady(error);
    };
    const ready = (): void => {
      session.setLocalWindowSize(WINDOW_BYTES);
      settle(null);
    };
    const closed = (): void => settle(new Error("the connection was closed"));
    session.on("error", () => undefined); // its streams tell
    session.on("remoteSettings", () => undefined); // makes Node note later changes
    session.once("remoteSettings", ready).once("close", closed);
    session.once("close", () => clearTimeout(this.#idle));
    this.#wait();
  }

  /** Whether it takes no more requests, ever. */
  get isClosed(): boolean {
    return this.#session.closed || this.#session.destroyed;
  }

  /** Whether it takes another request now. */
  get hasRoom(): boolean {
    return (
      !this.isClosed && this.#open < Math.min(MOST_STREAMS, this.#session.remoteSettings.maxConcurrentStreams ?? 0)
    );
  }

  /** Takes a place on the connection, until the channel is done with. */
  open(): UpstreamChannel {
    clearTimeout(this.#idle);
    this.#open += 1;
    return new MultiplexedStream(this.#session, () => {
      this.#open -= 1;
      if (this.#open === 0 && !this.isClosed) this.#wait();
    });
  }

  #wait(): void {
    this.#idle = setTimeout(() => this.#session.close(), IDLE_MILLISECONDS).unref();
  }
}
