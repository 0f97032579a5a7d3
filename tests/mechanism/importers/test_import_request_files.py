"""Request logs from files: what is read, and what becomes of hostile ones."""

import gzip
import io
import json
import tracemalloc

import numpy as np
import pytest

from fcsim.errors import UsageError
from fcsim.importers.request_files import (
    FIELDS,
    NEEDED,
    Rejected,
    log_blocks,
    read_log,
)
from fcsim.importers.request_log import LOG_COLUMNS
from fcsim.importers.row_files import read_text_rows

T = 1_764_000_000_000
HEADER = "functionName,invocationStartTimestamp,durationMs"
GOOD = f"f,{T},12.5"
FULL = {
    "functionName": "pay",
    "serviceName": "shop",
    "operation": "InvokeFunction",
    "invocationType": "Sync",
    "instanceID": "c-1",
    "invocationStartTimestamp": str(T),
    "invokeFunctionStartTimestamp": str(T + 500),
    "durationMs": "600",
    "scheduleLatencyMs": "10.5",
    "isColdStart": "true",
    "resourceMode": "Provision",
    "coldStartLatencyMs": "487.5",
    "prepareCodeLatencyMs": "0.25",
    "runtimeInitializationMs": "487",
    "invokeFunctionLatencyMs": "100",
    "memoryMB": "512",
    "memoryUsageMB": "100.5",
    "statusCode": "200",
    "errorType": "",
    "hasFunctionError": "false",
}
EXPECTED = {
    "function": "shop/pay",
    "instance": "c-1",
    "arrival": T / 1000,
    "handed": T / 1000 + 0.5,
    "duration": 0.6,
    "schedule": 0.0105,
    "cold": True,
    "minimum": True,
    "asynchronous": False,
    "cold_start": 0.4875,
    "prepare": 0.00025,
    "server": 0.487,
    "invoke": 0.1,
    "memory": 512 * 1024**2,
    "memory_used": 100.5 * 1024**2,
    "status": 200,
    "error": "",
}


