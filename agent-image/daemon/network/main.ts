// SPDX-License-Identifier: Apache-2.0
// What claws-network.service runs at each boot of a real droplet: fixed addresses and name servers, from the metadata service.
import { mkdir, rename, writeFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { fetchMetadata } from "../firstBoot/fetchMetadata.ts";
import { parseDropletNetwork } from "./dropletNetwork.ts";
import { renderNetworkFiles } from "./networkFiles.ts";

async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o644 });
  await rename(`${path}.new`, path);
}

const metadata = await fetchMetadata({
  url: "http://169.254.169.254/metadata/v1.json",
  attempts: 30,
  timeout: 3000,
  pause: () => setTimeout(500),
});
const { units, resolver } = renderNetworkFiles(parseDropletNetwork(metadata));
await mkdir("/run/systemd/network", { recursive: true });
for (const [name, text] of units) await replaceFile(`/run/systemd/network/${name}`, text);
if (resolver !== undefined) await replaceFile("/etc/resolv.conf", resolver);
