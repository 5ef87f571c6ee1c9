from pathlib import Path

import pytest

from bpmgrpc.settings import (
    Settings,
    SettingsError,
    hide_password,
    load_settings,
    rows,
    split_address,
    unknown_variables,
)


def test_settings_have_safe_defaults() -> None:
    """Without any source a server listens on loopback only, on a SQLite file, with full durability."""
    loaded = load_settings(environment={})

    assert loaded.settings.database_url == "sqlite:///bpmgrpc.db"
    assert loaded.settings.grpc_address == "127.0.0.1:50051"
    assert loaded.settings.rest_address == "127.0.0.1:8080"
    assert loaded.settings.sqlite_synchronous == "FULL"
    assert loaded.settings.insecure is False
    assert set(loaded.sources.values()) == {"default"}


def test_flag_beats_environment_beats_file_beats_default(tmp_path: Path) -> None:
    """Each source wins over the ones after it, and the source is told."""
    config = tmp_path / "server.toml"
    config.write_text(
        "drain_seconds = 1\nstep_limit = 2\nlog_level = 'debug'\ncors_origins = ['https://a', 'https://b']"
    )
    environment = {"BPMGRPC_DRAIN_SECONDS": "3", "BPMGRPC_STEP_LIMIT": "4", "BPMGRPC_CONFIG": str(config)}

    loaded = load_settings(flags={"drain_seconds": "5", "step_limit": None}, environment=environment)

    assert (loaded.settings.drain_seconds, loaded.sources["drain_seconds"]) == (5.0, "flag --drain-seconds")
    assert (loaded.settings.step_limit, loaded.sources["step_limit"]) == (4, "environment BPMGRPC_STEP_LIMIT")
    assert (loaded.settings.log_level, loaded.sources["log_level"]) == ("debug", f"file {config}")
    assert loaded.settings.cors_origins == ("https://a", "https://b")
    assert loaded.settings.default_deadline_seconds == 30.0


def test_file_of_the_command_line_beats_the_variable(tmp_path: Path) -> None:
    """A file named by a flag is read instead of the one that the environment names."""
    config = tmp_path / "a.toml"
    config.write_text("step_limit = 7")

    loaded = load_settings(environment={"BPMGRPC_CONFIG": "missing.toml"}, config=config)

    assert loaded.settings.step_limit == 7


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    (
        ("drain_seconds", "soon", "must be a number of seconds, not 'soon'"),
        ("drain_seconds", "nan", "must be a number of seconds, not 'nan'"),
        ("drain_seconds", "-1", "must be at least 0 seconds, not -1"),
        ("step_limit", "1.5", "must be a whole number of steps, not '1.5'"),
        ("insecure", "perhaps", "must be true or false, not 'perhaps'"),
        ("log_level", "loud", "must be one of debug, info, warning, error, not 'loud'"),
        ("grpc_address", "50051", "must be HOST:PORT, such as 127.0.0.1:50051 or [::1]:50051, not '50051'"),
        ("grpc_address", "::1:50051", "must be HOST:PORT, such as 127.0.0.1:50051 or [::1]:50051, not '::1:50051'"),
        ("grpc_address", "localhost:70000", "must have a port of at most 65535, not 70000"),
        (
            "database_url",
            "mysql://u:secret@h/d",
            "must be like sqlite:///bpmgrpc.db or postgresql://user:password@host/database, not 'mysql://u:***@h/d'",
        ),
    ),
)
def test_bad_value_is_told_with_setting_and_source(name: str, text: str, problem: str) -> None:
    """A value that cannot be used is refused with the setting, what it must be, and where it came from."""
    variable = f"BPMGRPC_{name.upper()}"

    with pytest.raises(SettingsError) as caught:
        load_settings(environment={variable: text})

    assert caught.value.problems == [f"{name} {problem} (environment {variable})"]


def test_all_findings_come_at_once(tmp_path: Path) -> None:
    """Whoever starts a server learns everything that is wrong in one go."""
    config = tmp_path / "server.toml"
    config.write_text("drain_secs = 1\nstep_limit = 'many'\ndrain_seconds = true")

    with pytest.raises(SettingsError) as caught:
        load_settings(flags={"log_format": "xml"}, environment={}, config=config)

    assert caught.value.problems == [
        f"drain_secs is no setting (file {config}); did you mean drain_seconds?",
        f"drain_seconds must be a number of seconds, not 'True' (file {config})",
        f"step_limit must be a whole number of steps, not 'many' (file {config})",
        "log_format must be one of auto, json, console, not 'xml' (flag --log-format)",
    ]


def test_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """A missing file and one that is no TOML are refused by name."""
    broken = tmp_path / "broken.toml"
    broken.write_text("step_limit = ")

    with pytest.raises(SettingsError, match=r"the settings file nowhere\.toml cannot be read: No such file"):
        load_settings(environment={}, config=Path("nowhere.toml"))
    with pytest.raises(SettingsError, match=r"broken\.toml is not TOML"):
        load_settings(environment={}, config=broken)


def test_empty_variable_counts_as_not_set_unless_empty_means_something() -> None:
    """An empty variable leaves a number alone and switches REST off."""
    loaded = load_settings(environment={"BPMGRPC_DRAIN_SECONDS": "", "BPMGRPC_REST_ADDRESS": ""})

    assert loaded.settings.drain_seconds == 20.0
    assert not loaded.settings.rest_address


def test_choice_is_read_in_any_case() -> None:
    """The spelling of a choice does not depend on upper and lower case."""
    loaded = load_settings(environment={"BPMGRPC_SQLITE_SYNCHRONOUS": "normal"})

    assert loaded.settings.sqlite_synchronous == "NORMAL"


@pytest.mark.parametrize(
    ("address", "parts"),
    (
        ("127.0.0.1:50051", ("127.0.0.1", 50051)),
        ("[::1]:0", ("::1", 0)),
        ("localhost:80", ("localhost", 80)),
    ),
)
def test_address_is_split_into_host_and_port(address: str, parts: tuple[str, int]) -> None:
    """Host and port are told apart, for IPv6 too."""
    assert split_address(address) == parts


@pytest.mark.parametrize(
    ("url", "shown"),
    (
        ("postgresql://ann:secret@db/bpm", "postgresql://ann:***@db/bpm"),
        ("postgresql://ann:se@cret@db/bpm", "postgresql://ann:***@db/bpm"),
        ("postgresql://db/bpm?user=ann&password=secret&x=1", "postgresql://db/bpm?user=ann&password=***&x=1"),
        ("sqlite:///bpmgrpc.db", "sqlite:///bpmgrpc.db"),
    ),
)
def test_password_is_hidden(url: str, shown: str) -> None:
    """What is shown of a database URL never holds its password."""
    assert hide_password(url) == shown


def test_mistyped_variable_is_found() -> None:
    """A variable that looks like ours and names no setting is listed with the likely right name."""
    environment = {"BPMGRPC_GRCP_ADDRESS": "x", "BPMGRPC_CONFIG": "y", "BPMGRPC_STEP_LIMIT": "1", "PATH": "z"}

    assert unknown_variables(environment) == ["BPMGRPC_GRCP_ADDRESS; did you mean BPMGRPC_GRPC_ADDRESS?"]


def test_every_setting_is_explained() -> None:
    """Each setting has a sentence of help, and each number its unit; the defaults pass their own checks."""
    table = rows()

    assert all(row.rule.help.endswith((".", "…")) for row in table)
    assert [row.name for row in table if row.kind in {"integer", "number"} and not row.rule.unit] == []
    assert load_settings(flags={row.name: row.default for row in table}, environment={}).settings == Settings()
