"""Why a series, or a curve, gets no forecast."""


class Unsuitable(Exception):
    """Nothing honest can be said; `reason` names why in one word, `str()` in a sentence.

    Attributes:
        reason: short, flat, gappy, ended, not_finite or few_tenors.
    """

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason
