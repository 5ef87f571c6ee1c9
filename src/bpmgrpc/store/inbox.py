"""Lists of user tasks: from people to tasks, and from everything else.

Rules of this file. What a filter does not name is not in the statement. Whoever asks for a user's, group's or role's
tasks is led by the pools' index, which has them in the order of lists: of each of the user's few pools the first page
is taken, these are merged, and only the tasks on the merged page are read; by due date, another index has them so. A
filter or order that no index can answer has the task read beside its entry. Totals count entries; only of tasks that
may lie in several pools each one is looked at, so that it counts once.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from sqlalchemy import BigInteger, Text, and_, cast, exists, func, literal, or_, select, true, union, union_all

from bpmgrpc.engine.search_fields import MOST_CHARACTERS
from bpmgrpc.engine.state import OPEN_USER_TASK_STATES, UserTaskState
from bpmgrpc.store import rows, tables
from bpmgrpc.store.exclusions import not_excluded
from bpmgrpc.store.lists import Shape, absent_last, given_of, instances_inside, of_process, quoted
from bpmgrpc.store.membership import OFFERED, candidate_keys_of
from bpmgrpc.store.paging import Listing, Term, beyond
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.statements import constant, number, word
from bpmgrpc.store.views import UserTaskPart, UserTaskView

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select

    from bpmgrpc.store.statements import Dialect
    from bpmgrpc.store.views import UserTaskFilter

__all__ = ["USER_TASKS", "read_user_task", "user_task_shape", "user_task_source"]

_tasks: Final = table_of(tables.UserTask)
_candidates: Final = table_of(tables.UserTaskCandidate)
_instances: Final = table_of(tables.ProcessInstance)
_described: Final = table_of(tables.ProcessDefinition).alias("described")

_OPEN: Final = frozenset(OPEN_USER_TASK_STATES)
_UNCLAIMED: Final = frozenset((UserTaskState.WAITING, UserTaskState.ASSIGNED))
_POOLS: Final = {"group": "G", "role": "R", "work_party": "P"}  # filters by one pool
_PEOPLE: Final = ("user", *_POOLS)
_Condition: TypeAlias = Callable[[Any], Any]
_RANGES: Final[Mapping[str, _Condition]] = {
    "priority_min": lambda task: task.priority >= number("priority_min"),
    "priority_max": lambda task: task.priority <= number("priority_max"),
    "create_from_us": lambda task: task.create_us >= number("create_from_us"),
    "create_until_us": lambda task: task.create_us < number("create_until_us"),
    "due_from_us": lambda task: task.due_us >= number("due_from_us"),
    "due_until_us": lambda task: task.due_us < number("due_until_us"),
    "without_due": lambda task: task.due_us.is_(None),
}
_OTHERS: Final[Mapping[str, _Condition]] = {
    "follow_up_from_us": lambda task: task.follow_up_us >= number("follow_up_from_us"),
    "follow_up_until_us": lambda task: task.follow_up_us < number("follow_up_until_us"),
    "without_follow_up": lambda task: task.follow_up_us.is_(None),
    "end_from_us": lambda task: task.end_us >= number("end_from_us"),
    "end_until_us": lambda task: task.end_us < number("end_until_us"),
    "business_key": lambda task: task.business_key == word("business_key"),
    "element_id": lambda task: task.element_id == word("element_id"),
    "owner": lambda task: task.owner == word("owner"),
    "assignee": lambda task: and_(task.assignee == word("assignee"), task.assignee != quoted("")),
    "root_id": lambda task: task.root_id == word("root_id"),
    "parent": lambda task: and_(task.parent_seq == number("parent"), task.parent_seq != constant("0")),
}
_fields: Final = table_of(tables.InstanceField)
_OPERATORS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ELSEWHERE: Final = ("name_contains", "instance", "process_name", "app_name")
# What an entry of a pool can be narrowed and ordered by without its task.
_IN_POOLS: Final = frozenset((*_RANGES, *_PEOPLE, "open", "unclaimed", "process_name", "app_name", "name_contains"))
_FIELD: Final = "fields."  # before the path of a searchable field that tasks are ordered by
_ordered: Final = _fields.alias("ordered")


def _name_in(task: Any) -> Any:
    """The name of a task, or what its entry in a pool has of it; older entries have nothing."""
    return func.coalesce(task.name, _name_of(task), type_=Text()) if task is _candidates.c else task.name


def _name_of(entry: Any) -> Any:
    """The name of an entry's task."""
    named = _tasks.alias("named")
    return select(named.c.name).where(named.c.root_id == entry.root_id, named.c.seq == entry.seq).scalar_subquery()


