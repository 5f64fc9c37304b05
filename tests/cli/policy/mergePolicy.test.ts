// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { parseHujson, plainValue } from "../../../cli/policy/hujson.ts";
import { canonical, mergePolicy } from "../../../cli/policy/mergePolicy.ts";
import { renderTailnetPolicy } from "../../../cli/tailnetPolicy.ts";

const ours = { ...renderTailnetPolicy({ operators: ["alice@example.com"], tag: "tag:agent" }) };
const value = (text: string): Record<string, unknown> => plainValue(parseHujson(text)) as Record<string, unknown>;

const live = `// Our tailnet. Ask bob before you change it.
{
	"groups": { "group:ops": ["bob@example.com"] },
	"tagOwners": {
		"tag:agent": ["bob@example.com"], // was his idea
		"tag:db": ["group:ops"],
	},

	"grants": [
		// Printers.
		{ "src": ["group:ops"], "dst": ["tag:db"], "ip": ["tcp:5432"] } // no comma here
		/* the end */
	],
	"nodeAttrs": [],
}
`;

describe("mergePolicy", () => {
  it("ends the lines that it adds as the text ends its own", () => {
    const { text } = mergePolicy(live.replaceAll("\n", "\r\n"), ours);
    expect(text.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
    expect(text.replaceAll("\r\n", "\n")).toBe(mergePolicy(live, ours).text);
  });

  it("keeps every character of a policy that somebody wrote, comments included, and adds what is missing", () => {
    const { text } = mergePolicy(live, {
      tagOwners: { "tag:agent": ["alice@example.com"] },
      grants: [{ src: ["a@b"], dst: ["tag:agent"], ip: ["tcp:1"] }],
      ssh: [],
    });
    expect(text).toBe(`// Our tailnet. Ask bob before you change it.
{
	"groups": { "group:ops": ["bob@example.com"] },
	"tagOwners": {
		"tag:agent": ["bob@example.com", "alice@example.com"], // was his idea
		"tag:db": ["group:ops"],
	},

	"grants": [
		// Printers.
		{ "src": ["group:ops"], "dst": ["tag:db"], "ip": ["tcp:5432"] }, // no comma here
		/* the end */
		{
			"src": ["a@b"],
			"dst": ["tag:agent"],
			"ip": ["tcp:1"]
		}
	],
	"nodeAttrs": [],
}
`);
  });

  it("adds whole sections, whatever their names, to a policy without them", () => {
    const { text, missing } = mergePolicy("{}", { future: { a: [1] }, grants: [] });
    expect(text).toBe('{\n\t"future": {\n\t\t"a": [\n\t\t\t1\n\t\t]\n\t},\n}');
    expect(missing).toEqual(['future: {"a":[1]}']);
  });

  it("says what was missing, in words", () => {
    expect(mergePolicy(live, { tagOwners: { "tag:agent": ["alice@example.com"], "tag:ci": ["x@y"] } }).missing).toEqual(
      ['tagOwners["tag:agent"]: alice@example.com', 'tagOwners["tag:ci"]: x@y'],
    );
  });

  it("takes entries for the same whatever the order of their members and words", () => {
    const { missing, text } = mergePolicy(
      '{"grants":[{"ip":["tcp:2","tcp:1"],"dst":["tag:agent"],"src":["b@c","a@b"]}]}',
      { grants: [{ src: ["a@b", "b@c"], dst: ["tag:agent"], ip: ["tcp:1", "tcp:2"] }] },
    );
    expect([missing, text]).toEqual([
      [],
      '{"grants":[{"ip":["tcp:2","tcp:1"],"dst":["tag:agent"],"src":["b@c","a@b"]}]}',
    ]);
  });

  it("knows sections in any case, as Tailscale does", () => {
    expect(mergePolicy('{"Grants":[{"src":["a@b"]}]}', { grants: [{ src: ["a@b"] }] }).missing).toEqual([]);
  });

  it.each([
    ["a section of another kind", '{"grants": {}}', "grants"],
    ["an owner list that is a word", '{"tagOwners": {"tag:agent": "bob"}}', 'tagOwners["tag:agent"]'],
  ])("replaces nothing: %s", (_, text, place) => {
    expect(() => mergePolicy(text, ours)).toThrow(
      `the tailnet's policy has something else at ${place}, and claws replaces nothing`,
    );
  });

  it.each([
    ["[]", "the tailnet's policy is no object"],
    ["{", "cannot read the tailnet's policy: line 1: a value is missing"],
  ])("refuses %s", (text, message) => {
    expect(() => mergePolicy(text, ours)).toThrow(message);
  });

  describe("for any policy", () => {
    const entry = fc.dictionary(
      fc.constantFrom("src", "dst", "ip"),
      fc.array(fc.constantFrom("*", "tag:agent", "a@b"), { maxLength: 2 }),
      { maxKeys: 3 },
    );
    const policy = fc.record(
      {
        tagOwners: fc.dictionary(fc.constantFrom("tag:agent", "tag:x"), fc.array(fc.constantFrom("a@b", "c@d"))),
        grants: fc.array(entry, { maxLength: 3 }),
        tests: fc.array(entry, { maxLength: 2 }),
        hosts: fc.dictionary(fc.string(), fc.string()),
      },
      { requiredKeys: [] },
    );
    /** The same value in one of the ways in which people write it. */
    const written = fc
      .tuple(policy, fc.constantFrom(0, 1, 2, "\t"), fc.boolean(), fc.boolean())
      .map(([given, indent, commas, comments]) => {
        let text = JSON.stringify(given, undefined, indent);
        if (commas && indent !== 0) text = text.replaceAll(/([^[{,\s])(\n\s*[\]}])/g, "$1,$2");
        if (comments && indent !== 0)
          text = text.replaceAll(/,\n/g, ", // why, [so] {it} is\n").replace("{", "{ /* , */");
        return text;
      });

    it("adds each entry once, loses nothing, and finds nothing to do the second time", () => {
      fc.assert(
        fc.property(written, (text) => {
          const merged = mergePolicy(text, ours);
          const [before, after] = [value(text), value(merged.text)];
          for (const [section, wanted] of Object.entries(ours))
            for (const item of Array.isArray(wanted) ? (wanted as readonly unknown[]) : [])
              expect((after[section] as unknown[]).map(canonical)).toContain(canonical(item));
          for (const [section, there] of Object.entries(before)) {
            if (!Array.isArray(there)) continue;
            expect((after[section] as unknown[]).slice(0, there.length)).toEqual(there);
          }
          expect(after["hosts"]).toEqual(before["hosts"]);
          expect(mergePolicy(merged.text, ours)).toEqual({ text: merged.text, missing: [] });
        }),
        { numRuns: 500 },
      );
    });

    it("removes no character that stood there", () => {
      fc.assert(
        fc.property(written, (text) => {
          const { text: after } = mergePolicy(text, ours);
          let at = 0;
          for (const character of after) if (character === text[at]) at += 1;
          expect(at).toBe(text.length);
        }),
        { numRuns: 300 },
      );
    });
  });
});
