"""Trace and counts files: what is read, where it arrives, and what is refused."""

import json

import numpy as np
import pytest
from pydantic import TypeAdapter

from fcsim.errors import ScenarioError
from fcsim.scenario.arrivals import Arrivals
from fcsim.streams import Streams
from fcsim.workload.arrivals import process
from fcsim.workload.process import Context

NAN = float("nan")


@pytest.fixture
def arrivals(tmp_path):
    """Write *content* to a file and build the process that reads it."""

    def build(kind, content, name="requests.csv", scale=1.0, end=1e6, **options):
        (tmp_path / name).write_bytes(content.encode())
        model = TypeAdapter(Arrivals).validate_python({kind: {"file": name, **options}})
        at = "workload.visits.arrivals"
        return process(
            model, Context(Streams(3), "visits", at, folder=tmp_path, scale=scale, end=end)
        )

    return build


def columns(process):
    return [column if column is None else column.tolist() for column in process.until(1e9)]


def test_a_trace_is_sorted_and_begins_at_zero(arrivals):
    trace = arrivals("trace", "timestamp\n103.5\n100\n101.25\n")
    assert columns(trace)[0] == [0.0, 1.25, 3.5]


def test_times_and_durations_have_one_unit(arrivals):
    content = "t,app,took\n1700000000123,a,250\n1700000000100,b,1000\n"
    trace = arrivals("trace", content, time="t", duration="took", unit="ms", row_key="app")
    assert columns(trace) == [[0.0, 0.023], [1, 0], [1.0, 0.25]]
    assert trace.table.keys == ("a", "b")


def test_time_is_end_subtracts_the_duration(arrivals):
    content = "end,took\n10,1\n11,8\n12,0.5\n"
    trace = arrivals("trace", content, time="end", duration="took", time_is="end")
    assert columns(trace) == [[0.0, 6.0, 8.5], [0, 0, 0], [8.0, 1.0, 0.5]]


@pytest.mark.parametrize(
    "first, second, gap",
    [
        ("2023-11-16 18:17:03.9799600", "2023-11-16 18:17:04.0319600", 0.052),
        ("2026-11-23T08:00:00+08:00", "2026-11-23T00:00:30Z", 30.0),
        ("2026-11-23T00:00:00", "2026-11-23T00:00:00.000001Z", 1e-6),
    ],
)
def test_iso_text_with_offset_or_in_utc(arrivals, first, second, gap):
    trace = arrivals("trace", f"timestamp\n{second}\n{first}\n")
    assert columns(trace)[0] == [0.0, gap]


def test_where_keeps_matching_rows_and_the_first_of_them_is_at_zero(arrivals):
    content = "timestamp,cold,region\n1,True,a\n5,False,a\n7,False,b\n9,False,a\n"
    trace = arrivals("trace", content, where={"cold": "False", "region": "a"})
    assert columns(trace)[0] == [0.0, 4.0]


def test_json_lines_and_parquet_read_like_csv(arrivals, tmp_path):
    rows = [{"timestamp": 2.5, "ok": True, "f": "x"}, {"timestamp": 1, "ok": True, "f": "y"}]
    rows.append({"timestamp": 0, "ok": False, "f": "y"})
    content = "".join(json.dumps(row) + "\n" for row in rows)
    options = {"where": {"ok": "true"}, "row_key": "f"}
    lines = arrivals("trace", content, "requests.jsonl", **options)
    assert columns(lines)[:2] == [[0.0, 1.5], [1, 0]]

    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "table.parquet")
    content = (tmp_path / "table.parquet").read_bytes()
    (tmp_path / "requests.parquet").write_bytes(content)
    model = {"trace": {"file": "requests.parquet", **options}}
    context = Context(Streams(3), "visits", "workload.visits.arrivals", folder=tmp_path)
    table = process(TypeAdapter(Arrivals).validate_python(model), context)
    assert columns(table)[:2] == [[0.0, 1.5], [1, 0]]


def test_parquet_instants(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from datetime import UTC, datetime

    from pyarrow import parquet

    moments = [datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC) for second in (5, 2)]
    parquet.write_table(pyarrow.table({"timestamp": moments}), tmp_path / "t.parquet")
    model = TypeAdapter(Arrivals).validate_python({"trace": {"file": "t.parquet"}})
    context = Context(Streams(3), "visits", "workload.visits.arrivals", folder=tmp_path)
    assert columns(process(model, context))[0] == [0.0, 3.0]


def test_blank_lines_quotes_and_a_byte_order_mark_are_fine(arrivals):
    trace = arrivals("trace", '\ufeff"timestamp",note\r\n1,"two\r\nlines"\r\n\r\n4,x\r\n')
    assert columns(trace)[0] == [0.0, 3.0]


