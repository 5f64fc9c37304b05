// SPDX-License-Identifier: Apache-2.0
import { createHash, timingSafeEqual } from "node:crypto";

/** How long a token of the panel is good, in seconds. The page asks for the next one by itself. */
export const SESSION_SECONDS = 600;
/** Most tokens of one node, one for each open page; a further one ends the oldest. */
export const SESSIONS_PER_NODE = 8;
/** Most tokens of all nodes together. */
export const SESSIONS_IN_ALL = 64;

interface Session {
  readonly nodeId: string;
  readonly digest: Buffer;
  readonly until: number;
}

/** What the sessions need. */
export interface PanelSessionsOptions {
  /** Milliseconds that only go up. */
  readonly monotonic: () => number;
  readonly random: (bytes: number) => Buffer;
}

/**
 * The tokens of the panel's open pages, in memory only: a restart of the daemon ends them all. A token is good for the node that it was
 * made for and is no right by itself: who calls and what it may do is judged for each call all the same.
 */
export class PanelSessions {
  readonly #options: PanelSessionsOptions;
  /** Oldest first. */
  #sessions: readonly Session[] = [];

  constructor(options: PanelSessionsOptions) {
    this.#options = options;
  }

  /** Makes a token for a page that runs on this node. */
  open(nodeId: string): string {
    const token = this.#options.random(32).toString("base64url");
    const until = this.#options.monotonic() + SESSION_SECONDS * 1000;
    const kept = this.#alive();
    const own = kept.filter((session) => session.nodeId === nodeId);
    // A node uses up its own places before it can push out another node's.
    const oldest = own.length >= SESSIONS_PER_NODE ? own[0] : kept.length >= SESSIONS_IN_ALL ? kept[0] : undefined;
    this.#sessions = [...kept.filter((session) => session !== oldest), { nodeId, digest: digestOf(token), until }];
    return token;
  }

  /** Whether the token was made for this node and is still good. Takes as long for a token that is nearly right. */
  isOpen(nodeId: string, token: string): boolean {
    const digest = digestOf(token);
    return (
      this.#alive().filter((session) => session.nodeId === nodeId && timingSafeEqual(session.digest, digest)).length > 0
    );
  }

  #alive(): readonly Session[] {
    const now = this.#options.monotonic();
    return this.#sessions.filter(({ until }) => now < until);
  }
}

/** Equal lengths for the comparison; and what is kept is no token. */
function digestOf(token: string): Buffer {
  return createHash("sha256").update(token, "utf8").digest();
}
