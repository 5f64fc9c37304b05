// SPDX-License-Identifier: Apache-2.0
import { text, type Values } from "../command.ts";
import type { Effects } from "../effects.ts";
import { UserError } from "../errors.ts";
import { openSelection } from "../selection.ts";
import type { ImageUse } from "./verifyImages.ts";

/** What is to be verified: one image by itself, or those of the stack's agents. @throws UserError when the ID is no number */
export async function imageUses(
  image: string | undefined,
  values: Values,
  effects: Effects,
): Promise<readonly ImageUse[]> {
  const [region, size] = [text(values, "region"), text(values, "size")];
  if (image !== undefined) {
    if (!/^[1-9]\d{0,15}$/.test(image))
      throw new UserError(`an image is named by its numeric ID, not "${image}"`, ["claws image list"]);
    return [{ agent: null, imageId: image, region, size }];
  }
  if (region !== undefined || size !== undefined)
    throw new UserError("--region and --size go with an image; the stack's agents have their own", [
      "claws image verify IMAGE --region REGION",
    ]);
  const selection = openSelection(values, effects);
  const agents = await selection.agentsOf(await selection.stack());
  return [...agents].map(([agent, { imageId, region, size }]) => ({ agent, imageId, region, size }));
}
