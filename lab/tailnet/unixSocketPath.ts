// SPDX-License-Identifier: Apache-2.0

/**
 * Passes the path through when Linux can bind a socket to it.
 * @throws when it has more than 107 bytes.
 */
export function unixSocketPath(socket: string): string {
  const bytes = Buffer.byteLength(socket);
  if (bytes <= 107) return socket;
  throw new Error(
    `cannot use the socket "${socket}": ${bytes} bytes, but a unix socket's path holds 107: choose a shorter folder`,
  );
}
