import assert from 'node:assert/strict';
import {readFileSync, rmSync} from 'node:fs';
import test, {after, before} from 'node:test';
import {axeFindings, folder, hostile, launch, open, pageOf, sample} from './page.mjs';

let browser;
let made;
before(async () => {
  made = sample();
  browser = await launch();
});
after(async () => {
  if (browser) await browser.close();
  rmSync(folder, {recursive: true, force: true});
});

async function withPage(options, use, file = made.html) {
  const page = await open(browser, file, options);
  try {
    await use(page);
    assert.deepEqual(page.troubles, []);
  } finally {
    await page.context().close();
  }
}
const names = (page) => page.locator('#panel .open').allTextContents();
const isSorted = (values) => values.every((value, at) => at === 0 || values[at - 1] <= value);

test('the first screen says what stops and when', () => withPage({}, async (page) => {
  const box = await page.locator('.hero').boundingBox();
  assert.ok(box.y + box.height < 900, 'it fits a screen');
  assert.match(await page.locator('h1').textContent(), /539 messages a day from 50 accounts/);
  assert.match(await page.locator('.when').textContent(), /End of Dec 2026.*in 38 days/);
}));

test('a heading sorts and turns the order', () => withPage({}, async (page) => {
  const name = page.getByRole('button', {name: 'Account', exact: true});
  await name.click();
  assert.ok(isSorted(await names(page)));
  assert.equal(await page.locator('th[aria-sort]').getAttribute('aria-sort'), 'ascending');
  assert.equal(await page.evaluate(() => document.activeElement.dataset.sort), 'id');
  await page.keyboard.press('Enter');
  assert.ok(isSorted((await names(page)).reverse()));
  assert.equal(await page.locator('th[aria-sort]').getAttribute('aria-sort'), 'descending');
}));

test('filters narrow the rows and reset widens them', () => withPage({}, async (page) => {
  const all = (await names(page)).length;
  assert.equal(all, made.document.accounts.length);
  await page.getByLabel('Search').fill('SCAN-floor');
  assert.equal((await names(page)).length, 8);
  assert.match(await page.locator('.count').textContent(), /8 of 55 accounts/);
  await page.getByLabel('Search').fill('');
  await page.getByLabel('Band').selectOption('4');
  assert.equal((await names(page)).length, made.document.summary.by_band.critical);
  await page.getByLabel('Band').selectOption('');
  await page.getByLabel('Owner').selectOption('=Finance systems');
  assert.deepEqual(await names(page), ['erp@contoso.com']);
  await page.getByLabel('Search').fill('no such thing');
  assert.match(await page.locator('#panel').textContent(), /No row fits/);
  await page.getByRole('button', {name: 'Reset'}).click();
  assert.equal((await names(page)).length, all);
}));

test('the kind of work shows its accounts', () => withPage({}, async (page) => {
  const item = page.locator('.work > li').filter({hasText: 'relay, or HVE'});
  const amount = Number((await item.locator('.amount').textContent()).match(/\d+/)[0]);
  await item.getByRole('button').click();
  assert.equal((await names(page)).length, amount);
}));

test('the details show every point with its evidence', () => withPage({}, async (page) => {
  for (const row of [made.document.accounts[0], made.document.accounts[3]]) {
    await page.getByRole('button', {name: row.id, exact: true}).click();
    const sheet = page.getByRole('dialog', {name: row.id});
    const text = (await sheet.textContent()).replace(/\s+/g, ' ');
    for (const factor of row.factors) {
      assert.ok(text.includes(factor.evidence.replace(/\s+/g, ' ')), factor.evidence);
      assert.ok(text.includes(`${factor.points ?? '?'} of ${factor.max}`));
    }
    assert.ok(text.includes(row.remedy.why));
    for (const link of row.links)
      assert.ok(text.includes(`${link.id} ${link.confidence} confidence: `), link.id);
    for (const origin of row.origins) assert.ok(text.includes(origin));
    await page.keyboard.press('Escape');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), row.id);
  }
}));

test('the keyboard alone reaches a device and its account', () => withPage({}, async (page) => {
  await page.locator('#tab-accounts').focus();
  await page.keyboard.press('ArrowRight');
  assert.equal(await page.locator('#tab-devices').getAttribute('aria-selected'), 'true');
  assert.equal((await names(page)).length, made.document.devices.length);
  await page.locator('#panel .open').first().focus();
  await page.keyboard.press('Enter');
  const device = made.document.devices[0];
  assert.equal(await page.locator('#details-title').textContent(), device.id);
  await page.locator('.chips button').first().focus();
  await page.keyboard.press('Enter');
  assert.equal(await page.locator('#details-title').textContent(), device.linked[0]);
  await page.keyboard.press('Escape');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), device.id);
  await page.keyboard.press('Enter');
  await page.getByRole('button', {name: 'Next'}).click();
  assert.equal(await page.locator('#details-title').textContent(), made.document.devices[1].id);
}));