class _Orders(dict[str, _Condition]):
    """What tasks can be ordered by; besides, any searchable field of their process instance."""

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (
            isinstance(name, str) and name.startswith(_FIELD) and "\0" not in name and len(name) <= MOST_CHARACTERS
        )

    def __missing__(self, name: str) -> _Condition:
        return lambda task: func.coalesce(
            select(_ordered.c.value)
            .where(
                _ordered.c.root_id == task.root_id,
                _ordered.c.instance == task.instance,
                _ordered.c.field == literal(name.removeprefix(_FIELD), Text),
                _ordered.c.value != quoted(""),
            )
            .scalar_subquery(),
            quoted("~"),  # behind all keys
        )


_ORDERS: Final = _Orders(
    {
        "priority": lambda task: task.priority,
        "create_time": lambda task: task.create_us,
        "due_time": lambda task: absent_last(task.due_us),
        "follow_up_time": lambda task: absent_last(task.follow_up_us),
        "end_time": lambda task: absent_last(task.end_us),
        "name": _name_in,
    }
)
_ORDERED_IN_POOLS: Final = frozenset(("priority", "create_time", "due_time", "name"))
_DEFAULT_ORDER: Final = "priority desc, create_time"
_BY_DUE_TIME: Final = (Term("due_time", False),)


def user_task_shape(filter_: UserTaskFilter) -> Shape:
    """Returns the shape of a filter: its names, the states, and which parts of a user's tasks."""
    given = given_of(filter_, *_PEOPLE, *_RANGES, *_OTHERS, *_ELSEWHERE)
    states = frozenset(filter_.states) or _OPEN
    if filter_.parts and filter_.user:
        given += tuple(f"part {part.value}" for part in sorted(set(filter_.parts)))
    given += tuple(f"field {n} {one.operator}" for n, one in enumerate(filter_.fields))
    if states <= _UNCLAIMED:
        given = ("unclaimed", *given)
    if states <= _OPEN:
        given = ("open", *given)
    words = () if states in (_OPEN, _UNCLAIMED) else tuple(sorted(state.value for state in states))
    return Shape(given, words)


def user_task_source(source: Any = _tasks, columns: Any = _tasks.c) -> Select[Any]:
    """User tasks with their process."""
    described = _described.c.id == columns.definition_id
    return select(*columns, _described.c.process_name, _described.c.app_name).join_from(source, _described, described)


def read_user_task(row: Sequence[Any]) -> UserTaskView:
    """Reads a row of `user_task_source`."""
    return UserTaskView(row[0], rows.read_user_task(row[1:-2]), row[-2], row[-1])


def _parts(shape: Shape) -> frozenset[UserTaskPart]:
    named = frozenset(UserTaskPart(name[5:]) for name in shape.filters if name.startswith("part "))
    return named or frozenset(UserTaskPart)


def _narrowed(shape: Shape, task: Any) -> list[ColumnElement[bool]]:
    """Conditions on a task, or on an entry of a pool, that do not speak of people."""
    given = shape.filters
    found = [build(task) for table in (_RANGES, _OTHERS) for name, build in table.items() if name in given]
    found += of_process(task, shape)
    if "instance" in given:
        found.append(task.instance.in_(instances_inside()))
    if shape.states:
        found.append(task.state.in_([quoted(state) for state in shape.states]))
    found += [_has_field(task.root_id, task.instance, name) for name in given if name.startswith("field ")]
    if "name_contains" in given:
        # Without a collation's help: both databases fold the letters A to Z here, and no others.
        found.append(_named(task))
    return found


