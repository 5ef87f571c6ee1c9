"""What an open instance takes up."""

from pathlib import Path

from bpmgrpc.engine.state import Candidates
from bpmgrpc.ids import new_id
from bpmgrpc.store import open_store
from tests.integration.store.factories import NOW_US, created, make_element, make_root, make_task

INSTANCES = 2_000
TARGET_BYTES = 1_000  # per open instance, without history


def test_open_instance_takes_up_less_than_a_kilobyte(tmp_path: Path) -> None:
    """An instance that waits at a user task, offered to a group, with two variables, fits into 1,000 bytes."""
    path = tmp_path / "bpmgrpc.db"
    store = open_store(f"sqlite:///{path}", synchronous="NORMAL")
    store.migrate()
    empty = path.stat().st_size
    with store.writer() as session, session.transaction():
        for number in range(INSTANCES):
            now_us = NOW_US + number * 3_000
            session.write(
                created(
                    make_root(new_id(now_us), create_us=now_us),
                    put_elements=[make_element(1, element_id="approve_order", flow="flow_1", create_us=now_us)],
                    put_variables=[
                        (0, "order", '{"customer":"Ann Example","amount":120.50,"lines":[1,2,3]}'),
                        (0, "approved", "true"),
                    ],
                    new_user_tasks=[
                        make_task(
                            1, name="Approve the order", candidates=Candidates(groups=("sales",)), create_us=now_us
                        )
                    ],
                    events=[],
                ),
                None,
            )
    store.close()

    assert (path.stat().st_size - empty) / INSTANCES < TARGET_BYTES