test('a mark on the map opens its details', () => withPage({}, async (page) => {
  await page.locator('.map [data-device="203.0.113.40"] text').click();
  assert.equal(await page.locator('#details-title').textContent(), '203.0.113.40');
}));

test('without script it is a report with tables', () => withPage({javaScriptEnabled: false}, async (page) => {
  assert.ok(await page.locator('#explorer').isHidden());
  const ids = await page.locator('#plain th[scope=row]').allTextContents();
  for (const row of [...made.document.accounts, ...made.document.devices]) {
    const id = row.id.replace(/[\x00-\x1f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
    assert.ok(ids.some((text) => text.startsWith(id)), row.id);
  }
  assert.ok(await page.locator('.chart').isVisible());
}));

test('more rows than are shown without script are announced and paged with it', async () => {
  const big = structuredClone(made.document);
  big.accounts = Array.from({length: 345}, (_, at) => ({...made.document.accounts[at % 55], rank: at + 1, id: `user${at}@contoso.com`}));
  const file = pageOf(big, 'big');
  await withPage({javaScriptEnabled: false}, async (page) => {
    assert.match(await page.locator('.left-out').first().textContent(), /first 100 of 345/);
  }, file);
  await withPage({}, async (page) => {
    assert.equal((await names(page)).length, 100);
    await page.getByRole('button', {name: 'Next'}).click();
    assert.equal((await names(page))[0], 'user100@contoso.com');
    await page.getByLabel('Search').fill('user344@');
    assert.deepEqual(await names(page), ['user344@contoso.com']);
  }, file);
});

for (const colorScheme of ['light', 'dark'])
  test(`axe finds nothing in the ${colorScheme} page`, () => withPage({colorScheme}, async (page) => {
    // A few rows are as good as all, and quicker.
    await page.getByLabel('Search').fill('scan');
    assert.deepEqual(await axeFindings(page), []);
    await page.getByLabel('Search').fill('erp@');
    await page.locator('#panel .open').first().click();
    assert.deepEqual(await axeFindings(page), []);
    await page.keyboard.press('Escape');
    await page.setViewportSize({width: 390, height: 844});
    assert.deepEqual(await axeFindings(page), []);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 390, `the page is ${wide} wide on a phone`);
  }));

test('dark and light are different pages', async () => {
  const grounds = [];
  for (const colorScheme of ['light', 'dark'])
    await withPage({colorScheme}, async (page) => {
      grounds.push(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
    });
  assert.notEqual(grounds[0], grounds[1]);
});

test('print leaves the controls out', () => withPage({}, async (page) => {
  await page.emulateMedia({media: 'print'});
  for (const what of ['nav', '.tabs', '.filters']) assert.ok(await page.locator(what).isHidden());
  assert.ok(await page.locator('#panel table').isVisible());
  assert.ok((await page.pdf()).length > 10000);
}));

test('hostile text stays text', async () => {
  const file = pageOf(hostile(made.document), 'hostile');
  await withPage({}, async (page) => {
    await page.locator('#panel .open').first().click();
    await page.keyboard.press('Escape');
    await page.locator('#tab-devices').click();
    await page.locator('#panel .open').first().click();
    assert.equal(await page.evaluate(() => window.owned), undefined);
    assert.equal(await page.locator('img').count(), 0);
    assert.equal(await page.locator('script').count(), 2);
    assert.match(await page.locator('#details-title').textContent(), /^<\/script><script>window\.owned/);
    assert.deepEqual(await axeFindings(page), []);
  }, file);
  await withPage({javaScriptEnabled: false}, async (page) => {
    assert.equal(await page.locator('img').count(), 0);
    assert.match(await page.locator('.alarm').textContent(), /incomplete/);
  }, file);
});

test('commands can be copied', async () => {
  const document = structuredClone(made.document);
  document.actions = [{id: 'a', title: 'Block Basic', why: 'because', affects: [], undo: [],
    commands: ['New-AuthenticationPolicy -Name "No Basic"', 'Get-Mailbox']}];
  const file = pageOf(document, 'actions');
  await withPage({permissions: ['clipboard-read', 'clipboard-write']}, async (page) => {
    await page.locator('.actions pre button').click();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()),
      'New-AuthenticationPolicy -Name "No Basic"\nGet-Mailbox\n');
  }, file);
});

test('the policy lets nothing else run', () => withPage({}, async (page) => {
  const policy = readFileSync(made.html, 'utf8').match(/Content-Security-Policy" content="([^"]*)"/)[1];
  assert.match(policy, /^default-src 'none'; script-src 'sha256-[^']{44}'; style-src 'sha256-[^']{44}';/);
  await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.owned = 1';
    document.body.append(script);
  });
  assert.equal(await page.evaluate(() => window.owned), undefined);
  assert.equal(page.troubles.length, 1);
  page.troubles.length = 0;
}));
