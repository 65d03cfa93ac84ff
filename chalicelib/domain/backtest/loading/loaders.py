"""The names of loaders, as a request's `source` has them; without numpy, for whoever only checks a name."""

from typing import Final

#: Whatever was loaded of the underlying: the set that has most of the days asked for.
STORED: Final = "stored"
LOADERS: Final = ("orats", "datashop", "optionsdx", "l3", "ivolatility", "parquet", "optopsy", "own", "lean")
