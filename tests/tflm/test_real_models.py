"""Real networks: what TFLM needs for them before and after."""

from __future__ import annotations

import csv
import pathlib

import pytest
from tflm_wheel import TflmRun, same_outputs, tflm_runs

from arenite.frontends.tflite import parse_subgraphs
from arenite.frontends.tflite.edit import read_metadata
from arenite.frontends.tflite.tflm import tflm_subgraphs
from arenite.tflm import offline_plan
from arenite.tflm.arena import requirements, source_orders
from arenite.tflm.greedy import head_bytes
from arenite.tflm.reorder import reorder


def _manifest(directory: pathlib.Path) -> list[dict[str, str]]:
    with (directory / "manifest.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_simulation_agrees_with_every_measured_head(shared_models: pathlib.Path) -> None:
    """Column ``tflm_head`` of the manifest was measured with TFLM itself."""
    measured, simulated = {}, {}
    for row in _manifest(shared_models):
        if not row["tflm_head"]:
            continue
        data = (shared_models / row["file"]).read_bytes()
        subgraphs = tflm_subgraphs(parse_subgraphs(data, row["file"]), data)
        content = read_metadata(data, offline_plan.ENTRY)
        offsets = None if content is None else offline_plan.decode(content, subgraphs)
        measured[row["file"]] = int(row["tflm_head"])
        simulated[row["file"]] = head_bytes(requirements(subgraphs, source_orders(subgraphs), offsets))
    assert len(measured) > 30
    assert simulated == measured


@pytest.mark.parametrize(
    ("name", "before", "ordered", "planned"),
    [
        ("swiftnet_vww_int8conv", 376_320, 301_056, 301_056),
        ("mww_v2_okay_nabu", 4_096, 2_944, 2_944),
        ("mlperf_vww96", 73_728, 73_728, 55_296),
        ("hps_2022_74ops", 237_552, 237_552, 236_272),
        ("tflm_audio_preproc_int8", 3_040, 3_040, 3_040),
    ],
)
def test_real_networks(shared_models: pathlib.Path, name: str, before: int, ordered: int, planned: int) -> None:
    data = (shared_models / f"{name}.tflite").read_bytes()
    plain, offline = (reorder(data, name, tflm_plan=tflm_plan) for tflm_plan in (False, True))
    runs = tflm_runs([data, plain.data, offline.data])
    source_run, plain_run, offline_run = runs
    assert isinstance(source_run, TflmRun), source_run
    assert isinstance(plain_run, TflmRun), plain_run
    assert isinstance(offline_run, TflmRun), offline_run
    assert (source_run.head, plain_run.head, offline_run.head) == (before, ordered, planned)
    assert (plain.head_before_bytes, plain.head_bytes, offline.head_bytes) == (before, ordered, planned)
    assert same_outputs(source_run, plain_run)
    assert same_outputs(source_run, offline_run)
