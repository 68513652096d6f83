"""Whether two names are spellings of one company's."""

import re

# What the same company is called with in one place and without in another.
_LEGAL_FORMS = frozenset(
    {
        "the",
        "inc",
        "incorporated",
        "corp",
        "corporation",
        "co",
        "company",
        "companies",
        "plc",
        "ltd",
    }
    | {"limited", "llc", "lp", "nv", "sa", "ag", "se", "group", "holding", "holdings", "trust"}
    | {"class", "common", "stock"}
)
_TELLING_WORDS = 2


def are_alike(one: str, other: str) -> bool:
    """Return whether two names agree but for the legal form, or for what follows two words.

    American Airlines is American Airlines Group Inc. Dell is not Dell Technologies: one word is
    too little to go by. A name without a word is like none.
    """
    words = sorted((_words(one), _words(other)), key=len)
    if len(words[0]) < _TELLING_WORDS:
        return bool(words[0]) and words[0] == words[1]
    return words[1][: len(words[0])] == words[0]


def _words(name: str) -> list[str]:
    plain = re.sub(r"\(.*?\)|[.']", "", name.casefold())
    return [word for word in re.findall(r"\w+", plain) if word not in _LEGAL_FORMS]