def test_scaling_a_trace_repeats_and_drops_rows(arrivals):
    content = "timestamp\n" + "".join(f"{i}\n" for i in range(1000))
    twice = columns(arrivals("trace", content, scale=2))[0]
    assert twice == np.repeat(np.arange(1000.0), 2).tolist()
    thin = columns(arrivals("trace", content, scale=0.3))[0]
    more = columns(arrivals("trace", content, scale=0.6))[0]
    assert set(thin) < set(more)
    assert 230 < len(thin) < 370  # binomial(1000, 0.3) +- 4.8 sd


def place(error):
    return str(error.value).split(": ")[:2]


@pytest.mark.parametrize(
    "content, options, where, message",
    [
        ("", {}, "requests.csv", "the file is empty"),
        ("timestamp\n", {}, "requests.csv", "no rows below the header"),
        ("time\n1\n", {}, "requests.csv:1:1", "no column 'timestamp'; the columns are time"),
        ("timestamp\n1\nsoon\n", {}, "requests.csv:3:1", "got 'soon'; expected a number"),
        ("timestamp\n1\n-4\n", {}, "requests.csv:3:1", "got '-4'; expected a number"),
        ("timestamp\nnan\n", {}, "requests.csv:2:1", "got 'nan'; expected a number"),
        ("timestamp\n1\n\n\ninf\n", {}, "requests.csv:5:1", "got 'inf'; expected a number"),
        ("timestamp\n2026-01-01\n7\n", {}, "requests.csv:3:1", "ISO 8601 text"),
        ('timestamp,"a\nb"\n1,2\n"x",3\n', {}, "requests.csv:4:1", "got 'x'"),
        ("timestamp,d\n1,2\n3\n", {}, "requests.csv:3:1", "1 cells; the header has 2"),
        ("timestamp,d\n1,-2\n", {"duration": "d"}, "requests.csv:2:2", "got '-2'"),
        ("timestamp,d\n1,\n", {"duration": "d"}, "requests.csv:2:2", "got nothing"),
        ("timestamp,f\n1,\n", {"row_key": "f"}, "requests.csv:2:2", "got nothing"),
        ("timestamp,f\n1,x\n", {"where": {"f": "y"}}, "requests.csv", "no row matches `where`"),
        ("timestamp\n1\n", {"time_is": "end"}, "requests.csv", "needs duration"),
    ],
)
def test_traces_that_cannot_be_used(arrivals, content, options, where, message):
    with pytest.raises(ScenarioError) as error:
        arrivals("trace", content, **options)
    assert place(error) == [where, "workload.visits.arrivals.trace.file"]
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("a.jsonl", '{"timestamp": 1}\n[2]\n', "a.jsonl:2:0: "),
        ("a.jsonl", '{"timestamp": 1}\n{"timestamp": null}\n', "got nothing"),
        ("a.jsonl", '{"timestamp": 1}\n{"t": 1}\n', "got nothing"),
        ("a.parquet", "timestamp\n1\n", "not a Parquet file"),
    ],
)
def test_other_formats_that_cannot_be_used(arrivals, name, content, message):
    with pytest.raises(ScenarioError) as error:
        arrivals("trace", content, name)
    assert message in str(error.value)


def test_bytes_that_are_no_text(arrivals, tmp_path):
    trace = {"trace": {"file": "b.csv"}}
    (tmp_path / "b.csv").write_bytes(b"timestamp\n\xff\xfe\n")
    context = Context(Streams(3), "visits", "workload.visits.arrivals", folder=tmp_path)
    with pytest.raises(ScenarioError, match="not UTF-8 text"):
        process(TypeAdapter(Arrivals).validate_python(trace), context)


def test_a_missing_file_is_named_with_its_key():
    model = TypeAdapter(Arrivals).validate_python({"trace": {"file": "gone.csv"}})
    with pytest.raises(ScenarioError, match=r"visits.arrivals.trace.file: no file 'gone.csv'"):
        process(model, Context(Streams(3), "visits", "workload.visits.arrivals"))


WIDE = "f,minute_1,minute_2,minute_3\na,2,0,1\nb,0,1,1\n"


def test_counts_evenly_placed(arrivals):
    counts = arrivals("counts", WIDE, placement="even", row_key="f")
    assert columns(counts)[:2] == [[15.0, 45.0, 90.0, 150.0, 150.0], [0, 0, 1, 0, 1]]
    assert counts.table.keys == ("a", "b")


def test_counts_at_the_start_of_each_interval(arrivals):
    counts = arrivals("counts", WIDE, placement="start", interval="10 s", rows=1)
    assert columns(counts)[0] == [0.0, 0.0, 20.0]


