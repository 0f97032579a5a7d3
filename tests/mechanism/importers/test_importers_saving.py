"""Imported scenarios on disk: header, companions, refusals, nothing half-written."""

import pytest

from fcsim import load
from fcsim.errors import ScenarioError, UsageError
from fcsim.importers.imported import Imported, Remark
from fcsim.importers.saving import save, yaml_text
from fcsim.scenario.yaml12 import parse

DOCUMENT = {
    "fcsim": 1,
    "name": "shop",
    "images": {"api": {"compressed": "250 MB"}},
    "functions": {"api": {"image": "api", "service": {"time": "120 ms"}}},
    "workload": {"api": {"function": "api", "arrivals": {"poisson": "5/s"}}},
}
TEXT = """\
# Written by fcsim import.
#
# Assumed, because the source does not hold it:
#   images.api: 250 MB
#
# Not modelled: it changes nothing in the simulation:
#   resources.api.props.vpcConfig: auto
fcsim: 1
name: shop
images:
  api: {compressed: 250 MB}
functions:
  api:
    image: api
    service: {time: 120 ms}
workload:
  api:
    function: api
    arrivals: {poisson: 5/s}
"""


def imported(**changes):
    remarks = [
        Remark("not modelled", "resources.api.props.vpcConfig", "auto"),
        Remark("assumed", "images.api", "250\nMB"),
    ]
    return Imported({**DOCUMENT, **changes}, remarks)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_remarks_by_kind_are_the_header_of_the_scenario(tmp_path):
    assert save(imported(), tmp_path / "shop.fcsim.yaml") == [tmp_path / "shop.fcsim.yaml"]
    assert (tmp_path / "shop.fcsim.yaml").read_text() == TEXT
    assert names(tmp_path) == ["shop.fcsim.yaml"]


def test_a_folder_is_made_when_there_is_none(tmp_path):
    save(imported(), tmp_path / "a" / "b.yaml")
    assert load(tmp_path / "a" / "b.yaml").name == "shop"


def test_companions_are_moved_beside_the_scenario(tmp_path):
    temporary = tmp_path / "elsewhere.csv"
    temporary.write_text("time\n0\n1\n")
    trace = {"trace": {"file": "shop.csv", "time": "time", "unit": "s"}}
    one = imported(workload={"api": {"function": "api", "arrivals": trace}})
    one.files["shop.csv"] = temporary
    folder = tmp_path / "out"
    assert save(one, folder / "s.yaml") == [folder / "s.yaml", folder / "shop.csv"]
    assert names(folder) == ["s.yaml", "shop.csv"]
    assert not temporary.exists()


def test_nothing_is_overwritten_without_force(tmp_path):
    target = tmp_path / "s.yaml"
    target.write_text("mine")
    with pytest.raises(UsageError, match=r"s\.yaml exists and was not touched; .*--force"):
        save(imported(), target)
    assert target.read_text() == "mine"
    save(imported(), target, force=True)
    assert target.read_text() == TEXT


def test_a_companion_is_not_overwritten_either(tmp_path):
    (tmp_path / "t.csv").write_text("mine")
    one = imported()
    one.files["t.csv"] = tmp_path / "new"
    with pytest.raises(UsageError, match=r"t\.csv exists"):
        save(one, tmp_path / "s.yaml")
    assert names(tmp_path) == ["t.csv"]


def test_a_scenario_that_does_not_load_is_not_written(tmp_path):
    target = tmp_path / "s.yaml"
    with pytest.raises(ScenarioError) as caught:
        save(imported(horizon="60"), target)
    (problem,) = caught.value.problems
    assert (problem.file, problem.path) == (str(target), "horizon")
    assert names(tmp_path) == []


def test_a_target_that_cannot_be_written_is_a_mistake(tmp_path):
    with pytest.raises(UsageError, match="is a directory"):
        save(imported(), tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot write"):
        save(imported(), tmp_path / "file" / "s.yaml")


@pytest.mark.parametrize(
    "text",
    [
        "1e3",
        "0o10",
        "010",
        "12:30",
        "no",
        "true",
        "~",
        "",
        "<<",
        "a: b",
        "# c",
        "é\n",
        "🙂",
        "0x1F",
    ],
)
def test_text_stays_text_under_both_versions_of_yaml(text):
    import yaml

    written = yaml_text({"key": [text]})
    assert parse(written).data == yaml.safe_load(written) == {"key": [text]}


def test_a_remark_cannot_break_out_of_the_comment(tmp_path):
    one = imported()
    one.remarks.append(Remark("note", "a\u2028b\x00\ud800", "x\nhorizon: 5\x85y"))
    save(one, tmp_path / "s.yaml")
    assert load(tmp_path / "s.yaml").horizon == 3600
