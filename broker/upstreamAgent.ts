// SPDX-License-Identifier: Apache-2.0
import { Agent } from "node:https";
import { isIP } from "node:net";
import { createSecureContext, getCACertificates } from "node:tls";
import { publicAddresses, type AddressPolicy } from "./addressPolicy.ts";
import { addressDenied, createGuardedLookup, type ResolveAll } from "./guardedLookup.ts";

/** Test hooks. Production passes none of them, and no flag, file or variable reaches them. */
export interface UpstreamAgentOptions {
  /** Which addresses may be dialled; public ones by default. */
  readonly allows?: AddressPolicy;
  /** Certificates to trust in place of the system's. */
  readonly ca?: readonly string[];
  /** The system's resolver by default. */
  readonly resolve?: ResolveAll;
}

const IDLE_MILLISECONDS = 30_000;

/**
 * Connections to providers: kept alive, TLS 1.2 or newer, certificates always verified. Trusts the operating system's certificates,
 * which its updates keep current, and those that come with Node where the system has none.
 */
export function createUpstreamAgent(options: UpstreamAgentOptions = {}): Agent {
  const { allows = publicAddresses, ca = systemCertificates(), resolve } = options;
  // Made once: reading some 140 certificates for each connection would cost more than the handshake.
  const secureContext = createSecureContext({ ca: [...ca], minVersion: "TLSv1.2" });
  return new GuardedAgent(allows, {
    keepAlive: true,
    timeout: IDLE_MILLISECONDS, // of connections in the pool; a request sets its own
    maxFreeSockets: 64,
    secureContext,
    rejectUnauthorized: true, // also against NODE_TLS_REJECT_UNAUTHORIZED
    ALPNProtocols: ["http/1.1"],
    lookup: createGuardedLookup(allows, resolve),
    autoSelectFamilyAttemptTimeout: 1000,
  });
}

class GuardedAgent extends Agent {
  readonly #allows: AddressPolicy;

  constructor(allows: AddressPolicy, options: ConstructorParameters<typeof Agent>[0]) {
    super(options);
    this.#allows = allows;
  }

  // An address in place of a name never meets `lookup`.
  override createConnection(
    ...[options, callback]: Parameters<Agent["createConnection"]>
  ): ReturnType<Agent["createConnection"]> {
    const host = options.host ?? "";
    if (isIP(host) !== 0 && !this.#allows(host)) {
      process.nextTick(() => callback?.(addressDenied(host), undefined as never));
      return undefined;
    }
    return super.createConnection(options, callback);
  }
}

function systemCertificates(): readonly string[] {
  const system = getCACertificates("system");
  return system.length > 0 ? system : getCACertificates("bundled");
}
