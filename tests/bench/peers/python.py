"""Python: python.py reports|sign-ins FILE..."""
import collections
import csv
import json
import sys


def reports(files):
    for file in files:
        with open(file, encoding="utf-8", newline="") as rows:
            reader = csv.reader(rows)
            next(reader)
            for row in reader:
                yield (f"{row[1]}@{row[2]}".lower(), row[3].lower(), row[4], row[0][:10]), int(row[7])


def sign_ins(files):
    for file in files:
        with open(file, "rb") as rows:
            for line in rows:
                row = json.loads(line)
                if row["clientAppUsed"].lower() in ("authenticated smtp", "smtp"):
                    method = "failed" if row["status"]["errorCode"] else "basic"
                    yield (row["userPrincipalName"].lower(), method, row["ipAddress"],
                           row["createdDateTime"][:10]), 1


groups = collections.Counter()
for key, count in (reports if sys.argv[1] == "reports" else sign_ins)(sys.argv[2:]):
    groups[key] += count
sums = collections.Counter()
for key, count in groups.items():
    sums[key[1]] += count
print(len(groups), len({key[0] for key in groups}), sum(sums.values()), sums["basic"], sums["oauth"])
