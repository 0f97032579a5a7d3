"""Whatever a file holds, an import ends with a scenario or a clear error, never a traceback."""

import gzip
import json

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from fcsim import load
from fcsim.commands.import_traffic import cloudmonitor, sls, trace
from fcsim.errors import ScenarioError, UsageError

LOG = b"""functionName,invocationStartTimestamp,durationMs,isColdStart,memoryMB,instanceID
pay,1764000000500,12.5,true,512,c-1
"get",1764000001500,7,false,1024,c-2
"""
METRICS = b"""time,function,metric,value
1764000000,pay,FunctionTotalInvocations,5
2026-11-23 08:00,pay,FunctionAvgDuration,120
"""
LINES = json.dumps(
    {"functionName": "pay", "invocationStartTimestamp": "1764000000500", "durationMs": "3"}
).encode()
ANSWER = json.dumps(
    {"Datapoints": [{"timestamp": 1764000000000, "functionName": "f", "Value": 3}]}
).encode()
TRACE = b"time,duration\n1764000001,3\n1764000002,5\n"
COMMANDS = {
    "sls": (sls, ()),
    "cloudmonitor": (cloudmonitor, ("--metric", "FunctionTotalInvocations")),
    "trace": (trace, ()),
}

HOSTILE = {
    "empty": b"",
    "blank lines": b"\n\r\n \n",
    "truncated gzip": gzip.compress(LOG * 1000)[:-20],
    "damaged gzip": gzip.compress(LOG)[:20] + b"xx" + gzip.compress(LOG)[22:],
    "a million characters": LOG + b"pay," + b"1" * 1_000_000 + b",1,,,\n",
    "a million columns": b"," * 100_000 + b"\n" + LOG,
    "mixed encodings": LOG + "支付,1764000000500,1,,,\n".encode("gbk") + LOG,
    "UTF-16": LOG.decode().encode("utf-16"),
    "NUL bytes": LOG.replace(b"12.5", b"\0"),
    "negative times": LOG.replace(b"1764", b"-1764") + METRICS.replace(b"1764", b"-1764"),
    "NaN and infinity": LOG.replace(b"12.5", b"NaN").replace(b"1764000001500", b"inf"),
    "unbalanced quotes": LOG.replace(b'"get"', b'"get'),
    "header again": LOG + LOG + METRICS + METRICS,
    "byte order mark and CRLF": b"\xef\xbb\xbf" + LOG.replace(b"\n", b"\r\n"),
    "columns missing": b"functionName\npay\n",
    "deep JSON": b"[" * 100_000,
    "JSON of the wrong kind": b'{"Datapoints": {"a": [1, {"b": null}]}}',
    "JSON list": b'[{"functionName": 1}, 2, null]',
    "far times": METRICS.replace(b"2026-11-23 08:00", b"9999-12-31 23:59"),
    "first times": METRICS.replace(b"2026-11-23 08:00", b"0001-01-01 00:00"),
    "not Parquet": b"PAR1" + bytes(100) + b"PAR1",
    "all bytes": bytes(range(256)) * 100,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("hostile")


def ends_well(folder, kind, content):
    """Import *content*; whatever is written must load."""
    (folder / "in").write_bytes(content)
    command, options = COMMANDS[kind]
    out = folder / "out.yaml"
    arguments = [str(folder / "in"), "--out", str(out), "--force", *options]
    ran = CliRunner().invoke(command, arguments, standalone_mode=False)
    if ran.exception is not None:
        if not isinstance(ran.exception, UsageError | ScenarioError):
            raise ran.exception
        assert str(ran.exception)
        return
    load(out)
    assert "Written: " in ran.output


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("kind", COMMANDS)
def test_hostile_files(folder, kind, content):
    ends_well(folder, kind, content)


@pytest.mark.parametrize("kind", COMMANDS)
def test_a_folder(folder, kind):
    command, options = COMMANDS[kind]
    ran = CliRunner().invoke(command, [str(folder), *options], standalone_mode=False)
    assert isinstance(ran.exception, UsageError)


edits = st.lists(
    st.tuples(
        st.integers(0, 400),
        st.integers(0, 30),
        st.one_of(
            st.binary(max_size=8),
            st.sampled_from([b"\n", b",", b'"', b"-", b"1e999", b"{", b"null", b"9" * 40]),
        ),
    ),
    max_size=4,
)


@settings(max_examples=60)
@given(
    st.sampled_from(sorted(COMMANDS)),
    st.sampled_from([LOG, METRICS, LINES, ANSWER, TRACE]),
    edits,
)
def test_edited_files(folder, kind, content, edits):
    for place, length, inserted in edits:
        content = content[:place] + inserted + content[place + length :]
    ends_well(folder, kind, content)
