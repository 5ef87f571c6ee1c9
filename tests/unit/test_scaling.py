"""What docs/scaling.md says about keys and the cost model is what the tables and the model say."""

import re
import runpy
from pathlib import Path

from bpmgrpc.store.tables import METADATA

TOP = Path(__file__).resolve().parents[2]
TEXT = (TOP / "docs" / "scaling.md").read_text(encoding="utf-8")
MODEL = runpy.run_path(str(TOP / "tools" / "scaling_model.py"))


def test_document_names_every_table_whose_key_does_not_begin_with_the_root() -> None:
    """The exceptions are listed, all of them and nothing else; every other key begins with the root."""
    keys = {table.name: [column.name for column in table.primary_key.columns] for table in METADATA.sorted_tables}
    exceptions = {name for name, key in keys.items() if key[0] != "root_id"}

    section = TEXT.partition("## Keys")[2].partition("\n## ")[0]
    listed = {
        name for row in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }

    assert listed == exceptions


def test_document_shows_what_the_model_says() -> None:
    """The table of the simulation is what the script prints."""
    written = TEXT.partition(MODEL["BEGIN"] + "\n")[2].partition(MODEL["END"])[0]

    assert written == MODEL["table"]()


def test_document_calls_the_model_a_simulation() -> None:
    """Nobody can take the model's figures for measured ones."""
    section = TEXT.partition("## A simulation")[2].partition("\n## ")[0]

    assert "not measured" in section
    assert MODEL["BEGIN"] in section
