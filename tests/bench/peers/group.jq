# jq: jq -nrf group.jq FILE... (sign-ins alone). Collects and sorts: jq 1.6 copies an object each time
# that one of its values is counted up.
[inputs | select(.clientAppUsed | ascii_downcase | . == "authenticated smtp" or . == "smtp")
 | [(.userPrincipalName | ascii_downcase), (if .status.errorCode == 0 then "basic" else "failed" end),
    .ipAddress, .createdDateTime[:10]]]
| group_by(.) | map({key: .[0], value: length})
| "\(length) \(map(.key[0]) | unique | length) \(map(.value) | add) \(map(select(.key[1] == "basic").value) | add) 0"
