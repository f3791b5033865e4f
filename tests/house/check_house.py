#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the rules of the house and prints each breach. Needs nothing but Python: `python3 tests/house/check_house.py`."""

import sys

import contributing
import dependencies
import documents
import rules
import words
from tree import Tree

RULES = rules.RULES + dependencies.RULES + documents.RULES + words.RULES + contributing.RULES


def main():
    tree = Tree()
    breaches = [breach for rule in RULES for breach in rule(tree)]
    for breach in breaches:
        print(breach)
    print(f"house: {len(RULES)} rules, {len(tree.files)} files, {len(breaches)} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
