// A tenant whose identity platform is the npm package oidc-provider: a foreign OAuth2 server under
// the production host name, behind TLS, reached through an HTTPS proxy on 127.0.0.1. Beside it an
// issuer of workload tokens (npm package jose), and just enough of Microsoft Graph to show that the
// tokens are live: it asks oidc-provider about every one.
//
// Settings are one JSON object in the first argument; the first line of standard output is
// "ready PROXY_PORT", then one JSON line for each request. Ends with its standard input.
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:https';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import * as jose from 'jose';
import Provider from 'oidc-provider';

const settings = JSON.parse(process.argv[2]);
const login = 'login.microsoftonline.com';
const graph = 'graph.microsoft.com';
const builds = 'token.actions.contoso.example';
const base = `/${settings.tenant}/oauth2/v2.0`;
const audience = 'api://AzureADTokenExchange';
const scope = 'https://graph.microsoft.com/.default';
const federatedSecret = crypto.randomUUID();

const certificateKey = await jose.exportJWK(
  await jose.importX509(readFileSync(settings.appCertificate, 'utf8'), 'PS256', { extractable: true }));

const provider = new Provider(`https://${login}`, {
  clients: [
    {
      client_id: settings.clients.secret,
      client_secret: settings.secret,
      token_endpoint_auth_method: 'client_secret_post',
      grant_types: ['client_credentials'], response_types: [], redirect_uris: [],
    },
    {
      client_id: settings.clients.certificate,
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'PS256',
      jwks: { keys: [{ ...certificateKey, use: 'sig', alg: 'PS256' }] },
      grant_types: ['client_credentials'], response_types: [], redirect_uris: [],
    },
    {
      client_id: settings.clients.federated,
      client_secret: federatedSecret,
      token_endpoint_auth_method: 'client_secret_post',
      grant_types: ['client_credentials'], response_types: [], redirect_uris: [],
    },
    {
      client_id: settings.clients.person,
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token',
        'urn:ietf:params:oauth:grant-type:device_code'],
      response_types: ['code'],
      redirect_uris: ['http://localhost'],
    },
  ],
  scopes: ['openid', 'offline_access', scope],
  features: {
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    devInteractions: { enabled: false },
  },
  pkce: { required: () => true },
  issueRefreshToken: async (ctx, client) => client.grantTypeAllowed('refresh_token'),
  routes: {
    authorization: `${base}/authorize`,
    token: `${base}/token`,
    device_authorization: `${base}/devicecode`,
    code_verification: '/common/oauth2/deviceauth',
  },
  ttl: { AccessToken: settings.tokenLife, ClientCredentials: settings.tokenLife,
    DeviceCode: 300, Grant: 3600, Interaction: 300, Session: 3600, RefreshToken: 3600 },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  cookies: { keys: [crypto.randomUUID()] },
  jwks: { keys: [{ ...await jose.exportJWK((await jose.generateKeyPair('RS256', { extractable: true }))
    .privateKey), use: 'sig', alg: 'RS256' }] },
});
provider.on('server_error', (ctx, error) => console.error(error));
const authorize = provider.callback();

