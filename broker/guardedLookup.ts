// SPDX-License-Identifier: Apache-2.0
import { lookup, type LookupAddress, type LookupOptions } from "node:dns";
import type { LookupFunction } from "node:net";
import type { AddressPolicy } from "./addressPolicy.ts";

/** Asks the system for every address of a name. */
export type ResolveAll = (
  hostname: string,
  options: LookupOptions & { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Error code of a connection that the address policy denied. */
export const ADDRESS_DENIED = "ERR_CLAWS_ADDRESS_DENIED";

/**
 * A `lookup` for sockets that refuses a name as soon as one of its addresses is denied: an honest provider has no such address, so one
 * bad address means that the resolver lies. The socket dials exactly the addresses that were checked.
 */
export function createGuardedLookup(allows: AddressPolicy, resolve: ResolveAll = lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, "");
        return;
      }
      const [first] = addresses;
      const allowed = addresses.every(({ address }) => allows(address));
      if (first === undefined || !allowed) callback(addressDenied(hostname), "");
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/** The error of a denied connection. */
export function addressDenied(host: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`cannot connect to "${host}": its address is not public`), { code: ADDRESS_DENIED });
}
