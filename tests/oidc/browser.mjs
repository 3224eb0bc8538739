// A person with a browser, for tests: opens an address, follows redirects with cookies, fills in
// the forms that it meets, and stops at a page without one.
//   node browser.mjs ADDRESS [USER_CODE]    (environment: BROWSER_PROXY_PORT, BROWSER_CA)
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';

const [, , address, userCode] = process.argv;
const cookies = new Map();
const ca = readFileSync(process.env.BROWSER_CA);

// A socket through the proxy, to which production host names resolve.
const tunnel = (url) => new Promise((resolve, reject) => {
  http.request({ host: '127.0.0.1', port: process.env.BROWSER_PROXY_PORT, method: 'CONNECT',
    path: `${url.hostname}:443` })
    .on('connect', (response, socket) => (response.statusCode === 200 ? resolve(socket)
      : reject(new Error(`proxy: ${response.statusCode}`))))
    .on('error', reject).end();
});

async function load(url, form) {
  const local = url.protocol === 'http:';
  if (local && url.hostname !== 'localhost') throw new Error('plain http to a foreign host');
  const headers = { Cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
  if (form) headers['Content-Type'] = 'application/x-www-form-urlencoded';
  const options = { method: form ? 'POST' : 'GET', headers, agent: false };
  if (local) options.host = '127.0.0.1';
  else Object.assign(options, { ca, socket: await tunnel(url), servername: url.hostname });
  return new Promise((resolve, reject) => {
    const request = (local ? http : https).request(url, options, (response) => {
      let body = '';
      for (const line of response.headers['set-cookie'] ?? []) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
        cookies.set(name, value);
      }
      response.on('data', (chunk) => { body += chunk; });
      response.on('end', () => resolve({ status: response.statusCode, location: response.headers.location, body }));
    });
    request.on('error', reject);
    request.end(form?.toString());
  });
}

const attribute = (tag, name) => new RegExp(`${name}="([^"]*)"`).exec(tag)?.[1];

function fill(page, url) {
  const form = /<form[^>]*>/.exec(page);
  if (!form) return undefined;
  const fields = new URLSearchParams();
  for (const [tag] of page.matchAll(/<input[^>]*>/g)) {
    const name = attribute(tag, 'name');
    if (name === 'user_code' && userCode) fields.set(name, userCode);
    else if (name) fields.set(name, attribute(tag, 'value') ?? '');
  }
  if (!fields.has('user_code') || attribute(form[0], 'id') === 'op.deviceConfirmForm') fields.set('confirm', 'yes');
  return { url: new URL(attribute(form[0], 'action') ?? url, url), fields };
}

let url = new URL(address);
let page = await load(url);
for (let step = 0; step < 30; step += 1) {
  if (page.location) {
    url = new URL(page.location, url);
    page = await load(url);
    continue;
  }
  const form = fill(page.body, url);
  if (!form) break;
  url = form.url;
  page = await load(url, form.fields);
}
console.log(page.status, url.host);
process.exit(page.status === 200 ? 0 : 1);
