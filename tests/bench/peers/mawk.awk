# mawk: mawk -f mawk.awk FILE... (reports alone; nothing in them is quoted)
BEGIN { FS = "," }
FNR == 1 { next }
{ groups[tolower($2 "@" $3) "\t" tolower($4) "\t" $5 "\t" substr($1, 1, 10)] += $8 }
END {
    for (key in groups) {
        split(key, part, "\t")
        accounts[part[1]]
        all += groups[key]
        by[part[2]] += groups[key]
        ++count
    }
    for (account in accounts) ++names
    printf "%d %d %d %d %d\n", count, names, all, by["basic"], by["oauth"]
}
