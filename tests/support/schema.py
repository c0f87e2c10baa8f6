"""Says whether a JSON file keeps to a JSON Schema: schema.py SCHEMA FILE. Exit 0: it does, 1: it does not.

Without FILE: whether the schema is one.
"""

import json
import sys

from jsonschema import FormatChecker
from jsonschema.validators import validator_for

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
kind = validator_for(schema)
if len(sys.argv) == 2:
    kind.check_schema(schema)
    sys.exit(0)
with open(sys.argv[2], encoding="utf-8") as file:
    value = json.load(file)
# A report is of one command: the schemas of all the others fail on its name, and take long to say so.
of_command = [one for one in schema.get("oneOf", []) if one.get("properties", {}).get("command", {}).get("const") == value.get("command")] if isinstance(value, dict) else []
if of_command:
    schema = {**schema, "oneOf": of_command}
errors = sorted(kind(schema, format_checker=FormatChecker()).iter_errors(value), key=lambda error: list(map(str, error.absolute_path)))
for error in errors[:20]:
    print("/".join(map(str, error.absolute_path)), error.message[:300], sep=": ")
sys.exit(1 if errors else 0)
