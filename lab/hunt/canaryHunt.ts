// SPDX-License-Identifier: Apache-2.0
import { lstatSync } from "node:fs";
import { setImmediate as pause } from "node:timers/promises";
import { errorCode } from "../network/errorCode.ts";
import type { Needle, NeedleForm, Pattern } from "./needleForms.ts";
import { renderForms } from "./needleForms.ts";
import type { TextSearch } from "./patternSearch.ts";
import { preparePatternSearch } from "./patternSearch.ts";
import type { ProcessChoice } from "./processSources.ts";
import { processSources } from "./processSources.ts";
import type { Source } from "./sources.ts";
import { fileSource, folderSources, textSource } from "./sources.ts";

/** Where to hunt. */
export type HuntPlace =
  /** A folder with all below it, or a single file. */
  | { readonly kind: "path"; readonly path: string }
  /** A text in memory, for example the output of a command. */
  | { readonly kind: "text"; readonly name: string; readonly text: string }
  | ({ readonly kind: "processes" } & ProcessChoice);

/** Where a secret was found. Says where and how, never what. */
export interface Finding {
  readonly needleName: string;
  readonly form: NeedleForm;
  readonly place: string;
  /** Byte in that place; for memory the address. */
  readonly offset: number;
}

/** What a hunt did. A hunt that searched nothing has found nothing: look at the numbers. */
export interface HuntReport {
  readonly findings: readonly Finding[];
  /** Files, texts, names and processes' files that were searched. */
  readonly sources: number;
  readonly bytes: number;
  /** Places that exist but could not be read to their end, with the cause. */
  readonly unreadable: readonly string[];
}

/** Milliseconds for which other work in this process waits at most. */
const slice = 50;

/**
 * Hunts for secrets in all their forms through all places.
 * @throws when a path that was named does not exist, or a needle is too short or missing: a hunt must not pass by looking at the wrong place.
 */
export async function canaryHunt(needles: readonly Needle[], places: readonly HuntPlace[]): Promise<HuntReport> {
  const patterns = needles.flatMap(renderForms);
  const newSearch = preparePatternSearch(patterns);
  const report = { findings: [] as Finding[], sources: 0, bytes: 0, unreadable: [] as string[] };
  let sliceEnd = performance.now() + slice;
  for (const source of placeSources(places)) {
    try {
      for (const { hits, bytes } of searchSource(source, newSearch)) {
        report.bytes += bytes;
        report.findings.push(
          ...hits.map(({ pattern, offset }) => findingOf(pattern, hideNeedles(source.place, patterns), offset)),
        );
        if (performance.now() > sliceEnd) {
          await pause();
          sliceEnd = performance.now() + slice;
        }
      }
      report.sources += 1;
    } catch (error) {
      if (!isGone(error))
        report.unreadable.push(hideNeedles(`${source.place}: ${errorCode(error) ?? String(error)}`, patterns));
    }
  }
  return report;
}

function* placeSources(places: readonly HuntPlace[]): Generator<Source> {
  for (const place of places) {
    if (place.kind === "text") yield textSource(place.name, place.text);
    else if (place.kind === "processes") yield* processSources(place);
    else if (lstatSync(place.path).isDirectory()) yield* folderSources(place.path);
    else yield fileSource(place.path);
  }
}

interface SearchStep {
  readonly hits: ReturnType<TextSearch["push"]>;
  readonly bytes: number;
}

function* searchSource({ pieces }: Source, newSearch: () => TextSearch): Generator<SearchStep> {
  let search = newSearch();
  let textStart = 0;
  let next = 0;
  for (const { start, bytes } of pieces()) {
    if (start !== next) {
      search = newSearch();
      textStart = start;
    }
    next = start + bytes.length;
    const base = textStart;
    const hits = search.push(bytes).map(({ pattern, offset }) => ({ pattern, offset: base + offset }));
    yield { hits, bytes: bytes.length };
  }
}

function findingOf({ needleName, form }: Pattern, place: string, offset: number): Finding {
  return { needleName, form, place, offset };
}

/** A file may be named after a secret. */
function hideNeedles(text: string, patterns: readonly Pattern[]): string {
  return patterns.reduce(
    (shown, { bytes, needleName }) => shown.replaceAll(bytes.toString("utf8"), `[${needleName}]`),
    text,
  );
}

/** Files and processes come and go during a hunt. */
function isGone(error: unknown): boolean {
  return ["ENOENT", "ESRCH"].includes(errorCode(error) ?? "");
}
