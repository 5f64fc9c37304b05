// SPDX-License-Identifier: Apache-2.0
import { ParseError } from "../../protocol/parseError.ts";
import { nullOr, optional, readBoolean, readList, readObject, readText } from "../../protocol/shape.ts";
import { failure } from "../errors.ts";
import type { AskTailscaled } from "../askTailscaled.ts";

const ignore = { others: "ignore" } as const;
const read = readObject<{
  readonly BackendState: string;
  readonly TUN?: boolean;
  readonly Self: { readonly ID: string; readonly TailscaleIPs?: readonly string[] | null };
}>(
  {
    BackendState: readText(100),
    TUN: optional(readBoolean),
    Self: readObject({ ID: readText(64), TailscaleIPs: optional(nullOr(readList(readText(64), 16))) }, ignore),
  },
  ignore,
);

/** This machine in its tailnet. */
export interface OwnNode {
  readonly nodeId: string;
  /** Tailnet addresses, at least one. */
  readonly addresses: readonly string[];
}

/**
 * Asks the own tailscaled for this machine's place in the tailnet.
 *
 * @throws UserError when it is not on the tailnet, or has no interface of the kernel's: without one, tailscaled hands every connection
 * over from loopback, where nobody can tell who called.
 */
export async function fetchOwnNode(ask: AskTailscaled): Promise<OwnNode> {
  const { status, body } = await ask("status?peers=false");
  if (status !== 200) throw failure(`cannot read the tailnet status: tailscaled answered with status ${status}`);
  const { BackendState, TUN, Self } = parse(body);
  if (BackendState !== "Running")
    throw failure(`this machine is not on the tailnet: tailscaled is in state ${BackendState}`, "tailscale up");
  if (TUN !== true)
    throw failure(
      "refusing to lend keys over userspace networking: tailscaled would hide who calls",
      "run tailscaled with a kernel interface",
    );
  const addresses = Self.TailscaleIPs ?? [];
  if (addresses.length === 0) throw failure("this machine has no tailnet address");
  return { nodeId: Self.ID, addresses };
}

function parse(body: Buffer): ReturnType<typeof read> {
  try {
    // tailscaled's own document: only the members above are looked at.
    return read(JSON.parse(body.toString("utf8")), "");
  } catch (error) {
    if (!(error instanceof ParseError) && !(error instanceof SyntaxError)) throw error;
    throw failure("cannot read tailscaled's status: it does not have the expected form");
  }
}
