// SPDX-License-Identifier: Apache-2.0
import { unprocessable } from "./apiError.ts";
import { defaultBackupPolicy, readBackupPolicy } from "./backupPolicy.ts";
import type { Cloud } from "./cloud.ts";
import { remakeMachine } from "./dropletLifecycle.ts";
import { checkDropletName, readImage, readSize } from "./dropletRequest.ts";
import type { Fields } from "./fields.ts";
import { renderImage } from "./images.ts";
import { publicIpv6Of } from "./publicAddresses.ts";
import type { ActionRecord, DropletRecord } from "./state.ts";

type Effect = (action: ActionRecord) => Promise<void> | void;
type Prepare = (cloud: Cloud, droplet: DropletRecord, fields: Fields) => Effect;

/** What an action of this type does to the droplet. @throws ApiError 422 when the droplet cannot do it now, or ever. */
export function dropletEffect(cloud: Cloud, droplet: DropletRecord, type: string, fields: Fields): Effect {
  const prepare = effects.get(type);
  if (prepare === undefined) throw unprocessable(`The action type "${type}" is not supported.`);
  return prepare(cloud, droplet, fields);
}

const effects: ReadonlyMap<string, Prepare> = new Map<string, Prepare>([
  // Shutting down what is off already is no error.
  ["shutdown", (cloud, droplet) => () => turnOff(cloud, droplet, "shutdown")],
  ["power_off", (cloud, droplet) => mustBeOn(droplet, () => turnOff(cloud, droplet, "powerOff"))],
  ["power_on", (cloud, droplet) => mustBeOff(droplet, "Droplet is already powered on.", () => turnOn(cloud, droplet))],
  ["reboot", (cloud, droplet) => mustBeOn(droplet, () => cloud.onMachine(droplet.id, (m) => m.reboot(droplet.id)))],
  [
    "power_cycle",
    (cloud, droplet) =>
      mustBeOn(droplet, async () => {
        await turnOff(cloud, droplet, "powerOff");
        await turnOn(cloud, droplet);
      }),
  ],
  ["rename", (_cloud, droplet, fields) => rename(droplet, fields.text("name"))],
  ["resize", (_cloud, droplet, fields) => resize(droplet, fields)],
  ["snapshot", (cloud, droplet, fields) => snapshot(cloud, droplet, fields.optionalText("name"))],
  ["rebuild", (cloud, droplet, fields) => rebuild(cloud, droplet, fields)],
  ["enable_ipv6", (_cloud, droplet) => enableIpv6(droplet)],
  ["enable_private_networking", () => () => undefined],
  ["password_reset", () => () => undefined],
  ["enable_backups", (_cloud, droplet, fields) => setBackups(droplet, fields, "off")],
  ["change_backup_policy", (_cloud, droplet, fields) => setBackups(droplet, fields, "on")],
  ["disable_backups", (_cloud, droplet) => () => void (droplet.backupPolicy = null)],
]);

function mustBeOn(droplet: DropletRecord, effect: Effect): Effect {
  if (droplet.status === "off") throw unprocessable("Droplet is already powered off.");
  return effect;
}

function mustBeOff(droplet: DropletRecord, message: string, effect: Effect): Effect {
  if (droplet.status !== "off") throw unprocessable(message);
  return effect;
}

async function turnOff(cloud: Cloud, droplet: DropletRecord, how: "shutdown" | "powerOff"): Promise<void> {
  if (droplet.status === "off") return;
  await cloud.onMachine(droplet.id, (machines) => machines[how](droplet.id));
  droplet.status = "off";
}

async function turnOn(cloud: Cloud, droplet: DropletRecord): Promise<void> {
  await cloud.onMachine(droplet.id, (machines) => machines.powerOn(droplet.id));
  droplet.status = "active";
}

function rename(droplet: DropletRecord, name: string): Effect {
  checkDropletName(name);
  return () => void (droplet.name = name);
}

function resize(droplet: DropletRecord, fields: Fields): Effect {
  const size = readSize(fields.text("size"));
  const isDiskResized = fields.flag("disk", false);
  if (size.slug === droplet.sizeSlug) throw unprocessable("Droplet already has this size.");
  if (!size.regions.includes(droplet.regionSlug)) throw unprocessable("Size is not available in this region.");
  if (size.disk < droplet.disk) throw unprocessable("This size is not available because it has a smaller disk.");
  return mustBeOff(droplet, "Droplet must be powered off before it is resized.", () => {
    droplet.sizeSlug = size.slug;
    if (isDiskResized) droplet.disk = size.disk;
  });
}

/** Clients find the snapshot by its time, which is that of the action's start. */
function snapshot(cloud: Cloud, droplet: DropletRecord, name: string | undefined): Effect {
  return ({ startedAt }) => {
    const id = cloud.nextId("image");
    cloud.state.images.set(id, {
      id,
      name: name ?? `${droplet.name}-${cloud.clock.now()}`,
      type: "snapshot",
      distribution: distributionOf(droplet),
      slug: null,
      regions: [droplet.regionSlug],
      createdAt: startedAt,
      minDiskSize: droplet.disk,
      sizeGigabytes: 1,
      description: "",
      tags: [],
      status: "available",
      dropletId: droplet.id,
    });
  };
}

function distributionOf(droplet: DropletRecord): string {
  const { imageView } = droplet;
  return "distribution" in imageView && typeof imageView.distribution === "string" ? imageView.distribution : "Unknown";
}

/** The machine is made anew from another image; addresses and ID stay. */
function rebuild(cloud: Cloud, droplet: DropletRecord, fields: Fields): Effect {
  const image = readImage(cloud, fields.raw("image"));
  if (image.minDiskSize > droplet.disk) throw unprocessable("The image needs a larger disk than this droplet has.");
  if (!image.regions.includes(droplet.regionSlug)) throw unprocessable("Image is not available in this region.");
  return async () => {
    droplet.imageId = image.id;
    droplet.imageView = renderImage(image);
    await remakeMachine(cloud, droplet);
    droplet.status = "active";
  };
}

function enableIpv6(droplet: DropletRecord): Effect {
  if (!droplet.publicNetworking) throw unprocessable("Droplet has no public networking.");
  return () => void (droplet.publicIpv6 = publicIpv6Of(droplet.id));
}

function setBackups(droplet: DropletRecord, fields: Fields, before: "on" | "off"): Effect {
  const isOn = droplet.backupPolicy !== null;
  if (isOn !== (before === "on")) throw unprocessable(`Backups are already ${isOn ? "enabled" : "disabled"}.`);
  const given = fields.optionalObject("backup_policy");
  if (given === undefined && before === "on") throw unprocessable("backup_policy is required");
  const policy = given === undefined ? defaultBackupPolicy : readBackupPolicy(given);
  return () => void (droplet.backupPolicy = policy);
}
