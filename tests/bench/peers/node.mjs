// Node: node.mjs reports|sign-ins FILE...
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

const [kind, ...files] = process.argv.slice(2);
const groups = new Map();
const add = (account, method, client, day, count) => {
  const key = `${account}\t${method}\t${client}\t${day}`;
  groups.set(key, (groups.get(key) ?? 0) + count);
};
for (const file of files) {
  let is_header = kind === 'reports';
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if (is_header) {
      is_header = false;
    } else if (kind === 'reports') {
      const cell = line.split(',');
      add(`${cell[1]}@${cell[2]}`.toLowerCase(), cell[3].toLowerCase(), cell[4], cell[0].slice(0, 10),
          Number(cell[7]));
    } else {
      const row = JSON.parse(line);
      if (!['authenticated smtp', 'smtp'].includes(row.clientAppUsed.toLowerCase())) continue;
      add(row.userPrincipalName.toLowerCase(), row.status.errorCode === 0 ? 'basic' : 'failed',
          row.ipAddress, row.createdDateTime.slice(0, 10), 1);
    }
  }
}
const accounts = new Set();
const sums = { all: 0, basic: 0, oauth: 0 };
for (const [key, count] of groups) {
  const [account, method] = key.split('\t');
  accounts.add(account);
  sums.all += count;
  if (method in sums) sums[method] += count;
}
console.log(groups.size, accounts.size, sums.all, sums.basic, sums.oauth);
