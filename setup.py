"""The build hook: a wheel holds what lies beside the package in a checkout, as `pipeline/bundled`.

Copied are the models with their code lists, the rules, the lock file (a part of the build identity), the citation and
the commit.
"""

import shutil
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

PROJECT = Path(__file__).parent
sys.path.insert(0, str(PROJECT))

from pipeline.commit import describe_checkout  # noqa: E402  found only after the line above


class BuildWithResources(build_py):
    """Build the package from nothing, then add `sql/`, `expectations/`, `requirements.lock` and `commit.txt`."""

    def run(self) -> None:
        if self.editable_mode:  # an editable install reads them from the checkout
            super().run()
            return
        # What an earlier build left would come into the wheel: a module that was renamed since, an old rule.
        shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()
        target = Path(self.build_lib) / "pipeline" / "bundled"
        for folder in ("sql", "expectations"):
            shutil.copytree(PROJECT / folder, target / folder)
        for name in ("requirements.lock", "CITATION.cff"):
            shutil.copyfile(PROJECT / name, target / name)
        (target / "commit.txt").write_text(f"{describe_checkout(PROJECT)}\n")


setup(cmdclass={"build_py": BuildWithResources})
