// SPDX-License-Identifier: Apache-2.0
import { startLab } from "../../lab/lab.ts";
import { parseToolchain } from "../../lab/labToolchain.ts";
import { createDroplet } from "./cloudCalls.ts";

/** A process that owns a lab until it is killed. Arguments: the cache. Prints the run's ID once the lab is up with a droplet, and "starting" before. */
const [, , cache = ""] = process.argv;
console.log("starting");
const lab = await startLab({ toolchain: parseToolchain(process.env["CLAWS_TOOLCHAIN"]), cache });
await createDroplet(lab, "ada");
console.log(lab.id);
