// SPDX-License-Identifier: Apache-2.0
const { checkImage } = await import("../../components/agentImage.ts");

const wanted = { imageId: "42", region: "nyc3" };

describe("checkImage", () => {
  it("gives the ID of an image that is available in the region", () => {
    expect(checkImage({ status: "available", regions: ["ams3", "nyc3"] }, wanted)).toBe("42");
  });

  it("names the regions that have the image when the wanted one has not", () => {
    expect(() => checkImage({ status: "available", regions: ["ams3", "fra1"] }, wanted)).toThrow(
      new Error('image 42 is not in region "nyc3", only in: ams3, fra1'),
    );
  });

  it("says none when the image is nowhere", () => {
    expect(() => checkImage({ status: "available", regions: [] }, wanted)).toThrow(
      new Error('image 42 is not in region "nyc3", only in: none'),
    );
  });

  it.each(["NEW", "pending", "deleted", "retired"])("refuses an image whose status is %s", (status) => {
    expect(() => checkImage({ status, regions: ["nyc3"] }, wanted)).toThrow(
      new Error(`image 42 cannot be booted: its status is "${status}", not "available"`),
    );
  });
});
