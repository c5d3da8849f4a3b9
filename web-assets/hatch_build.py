"""The build hook that puts the third-party front-end files into the wheel, and beside the code for an editable install."""

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):  # pyright: ignore[reportMissingTypeArgument]
    """Runs ``web-assets/install.py`` before a wheel is made; a source distribution carries the recipe, not the files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fill ``finder/web/static/vendor/`` unless it is up to date; ``version`` is "standard" or "editable"."""
        if self.target_name != "wheel":
            return
        recipe = runpy.run_path(str(Path(self.root) / "web-assets" / "install.py"))
        if recipe["install"]():
            self.app.display_info("Front-end files installed from npm.")
