// Checks an AsyncAPI document by the specification's own parser:
//
//     node .ci/asyncapi.mjs functions/system/asyncapi.json    (with NODE_PATH of the tools that .ci/run installs)
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { Parser } = createRequire(`${process.env.NODE_PATH}/`)("@asyncapi/parser");
const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], "utf8"));
const errors = diagnostics.filter((one) => one.severity === 0);
for (const { code, path, message } of errors) console.log(code, path.join("."), message);
if (!document || errors.length) process.exit(1);
console.log(`${document.operations().length} operations, ${document.messages().length} messages, no errors`);
