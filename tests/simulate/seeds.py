"""The seeds that the tests live through with every guard on.

The days at which a guard that is off is noticed are among them (`test_mutations`), so that each is lived
through once; the others make people, structures and desks nearly as frequent as in any seeds. In the last two
people trade at every broker.
"""

from typing import Final

SEEDS: Final = (
    *(1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 15, 16, 17, 20, 22, 23, 25),
    *(26, 30, 44, 61, 62, 157),
    *(1400012, 1400018),
)