@pytest.fixture
def read(tmp_path):
    """Write *content* to a file, read it, and return its rows and what was rejected."""

    def rows(content, name="log.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        rejected = Rejected()
        blocks = list(read_log([path], rejected))
        counts = dict(rejected.counts)
        places = {
            reason: [place.removeprefix(f"{path}") for place in places]
            for reason, places in rejected.places.items()
        }
        joined = {key: np.concatenate([block[key] for block in blocks]) for key in LOG_COLUMNS}
        return joined, counts, places

    return rows


def csv_of(*rows):
    return "\n".join([",".join(FULL), *(",".join(row.values()) for row in rows)]) + "\n"


def one(columns):
    (length,) = {len(column) for column in columns.values()}
    assert length == 1
    return {name: column[0] for name, column in columns.items()}


def test_every_column_of_a_csv_row(read):
    columns, rejected, _ = read(csv_of(FULL))
    assert one(columns) == EXPECTED
    assert {name: columns[name].dtype.type for name in columns} == LOG_COLUMNS
    assert rejected == {}


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_json_lines_with_texts_or_values(read, compress):
    plain = {**FULL, "durationMs": 600, "isColdStart": True, "memoryMB": 512.0, "errorType": None}
    content = json.dumps(FULL) + "\n" + json.dumps(plain) + "\n"
    columns, rejected, _ = read(compress(content.encode()), "log.any")
    for row in range(2):
        assert {name: column[row] for name, column in columns.items()} == EXPECTED
    assert rejected == {}


def test_parquet_of_texts_and_of_values(read, tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    values = {**FULL, "durationMs": 600.0, "isColdStart": True, "memoryMB": 512, "extra": [1]}
    for row in (FULL, values):
        parquet.write_table(pyarrow.Table.from_pylist([row]), tmp_path / "t.parquet")
        columns, rejected, _ = read((tmp_path / "t.parquet").read_bytes(), "log.parquet")
        assert one(columns) == EXPECTED
        assert rejected == {}


def test_a_truncated_parquet_file_is_one_clear_error(read, tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pyarrow.Table.from_pylist([FULL] * 99), tmp_path / "t.parquet")
    content = (tmp_path / "t.parquet").read_bytes()
    with pytest.raises(UsageError, match="cannot be read as Parquet"):
        read(content[: len(content) // 2])


def test_what_is_missing_is_unknown(read):
    columns, _, _ = read(f"{HEADER}\n{GOOD}\n")
    row = one(columns)
    assert np.isnan([row[name] for name in ("handed", "schedule", "cold_start", "memory")]).all()
    assert [row[name] for name in ("instance", "error", "status", "cold")] == ["", "", 0, False]


def test_a_function_error_without_a_type_is_an_error(read):
    columns, _, _ = read(csv_of({**FULL, "hasFunctionError": "true"}))
    assert one(columns)["error"] == "hasFunctionError"


@pytest.mark.parametrize(
    "field, cell, reason",
    [
        ("invocationStartTimestamp", "", "invocationStartTimestamp is missing"),
        ("invocationStartTimestamp", "NaN", "invocationStartTimestamp is missing"),
        ("invocationStartTimestamp", "soon", "invocationStartTimestamp is not a number"),
        ("invocationStartTimestamp", "-5", "invocationStartTimestamp is negative"),
        ("invocationStartTimestamp", "inf", "invocationStartTimestamp is not finite"),
        ("invocationStartTimestamp", "1764000000", "is not in milliseconds (13 digits)"),
        ("invocationStartTimestamp", "1764000000000000", "is not in milliseconds (13 digits)"),
        ("durationMs", "-1", "durationMs is negative"),
        ("durationMs", "1e999", "durationMs is not finite"),
        ("durationMs", "1e12", "durationMs is more than 7 days"),
        ("durationMs", "null", "durationMs is missing"),
        ("prepareCodeLatencyMs", "x", "prepareCodeLatencyMs is not a number"),
        ("memoryMB", "-1", "memoryMB is negative"),
        ("isColdStart", "perhaps", "isColdStart is neither true nor false"),
        ("statusCode", "70000", "statusCode is no HTTP status"),
        ("functionName", "", "functionName is missing"),
        ("functionName", "a b", "functionName is no name"),
        ("operation", "ListFunctions", "operation is not InvokeFunction"),
    ],
)
def test_a_bad_row_is_counted_with_its_reason_and_place(read, field, cell, reason):
    columns, rejected, places = read(csv_of(FULL, {**FULL, field: cell}, FULL))
    assert len(columns["arrival"]) == 2
    ((told, count),) = rejected.items()
    assert (told.endswith(reason), count, places[told]) == (True, 1, [":3"])


def test_only_the_first_places_are_kept(read):
    _, rejected, places = read("\n".join([HEADER, GOOD, *["f,x,1"] * 1000]))
    assert rejected == {"invocationStartTimestamp is not a number": 1000}
    assert list(places.values()) == [[":3", ":4", ":5"]]


@pytest.mark.parametrize(
    "line, reason",
    [
        (b"f," + b"9" * 1_000_000 + b",1", "the line is longer than 131,072 bytes"),
        (f"f,{T},\xff".encode("latin-1"), "the line is not UTF-8 text"),
        (f"f,{T},1\0".encode(), "the line holds NUL bytes"),
        (b'"f,1,2', "its quotes are not balanced"),
        (b"f,1", "it has more or fewer cells than the header"),
        (HEADER.encode(), "it repeats the header"),
        (b"\xef\xbb\xbf" + HEADER.encode(), "it repeats the header"),
    ],
)
def test_a_damaged_line_costs_itself_only(read, line, reason):
    content = f"{HEADER}\n{GOOD}\n".encode() + line + f"\n{GOOD}\n".encode()
    columns, rejected, places = read(content)
    assert len(columns["arrival"]) == 2
    assert (rejected, places) == ({reason: 1}, {reason: [":3"]})


@pytest.mark.parametrize(
    "line", ["[1, 2]", "{", '{"durationMs": 1' + "0" * 5000 + "}", "[" * 100_000, "nonsense"]
)
def test_a_line_that_is_no_json_object_costs_itself_only(read, line):
    good = json.dumps(FULL)
    columns, rejected, _ = read(f"{good}\n{line}\n{good}\n")
    assert len(columns["arrival"]) == 2
    assert rejected == {"it is no JSON object": 1}


def test_json_lines_without_a_needed_field_are_bad(read):
    rows = [{name: FULL[name] for name in NEEDED if name != gone} for gone in NEEDED]
    for row, gone in zip(rows, NEEDED, strict=True):
        with pytest.raises(UsageError, match=f"1 × {gone} is missing"):
            read(json.dumps(row))


def test_json_cells_that_are_lists_or_huge_numbers(read):
    rows = [FULL, {**FULL, "durationMs": [1]}, {**FULL, "durationMs": 10**400}]
    columns, rejected, _ = read("".join(json.dumps(row) + "\n" for row in rows))
    assert len(columns["arrival"]) == 1
    assert rejected == {"durationMs is not a number": 1, "durationMs is not finite": 1}


def test_byte_order_mark_carriage_returns_quotes_and_blank_lines_are_fine(read):
    content = f'\ufeff"functionName";"invocationStartTimestamp";"durationMs"\r\n\r\n"f";{T};"1"\r\n'
    columns, rejected, _ = read(content)
    assert columns["duration"].tolist() == [0.001]
    assert rejected == {}


def test_a_truncated_gzip_file_gives_what_came_before(read):
    lines = "".join(f"f,{T + i * 7919 % 10_007},{i % 977}\n" for i in range(50_000))
    whole = gzip.compress(f"{HEADER}\n{lines}".encode())
    columns, rejected, _ = read(whole[: len(whole) // 2])
    assert 10_000 < len(columns["arrival"]) < 40_000
    assert rejected["the file breaks off or is damaged here: the rest is lost"] == 1
    assert columns["duration"].tolist() == [i % 977 / 1e3 for i in range(len(columns["arrival"]))]


def test_an_empty_file_beside_a_good_one_is_told(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"")
    (tmp_path / "b.csv").write_text(f"{HEADER}\n{GOOD}\n")
    rejected = Rejected()
    (block,) = read_log([tmp_path / "a.csv", tmp_path / "b.csv"], rejected)
    assert (len(block["arrival"]), rejected.counts) == (1, {"the file is empty": 1})


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "no row of the log can be used:\n1 × the file is empty"),
        (b"\n\n", "no row of the log can be used:\n1 × the file is empty"),
        (HEADER.encode(), "no row of the log can be used"),
        (f"{HEADER}\nf,-1,1\n".encode(), "can be used:\n1 × invocationStartTimestamp is neg"),
        (b"functionName,durationMs\nf,1\n", ":1: no column 'invocationStartTimestamp'; the col"),
        (f"{HEADER},durationMs\n{GOOD},1\n".encode(), ":1: more than one column is called"),
        (HEADER.encode("utf-16"), "UTF-16 text; save it as UTF-8"),
        (b'[{"functionName": "f"}]', "a JSON list; expected one JSON object a line"),
        (b"\x1f\x8bnonsense", "the file is empty"),
        (bytes(range(256)) * 3000, "no"),
        (b"PAR1 or not", "cannot be read as Parquet"),
    ],
)
def test_files_of_which_nothing_can_be_used(read, content, message):
    with pytest.raises(UsageError) as error:
        read(content)
    assert message in str(error.value)


def test_a_folder_a_missing_file_and_a_file_named_twice(tmp_path):
    (tmp_path / "a.csv").write_text(f"{HEADER}\n{GOOD}\n")
    for paths, message in (
        ([tmp_path], "is a folder; name the files in it"),
        ([tmp_path / "gone.csv"], "cannot be read (No such file"),
        ([tmp_path / "a.csv", tmp_path / "x" / ".." / "a.csv"], "is named twice"),
    ):
        with pytest.raises(UsageError) as error:
            list(read_log(paths, Rejected()))
        assert message in str(error.value)


def test_blocks_hold_at_most_65536_rows(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(f"{HEADER}\n" + f"{GOOD}\n" * 200_000)
    rejected = Rejected()
    sizes = [len(block["arrival"]) for block in read_log([path], rejected)]
    assert (sum(sizes), rejected.used) == (200_000, 200_000)
    assert max(sizes) <= 65_536


class Endless(io.RawIOBase):
    """A CSV log of so many bytes that is made while it is read."""

    def __init__(self, size, padding):
        super().__init__()
        line = f"{GOOD},{'x' * padding}\n".encode()
        self._block = line * max(1, 100_000 // len(line))
        self._rest = f"{HEADER},requestURI\n".encode()
        self.left = size // len(self._block)

    def readable(self):
        return True

    def readinto(self, buffer):
        if not self._rest and self.left:
            self._rest, self.left = self._block, self.left - 1
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def peak(size, padding):
    """Return the most memory that reading took, in bytes, and the rows read."""
    rejected = Rejected()
    tracemalloc.start()
    stream = io.BufferedReader(Endless(size, padding))
    for _ in log_blocks(read_text_rows(stream, "log", FIELDS, NEEDED, rejected), rejected):
        pass
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most, rejected.used


def test_memory_does_not_grow_with_the_file():
    most, rows = peak(300_000_000, 20_000)
    assert rows > 14_000
    assert most < 40e6


def test_memory_does_not_grow_with_the_number_of_rows():
    few, _ = peak(4_000_000, 60)
    many, rows = peak(16_000_000, 60)
    assert rows > 150_000
    assert many < 1.2 * few < 100e6


@pytest.mark.slow
def test_ten_gigabytes_in_bounded_memory():
    most, rows = peak(10_000_000_000, 1000)
    assert rows > 9_000_000
    assert most < 40e6
