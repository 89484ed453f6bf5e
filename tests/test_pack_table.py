"""Tables of buffers in MiniMalloc's CSV format: what is read, what is refused, what is written."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arenite.allocate import allocate
from arenite.buffer_table import BufferTable, Gap, Row, parse_table, read_table, solution_text, table_problem
from arenite.errors import AreniteError
from arenite.validate import validate_plan

EXAMPLE = "id,lower,upper,size\nb1,0,3,4\nb2,3,9,4\nb3,0,9,4\nb4,9,21,4\nb5,0,21,4\n"


def rows(text: str) -> tuple[Row, ...]:
    return parse_table(text, "p.csv").rows


def test_columns_stand_in_any_order() -> None:
    assert rows("lower,size,id,upper\n6,18,1,12\n5,15,0,10\n") == (Row("1", 6, 12, 18), Row("0", 5, 10, 15))


def test_older_names_and_closed_ends() -> None:
    assert rows("start,size,buffer,end,alignment,gaps\n6,18,1,11,2,7-8 \n5,15,0,9,1,6-6 8-8@2:13\n") == (
        Row("1", 6, 12, 18, 2, gaps=(Gap(7, 9, (0, 0)),)),
        Row("0", 5, 10, 15, 1, gaps=(Gap(6, 7, (0, 0)), Gap(8, 9, (2, 13)))),
    )
    assert rows("begin,size,buffer_id,upper\n6,18,1,12\n") == (Row("1", 6, 12, 18),)


def test_optional_columns_may_be_empty() -> None:
    text = "id,lower,upper,size,alignment,offset,hint,region,note\na,0,1,2,,,-1,,x\nb,0,1,8,4,8,0,SRAM,y\n"
    assert rows(text) == (Row("a", 0, 1, 2), Row("b", 0, 1, 8, 4, 8, "SRAM"))


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + EXAMPLE,
        EXAMPLE.replace("\n", "\r\n"),
        EXAMPLE.rstrip("\n"),
        EXAMPLE + "\n\n  \n",
        EXAMPLE.replace(",", " , "),
        EXAMPLE.replace("b1", '"b1"'),
        EXAMPLE.replace("\n", "\n\n"),
    ],
)  # fmt: skip
def test_how_editors_save(tmp_path: object, text: str) -> None:
    assert rows(text.removeprefix("\ufeff")) == rows(EXAMPLE)
    file = tmp_path / "p.csv"  # type: ignore[operator]
    file.write_bytes(text.encode())
    assert read_table(str(file)).rows == rows(EXAMPLE)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("0,1,2,3\n", "has no column id nor lower nor upper nor size"),
        ("id,lower,upper\na,0,1\n", "has no column size"),
        ("id,lower,upper,size,size\n", "has two columns size"),
        ("id,lower,start,upper,size\n", "has two columns lower"),
        ("id,lower,upper,size,,\n", "has two columns without a name"),
        ("id,lower,upper,size\na,0,1\n", "line 2 has 3 fields, not 4"),
        ("id,lower,upper,size\na,0,1,2,3\n", "line 2 has 5 fields, not 4"),
        ("id,lower,upper,size\na,0,1,x\n", "line 2: the size 'x' is not a whole number"),
        ("id,lower,upper,size\na,0,1,1.5\n", "the size '1.5' is not a whole number"),
        ("id,lower,upper,size\na,0,1,1_0\n", "the size '1_0' is not a whole number"),
        ("id,lower,upper,size\na,0,1,٣\n", "is not a whole number"),
        ("id,lower,upper,size\na,0,1,\n", "the size '' is not a whole number"),
        ("id,lower,upper,size\na,0,1,nan\n", "is not a whole number"),
        ("id,lower,upper,size\na,0,1,-2\n", "the size -2 is negative"),
        ("id,lower,upper,size\na,-1,1,2\n", "the lower end -1 is negative"),
        ("id,lower,upper,size\na,3,3,2\n", "line 2: a lives from 3 to 3, which is never"),
        ("id,lower,upper,size\na,4,3,2\n", "a lives from 4 to 3"),
        ("id,lower,upper,size\na,0,1,2\nb,0,1,2\na,0,1,2\n", "line 4: the id a stands in line 2, too"),
        ("id,lower,upper,size\n,0,1,2\n", "the id is empty"),
        ("id,lower,upper,size\na,0,1,99999999999999999999\n", "the size 99999999999999999999 is too large"),
        ("id,lower,upper,size\na,0,1," + "9" * 6000 + "\n", "is too large"),
        ("id,lower,upper,size\na,0,1," + "9" * 200_000 + "\n", "line"),
        ("id,lower,upper,size\na,0,1,6000000000000000\nb,0,1,6000000000000000\n", "the sizes together are too large"),
        ('id,lower,upper,size\n"a,0,1,2\n', "line 2: unexpected end of data"),
        ('id,lower,upper,size\n"a"x,0,1,2\n', "line 2:"),
        ("id,lower,upper,size,alignment\na,0,1,2,0\n", "the alignment 0 is not positive"),
        ("id,lower,upper,size,alignment\na,0,1,2,9999999999\n", "the alignment 9999999999 is too large"),
        ("id,lower,upper,size,alignment,offset\na,0,1,2,4,6\n", "the fixed offset 6 is not aligned to 4"),
        ("id,lower,upper,size,offset\na,0,1,2,-1\n", "the offset -1 is negative"),
        ("id,lower,upper,size,gaps\na,0,9,2,1\n", "the gap '1' is not of the form"),
        ("id,lower,upper,size,gaps\na,0,9,2,1-2@3\n", "is not of the form"),
        ("id,lower,upper,size,gaps\na,0,9,2,1-2@1:3\n", "bytes in use that the buffer has not"),
        ("id,lower,upper,size,gaps\na,0,9,2,1-2@2:1\n", "bytes in use that the buffer has not"),
        ("id,lower,upper,size,gaps\na,0,9,2,8-10\n", "the gaps are not apart"),
        ("id,lower,upper,size,gaps\na,0,9,2,1-4 3-5\n", "the gaps are not apart"),
        ("id,lower,upper,size,gaps\na,0,9,2,3-3\n", "the gaps are not apart"),
        ("id,lower,upper,size,gaps\na,5,9,2,1-6\n", "the gaps are not apart"),
    ],
)
def test_what_is_no_table(text: str, message: str) -> None:
    with pytest.raises(AreniteError) as refusal:
        rows(text)
    assert message in str(refusal.value)
    assert str(refusal.value).startswith("p.csv: ")
    assert "\n" not in str(refusal.value)


@given(st.text(alphabet=st.sampled_from(list('id,lowerupsz0123 \n\r"-@:x;')), max_size=60))
def test_any_text_is_a_table_or_refused(text: str) -> None:
    for whole in (text, "id,lower,upper,size\n" + text):
        with suppress(AreniteError):
            parse_table(whole, "p.csv")


def test_the_solution_keeps_what_was_there() -> None:
    table = parse_table('note,id,upper,lower,size\n"x, y",a,1,0,2\n,b,1,0,2\n', "p.csv")
    assert solution_text(table, {"offset": (0, 2)}) == 'note,id,upper,lower,size,offset\n"x, y",a,1,0,2,0\n,b,1,0,2,2\n'
    table = parse_table("id,offset,lower,upper,size\na,4,0,1,2\nb,,0,1,2\n", "p.csv")
    assert solution_text(table, {"offset": (4, 0)}) == "id,offset,lower,upper,size\na,4,0,1,2\nb,0,0,1,2\n"


@st.composite
def tables(draw: st.DrawFn) -> BufferTable:
    made = []
    for number in range(draw(st.integers(1, 5))):
        lower = draw(st.integers(0, 1000))
        upper = draw(st.integers(lower + 1, lower + 40))
        size = draw(st.integers(0, 6))
        edges = sorted(draw(st.sets(st.integers(lower, upper), max_size=4)))
        gaps = []
        for start, end in zip(edges[::2], edges[1::2], strict=False):
            low = draw(st.integers(0, size))
            gaps.append(Gap(start, end, (low, draw(st.integers(low, size)))))
        made.append(Row(f"b{number}", lower, upper, size, draw(st.sampled_from((1, 1, 2, 3))), gaps=tuple(gaps)))
    return BufferTable(("id",), tuple((row.id,) for row in made), tuple(made))


def bytes_at(row: Row, offset: int, moment: int) -> set[int]:
    """The bytes that a buffer needs at a moment, by the definition of the format."""
    if not row.lower <= moment < row.upper:
        return set()
    for gap in row.gaps:
        if gap.lower <= moment < gap.upper:
            return set(range(offset + gap.window[0], offset + gap.window[1]))
    return set(range(offset, offset + row.size))


@given(tables())
def test_no_byte_is_needed_twice_at_any_moment(table: BufferTable) -> None:
    stated = table_problem(table)
    plan = allocate(stated.problem, 2.0)
    validate_plan(stated.problem, plan.offsets, plan.arena_bytes)
    offsets = stated.row_offsets(plan.offsets)
    moments = {edge for row in table.rows for edge in (row.lower, row.upper)}
    moments |= {edge for row in table.rows for gap in row.gaps for edge in (gap.lower, gap.upper)}
    for moment in moments:
        needed = [bytes_at(row, offset, moment) for row, offset in zip(table.rows, offsets, strict=True)]
        assert sum(map(len, needed)) == len(set().union(*needed))
    for row, offset in zip(table.rows, offsets, strict=True):
        assert offset >= 0
        assert offset % row.alignment == 0
        assert offset + row.size <= plan.arena_bytes
    fullest = max(sum(len(bytes_at(row, 0, moment)) for row in table.rows) for moment in moments)
    assert plan.lower_bound_bytes >= fullest


def test_gaps_let_others_in() -> None:
    row = Row("a", 0, 10, 8, gaps=(Gap(2, 5, (0, 0)), Gap(6, 8, (6, 8))))
    others = Row("b", 2, 5, 8), Row("c", 6, 8, 6)
    made = (row, *others)
    stated = table_problem(BufferTable(("id",), tuple((one.id,) for one in made), made))
    assert allocate(stated.problem).arena_bytes == 8
    fixed = (replace(row, offset=3), *others)
    stated = table_problem(BufferTable(("id",), tuple((one.id,) for one in fixed), fixed))
    plan = allocate(stated.problem)
    assert stated.row_offsets(plan.offsets)[0] == 3
