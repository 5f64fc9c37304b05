// SPDX-License-Identifier: Apache-2.0
import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import { parseStepOutput } from "./nodeOutput.ts";
import { stepPath } from "./stepPath.ts";

/** Arguments of {@link TailnetNode}. */
export interface TailnetNodeArgs {
  /** Host name that the droplet joins with. */
  readonly hostname: string;
  /** Tag that the node must carry. */
  readonly nodeTag: string;
  /** ID of the droplet: a new droplet means a new node. */
  readonly dropletId: pulumi.Input<string>;
  /** RFC 3339; an older node of the same name is not this droplet. */
  readonly createdAt: pulumi.Input<string>;
  /** Seconds to wait for the node. @default 300 */
  readonly timeoutSeconds?: number;
}

/**
 * The droplet's node in the tailnet. `create` waits until exactly one node with the host name and the tag has joined
 * since the droplet was made; `delete` removes that node, so a plain `pulumi destroy` leaves no device behind.
 */
export class TailnetNode extends pulumi.ComponentResource {
  /** Node ID, stable for the node's life: what the CLI pins a push to. */
  public readonly nodeId: pulumi.Output<string>;
  /** MagicDNS name, for people. Never trusted. */
  public readonly nodeName: pulumi.Output<string>;

  constructor(name: string, args: TailnetNodeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("office-claws:index:TailnetNode", name, {}, opts);
    const step = `node ${stepPath("nodeStep.ts")}`;
    const command = new local.Command(
      `${name}-node`,
      {
        create: `${step} wait`,
        delete: `${step} remove`,
        environment: {
          CLAWS_NODE_HOSTNAME: args.hostname,
          CLAWS_NODE_TAG: args.nodeTag,
          CLAWS_NODE_CREATED_AFTER: args.createdAt,
          CLAWS_NODE_TIMEOUT_SECONDS: String(args.timeoutSeconds ?? 300),
        },
        triggers: [args.dropletId],
        // Its output goes to the stack's state; a copy in the diagnostics of each run helps nobody.
        logging: local.Logging.Stderr,
      },
      { parent: this },
    );

    const joined = command.stdout.apply(parseStepOutput);
    this.nodeId = joined.nodeId;
    this.nodeName = joined.nodeName;
    this.registerOutputs({ nodeId: this.nodeId, nodeName: this.nodeName });
  }
}
