// DuckDB: duckdb.mjs reports|sign-ins THREADS FILE... The processor time is that of the query alone.
import { DuckDBInstance } from '@duckdb/node-api';

const [kind, threads, ...files] = process.argv.slice(2);
const list = `[${files.map((file) => `'${file.replaceAll("'", "''")}'`).join()}]`;
const text = (names) => `{${names.map((name) => `${name}: 'VARCHAR'`).join()}}`;

const REPORTS = `
  SELECT count(*), count(DISTINCT account), sum(n), sum(n) FILTER (method = 'basic'),
         sum(n) FILTER (method = 'oauth') FROM (
    SELECT lower(senderName || '@' || senderDomain) AS account, lower(authMethod) AS method,
           original_client_ip AS client, date[1:10] AS day, sum(message_count) AS n
    FROM read_csv(${list}, header = true, quote = '"', columns = {date: 'VARCHAR',
         senderName: 'VARCHAR', senderDomain: 'VARCHAR', authMethod: 'VARCHAR',
         original_client_ip: 'VARCHAR', tls_version: 'VARCHAR', tls_cipher: 'VARCHAR',
         message_count: 'BIGINT', message_id: 'VARCHAR'})
    GROUP BY ALL)`;
const SIGN_INS = `
  SELECT count(*), count(DISTINCT account), sum(n), sum(n) FILTER (is_ok), 0 FROM (
    SELECT lower(userPrincipalName) AS account, ipAddress AS client, createdDateTime[1:10] AS day,
           status.errorCode = 0 AS is_ok, count(*) AS n
    FROM read_json(${list}, format = 'newline_delimited', columns = {createdDateTime: 'VARCHAR',
         userPrincipalName: 'VARCHAR', clientAppUsed: 'VARCHAR', ipAddress: 'VARCHAR',
         status: 'STRUCT(errorCode INTEGER)'})
    WHERE lower(clientAppUsed) IN ('authenticated smtp', 'smtp') GROUP BY ALL)`;

const instance = await DuckDBInstance.create(':memory:', { threads });
const connection = await instance.connect();
const before = process.cpuUsage();
const answer = await connection.runAndReadAll(kind === 'reports' ? REPORTS : SIGN_INS);
const used = process.cpuUsage(before);
console.log(answer.getRows()[0].map((value) => String(value ?? 0)).join(' '),
            (used.user + used.system) / 1e6);
