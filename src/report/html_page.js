'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const bands = ['info', 'low', 'medium', 'high', 'critical'];
  const fates = ['will or may stop', 'not sending', 'safe'];
  // The members of a row, in the order that html_data.cpp writes.
  const R = Object.fromEntries(['id', 'name', 'status', 'band', 'priority', 'low', 'high', 'impact',
    'exposure', 'known', 'messages', 'recent', 'signIns', 'first', 'lastBasic', 'lastOauth',
    'overdue', 'tls', 'linked', 'addresses', 'agents', 'owner', 'site', 'mailbox', 'class',
    'factors', 'switches', 'remedy', 'internal', 'marks', 'notes', 'origins', 'why', 'accepted',
    'doubt', 'links', 'tenant'].map((name, at) => [name, at]));

  // A text by its number; [number, 12, 90] puts 12 and 90 into its places.
  function text(ref) {
    if (ref === null) return '';
    if (typeof ref === 'number') return data.strings[ref];
    let at = 1;
    return data.strings[ref[0]].replace(/\u0001/g, () => String(ref[at++]));
  }
  const id = (row) => data.strings[row[R.id]];
  const count = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ',');
  const counted = (n, one) => `${count(n)} ${one}${n === 1 ? '' : 's'}`;
  const percent = (share) => share > 0 && share < 0.01 ? 'under 1 %' : `${Math.round(share * 100)} %`;
  const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
  function day(seconds) {
    if (!seconds) return '–';
    const at = new Date(seconds * 1000);
    return `${at.getUTCDate()} ${months[at.getUTCMonth()]} ${at.getUTCFullYear()}`;
  }
  // An element. Children are elements or text, never markup.
  function el(name, props, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(props || {})) {
      if (key === 'class') node.className = value;
      else if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
      else if (value !== null && value !== false) node.setAttribute(key, value === true ? '' : value);
    }
    node.append(...children.filter((child) => child !== null && child !== ''));
    return node;
  }
  function svg(name, props, ...children) {
    const node = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(props)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  }
  // Of a report of several tenants; in a report of one it is empty.
  const tenant = (row) => row[R.tenant] === undefined ? '' : data.strings[row[R.tenant]];
  const bandChip = (row) => el('span', {class: `band b-${bands[row[R.band]]}`},
    bands[row[R.band]] + (row[R.doubt] ? '?' : ''));

  const sections = {
    accounts: {title: 'Accounts', one: 'account', rows: data.accounts, links: 'Devices'},
    devices: {title: 'Devices', one: 'device', rows: data.devices, links: 'Accounts'},
  };
  for (const section of Object.values(sections)) {
    section.filter = {words: '', band: '', fate: '', tenant: '', owner: '', remedy: ''};
    section.sort = {key: 'rank', down: false};
    section.page = 0;
    section.rank = new Map(section.rows.map((row, at) => [row, at + 1]));
  }
  let open = 'accounts';
  const pageSize = 100;

  const basic = (row) => row[R.recent] ? row[R.recent][0] : row[R.messages][0];
  const remedy = (row) => row[R.remedy] === null ? '' : data.remedies[row[R.remedy]][1];
  const owner = (row) => row[R.owner] === null ? '' : data.strings[row[R.owner]];
  const columns = [
    {key: 'rank', head: '#', n: true, value: (row, s) => s.rank.get(row)},
    {key: 'band', head: 'Band', value: (row) => row[R.band], down: true},
    {key: 'priority', head: 'Priority', n: true, value: (row) => row[R.priority], down: true},
    ...(data.actionTenants ? [{key: 'tenant', head: 'Tenant', value: tenant}] : []),
    {key: 'id', head: 'Name', value: (row) => id(row)},
    {key: 'basic', head: data.dated ? 'Basic/30 d' : 'Basic', n: true, value: basic, down: true},
    {key: 'oauth', head: 'OAuth', n: true, value: (row) => (row[R.recent] || row[R.messages])[1], down: true},
    {key: 'last', head: 'Last Basic', value: (row) => row[R.lastBasic], down: true},
    {key: 'links', head: '', n: true, value: (row) => row[R.linked].length, down: true},
    {key: 'owner', head: 'Owner', value: owner},
    {key: 'why', head: 'Why', value: (row) => text(row[R.why])},
    {key: 'do', head: 'Do', value: remedy},
  ];

  // Filter and sort
  function haystack(section) {
    section.hay ||= section.rows.map((row) => [id(row), row[R.name] === null ? '' : text(row[R.name]),
      tenant(row), owner(row), row[R.site] === null ? '' : text(row[R.site]), text(row[R.why]), remedy(row),
      data.strings[row[R.class][0]]].join('\n').toLowerCase());
    return section.hay;
  }
  function chosen(section) {
    const f = section.filter;
    const words = f.words.toLowerCase().split(/\s+/).filter(Boolean);
    const hay = words.length ? haystack(section) : null;
    const out = section.rows.filter((row, at) =>
      (f.band === '' || row[R.band] >= Number(f.band)) &&
      (f.fate === '' || data.status[row[R.status]][2] === Number(f.fate)) &&
      (f.tenant === '' || tenant(row) === f.tenant) &&
      (f.owner === '' || (f.owner === '-' ? owner(row) === '' : owner(row) === f.owner.slice(1))) &&
      (f.remedy === '' || remedy(row) === f.remedy) &&
      words.every((word) => hay[at].includes(word)));
    const {key, down} = section.sort;
    if (key === 'rank') return down ? out.reverse() : out;
    const column = columns.find((candidate) => candidate.key === key);
    const keyed = out.map((row) => [column.value(row, section), section.rank.get(row), row]);
    const sign = down ? -1 : 1;
    keyed.sort((a, b) => a[0] < b[0] ? -sign : a[0] > b[0] ? sign : a[1] - b[1]);
    return keyed.map((entry) => entry[2]);
  }

  // The table
  const explorer = document.getElementById('explorer');
  const status = el('p', {class: 'status', role: 'status'});
  const tabs = el('div', {class: 'tabs', role: 'tablist', 'aria-label': 'Rows'});
  const panel = el('div', {role: 'tabpanel', id: 'panel', tabindex: '-1'});
  let shown = [];

  function cell(column, row, section) {
    const props = {class: `t-${column.key}${column.n ? ' n' : ''}`};
    switch (column.key) {
      case 'band': return el('td', props, bandChip(row));
      case 'id': {
        const name = row[R.name] === null ? null : text(row[R.name]);
        const other = name && name.toLowerCase() !== id(row).toLowerCase();
        return el('th', {scope: 'row', class: 't-id'},
          el('button', {class: 'open', type: 'button', 'aria-haspopup': 'dialog'}, id(row) || '(no name)'),
          other ? el('br') : null, other ? el('small', null, name) : null);
      }
      case 'basic': {
        const alone = row[R.messages].every((n) => n === 0) && row[R.signIns][0] > 0;
        if (alone) return el('td', props, counted(row[R.signIns][0], 'sign-in'));
        const unknown = (row[R.recent] || row[R.messages])[2];
        return el('td', props, count(basic(row)), unknown ? el('small', null, ` + ${count(unknown)} unknown`) : null);
      }
      case 'last': return el('td', props, day(row[R.lastBasic]));
      case 'why': return el('td', props, row[R.accepted] ? `accepted until ${row[R.accepted][2]}; ${text(row[R.why])}` : text(row[R.why]));
      default: {
        const value = column.value(row, section);
        return el('td', props, typeof value === 'number' ? count(value) : value);
      }
    }
  }
  function heading(column, section) {
    const sorted = section.sort.key === column.key;
    const name = column.key === 'links' ? section.links : column.key === 'id' ? section.title.slice(0, -1) : column.head;
    const arrow = sorted ? (section.sort.down ? ' ↓' : ' ↑') : '';
    const button = el('button', {type: 'button', 'data-sort': column.key, onclick: () => {
      section.sort = sorted ? {key: column.key, down: !section.sort.down} : {key: column.key, down: Boolean(column.down)};
      section.page = 0;
      drawRows();
      panel.querySelector(`[data-sort="${column.key}"]`).focus();
    }}, name + arrow);
    return el('th', {scope: 'col', class: column.n ? 'n' : '', 'aria-sort': sorted ? (section.sort.down ? 'descending' : 'ascending') : null}, button);
  }
  function drawRows() {
    const section = sections[open];
    shown = chosen(section);
    const pages = Math.max(1, Math.ceil(shown.length / pageSize));
    section.page = Math.min(section.page, pages - 1);
    const from = section.page * pageSize;
    const rows = shown.slice(from, from + pageSize);
    const said = shown.length === section.rows.length ? counted(shown.length, section.one) :
      `${count(shown.length)} of ${counted(section.rows.length, section.one)}`;
    const body = el('tbody', {}, ...rows.map((row) => el('tr', {class: 'row'}, ...columns.map((column) => cell(column, row, section)))));
    body.addEventListener('click', (event) => {
      if (String(getSelection())) return;
      const tr = event.target.closest('tr');
      if (tr) showDetails(open, rows[tr.sectionRowIndex], tr.querySelector('.open'));
    });
    const table = el('div', {class: 'scroll', role: 'region', tabindex: '0', 'aria-label': section.title},
      el('table', {}, el('thead', {}, el('tr', {}, ...columns.map((column) => heading(column, section)))), body));
    const turn = (by) => () => {
      section.page += by;
      drawRows();
      panel.scrollIntoView();
      panel.focus({preventScroll: true});
    };
    const pager = pages < 2 ? '' : el('div', {class: 'pager'},
      el('button', {type: 'button', disabled: section.page === 0, onclick: turn(-1)}, 'Previous'),
      el('p', {}, `Rows ${count(from + 1)}–${count(from + rows.length)} of ${count(shown.length)}`),
      el('button', {type: 'button', disabled: section.page === pages - 1, onclick: turn(1)}, 'Next'));
    const result = panel.querySelector('.result');
    result.replaceChildren(el('p', {class: 'count'}, said), rows.length ? table : el('p', {}, 'No row fits these filters.'), pager);
    status.textContent = `${said} shown`;
  }
  function choice(label, key, options) {
    const section = sections[open];
    const select = el('select', {onchange: () => { section.filter[key] = select.value; section.page = 0; drawRows(); }},
      ...options.map(([value, name]) => el('option', {value}, name)));
    select.value = section.filter[key];
    return el('label', {}, label, select);
  }
  function unique(rows, value) {
    return [...new Set(rows.map(value))].filter(Boolean).sort();
  }
  function drawPanel() {
    const section = sections[open];
    const search = el('input', {type: 'search', value: section.filter.words, oninput: () => {
      section.filter.words = search.value;
      section.page = 0;
      drawRows();
    }});
    section.tenants ||= unique(section.rows, tenant);
    section.owners ||= unique(section.rows, owner);
    section.remedies ||= unique(section.rows, remedy);
    const filters = el('div', {class: 'filters', role: 'search', 'aria-label': 'Filters'},
      el('label', {class: 'wide'}, 'Search', search),
      choice('Band', 'band', [['', 'all'], ['4', 'critical'], ['3', 'high and above'], ['2', 'medium and above'], ['1', 'low and above']]),
      choice('Fate', 'fate', [['', 'all'], ...fates.map((name, at) => [String(at), name])]),
      section.tenants.length ? choice('Tenant', 'tenant', [['', 'all'], ...section.tenants.map((name) => [name, name])]) : '',
      section.owners.length ? choice('Owner', 'owner', [['', 'all'], ['-', '(none)'], ...section.owners.map((name) => ['=' + name, name])]) : '',
      choice('Do', 'remedy', [['', 'all'], ...section.remedies.map((name) => [name, name])]),
      el('button', {type: 'button', onclick: () => {
        section.filter = {words: '', band: '', fate: '', tenant: '', owner: '', remedy: ''};
        section.sort = {key: 'rank', down: false};
        section.page = 0;
        drawPanel();
      }}, 'Reset'));
    panel.replaceChildren(filters, el('div', {class: 'result'}));
    panel.setAttribute('aria-labelledby', `tab-${open}`);
    for (const tab of tabs.children) {
      const on = tab.id === `tab-${open}`;
      tab.setAttribute('aria-selected', String(on));
      tab.tabIndex = on ? 0 : -1;
    }
    drawRows();
  }
  function choose(key) {
    open = key;
    drawPanel();
  }
  for (const [key, section] of Object.entries(sections))
    tabs.append(el('button', {type: 'button', role: 'tab', id: `tab-${key}`, 'aria-controls': 'panel',
      onclick: () => choose(key), onkeydown: (event) => {
        if (event.key !== 'ArrowRight' && event.key !== 'ArrowLeft') return;
        choose(key === 'accounts' ? 'devices' : 'accounts');
        document.getElementById(`tab-${open}`).focus();
      }}, `${section.title} (${count(section.rows.length)})`));

  // The details of one row
  const dialog = document.getElementById('details');
  let opener = null;
  dialog.addEventListener('close', () => { if (opener && opener.isConnected) opener.focus(); });
  dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });

  function pointBar(points, max) {
    const known = points !== null;
    const width = max > 0 ? 100 * (known ? points : max / 3) / max : 0;
    return svg('svg', {viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true'},
      svg('rect', {class: 'axis-ground', width: 100, height: 10, rx: 2}),
      svg('rect', {class: known ? 'axis-points' : 'axis-unknown', width, height: 10, rx: 2}));
  }
  function axisTable(row, axis, title, value) {
    const lines = [];
    for (let at = 0; at < row[R.factors].length; at += 3) {
      const [kindAxis, name, max] = data.kinds[row[R.factors][at]];
      if (kindAxis !== axis) continue;
      const points = row[R.factors][at + 1];
      const evidence = text(row[R.factors][at + 2]);
      lines.push(el('tr', {}, el('th', {scope: 'row'}, name),
        el('td', {class: 'n'}, `${points === null ? '?' : points} of ${max}`), el('td', {}, pointBar(points, max)),
        el('td', {}, points === null ? `unknown, counts ${Math.round(max / 3 * 10) / 10}${evidence ? ': ' + evidence : ''}` : evidence)));
    }
    return [el('h3', {}, `${title}: ${value} of 100`),
      lines.length ? el('table', {class: 'points'}, el('thead', {class: 'status'}, el('tr', {}, ...['Factor', 'Points', 'Bar', 'Evidence'].map((head) => el('th', {scope: 'col'}, head)))), el('tbody', {}, ...lines)) :
        el('p', {}, 'No points on this axis.')];
  }
  const counts = (three) => three.map((n, at) => n ? `${count(n)} ${['Basic', 'OAuth', 'of unknown protocol'][at]}` : '').filter(Boolean).join(', ') || 'none';
  function facts(pairs) {
    return el('dl', {}, ...pairs.filter(([, value]) => value !== '' && value !== null).flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]));
  }
  // One address may be a device of several tenants.
  function chips(names, other, whose) {
    const limit = 200;
    const target = sections[other];
    target.index ||= new Map(target.rows.map((row) => [`${row[R.id]} ${row[R.tenant]}`, row]));
    const items = names.slice(0, limit).map((ref) => {
      const row = target.index.get(`${ref} ${whose[R.tenant]}`);
      return el('li', {}, row ? el('button', {class: 'small', type: 'button', onclick: () => showDetails(other, row, opener)}, data.strings[ref]) : data.strings[ref]);
    });
    if (names.length > limit) items.push(el('li', {}, `and ${count(names.length - limit)} more`));
    return items.length ? el('ul', {class: 'chips'}, ...items) : '';
  }
  function tls(row) {
    return ['1.0', '1.1', '1.2', '1.3', 'a version not told'].map((name, at) => row[R.tls][at] ? `${count(row[R.tls][at])} by ${at < 4 ? 'TLS ' : ''}${name}` : '').filter(Boolean).join(', ');
  }
  function switchChain(row) {
    const s = row[R.switches];
    if (!s) return [];
    const items = [];
    for (let at = 2; at < s.length; at += 5) {
      const [name, value, basicSays, oauthSays, origin] = s.slice(at, at + 5).map((ref) => data.strings[ref]);
      items.push(el('li', {}, el('strong', {}, name), `: ${value || 'unknown'}. Basic ${basicSays || 'unknown'}, OAuth ${oauthSays || 'unknown'}`, origin ? el('small', {}, ` (${origin})`) : ''));
    }
    return [el('h3', {}, 'Switches'),
      el('p', {}, `Basic works: ${s[0]}${s[1] === null ? '' : `, decided by ${data.strings[s[1]]}`}.`),
      items.length ? el('ol', {class: 'chain'}, ...items) : ''];
  }
  // What each link rests on, and how sure it is; of the first twenty.
  function linkList(key, row) {
    const links = row[R.links];
    if (!links.length) return [];
    const most = 20;
    const items = [];
    for (let at = 0; at < links.length && at < 2 * most; at += 2)
      items.push(el('li', {}, el('strong', {}, data.strings[row[R.linked][at / 2]]), ` ${['low', 'medium', 'high'][links[at]]} confidence: ${text(links[at + 1])}`));
    if (links.length > 2 * most) items.push(el('li', {}, `${count(links.length / 2 - most)} more in the run document`));
    return [el('h3', {}, key === 'accounts' ? 'How sure each device is' : 'How sure each account is'), el('ul', {class: 'links'}, ...items)];
  }
  function copyButton(value) {
    const button = el('button', {class: 'small', type: 'button', onclick: async () => {
      const done = await copy(value);
      status.textContent = done ? 'copied' : 'copying is not allowed here';
      button.textContent = done ? 'Copied' : 'Select and copy';
      setTimeout(() => { button.textContent = 'Copy'; }, 1500);
    }}, 'Copy');
    return button;
  }
  async function copy(value) {
    try {
      await navigator.clipboard.writeText(value);
      return true;
    } catch {
      return false;
    }
  }
  function command(line) {
    return el('pre', {}, line, copyButton(line));
  }
  // As one word of a POSIX shell, at the end of a line.
  const quoted = (word) => /^[\w@%+:,.\/][\w@%+:,.\/-]*$/.test(word) ? word : `-- '${word.replace(/'/g, "'\\''")}'`;

  function showDetails(key, row, from) {
    const section = sections[key];
    opener = from;
    const name = row[R.name] === null ? '' : text(row[R.name]);
    const place = shown.indexOf(row);
    const step = (by) => place >= 0 && key === open && shown[place + by] ? () => showDetails(key, shown[place + by], opener) : null;
    const remedyOf = row[R.remedy] === null ? null : data.remedies[row[R.remedy]];
    const actions = data.actions.filter((action, at) => action.indexOf(row[R.id], 1) > 0 && (!data.actionTenants || data.actionTenants[at] === row[R.tenant])).map((action) => data.strings[action[0]]);
    const bar = el('div', {class: 'sheet-bar'},
      el('button', {type: 'button', disabled: !step(-1), onclick: step(-1) || (() => {})}, 'Previous'),
      el('button', {type: 'button', disabled: !step(1), onclick: step(1) || (() => {})}, 'Next'),
      el('button', {type: 'button', onclick: () => dialog.close()}, 'Close'));
    const range = row[R.low] === row[R.high] ? '' : `, between ${row[R.low]} and ${row[R.high]} with what is unknown`;
    const sheet = el('div', {class: 'sheet'}, bar,
      el('h2', {id: 'details-title', tabindex: '-1'}, id(row) || '(no name)'),
      name && name.toLowerCase() !== id(row).toLowerCase() ? el('p', {}, name) : '',
      el('p', {}, bandChip(row), ` priority ${row[R.priority]}${range} · ${section.one} · rank ${count(section.rank.get(row))} of ${count(section.rows.length)}`),
      el('p', {class: 'lead'}, `${data.status[row[R.status]][1]}.`),
      el('p', {class: 'reason'}, text(row[R.why])),
      row[R.accepted] ? el('p', {}, `Accepted until ${row[R.accepted][2]}: ${row[R.accepted][0]}${row[R.accepted][1] ? ` (${row[R.accepted][1]})` : ''}`) : '',
      remedyOf || actions.length ? el('div', {class: 'do'},
        remedyOf ? el('p', {}, el('strong', {}, `Do: ${remedyOf[1]}`)) : '', remedyOf ? el('p', {}, remedyOf[2]) : '',
        remedyOf && remedyOf.length > 3 ? el('p', {}, 'What would decide it:') : '',
        remedyOf && remedyOf.length > 3 ? el('ul', {}, ...remedyOf.slice(3).map((need) => el('li', {}, need))) : '',
        actions.length ? el('p', {}, `Part of: ${actions.join('; ')}`) : '') : '',
      ...axisTable(row, 0, 'Impact, what breaks at the cut-off', row[R.impact]),
      ...axisTable(row, 1, 'Exposure, what a stolen password can do today', row[R.exposure]),
      el('p', {}, el('small', {}, `Priority is max(U·I, E) + ¼·min(U·I, E), at most 100, where U is the urgency of the cut-off. ${percent(row[R.known])} of the points are known.`)),
      el('h3', {}, 'Use'),
      facts([
        ['Messages', counts(row[R.messages])],
        ['Last 30 days', row[R.recent] ? counts(row[R.recent]) : 'not known: the source has no dates'],
        ['Sign-ins', [['with Basic', 0], ['failed with Basic', 1], ['with OAuth, SMTP or not', 2]].filter(([, at]) => row[R.signIns][at]).map(([what, at]) => `${count(row[R.signIns][at])} ${what}`).join(', ')],
        ['First seen', day(row[R.first])], ['Last Basic', day(row[R.lastBasic])], ['Last OAuth', day(row[R.lastOauth])],
        ['TLS', tls(row)],
        ['Recipients', row[R.internal] === null ? '' : `${percent(row[R.internal])} internal`],
        ['Programs', row[R.agents].map((ref) => data.strings[ref]).join(', ')],
        ['Mailbox', row[R.mailbox] === null ? '' : text(row[R.mailbox])],
        ['Tenant', tenant(row)], ['Owner', owner(row)], ['Site', row[R.site] === null ? '' : text(row[R.site])],
        ['Class', `${data.strings[row[R.class][0]]} (${data.strings[row[R.class][1]]}${row[R.class][2] === null ? '' : ': ' + text(row[R.class][2])})`],
        [section.links, chips(row[R.linked], key === 'accounts' ? 'devices' : 'accounts', row)],
        ['Addresses', row[R.addresses] === null || key === 'devices' ? '' : row[R.addresses].map((ref) => data.strings[ref]).join(', ')],
      ]),
      ...linkList(key, row),
      ...switchChain(row),
      el('h3', {}, 'When'),
      facts([['Cut-off', data.cutoff], ['Next', data.next || ''],
        ['Overdue', row[R.overdue] === null ? '' : `last Basic submission ${counted(row[R.overdue], 'day')} after the cut-off`]]),
      row[R.marks].length || row[R.notes].length ? el('h3', {}, 'Notes') : '',
      row[R.marks].length || row[R.notes].length ? el('ul', {}, ...row[R.marks].map((ref) => el('li', {}, data.strings[ref])), ...row[R.notes].map((ref) => el('li', {}, text(ref)))) : '',
      el('h3', {}, 'Where it comes from'),
      row[R.origins].length ? el('p', {}, `First and last: ${row[R.origins].map(text).join(', ')}`) : '',
      command(`smtpaudit explain --from run.json ${tenant(row) ? `--tenant ${quoted(tenant(row))} ` : ''}${quoted(id(row))}`));
    dialog.replaceChildren(svgDefs(), sheet);
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
    dialog.querySelector('#details-title').focus();
  }
  function svgDefs() {
    return svg('svg', {width: 0, height: 0, 'aria-hidden': 'true', class: 'status'},
      svg('defs', {}, svg('pattern', {id: 'hatch-points', width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)'},
        svg('rect', {class: 'hatch-points-line', width: 2, height: 6}))));
  }

  // The map: what belongs together lights up, a click opens the details.
  function wireMap() {
    const map = document.querySelector('.map');
    if (!map) return;
    const groups = {account: [...map.querySelectorAll('[data-account]')], device: [...map.querySelectorAll('[data-device]')]};
    const edges = [...map.querySelectorAll('.edge')];
    const clear = () => { map.classList.remove('focus'); map.querySelectorAll('.on').forEach((node) => node.classList.remove('on')); };
    for (const [kind, nodes] of Object.entries(groups))
      nodes.forEach((node, at) => {
        node.addEventListener('pointerenter', () => {
          clear();
          map.classList.add('focus');
          node.classList.add('on');
          for (const edge of edges) {
            const [a, d] = [Number(edge.dataset.a), Number(edge.dataset.d)];
            if ((kind === 'account' ? a : d) !== at) continue;
            edge.classList.add('on');
            groups.account[a].classList.add('on');
            groups.device[d].classList.add('on');
          }
        });
        node.addEventListener('pointerleave', clear);
        node.addEventListener('click', () => {
          const key = `${kind}s`;
          const row = sections[key].rows.find((candidate) => id(candidate) === node.dataset[kind] && tenant(candidate) === (node.dataset.tenant || ''));
          if (row) showDetails(key, row, null);
        });
      });
  }

  // What to do: each kind of work opens its accounts; commands can be copied.
  function wireWork() {
    for (const item of document.querySelectorAll('.work > li'))
      item.append(el('button', {class: 'small', type: 'button', 'aria-label': `Show them: ${item.dataset.do}`, onclick: () => {
        const section = sections.accounts;
        section.filter = {words: '', band: '', fate: '0', tenant: '', owner: '', remedy: item.dataset.do};
        section.page = 0;
        choose('accounts');
        document.getElementById('rows').scrollIntoView();
        panel.focus({preventScroll: true});
      }}, 'Show them'));
    for (const block of document.querySelectorAll('pre.copy')) block.append(copyButton(block.textContent));
  }

  document.documentElement.classList.add('script');
  document.getElementById('plain').remove();
  explorer.append(tabs, panel, status);
  explorer.hidden = false;
  drawPanel();
  wireMap();
  wireWork();
})();
