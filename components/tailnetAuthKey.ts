// SPDX-License-Identifier: Apache-2.0
import * as pulumi from "@pulumi/pulumi";
import * as tailscale from "@pulumi/tailscale";

/** Seconds that a droplet has to boot and join before its key is worthless. */
const expirySeconds = 900;

/** Arguments of {@link TailnetAuthKey}. How often and how long the key works is not for the caller to choose. */
export interface TailnetAuthKeyArgs {
  /** Tailnet tag that the node will carry, for example `tag:agent`. */
  readonly nodeTag: string;
  /** What the key is for; shown in the admin console. Cut to 50 characters, others than letters, digits and `-` become spaces. */
  readonly description: string;
  /** The key is made anew when this value changes: share it with the droplet that boots with the key. */
  readonly replacementTrigger: pulumi.Input<string>;
}

/** A one-off auth key: tagged, preauthorized, not ephemeral, worthless after 900 s or its first use. */
export class TailnetAuthKey extends pulumi.ComponentResource {
  /** ID of the key, for the receipt after destroy. */
  public readonly keyId: pulumi.Output<string>;
  /** The key itself, always a secret output. */
  public readonly authKey: pulumi.Output<string>;

  constructor(name: string, args: TailnetAuthKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("office-claws:index:TailnetAuthKey", name, {}, opts);
    const key = new tailscale.TailnetKey(
      `${name}-key`,
      {
        tags: [args.nodeTag],
        reusable: false,
        // An ephemeral node is deleted when it is offline too long, and with it the only way into the droplet.
        ephemeral: false,
        preauthorized: true,
        expiry: expirySeconds,
        // A spent one-off key reads as gone: with "always" each refresh would replace the key and so the droplet.
        recreateIfInvalid: "never",
        description: describeKey(args.description),
      },
      { parent: this, replacementTrigger: args.replacementTrigger },
    );

    this.keyId = key.id;
    this.authKey = pulumi.secret(key.key);
    this.registerOutputs({ keyId: this.keyId });
  }
}

function describeKey(text: string): string {
  return text.replace(/[^A-Za-z0-9 -]/g, " ").slice(0, 50);
}