def _named(task: Any) -> ColumnElement[bool]:
    part = word("name_contains")
    found = _contains(func.lower(_name_in(task)), part)
    if task is not _candidates.c:
        return found  # type: ignore[no-any-return]
    is_cut = func.length(task.name) == constant(str(tables.NAME_CHARACTERS))
    return or_(found, and_(is_cut, _contains(func.lower(_name_of(task)), part)))


def _field_is(name: str) -> list[ColumnElement[bool]]:
    """A condition on a searchable field, in the words of its index; keys of other types lie outside of the range."""
    _, n, sign = name.split(" ")
    value = _fields.c.value
    found = [
        _fields.c.field == word(f"field_{n}"),
        value != quoted(""),
        _OPERATORS[sign](value, word(f"field_{n}_key")),
    ]
    if sign in ("<", "<="):
        found.append(value >= word(f"field_{n}_type"))
    elif sign != "=":
        found.append(value < word(f"field_{n}_next"))
    return found


def _has_field(root_id: Any, instance: Any, name: str) -> ColumnElement[bool]:
    return exists().where(_fields.c.root_id == root_id, _fields.c.instance == instance, *_field_is(name))


def _contains(text: Any, part: Any) -> Any:
    return func.replace(text, part, quoted("")) != text


def _is_unclaimed(task: Any) -> Any:
    return task.state.in_([quoted(UserTaskState.WAITING.value), quoted(UserTaskState.ASSIGNED.value)])


def _in_pool(task: Any, name: str) -> ColumnElement[bool]:
    """In the pool of a group, role or work party, where the task was found otherwise."""
    key = quoted(_POOLS[name]).concat(word(name))
    other = _candidates.alias("other")
    return exists().where(other.c.root_id == task.root_id, other.c.seq == task.seq, other.c.candidate == key)


def _pools(shape: Shape, name: str) -> Any:
    """The pools to look into, as the source ``pool``: rows of one column, their keys."""
    keys = (
        candidate_keys_of(word("user"), _parts(shape))
        if name == "user"
        else select((quoted(_POOLS[name]).concat(word(name))).label("key"))
    ).subquery("keys")
    return select(next(iter(keys.c)).label("key")).subquery("pool")


# -- from people ------------------------------------------------------------------------------------------------------


def _entries(shape: Shape, terms: tuple[Term, ...], others: Sequence[str], *, paged: bool, seen: bool) -> Select[Any]:
    """Entries of the pool ``pool.key``: root id, number, and what they are ordered by; all, or the first page."""
    entry: Any = _candidates.c
    covered = set(shape.filters) <= _IN_POOLS | {f"part {part.value}" for part in UserTaskPart}
    covered = covered and not shape.states and all(term.name in _ORDERED_IN_POOLS for term in terms)
    source: Any = _candidates
    task = entry
    if not covered:
        source = _candidates.join(
            _tasks, and_(_tasks.c.root_id == _candidates.c.root_id, _tasks.c.seq == _candidates.c.seq)
        )
        task = _tasks.c
    keys = [(_ORDERS[term.name](entry if term.name in _ORDERED_IN_POOLS else task), term.descending) for term in terms]
    keys += [(entry.root_id, False), (entry.seq, False)]
    found = select(entry.root_id, entry.seq, *(key.label(f"key_{n}") for n, (key, _) in enumerate(keys[:-2])))
    found = found.select_from(source).where(entry.candidate == constant("pool.key"), *_narrowed(shape, task))
    found = found.where(*(_in_pool(entry, name) for name in others))
    if "user" in shape.filters:
        found = found.where(not_excluded(entry))
    if seen:
        found = found.where(beyond(keys))
    if not paged:
        return found
    if terms == _BY_DUE_TIME:
        return _by_due_time(found)
    return _first(found.order_by(*(key.desc() if descending else key.asc() for key, descending in keys)))


