// SPDX-License-Identifier: Apache-2.0
import { askYesOrNo } from "../../cli/yesOrNo.ts";

describe("askYesOrNo", () => {
  it.each([
    ["y", true],
    ["yes", true],
    [" YES ", true],
    ["", false],
    ["n", false],
    ["yess", false],
    ["yes please", false],
  ])("takes %j for %s", async (answer, isYes) => {
    const questions: string[] = [];
    const ask = (question: string) => {
      questions.push(question);
      return Promise.resolve(answer);
    };
    expect(await askYesOrNo("Really?", { ask })).toBe(isYes);
    expect(questions).toEqual(["Really? [y/N] "]);
  });
});
