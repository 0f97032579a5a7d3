"""Odd names in a scenario break neither report, terminal, tables of records nor timeline."""

import json
from html.parser import HTMLParser

import numpy as np
import pytest
from odd_names import ODD

from fcsim import load_result
from fcsim.cli import main
from fcsim.report import console, tables
from fcsim.report.run_page.pages import comparison_page, report_page
from fcsim.report.story import story
from fcsim.report.timeline import timeline
from fcsim.results.result import Result
from fcsim.results.saving import folder_name
from fcsim.sim.record import FunctionInfo


class Texts(HTMLParser):
    """Collects the tags of a page and the text that is shown."""

    def __init__(self):
        super().__init__()
        self.tags, self.shown, self._skip = set(), [], False

    def handle_starttag(self, tag, attributes):
        self._skip = tag in ("script", "style")
        self.tags.add((tag, *(key for key, _ in attributes if key.startswith("on"))))

    def handle_endtag(self, tag):
        self._skip = False

    def handle_data(self, data):
        if not self._skip:
            self.shown.append(data)


@pytest.fixture(params=ODD)
def odd(request, hand_made):
    """A run in which name, description, function, layer, assumption and warning are odd."""
    name = ODD[request.param]
    record = hand_made.record(
        [hand_made.request(1, 4, 5, 0), hand_made.request(2, 2, 3, 1, function=1)],
        [hand_made.instance(1, ready=4, gone=50, bytes_pulled=1e6), hand_made.instance(function=1)],
        [hand_made.pull(2, 3, 1e6)],
        functions=("f", "g"),
        name=name,
        description=name,
        objectives=[name],
        assumptions={"idle.keep_alive": {"value": "1 min", "source": name}},
    )
    plain = record.functions[1]
    record.functions[0] = FunctionInfo(**{**vars(plain), "name": f"f/{name}", "template": "f"})
    record.layers = [name]
    record.assumptions = [record.scenario.parameters["idle.keep_alive"]]
    record.warnings = [f"mind {name}"]
    return request.param, name, Result(record)


def test_the_report_shows_them_as_text(odd):
    kind, name, result = odd
    result.command = f"fcsim run {name}"
    page = report_page(result)
    parser = Texts()
    parser.feed(page)
    assert {tag for tag in parser.tags if len(tag) > 1} == set()
    assert ("b",) not in parser.tags
    assert page.count("<script>") == 1
    shown = "".join(parser.shown)
    if kind == "long":
        assert "longlong" in shown
        assert len(page) < 300_000
    elif kind != "control":
        assert name.replace("\r", "\ufffd") in shown
    assert not set(map(chr, range(9))) & set(page)
    assert "\x1b" not in page


def test_a_comparison_shows_them_too(odd):
    _, name, result = odd
    page = comparison_page({name: result, "other": result})
    assert page.count("<script>") == 1


def test_the_terminal_gets_no_escapes_and_no_markup(odd):
    kind, _, result = odd
    text = console.text(tables.summary(result), 100)
    assert not set(text) & set("\x00\x07\x08\x1b\r\u202e")
    assert max(map(len, text.splitlines())) <= 100
    if kind == "rich":
        assert "[bold]loud[/bold]" in text


def test_a_terminal_keeps_colours_and_nothing_else():
    said = console.printable("\x1b[1mbold\x1b[0m \x1b[2J \x07\u202e\nnext", looks=True)
    assert said == "\x1b[1mbold\x1b[0m \ufffd[2J \ufffd\ufffd\nnext"
    assert console.printable("\x1b[1m") == "\ufffd[1m"


def test_records_come_back(odd, tmp_path):
    result = odd[2]
    back = load_result(result.save(tmp_path / "out", "csv"))
    for table in ("requests", "instances", "pulls"):
        for column, values in getattr(result.record, table).items():
            np.testing.assert_array_equal(getattr(back.record, table)[column], values)
    assert [f.name for f in back.record.functions] == [f.name for f in result.record.functions]
    assert back.transfers == result.transfers
    assert report_page(back) == report_page(result)


def test_the_timeline_is_json(odd):
    _, name, result = odd
    text = "".join(timeline(result).text())
    events = json.loads(text)["traceEvents"]
    assert any(event["name"].startswith(f"f/{name}"[:20]) for event in events)
    assert text.isascii()


@pytest.mark.filterwarnings("error")
def test_a_figure_draws_them(hand_made):
    from fcsim.report import style
    from fcsim.report.sheet import content

    result = Result(hand_made.record(name="".join(ODD.values())[::-1]))
    with style.sheet(result, (4, 2)) as (figure, axes):
        style.message(axes, ODD["dollars"])
    assert content(figure, "svg")


def test_a_story_can_be_told(odd):
    told = console.printable(story(odd[2], 0))
    assert not set(told) & set("\x00\x07\x1b\r\u202e")


@pytest.mark.parametrize(
    "name,folder",
    [
        ("flash-sale", "flash-sale"),
        ("../../etc", "etc"),
        ("a/b\\c:d\n", "a-b-c-d"),
        ("x" * 10_000, "x" * 80),
        ("..", "scenario"),
        ("день שלום", "день שלום"),
    ],
)
def test_folders_of_results(name, folder):
    assert folder_name(name) == folder


def test_a_run_with_an_odd_name_writes_everything(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    name = json.dumps(ODD["markup"] + "../\n" + ODD["rtl"] + "x" * 10_000)
    (tmp_path / "odd.yaml").write_text(
        f"{{fcsim: 1, name: {name}, horizon: 10 s, images: {{i: {{compressed: 20 MB}}}}, functions:"
        " {f: {image: i, service: {time: 1 s}}}, workload: {w: {function: f, arrivals: {poisson: "
        "1/s}}}}",
        "utf-8",
    )
    assert (
        main(["run", "odd.yaml", "--report", "--timeline", "--records", "csv", "--no-figures"]) == 0
    )
    (folder,) = (tmp_path / "results").iterdir()
    names = {path.name for path in folder.iterdir()}
    assert {"report.html", "timeline.json", "requests.csv"} <= names
