// Whether @asyncapi/parser accepts the AsyncAPI document on standard input. The package is looked for from
// the working directory: `npm install @asyncapi/parser` there first. Prints its findings; 0 when there are none.
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";

const { Parser } = createRequire(`${process.cwd()}/`)("@asyncapi/parser");
const { document, diagnostics } = await new Parser().parse(await text(process.stdin));
const found = diagnostics.map(({ severity, code, path, message }) => ({ severity, code, path, message }));
console.log(
  JSON.stringify({ accepted: document !== undefined, version: document?.version(), diagnostics: found }),
);
process.exit(document === undefined || found.length ? 1 : 0);
