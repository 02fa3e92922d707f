"""Arguments of callers as aligned float arrays; an argument that does not fit is refused by its name.

Counts become 64-bit floats at once, so that products of margins cannot overflow the 32-bit integers that
databases and pandas pass; whole numbers are exact there up to 2**53.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MOST = 2.0**53


def as_numbers(name: str, values: Any, *, dimensions: tuple[int, ...] = (0, 1)) -> Floats:
    """Finite 64-bit floats. ValueError names the argument when a value is absent, infinite or not a number."""
    if isinstance(values, np.ma.MaskedArray):  # DuckDB returns one for a column with nulls
        values = np.ma.filled(values.astype(np.float64), np.nan)
    try:
        numbers = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{name}: not numeric ({error}); pass numbers, with no value absent") from error
    if numbers.ndim not in dimensions:
        wanted = " or ".join(str(number) for number in dimensions)
        raise ValueError(f"{name}: has {numbers.ndim} dimensions; pass an array of {wanted}")
    if not np.isfinite(numbers).all():
        raise ValueError(f"{name}: holds an absent or infinite value; drop or fill those rows first")
    return numbers


def as_counts(name: str, values: Any, *, dimensions: tuple[int, ...] = (0, 1)) -> Floats:
    """Counts of people or cases: whole, not negative and at most 2**53, else ValueError."""
    counts = as_numbers(name, values, dimensions=dimensions)
    if (counts < 0).any():
        raise ValueError(f"{name}: holds a negative count; pass counts of 0 or more")
    if (counts > MOST).any():
        raise ValueError(
            f"{name}: holds a count above 2**53, past which whole numbers are not exact; pass true counts"
        )
    if (counts != np.floor(counts)).any():
        raise ValueError(f"{name}: holds a fraction; pass whole counts, uncorrected")
    return counts


def as_positive(name: str, values: Any) -> Floats:
    """Numbers above zero, else ValueError."""
    numbers = as_numbers(name, values)
    if (numbers <= 0).any():
        raise ValueError(f"{name}: holds a value of 0 or less; pass values above 0")
    return numbers


def align(**arrays: Floats) -> tuple[Floats, ...]:
    """The arrays as 1-D of one length; a scalar is repeated. ValueError when two lengths differ."""
    lengths = {name: array.shape[0] for name, array in arrays.items() if array.ndim == 1}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise ValueError(f"{', '.join(lengths)}: lengths differ ({listed}); pass arrays of one length")
    length = next(iter(lengths.values()), 1)
    return tuple(np.broadcast_to(array, (length,)) for array in arrays.values())


def distinct(values: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[np.intp]]:
    """The distinct values in order, and the place of each value among them; found by hashing, without a sort."""
    places, values_in_order = pd.factorize(values, sort=True)
    return np.asarray(values_in_order), np.asarray(places, dtype=np.intp)


def index_of(*values: Any) -> pd.Index | None:
    """The row labels of the first Series, so that results join back to the table they came from; else None.

    Values are read by position. ValueError where another Series has the same labels in another order: one of the
    two was sorted, and every row would be that of another pair.
    """
    indexes = [value.index for value in values if isinstance(value, pd.Series)]
    for other in indexes[1:]:
        first = indexes[0]
        if (
            len(other) == len(first)
            and not other.equals(first)
            and other.isin(first).all()
            and first.isin(other).all()
        ):
            raise ValueError("two Series have the same row labels in another order; reindex one as the other")
    return indexes[0] if indexes else None
