// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { parseHujson } from "../../../lab/tailnet/hujson.ts";

describe("parseHujson", () => {
  it("takes comments and trailing commas", () => {
    const text = `// first\n{\n  /* block\n comment */ "a": [1, 2, /* three */ 3,], // last\n  "b": { "c": null, },\n}\n`;
    expect(parseHujson(text)).toEqual({ a: [1, 2, 3], b: { c: null } });
  });

  it("leaves strings alone that look like comments or trailing commas", () => {
    const value = { url: "https://x/*y*/", comma: ",}", quote: 'a\\"//b', list: ["/*", "*/", ",]"] };
    expect(parseHujson(JSON.stringify(value))).toEqual(value);
  });

  it.each(["", "{", "[,]", "{,}", "[1,,]", '{"a":,}', "/* open", '"open', "{} {}", "// only", "{'a':1}", '{"a" 1}'])(
    "refuses %j",
    (text) => {
      expect(() => parseHujson(text)).toThrow(SyntaxError);
    },
  );

  it("reads every JSON value as JSON.parse does, however it is indented", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(4), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(parseHujson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it("reads the same value with comments at every line end and a comma after every last member", () => {
    const comment = fc.constantFrom(" // ,} ]", ' /* " ,] */', " /*\n*/ ", "");
    fc.assert(
      fc.property(fc.jsonValue(), comment, comment, (value, atEnd, beforeBracket) => {
        const text = JSON.stringify(value, null, 1);
        const loose = text
          .replace(/(?<![[{])\n( *[\]}])/g, `,${atEnd}\n${beforeBracket}\n$1`)
          .replace(/,\n/g, `,${atEnd}\n`);
        expect(parseHujson(`${beforeBracket}\n${loose}${atEnd}`)).toEqual(JSON.parse(text));
      }),
    );
  });
});