def _first(found: Select[Any]) -> Select[Any]:
    return found.limit(cast(number("page_limit"), BigInteger) + cast(number("page_offset"), BigInteger))


def _by_due_time(found: Select[Any]) -> Select[Any]:
    """A page by due date: entries that have one, in the words of their index; where these do not fill it, others."""
    entry = _candidates.c
    having = _first(found.where(entry.due_us.is_not(None)).order_by(entry.due_us, entry.root_id, entry.seq))
    others = _first(found.where(entry.due_us.is_(None)).order_by(entry.root_id, entry.seq))
    both = union_all(select(having.subquery("having")), select(others.subquery("others"))).subquery("both")
    return _first(select(both))


def _counted(shape: Shape, dialect: Dialect) -> Any:
    """How many tasks are found from a user, group, role or work party: all entries of the pools, less those whose
    tasks may lie in several of them, and each of these tasks once; and what the user has claimed.
    """
    first, *others = (name for name in _PEOPLE if name in shape.filters)
    parts = _parts(shape)
    total: Any = constant("0")
    if first != "user" or parts & OFFERED.keys():
        entries = _entries(shape, (), others, paged=False, seen=False)
        total = _of_pools(shape, first, entries)
        if first == "user":
            shared = entries.where(_candidates.c.sole == constant("0"))
            each = _offered(shape, first, shared, dialect).distinct().subquery("each")
            total += _number_of(each) - _of_pools(shape, first, shared)
    if first == "user" and UserTaskPart.CLAIMED in parts and "unclaimed" not in shape.filters:
        total += _number_of(_claimed(shape, (), others, seen=False).subquery("mine"))
    return select(cast(total, BigInteger))


def _of_pools(shape: Shape, name: str, entries: Select[Any]) -> Any:
    """The number of entries in all pools."""
    counted = func.coalesce(func.sum(_number_of(entries.subquery("entry"))), constant("0"))
    return select(counted).select_from(_pools(shape, name)).scalar_subquery()


def _number_of(found: Any) -> Any:
    return select(func.count()).select_from(found).scalar_subquery()


def _offered(shape: Shape, name: str, entries: Select[Any], dialect: Dialect) -> Any:
    """The entries of all pools, one after the other. SQLite has no lateral subqueries, but functions of a row."""
    pool = _pools(shape, name)
    names = [column.name for column in entries.subquery().c]
    if dialect == "sqlite":
        inner = entries.subquery("entry")
        packed = select(func.json_group_array(func.json_array(*inner.c))).scalar_subquery()
        each = func.json_each(packed).table_valued("value", name="packed")
        values = [func.json_extract(each.c.value, quoted(f"$[{n}]")).label(name) for n, name in enumerate(names)]
        return select(*values).select_from(pool).join(each, constant("1"))
    lateral = entries.lateral("entry")
    return select(*lateral.c).select_from(pool.join(lateral, true()))


def _claimed(shape: Shape, terms: tuple[Term, ...], others: Sequence[str], *, seen: bool) -> Select[Any]:
    """What a user has claimed, in the words of the partial index on assignees."""
    claimed = _tasks.alias("claimed")
    task = claimed.c
    keys = [(_ORDERS[term.name](task), term.descending) for term in terms]
    keys += [(task.root_id, False), (task.seq, False)]
    found = select(task.root_id, task.seq, *(key.label(f"key_{n}") for n, (key, _) in enumerate(keys[:-2])))
    found = found.where(task.assignee == word("user"), task.assignee != quoted(""), *_narrowed(shape, task))
    if "open" in shape.filters:
        found = found.where(task.end_us.is_(None))
    found = found.where(*(_in_pool(task, name) for name in others))
    return found.where(beyond(keys)) if seen else found


