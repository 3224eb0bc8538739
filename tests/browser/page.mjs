// What the tests share: reports made by the built program, and pages that notice what goes wrong.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {chromium} from 'playwright-core';

const binary = process.env.SMTPAUDIT_BIN;
const samples = process.env.SMTPAUDIT_SAMPLES;
export const folder = mkdtempSync(join(tmpdir(), 'smtpaudit-browser-'));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// Incomplete evidence is exit 3, and written all the same.
export function rank(...args) {
  const done = spawnSync(binary, ['rank', ...args, '--now', '2026-11-23'],
    {env: {PATH: process.env.PATH, HOME: '/nonexistent'}, encoding: 'utf8'});
  assert.ok(done.status === 0 || done.status === 3, done.stderr);
}

// The sample tenant: its page and its run document.
export function sample() {
  const html = join(folder, 'sample.html');
  const json = join(folder, 'sample.json');
  rank(join(samples, 'contoso'), '--inventory', join(samples, 'contoso-inventory.csv'),
    '--format', 'html', '-o', html, '--out', `json=${json}`);
  return {html, document: JSON.parse(readFileSync(json, 'utf8'))};
}

// The page of a run document.
export function pageOf(document, name) {
  const json = join(folder, `${name}.json`);
  const html = join(folder, `${name}.html`);
  writeFileSync(json, JSON.stringify(document));
  rank(json, '--format', 'html', '-o', html);
  return html;
}

export async function launch() {
  return chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox',
    '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync']});
}

// Opens a page; `troubles` collects requests to elsewhere, errors and what the policy refused.
export async function open(browser, file, options = {}) {
  const context = await browser.newContext({viewport: {width: 1280, height: 900}, ...options});
  const page = await context.newPage();
  page.setDefaultTimeout(10000);
  page.troubles = [];
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== `file://${file}`) page.troubles.push(`asked for ${request.url()}`);
  });
  page.on('console', (message) => page.troubles.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => page.troubles.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => { page.troubles.push('a dialog'); dialog.dismiss(); });
  await page.goto(`file://${file}`);
  return page;
}

// The rules that axe finds broken, with the first place of each.
export async function axeFindings(page) {
  await page.evaluate(axe);
  const result = await page.evaluate(() => window.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}));
  return result.violations.map((found) => `${found.id}: ${found.nodes[0].html.slice(0, 200)}`);
}

// Every text of the document becomes hostile where a text from data may stand.
export function hostile(document) {
  const evil = '</script><script>window.owned = 1</script><!-- "\'><img src=x onerror="window.owned = 1"> {{data}} \u0001';
  const out = structuredClone(document);
  out.tenant = {id: evil, name: evil};
  out.notes = [evil];
  out.coverage[0].reason = evil;
  out.coverage[0].state = 'partial';
  out.timeline[0].what = evil;
  out.cutoff.next.what = evil;
  out.actions = [{id: 'a', title: evil, why: evil, affects: [evil], commands: [evil, 'Get-Mailbox'], undo: [evil]}];
  out.oauth_apps = [{app_id: evil, name: evil, how: evil, consent: evil, principal: evil}];
  for (const row of [out.accounts[0], out.devices[0]]) {
    Object.assign(row, {id: evil, name: `${evil} name`, addresses: [evil], user_agents: [evil],
      linked: [evil], owner: evil, site: evil, mailbox_type: evil, marks: [evil], notes: [evil],
      origins: [evil], why: evil});
    row.class = {name: evil, source: 'guess', because: evil};
    for (const factor of row.factors) factor.evidence = evil;
    row.remedy = {class: 'relay', title: evil, why: evil, needs: [evil]};
    row.switches = {basic_usable: 'yes', decided_by: evil, chain: [{switch: evil, value: evil,
      effect_basic: evil, effect_oauth: evil, origin: evil}]};
    row.accepted = {reason: evil, owner: evil, until: '2027-01-31'};
  }
  return out;
}
