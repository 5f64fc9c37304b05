import js from "@eslint/js";
import pulumi from "@pulumi/eslint-plugin";
import jest from "eslint-plugin-jest";
import tseslint from "typescript-eslint";

/** Type-aware rules for every .ts file; the two Pulumi rules catch an Output in a template literal. */
export default tseslint.config(
  { ignores: ["node_modules/", "coverage/", "dist/", "examples/"] },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { "@pulumi": pulumi },
    rules: {
      "@pulumi/no-output-in-template-literal": "error",
      "@pulumi/no-output-instance-in-template-literal": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      // A resource is declared for its effect on the stack, so `new X()` alone is the language of a Pulumi program.
      "no-new": "off",
      eqeqeq: "error",
      "no-else-return": "error",
    },
  },
  {
    files: ["**/*.{js,mjs,cjs}"],
    languageOptions: {
      globals: {
        process: "readonly",
        console: "readonly",
        URL: "readonly",
        setTimeout: "readonly",
        Buffer: "readonly",
        fetch: "readonly",
        clearTimeout: "readonly",
      },
    },
  },
  {
    files: ["**/*.cjs"],
    languageOptions: {
      sourceType: "commonjs",
      globals: { __dirname: "readonly", module: "writable", require: "readonly" },
    },
  },
  {
    // The browser's names are known to tsc, which checks these files with tests/agent-image/panel/tsconfig.json.
    files: ["agent-image/panel/*.js"],
    rules: { "no-undef": "off" },
  },
  {
    files: ["tests/**/*.ts"],
    extends: [jest.configs["flat/recommended"]],
    rules: {
      "jest/expect-expect": [
        "error",
        { assertFunctionNames: ["expect", "expect*", "assert*", "**.expect*", "fc.assert"] },
      ],
      "jest/no-disabled-tests": "error",
      "@typescript-eslint/no-non-null-assertion": "error",
      // jest's asymmetric matchers are typed `any`.
      "@typescript-eslint/no-unsafe-assignment": "off",
    },
  },
);
