// SPDX-License-Identifier: Apache-2.0
import { resolve } from "node:path";
import { flag, text, type Command } from "../../command.ts";
import { ExitCode } from "../../errors.ts";
import { findProject } from "../../project.ts";
import * as shared from "../../sharedOptions.ts";

/** `claws image build` */
export const imageBuild: Command = {
  summary: "make the agent image with Packer, as a snapshot of your account",
  description:
    "Works in a clone of the repository with packer on the PATH. The droplet that builds is reached over its public address and removed at the end; put a firewall that admits only this machine on the tag office-claws-image-build.",
  options: {
    region: { kind: "text", value: "REGION", summary: "where the snapshot will be (default: nyc3)" },
    name: { kind: "text", value: "NAME", summary: "its name after office-claws-agent- (default: the time)" },
    payload: { kind: "text", value: "FOLDER", summary: "what goes in (default: made for this build)" },
    cwd: { ...shared.cwd, summary: "the clone (default: nearest Pulumi.yaml)" },
    json: shared.json,
  },
  examples: ["claws image build --region ams3"],
  stopsItself: true,
  handler: async (values, effects) => {
    const { buildImage } = await import("../../image/buildImage.ts");
    const { root } = findProject(effects.workingDirectory, text(values, "cwd"));
    const payload = text(values, "payload");
    const folder = payload === undefined ? undefined : resolve(effects.workingDirectory, payload);
    const words = { region: text(values, "region"), name: text(values, "name"), payload: folder };
    const image = await buildImage({ root, ...words }, effects);
    effects.terminal.print(flag(values, "json") ? JSON.stringify(image) : image.id);
    effects.terminal.notice(`name it in the stack's file: image: "${image.id}"`);
    return ExitCode.done;
  },
};
