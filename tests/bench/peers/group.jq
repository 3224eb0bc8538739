# jq: jq -nrf group.jq FILE... (sign-ins alone)
reduce (inputs | select(.clientAppUsed | ascii_downcase | . == "authenticated smtp" or . == "smtp")) as $row
  ({}; .[[($row.userPrincipalName | ascii_downcase),
          (if $row.status.errorCode == 0 then "basic" else "failed" end),
          $row.ipAddress, $row.createdDateTime[:10]] | join("\t")] += 1)
| to_entries | map(.key |= split("\t"))
| "\(length) \(map(.key[0]) | unique | length) \(map(.value) | add) \(map(select(.key[1] == "basic").value) | add) 0"
