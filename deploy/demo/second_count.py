"""The second count, from the doors alone, held against what the services say."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deploy.demo.system import DemoError
from deploy.local.jars import ROOT


def differences(environment: Mapping[str, str], figures: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A line for each figure on which the recount and the services do not agree; none when they agree on every one.

    It runs as a program of its own: it must be able to stand alone, beside any installation.
    """
    with tempfile.TemporaryDirectory() as folder:
        arguments: list[str] = []
        for year, said in figures.items():
            path = Path(folder) / f"{year}.json"
            path.write_text(json.dumps(said), encoding="utf-8")
            arguments += ["--year", year, "--against", str(path)]
        ran = subprocess.run(
            [sys.executable, "-m", "deploy.recount", *arguments],
            env=dict(environment), cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
    if ran.returncode not in (0, 1) or ran.stderr:
        raise DemoError(f"the recount failed: {(ran.stderr.strip().splitlines() or ['it does not say why'])[-1]}")
    return ran.stdout.splitlines()