def _from_people(shape: Shape, terms: tuple[Term, ...], dialect: Dialect, *, seen: bool) -> Any:
    """Root id, number and order of the tasks found from a user, group, role or work party, each once; of each pool the
    first page.
    """
    first, *others = (name for name in _PEOPLE if name in shape.filters)
    parts = _parts(shape)
    found = []
    if first != "user" or parts & OFFERED.keys():
        entries = _entries(shape, terms, others, paged=True, seen=seen)
        found.append(_offered(shape, first, entries, dialect))
    if first == "user" and UserTaskPart.CLAIMED in parts and "unclaimed" not in shape.filters:
        found.append(_claimed(shape, terms, others, seen=seen))
    if not found:  # claimed by the user, and unclaimed
        found = [_claimed(shape, terms, others, seen=seen).where(constant("1 = 0"))]
    if len(found) == 1:
        return found[0] if first != "user" else found[0].distinct()
    return union(*found)


# -- from everything else ---------------------------------------------------------------------------------------------


def _from_tasks(shape: Shape, _dialect: Dialect) -> tuple[Select[Any], Any]:
    given = shape.filters
    task = _tasks.c
    found = user_task_source().where(*_narrowed(shape, task))
    if "open" in given:
        found = found.where(task.end_us.is_(None))  # only the partial index's own words make SQLite read it
    if "unclaimed" in given:
        found = found.where(_is_unclaimed(task))
    for name in given:
        if name.startswith("field ") and name.endswith(" ="):  # few, which lead to their tasks
            found = found.where(task.root_id.in_(select(_fields.c.root_id).where(*_field_is(name))))
    if "business_key" in given:
        with_key = select(_instances.c.root_id).where(
            _instances.c.business_key == word("business_key"), _instances.c.business_key != quoted("")
        )
        found = found.where(task.root_id.in_(with_key))
    return found, task


class _UserTasks(Listing[UserTaskView]):
    """The list of user tasks: a page of people's tasks is put together from their pools."""

    def build_page(self, shape: Any, terms: tuple[Term, ...], dialect: Dialect, *, after: bool) -> Any:
        """See ``Listing.build_page``."""
        if not set(_PEOPLE).intersection(shape.filters):
            return super().build_page(shape, terms, dialect, after=after)
        found = _from_people(shape, terms, dialect, seen=after).subquery("found")
        keys = [found.c[f"key_{n}"] for n in range(len(terms))]
        order = [key.desc() if term.descending else key.asc() for key, term in zip(keys, terms, strict=True)]
        order += [found.c.root_id, found.c.seq]
        picked: Any = (
            select(*found.c).order_by(*order).limit(number("page_limit")).offset(number("page_offset"))
        ).subquery("picked")
        one: Any
        if dialect == "sqlite":
            one = _tasks
            on: Any = and_(one.c.root_id == picked.c.root_id, one.c.seq == picked.c.seq)
        else:
            # One row for each, whatever statistics say of young or changed tables.
            one = (
                select(_tasks)
                .where(_tasks.c.root_id == picked.c.root_id, _tasks.c.seq == picked.c.seq)
                .limit(constant("1"))
                .lateral("task")
            )
            on = true()
        keys = [picked.c[f"key_{n}"] for n in range(len(terms))]
        page = user_task_source(picked.join(one, on), one.c)
        page = page.add_columns(*keys, picked.c.root_id, picked.c.seq)
        order = [key.desc() if term.descending else key.asc() for key, term in zip(keys, terms, strict=True)]
        return page.order_by(*order, picked.c.root_id, picked.c.seq)

    def build_count(self, shape: Any, dialect: Dialect) -> Any:
        """See ``Listing.build_count``."""
        if not set(_PEOPLE).intersection(shape.filters):
            return super().build_count(shape, dialect)
        return _counted(shape, dialect)


USER_TASKS: Final = _UserTasks(
    name="user_tasks",
    build=_from_tasks,
    orders=_ORDERS,
    default_order=_DEFAULT_ORDER,
    key=("root_id", "seq"),
    read=read_user_task,
    more_orders=("fields.PATH",),
)
