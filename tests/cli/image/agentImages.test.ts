// SPDX-License-Identifier: Apache-2.0
import { agentImages, prunable } from "../../../cli/image/agentImages.ts";
import { cloudDroplet, cloudImage } from "../../support/agentWorld.ts";

const noStack = (): readonly string[] => [];
const image = (id: string, day: string, name = `office-claws-agent-${day}`) =>
  cloudImage({ id, name, createdAt: `2026-11-${day}T12:00:00Z` });

describe("agentImages", () => {
  it("takes the template's snapshots only, newest first", () => {
    const found = agentImages([image("1", "01"), image("3", "03", "web-backup"), image("2", "02")], [], noStack);
    expect(found.map(({ id }) => id)).toEqual(["2", "1"]);
  });

  it("puts the higher ID first where two were made in the same second", () => {
    const found = agentImages([image("9", "01"), image("10", "01")], [], noStack);
    expect(found.map(({ id }) => id)).toEqual(["10", "9"]);
  });

  it("names every droplet and stack that uses an image", () => {
    const droplets = [cloudDroplet({ imageId: "1" }), cloudDroplet({ name: "x", imageId: "2" })];
    const naming = (id: string) => (id === "1" ? ["prod", "dev"] : []);
    const [first] = agentImages([image("1", "01")], droplets, naming);
    expect(first?.usedBy).toEqual(["droplet a1", "stack prod", "stack dev"]);
  });
});

describe("prunable", () => {
  const used = { usedBy: ["droplet a1"] };
  const free = { usedBy: [] };

  it("spares the newest, used or not, and what is used", () => {
    const images = [
      { ...image("5", "05"), ...used },
      { ...image("4", "04"), ...free },
      { ...image("3", "03"), ...used },
      { ...image("2", "02"), ...free },
      { ...image("1", "01"), ...free },
    ];
    expect(prunable(images, 2).map(({ id }) => id)).toEqual(["2", "1"]);
    expect(prunable(images, 0).map(({ id }) => id)).toEqual(["4", "2", "1"]);
    expect(prunable(images, 5)).toEqual([]);
  });
});
