// SPDX-License-Identifier: Apache-2.0
import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import { stepPath } from "./stepPath.ts";

/** Arguments of {@link EnrolmentSecret}. */
export interface EnrolmentSecretArgs {
  /** The secret is made anew when this value changes: share it with the auth key and the droplet. */
  readonly replacementTrigger: pulumi.Input<string>;
}

/**
 * 32 random bytes that a droplet and its owner share for one first boot: with them the droplet proves which signing key
 * is its own. Worth nothing after that, and no provider key ever depends on it alone.
 */
export class EnrolmentSecret extends pulumi.ComponentResource {
  /** 43 characters of base64url, always a secret output. */
  public readonly secret: pulumi.Output<string>;

  constructor(name: string, args: EnrolmentSecretArgs, opts?: pulumi.ComponentResourceOptions) {
    super("office-claws:index:EnrolmentSecret", name, {}, opts);
    const step = `node ${stepPath("enrolmentStep.ts")}`;
    const command = new local.Command(
      `${name}-enrolment`,
      {
        create: `${step} make`,
        // Without it, another path of the step would make another secret, and so a droplet whose auth key is spent.
        update: `${step} keep`,
        triggers: [args.replacementTrigger],
        logging: local.Logging.None,
      },
      { parent: this, additionalSecretOutputs: ["stdout", "stderr"] },
    );

    this.secret = pulumi.secret(command.stdout.apply(checkSecret));
    this.registerOutputs({ secret: this.secret });
  }
}

/** @throws {Error} if the step printed anything but one secret; what it printed is not shown. */
export function checkSecret(stdout: string): string {
  // 32 bytes leave the last character two bits that must be 0.
  if (/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/.test(stdout)) return stdout;
  throw new Error("the enrolment step printed no secret");
}
