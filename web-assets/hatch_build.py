"""The build hook that puts the third-party front-end files into the wheel, and beside the code for an editable install."""

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):  # pyright: ignore[reportMissingTypeArgument]
    """Runs ``web-assets/install.py`` before a wheel is made; a source distribution carries the recipe, not the files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fill ``finder/web/static/vendor/`` unless it is up to date, and give a wheel the demo's sample files.

        ``version`` is "standard" or "editable".
        """
        if self.target_name != "wheel":
            return
        if version == "standard":  # an editable install reads the checkout's own
            build_data["force_include"]["data/facilities"] = "finder/sample_facilities"
        recipe = runpy.run_path(str(Path(self.root) / "web-assets" / "install.py"))
        if recipe["install"]():
            self.app.display_info("Front-end files installed from npm.")
