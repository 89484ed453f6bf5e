"""C identifiers out of the names that a model file uses."""

from __future__ import annotations

import re

MAX_C_NAME = 48
"""Characters that are kept of a name: macros and file names are made of it, with more in front."""


def unique_c_name(name: str, taken: set[str]) -> str:
    """A C identifier made of a tensor's name, different from those taken; it joins them. Of long names the end, which
    tells more than the scopes before it."""
    base = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").lower() or "tensor"
    if len(base) > MAX_C_NAME:
        # From a whole word on, where one begins soon.
        word, _, rest = base[-MAX_C_NAME:].partition("_")
        base = (rest if len(word) < MAX_C_NAME // 2 else base[-MAX_C_NAME:]).strip("_")
    base = f"t_{base}" if base[0].isdigit() or base in C_KEYWORDS else base
    candidate, number = base, 1
    while candidate in taken:
        number += 1
        candidate = f"{base}_{number}"
    taken.add(candidate)
    return candidate


C_KEYWORDS = frozenset(
    re.findall(
        r"\w+",
        """
        auto break case char const continue default do double else enum extern float for goto if inline int long
        register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while
        alignas alignof bool catch class delete explicit export false friend mutable namespace new operator private
        protected public template this throw true try typename using virtual
        """,
    )
)
"""Words that C or C++ keeps for itself: generated headers serve both."""
