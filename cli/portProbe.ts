// SPDX-License-Identifier: Apache-2.0
import { connect } from "node:net";

/**
 * Whether anything comes back from a TCP port: a connection, or a reset that says nobody listens. Silence is what a closed
 * firewall gives; a host or network that cannot be reached counts as silence too.
 *
 * @param patience milliseconds to wait for an answer
 */
export async function portAnswers(address: string, port: number, patience = 700): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: patience });
    const settle = (answers: boolean): void => {
      socket.destroy();
      resolve(answers);
    };
    socket.once("connect", () => settle(true));
    socket.once("timeout", () => settle(false));
    socket.once("error", (error: NodeJS.ErrnoException) =>
      settle(error.code === "ECONNREFUSED" || error.code === "ECONNRESET"),
    );
  });
}
