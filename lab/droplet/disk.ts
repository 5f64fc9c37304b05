// SPDX-License-Identifier: Apache-2.0
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { runCommand } from "../network/command.ts";
import { mountsBelow, readMountTable } from "./mountTable.ts";

/** The folders of one droplet. */
export interface DropletFolders {
  /** Holds the others. */
  readonly directory: string;
  /** Everything that the droplet wrote: the overlay's upper folder, kept across reboots and power cuts. */
  readonly disk: string;
  /** What the droplet sees as its root: the image below, the disk above. */
  readonly root: string;
  /** What its console printed, over all boots. */
  readonly console: string;
}

/** Names the folders of a droplet in the lab's folder. */
export function dropletFolders(labDirectory: string, dropletId: number): DropletFolders {
  const directory = path.join(labDirectory, "droplets", String(dropletId));
  const below = (name: string): string => path.join(directory, name);
  return { directory, disk: below("disk"), root: below("root"), console: below("console.log") };
}

/**
 * Lays the droplet's disk over the image's root filesystem and mounts both as its root; nothing to do when that is done already.
 * @throws when the kernel refuses, for example because the folder itself is on an overlay.
 */
export async function mountDisk(folders: DropletFolders, image: string): Promise<void> {
  const { directory, disk, root } = folders;
  const work = path.join(directory, "work");
  for (const part of [image, disk, work]) assertPlain(part);
  for (const folder of [disk, work, root]) await mkdir(folder, { recursive: true, mode: 0o755 });
  if (mountsBelow(await readMountTable(), root).length > 0) return;
  const options = `lowerdir=${image},upperdir=${disk},workdir=${work}`;
  await runCommand(["mount", "--types", "overlay", "overlay", "--options", options, root]);
}

/** Takes off everything that is mounted at or below the folder. */
export async function unmountBelow(folder: string): Promise<void> {
  for (const target of mountsBelow(await readMountTable(), folder)) {
    try {
      await runCommand(["umount", target]);
    } catch {
      // Busy: somebody's shell stands in it. Detached, it is gone for all others and vanishes with that shell.
      await runCommand(["umount", "--lazy", target]);
    }
  }
}

/** The kernel splits mount options at commas and lower folders at colons. */
function assertPlain(folder: string): void {
  if (/[,:\\]/.test(folder)) throw new Error(`cannot mount "${folder}": the path has a comma, colon or backslash`);
}
