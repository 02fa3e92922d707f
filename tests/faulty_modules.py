"""A module of the pipeline with a fault in its text, so that what checks the module can be seen to catch it."""

from pathlib import Path
from types import ModuleType


def load_with_fault(module: ModuleType, right: str, wrong: str) -> ModuleType:
    """A copy of the module in which `wrong` stands in place of `right`, which must be there exactly once.

    Its code believes that it is the module itself, as dataclasses need; nothing is imported anew.
    """
    path = Path(str(module.__file__))
    assert path.read_text().count(right) == 1
    faulty = ModuleType(f"{module.__name__}_with_a_fault")
    faulty.__dict__["__name__"] = module.__name__
    exec(compile(path.read_text().replace(right, wrong), path.name, "exec"), faulty.__dict__)  # noqa: S102 - our own
    return faulty
