-- sqlite3: what is behind the .import lines that `compare` writes (reports alone)
SELECT count(*) || ' ' || count(DISTINCT account) || ' ' || sum(n) || ' ' ||
       sum(n) FILTER (WHERE method = 'basic') || ' ' || sum(n) FILTER (WHERE method = 'oauth')
FROM (SELECT lower(senderName || '@' || senderDomain) account, lower(authMethod) method,
             original_client_ip client, substr(date, 1, 10) day, sum(message_count) n
      FROM rows GROUP BY 1, 2, 3, 4);
