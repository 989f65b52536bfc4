"""The broker's class path is what `jars.sha256` lists, jar by jar."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from deploy.local.jars import check, kafka_libs
from deploy.local.process import ServerError


def test_what_the_broker_runs_is_what_is_listed() -> None:
    check(kafka_libs())


def test_a_jar_that_is_another_missing_or_unheard_of_is_refused(tmp_path: Path) -> None:
    libs = tmp_path / "libs"
    shutil.copytree(kafka_libs(), libs, copy_function=lambda source, target: Path(target).symlink_to(source))
    check(libs)
    other, missing, *_ = sorted(libs.iterdir())
    other.unlink()
    other.write_bytes(b"PK")
    missing.unlink()
    (libs / "unheard-of.jar").write_bytes(b"PK")

    with pytest.raises(ServerError) as refused:
        check(libs)

    assert all(name in str(refused.value) for name in (other.name, missing.name, "unheard-of.jar"))