def test_counts_placed_at_random_stay_in_their_interval(arrivals):
    times = columns(arrivals("counts", WIDE))[0]
    assert [int(t // 60) for t in times] == [0, 0, 1, 2, 2]
    assert all(t % 60 for t in times)


def test_a_long_file_has_one_row_an_interval(arrivals):
    content = "minute,requests\n1,1\n2,0\n3,2\n"
    counts = arrivals("counts", content, columns="requests", placement="start")
    assert columns(counts)[0] == [0.0, 120.0, 120.0]
    counts = arrivals("counts", content, columns="requests", placement="start", rows=1)
    assert columns(counts)[0] == [0.0]


def test_columns_go_by_their_numbers_and_may_have_no_prefix(arrivals):
    counts = arrivals("counts", "f,2,1\na,0,3\n", columns="", placement="start")
    assert columns(counts)[0] == [0.0] * 3


def test_rows_of_one_key_are_added_up(arrivals):
    content = "f,minute_1\na,1\nb,1\na,2\n"
    counts = arrivals("counts", content, placement="start", row_key="f")
    assert columns(counts)[1] == [0, 0, 0, 1]


def test_dividing_rounds_up_as_often_as_the_fraction_says(arrivals):
    minutes = ",".join(f"minute_{i}" for i in range(1, 1001))
    content = f"f,{minutes}\na,{','.join(['21'] * 1000)}\nb,{','.join(['14'] * 1000)}\n"
    counts = arrivals("counts", content, divide=14, row_key="f")
    times, rows, _ = (np.array(column) for column in columns(counts))
    assert np.bincount((times[rows == 1] // 60).astype(int)).tolist() == [1] * 1000
    per_minute = np.bincount((times[rows == 0] // 60).astype(int))
    assert set(per_minute) == {1, 2}
    assert 430 < (per_minute == 2).sum() < 570  # binomial(1000, 1/2) +- 4.4 sd


def test_where_a_request_falls_does_not_depend_on_whether_it_was_rounded_up(arrivals):
    minutes = ",".join(f"minute_{i}" for i in range(1, 1001))
    counts = arrivals("counts", f"{minutes}\n{','.join(['1'] * 1000)}\n", divide=2)
    seconds = np.array(columns(counts)[0]) % 60
    late = (seconds > 30).mean()
    assert 0.4 < late < 0.6  # binomial(about 500, 1/2) / 500 +- 4.4 sd


def test_a_larger_scale_adds_requests_and_moves_none(arrivals):
    once = set(columns(arrivals("counts", WIDE, scale=0.7))[0])
    more = set(columns(arrivals("counts", WIDE, scale=5.3))[0])
    assert once < more


def test_a_row_does_not_depend_on_the_others(arrivals):
    def of_b(content):
        times, rows, _ = columns(arrivals("counts", content, divide=3, row_key="f"))
        b = list(dict.fromkeys(line[0] for line in content.splitlines()[1:])).index("b")
        return [time for time, row in zip(times, rows, strict=True) if row == b]

    header, a, b = "f,minute_1,minute_2", "a,20,7", "b,100,9"
    alone = of_b(f"{header}\n{b}\n")
    assert len(alone) > 20
    assert of_b(f"{header}\n{a}\n{b}\n") == alone
    assert of_b(f"{header}\n{b}\n{a}\n") == alone


@pytest.mark.parametrize(
    "content, options, where, message",
    [
        ("", {}, "requests.csv", "the file is empty"),
        ("f,minute_1\n", {}, "requests.csv", "no rows below the header"),
        ("n\n", {"columns": "n"}, "requests.csv", "no rows below the header"),
        ("f,m1\na,1\n", {}, "requests.csv:1:1", "no column 'minute_' (long) and none like"),
        ("minute_1,minute_3\n1,2\n", {}, "requests.csv:1:1", "column 'minute_2' is missing"),
        ("minute_2\n1\n", {}, "requests.csv:1:1", "column 'minute_1' is missing"),
        ("minute_1,minute_2\n1,2\n3\n", {}, "requests.csv:3:1", "1 cells; the header has 2"),
        ("minute_1,minute_2\n1,2\n3,-1\n", {}, "requests.csv:3:2", "got '-1'; expected a number"),
        ("minute_1,minute_2\n1,x\n", {}, "requests.csv:2:2", "got 'x'; expected a number"),
        ("minute_1,minute_2\n1,\n", {}, "requests.csv:2:2", "got nothing"),
        ("minute_1,minute_2\n1,nan\n", {}, "requests.csv:2:2", "got 'nan'"),
        ("n\n1\n2.5.1\n", {"columns": "n"}, "requests.csv:3:1", "got '2.5.1'"),
        ("minute_1\n1\n", {"row_key": "f"}, "requests.csv:1:1", "no column 'f'"),
        ("f,n\na,1\n", {"columns": "n", "row_key": "f"}, "requests.csv", "row_key needs one row"),
    ],
)
def test_counts_that_cannot_be_used(arrivals, content, options, where, message):
    with pytest.raises(ScenarioError) as error:
        arrivals("counts", content, **options)
    assert place(error) == [where, "workload.visits.arrivals.counts.file"]
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_arrivals_stop_at_the_end_of_the_file_and_of_the_workload(arrivals):
    assert columns(arrivals("counts", WIDE, placement="even", end=90.0))[0] == [15.0, 45.0]
    counts = arrivals("counts", WIDE, divide=2)
    expected = counts.expected(np.array([0.0, 30, 60, 180, 1e6]))
    assert expected.tolist() == [0.0, 0.5, 1.0, 2.5, 2.5]
