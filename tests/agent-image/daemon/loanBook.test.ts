// SPDX-License-Identifier: Apache-2.0
import { LoanBook } from "../../../agent-image/daemon/loanBook.ts";

describe("LoanBook", () => {
  it("counts open loans by name and version", () => {
    const book = new LoanBook();
    const strikeOut = book.enter("openai", 1, () => undefined);
    book.enter("openai", 1, () => undefined);
    book.enter("openai", 2, () => undefined);
    book.enter("other", 1, () => undefined);

    expect([book.count("openai", 1), book.count("openai", 2), book.count("openai"), book.count("none")]).toEqual([
      2, 1, 3, 0,
    ]);
    strikeOut();
    strikeOut();
    expect(book.count("openai")).toBe(2);
  });

  it("calls back what it should, each loan once, and nothing else", () => {
    const book = new LoanBook();
    const called: string[] = [];
    for (const [name, version] of [
      ["openai", 1],
      ["openai", 2],
      ["openai", 2],
      ["other", 2],
    ] as const)
      book.enter(name, version, () => called.push(`${name} ${version}`));

    book.callBack("openai", 2);
    book.callBack("openai", 2);
    expect(called).toEqual(["openai 2", "openai 2"]);
    book.callBack("openai");
    expect(called.at(-1)).toBe("openai 1");
    expect([book.count("openai"), book.count("other")]).toEqual([0, 1]);
  });

  it("calls back only what was open at that moment", () => {
    const book = new LoanBook();
    const called: string[] = [];
    book.enter("openai", 1, () => {
      called.push("first");
      book.enter("openai", 1, () => called.push("second"));
    });

    book.callBack("openai");
    expect([called, book.count("openai")]).toEqual([["first"], 1]);
  });

  it("calls back the rest when one borrower fails", () => {
    const book = new LoanBook();
    const called: string[] = [];
    book.enter("openai", 1, () => {
      throw new Error("cannot end");
    });
    book.enter("openai", 1, () => called.push("second"));

    book.callBack("openai");
    expect([called, book.count("openai")]).toEqual([["second"], 0]);
  });
});