// The person signs in and consents, without a page to look at.
async function interact(request, response) {
  const { params, prompt, grantId } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    return provider.interactionFinished(request, response, { login: { accountId: 'auditor' } });
  }
  const grant = grantId ? await provider.Grant.find(grantId)
    : new provider.Grant({ accountId: 'auditor', clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  return provider.interactionFinished(request, response,
    { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
}

// --- the foreign issuer ---------------------------------------------------------------------------

const workload = await jose.generateKeyPair('RS256');
const workloadKeys = jose.createLocalJWKSet({
  keys: [{ ...await jose.exportJWK(workload.publicKey), kid: 'workload', alg: 'RS256' }] });

const workloadToken = (forWhom, subject) => new jose.SignJWT({})
  .setProtectedHeader({ alg: 'RS256', kid: 'workload' })
  .setIssuer(`https://${builds}`).setSubject(subject).setAudience(forWhom)
  .setJti(crypto.randomUUID()).setIssuedAt().setExpirationTime('5m').sign(workload.privateKey);

async function buildService(request, response, url) {
  if (request.headers.authorization !== `Bearer ${settings.buildToken}`) return send(response, 403, {});
  if (request.method === 'GET' && url.pathname === '/github') {
    return send(response, 200, { value: await workloadToken(url.searchParams.get('audience'), settings.subject) });
  }
  if (request.method === 'POST' && url.pathname === '/pipelines'
    && url.searchParams.get('serviceConnectionId') === settings.serviceConnection) {
    return send(response, 200, { oidcToken: await workloadToken(audience, settings.subject) });
  }
  return send(response, 404, {});
}

// What the identity platform does with a federated credential: the workload's token must come from
// the trusted issuer, for us, about the trusted subject. Then oidc-provider grants as to a secret.
async function exchange(request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
  if (form.client_id === settings.clients.federated && form.client_assertion) {
    try {
      await jose.jwtVerify(form.client_assertion, workloadKeys,
        { issuer: `https://${builds}`, audience, subject: settings.subject });
    } catch {
      return send(response, 401, { error: 'invalid_client',
        error_description: 'AADSTS70021: No matching federated identity record found.',
        error_codes: [70021] });
    }
    delete form.client_assertion;
    delete form.client_assertion_type;
    form.client_secret = federatedSecret;
  }
  request.body = form;
  return authorize(request, response);
}

// --- Graph ----------------------------------------------------------------------------------------

const minutesAgo = (minutes) => `${new Date(Date.now() - minutes * 60000).toISOString().slice(0, 19)}Z`;
const user = { id: '0d0d0d0d-1111-4222-8333-000000000001', userPrincipalName: 'scan@contoso.com',
  mail: 'scan@contoso.com', proxyAddresses: ['SMTP:scan@contoso.com'], accountEnabled: true,
  userType: 'Member', lastPasswordChangeDateTime: '2020-01-01T00:00:00Z' };
const answers = {
  '/v1.0/organization': () => [{ id: settings.tenantId, displayName: 'Contoso',
    verifiedDomains: [{ name: 'contoso.com' }] }],
  '/v1.0/users': () => [user],
  '/beta/auditLogs/signIns': (url) => (url.searchParams.get('$filter').includes(`ge ${minutesAgo(90).slice(0, 10)}`)
    ? [{ id: '0e0e0e0e-1111-4222-8333-000000000001', createdDateTime: minutesAgo(90), userId: user.id,
      userPrincipalName: user.userPrincipalName, clientAppUsed: 'Authenticated SMTP',
      ipAddress: '203.0.113.7', userAgent: 'BAV2ROPC', status: { errorCode: 0 },
      location: { countryOrRegion: 'NL' }, signInEventTypes: ['interactiveUser'] }] : []),
};

async function isLive(token) {
  const found = await provider.ClientCredentials.find(token) ?? await provider.AccessToken.find(token);
  return Boolean(found?.isValid && found.scope?.split(' ').includes(scope));
}

async function serveGraph(request, response, url) {
  const [kind, token] = (request.headers.authorization ?? '').split(' ');
  if (kind !== 'Bearer' || !await isLive(token)) {
    return send(response, 401, { error: { code: 'InvalidAuthenticationToken', message: '' } });
  }
  const answer = answers[url.pathname];
  return answer ? send(response, 200, { value: answer(url) })
    : send(response, 404, { error: { code: 'Request_ResourceNotFound', message: '' } });
}

// --- the hosts, and the way to them ---------------------------------------------------------------

function send(response, status, body) {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function serve(request, response) {
  const host = request.headers.host;
  const url = new URL(request.url, `https://${host}`);
  response.on('finish', () => console.log(JSON.stringify({ host, method: request.method,
    path: url.pathname, status: response.statusCode,
    authorization: request.headers.authorization !== undefined })));
  if (host === graph) return serveGraph(request, response, url);
  if (host === builds) return buildService(request, response, url);
  if (host !== login) return send(response, 404, {});
  if (url.pathname.startsWith('/interaction/')) return interact(request, response);
  if (url.pathname === `${base}/token`) return exchange(request, response);
  return authorize(request, response);
}

const tls = { key: readFileSync(settings.key), cert: readFileSync(settings.certificate) };
const services = createServer(tls, (request, response) => {
  serve(request, response).catch((error) => { console.error(error); response.destroy(); });
});
await new Promise((resolve) => { services.listen(0, '127.0.0.1', resolve); });

const proxy = createHttpServer((request, response) => send(response, 405, {}));
proxy.on('connect', (request, socket, head) => {
  const [host, port] = request.url.split(':');
  socket.on('error', () => socket.destroy());
  if (![login, graph, builds].includes(host) || port !== '443') {
    console.log(JSON.stringify({ host, method: 'CONNECT', path: '', status: 502, authorization: false }));
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    return;
  }
  const upstream = connect(services.address().port, '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    upstream.write(head);
    upstream.pipe(socket).pipe(upstream);
  });
  upstream.on('error', () => socket.destroy());
});
await new Promise((resolve) => { proxy.listen(0, '127.0.0.1', resolve); });

console.log(`ready ${proxy.address().port}`);
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
setTimeout(() => process.exit(3), 300_000);
