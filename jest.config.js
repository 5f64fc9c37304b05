/** jest runs the ES modules as they are; swc only strips types. Needs NODE_OPTIONS=--experimental-vm-modules (scripts/test.ts sets it). */
const shared = {
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts"],
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      { jsc: { parser: { syntax: "typescript" }, target: "es2024" }, module: { type: "es6" }, sourceMaps: "inline" },
    ],
  },
};

export default {
  // Only to find a test that hangs: on a machine that does much else besides, one may take twenty times as long as elsewhere.
  testTimeout: 180_000,
  projects: [
    {
      ...shared,
      displayName: "unit",
      testMatch: ["<rootDir>/tests/**/*.test.ts"],
      testPathIgnorePatterns: ["/node_modules/", "<rootDir>/tests/stories/"],
    },
    { ...shared, displayName: "lab", testMatch: ["<rootDir>/tests/stories/**/*.test.ts"] },
  ],
};
