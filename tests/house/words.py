# SPDX-License-Identifier: Apache-2.0
"""One word for one thing, in what people read outside the code (docs/architecture.md, Words): no retired word comes back."""

import re

# What is retired, and what to write. Names in code, such as the table `nodes`, are no words: they stand between backticks.
# A line may end between two words, in a comment too.
RETIRED = {
    r"nodes?(?!\.js)": "say gateway",
    r"(?<!nginx )(?<!nginx' )workers?": "nginx has workers; say gateway, or thread",
    r"(?:old|legacy)[\s#]+systems?": "say older system",
    r"old[\s#]+(?:cookie|token|session)s?": "say older: it belongs to the older system",
    r"over[\s#]+there": "name the system, the host or the database",
    r"revo(?:ke|kes|ked|king|cation|cations)": "a session ends, a permission is withdrawn",
}
PATTERNS = {
    re.compile(rf"(?<![\w-]){words}(?![\w-])", re.IGNORECASE): advice
    for words, advice in RETIRED.items()
}
BLOCK = re.compile(r"^```.*?^```|^ {4}[^\n]*", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`[^`]*`")
NO_COMMENT = re.compile(r"^[^#\n]*(?=#)|^[^#\n]*$", re.MULTILINE)


def blanked(pattern, text):
    """With spaces in place of what matches, so that every line stays where it is."""
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def read_by_people(tree):
    """Each document, and each configuration's comments: path and text without code."""
    for path in tree.files:
        if path.endswith(".md") and path.count("/") <= 1:
            yield path, blanked(SPAN, blanked(BLOCK, tree.text(path)))
        elif path.startswith(("nginx/", "systemd/")):
            yield path, blanked(SPAN, blanked(NO_COMMENT, tree.text(path)))


def retired_words(tree):
    for path, text in read_by_people(tree):
        for pattern, advice in PATTERNS.items():
            for found in pattern.finditer(text):
                word = re.sub(r"[\s#]+", " ", found[0])
                yield f"{path}:{text.count(chr(10), 0, found.start()) + 1}: {word!r} is retired: {advice} (docs/architecture.md)"


RULES = [retired_words]
