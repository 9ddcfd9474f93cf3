import { describe, expect, it } from "vitest";
import { MARKER, readBlocks, shareBlocks } from "../../scripts/variable-blocks.ts";

const CORS = `variable "cors" {
  description = <<-EOT
    Braces at the beginning of a line of text:
    } and {
  EOT
  type = object({
    origins = optional(list(string), ["*"])
  })
  default = {}

  validation {
    condition     = length(var.cors.origins) > 0
    error_message = "cors.origins must have at least one entry."
  }
}`;
const STAGE = `variable "stage" {
  type = string
}`;
const ROOT = readBlocks(`${CORS}\n\n${STAGE}\n`);

describe("readBlocks", () => {
  it("returns each variable up to the brace that begins a line", () => {
    expect([...readBlocks(`# A comment\n${CORS}\n\nlocals {\n  a = 1\n}\n\n${STAGE}\n`)]).toEqual([
      ["cors", CORS],
      ["stage", STAGE],
    ]);
  });

  it("returns an empty block, which does not reach to the next brace", () => {
    expect([...readBlocks(`variable "cors" {}\n\n${STAGE}\n`)]).toEqual([
      ["cors", 'variable "cors" {}'],
      ["stage", STAGE],
    ]);
  });
});

describe("shareBlocks", () => {
  it("replaces a marked block by the root's, and changes nothing else", () => {
    const stale = CORS.replace('["*"]', "[]");
    const module = (cors: string) => `# Ours\nvariable "name" {}\n\n${MARKER}\n${cors}\n\n${STAGE}\n`;
    expect(shareBlocks(module(stale), ROOT)).toEqual({
      text: module(CORS),
      changed: ["cors"],
      problems: [],
    });
  });

  it("fills an empty marked block", () => {
    expect(shareBlocks(`${MARKER}\nvariable "stage" {}\n`, ROOT).text).toBe(`${MARKER}\n${STAGE}\n`);
  });

  it("inserts a block with $ signs unchanged", () => {
    const block = 'variable "url" {\n  default = "$& $1 $$"\n}';
    const { text } = shareBlocks(`${MARKER}\nvariable "url" {}\n`, readBlocks(block));
    expect(text).toBe(`${MARKER}\n${block}\n`);
  });

  it("reports no change of a block that is the root's", () => {
    const text = `${MARKER}\n${CORS}\n`;
    expect(shareBlocks(text, ROOT)).toEqual({ text, changed: [], problems: [] });
  });

  it("leaves an unmarked scalar of the root's name alone, because it can be another thing", () => {
    const text = 'variable "stage" {\n  type = number\n}\n';
    expect(shareBlocks(text, ROOT)).toEqual({ text, changed: [], problems: [] });
  });

  it("rejects an unmarked object of the root's name", () => {
    expect(shareBlocks(`${CORS}\n`, ROOT).problems).toEqual([
      "cors must be a copy, because the root has an object of that name: put the marker above it",
    ]);
  });

  it("rejects a marked block that the root does not have", () => {
    expect(shareBlocks(`${MARKER}\nvariable "gone" {}\n`, ROOT).problems).toEqual([
      "gone is marked as a copy, but the root has no variable of that name",
    ]);
  });

  it("rejects a marker that is not directly above a variable", () => {
    expect(shareBlocks(`${MARKER}\n\n${STAGE}\n`, ROOT).problems).toEqual([
      "each marker must be directly above a variable's block",
    ]);
  });

  it("rejects a copy with a rule about a variable that the module lacks", () => {
    const block = CORS.replace("length(var.cors.origins) > 0", 'var.stage != ""');
    expect(shareBlocks(`${MARKER}\n${block}\n`, readBlocks(`${block}\n`)).problems).toEqual([
      "cors refers to stage, which this module lacks: move the rule to a variable that is not copied",
    ]);
  });
});
