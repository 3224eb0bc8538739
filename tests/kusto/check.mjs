// Checks KQL with Microsoft's own language service against the tables of schemas.json.
//
//   node check.mjs PACKAGES < [{"name","database","text"}]   > [{"name","problems":[…]}]
//
// PACKAGES is the folder with node_modules. A problem is what the service calls an error or a
// warning, in its own words.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(join(process.argv[2], "package.json"));
globalThis.window = globalThis;  // where the package puts its name spaces
require("@kusto/language-service-next/bridge.js");
require("@kusto/language-service-next/Kusto.Language.Bridge.js");
const { GlobalState, KustoCode, Symbols } = globalThis.Kusto.Language;

function listOf(type, items) {
  const list = new (globalThis.System.Collections.Generic.List$1(type).ctor)();
  for (const item of items) list.add(item);
  return list;
}

function globalsOf(database) {
  const tables = Object.entries(JSON.parse(readFileSync(join(here, "schemas.json"), "utf8")))
    .filter(([, table]) => table.database === database)
    .map(([name, table]) => {
      const columns = Object.entries(table.columns).map(([column, type]) => `${column}: ${type}`);
      return new Symbols.TableSymbol.$ctor7(name, `(${columns.join(", ")})`, null);
    });
  const symbol = new Symbols.DatabaseSymbol.$ctor3(database, null, listOf(Symbols.Symbol, tables), false);
  return GlobalState.Default.WithDatabase(symbol);
}

const answers = JSON.parse(readFileSync(0, "utf8")).map(({ name, database, text }) => {
  const code = KustoCode.ParseAndAnalyze(text, globalsOf(database));
  const found = code.GetDiagnostics();
  const problems = [];
  for (let i = 0; i < found.Count; ++i) {
    const one = found.getItem(i);
    if (one.Severity !== "Error" && one.Severity !== "Warning") continue;
    problems.push(`${one.Severity} ${one.Code}: ${one.Message} (at ${text.slice(one.Start, one.Start + one.Length)})`);
  }
  return { name, problems };
});
process.stdout.write(JSON.stringify(answers));
