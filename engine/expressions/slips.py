"""Common slips in expressions: what was probably meant, and the correction that one click applies.

People who come from other languages write `a and b`, `n == 5` or `a == "x"`. A slip is found among the
tokens (`slip_rules`); what to write instead counts only if the corrected whole can be read. Some slips can
be read as they are and mean something else (`a == true` asks for a field called `true`): those are `doubts`.
"""

import re
from collections.abc import Callable, Collection, Sequence

from .errors import ExpressionError, Mend
from .references import ROOTS
from .slip_phrases import find_phrases
from .slip_rules import Slip, dress, find_hyphens, find_slips, tokens_of
from .slip_texts import find_texts

_ROUNDS = 6
_SHOWN = 60  # characters of a correction that a button shows


def explained(error: ExpressionError, reads: Callable[[str], bool]) -> ExpressionError:
    """The error with a hint and a correction, where a slip explains it; `reads` says whether a text can be
    read as an expression."""
    text = error.expression
    bare = _without_braces(text)
    if bare is not None and reads(bare):
        message = "write the expression without braces here"
        return ExpressionError(text, error.column, message, Mend(_label(bare), bare))
    for doubtful in (True, False):
        mended, hints = _mended(text, doubtful=doubtful)
        if mended != text and reads(mended):
            new = [hint for hint in hints if hint not in error.message]
            message = "; ".join([error.message, *new[:2]])
            return ExpressionError(text, error.column, message, Mend(_label(mended), mended))
    return error


def _mended(text: str, *, doubtful: bool) -> tuple[str, list[str]]:
    """The text without its slips, and what to say of them. One correction may show the next slip: `a is not
    null` becomes a comparison first."""
    hints: dict[str, None] = {}
    mended = text
    for _ in range(_ROUNDS):
        slips = [slip for slip in _find(mended) if doubtful or not slip.doubtful]
        changed = _apply(dress(mended), slips)
        hints |= dict.fromkeys(slip.hint for slip in slips if slip.hint)
        if changed == mended:
            break
        mended = changed
    return mended, list(hints)


def _find(text: str) -> list[Slip]:
    """The slips of a text that can be corrected at once, in their order."""
    for find in (find_texts, find_phrases, find_slips):
        slips = sorted(find(text), key=lambda slip: (slip.start, -slip.end))
        if slips:
            return _apart(slips)
    return []


def _apart(slips: list[Slip]) -> list[Slip]:
    """Those that do not lie within one another."""
    found: list[Slip] = []
    for slip in slips:
        if not found or slip.start >= found[-1].end:
            found.append(slip)
    return found


def doubts(text: str, reads: Callable[[str], bool]) -> list[ExpressionError]:
    """What a readable expression says that hardly anybody means, each with a hint and the correction."""
    every = (*find_texts(text), *find_phrases(text), *find_slips(text))
    slips = _apart(sorted((slip for slip in every if slip.doubtful), key=lambda slip: slip.start))
    found = []
    for slip in slips:
        mended = _apply(text, [slip])
        mend = Mend(_label(mended), mended) if reads(mended) else None
        found.append(ExpressionError(text, slip.start, slip.hint, mend))
    return found


def corrected(text: str, names: Collection[str], reads: Callable[[str], bool]) -> Mend | None:
    """The text in which each of these names, which nothing has, is what was probably meant; None when it
    cannot be read then."""
    every = (*find_texts(text), *find_phrases(text), *find_slips(text))
    slips = [slip for slip in every if slip.doubtful and text[slip.start : slip.end].strip('"') in names]
    mended = _apply(text, _apart(sorted(slips, key=lambda slip: slip.start)))
    return Mend(_label(mended), mended) if mended != text and reads(mended) else None


def hyphens(text: str, reads: Callable[[str], bool]) -> list[tuple[range, ExpressionError]]:
    """Where names with a hyphen stand without quotes, which then subtract: the place of each, what to say of
    it, and the correction. Whether that was meant, only those know who know what can be read there."""
    tokens = tokens_of(text)
    slips = list(find_hyphens(tokens))
    mended = _apply(text, slips)
    mend = Mend(_label(mended), mended) if slips and reads(mended) else None
    return [
        (range(slip.start, slip.end), ExpressionError(text, slip.start, slip.hint, mend)) for slip in slips
    ]


def single_braces(text: str, reads: Callable[[str], bool]) -> Mend | None:
    """The text with doubled braces, where single ones seem to mean a template: `{trigger.body.a}`."""
    found = [
        match
        for match in _SINGLE.finditer(text)
        if match[1].strip().split(".")[0] in ROOTS and reads(match[1])
    ]
    slips = [Slip(match.start(), match.end(), f"{{{{ {match[1].strip()} }}}}", "") for match in found]
    return Mend(_label(_apply(text, slips)), _apply(text, slips)) if slips else None


_SINGLE = re.compile(r"(?<![{$])\$?\{(\s*[a-z]+\.[^{}]+)\}(?!\})")


# -- corrections ---------------------------------------------------------------------------------------


def _label(mended: str) -> str:
    line = " ".join(mended.split())
    return f"Write {line}" if len(line) <= _SHOWN else "Apply the correction"


def _apply(text: str, slips: Sequence[Slip]) -> str:
    for slip in sorted(slips, key=lambda slip: slip.start, reverse=True):
        text = text[: slip.start] + slip.put + text[slip.end :]
    return text


_BRACES = re.compile(r"\s*\$?(?:\{\{(.*)\}\}|\{(.*)\})\s*", re.DOTALL)


def _without_braces(text: str) -> str | None:
    found = _BRACES.fullmatch(text)
    if found is None:
        return None
    inner = (found[1] if found[1] is not None else found[2]).strip()
    return inner or None
