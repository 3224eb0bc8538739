#!/usr/bin/env python3
"""Validates run documents against the JSON Schema (2020-12) that `smtpaudit schema` prints.

  validate_schema.py SCHEMA.json DOCUMENT.json...

Exit 0: all valid. 1: the mistakes are on standard output. 77: python3-jsonschema is missing.
"""
import json
import sys

try:
    from jsonschema import Draft202012Validator
except ImportError:
    print("python3-jsonschema is not installed: skipped")
    sys.exit(77)


def no_duplicates(pairs):
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        raise ValueError("a member stands twice")
    return dict(pairs)


def no_constant(name):
    raise ValueError(f"{name} is not JSON")


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file, object_pairs_hook=no_duplicates, parse_constant=no_constant)


def main(schema_path, document_paths):
    schema = load(schema_path)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    bad = 0
    for path in document_paths:
        for error in sorted(validator.iter_errors(load(path)), key=lambda e: e.json_path):
            bad += 1
            print(f"{path}: {error.json_path}: {error.validator} {error.validator_value!r}")
    return 1 if bad else 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
