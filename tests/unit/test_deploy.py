"""The files in deploy/ are what they claim: readable, complete, and in step with the product."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from bpmgrpc.cli.app import app
from bpmgrpc.settings import Settings, load_settings, rows, split_address
from bpmgrpc_rest.security import _PROBES

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
YAMLS = sorted(DEPLOY.rglob("*.yaml"))
VARIABLES = {row.variable for row in rows()}
PROBE_PATHS = {path.decode() for path in _PROBES}


def documents(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def manifest(kind: str, name: str = "bpmgrpc") -> dict[str, Any]:
    """The Kubernetes object of a kind and name."""
    (found,) = (
        document
        for path in (DEPLOY / "kubernetes").glob("*.yaml")
        for document in documents(path)
        if (document["kind"], document["metadata"]["name"]) == (kind, name)
    )
    return found


def pod() -> dict[str, Any]:
    return manifest("Deployment")["spec"]["template"]["spec"]


def container() -> dict[str, Any]:
    (found,) = pod()["containers"]
    return found


def compose() -> dict[str, Any]:
    (found,) = documents(DEPLOY / "compose.yaml")
    return found


def environments() -> dict[str, dict[str, str]]:
    """What each file sets, by its place; a secret's value is a plausible one."""
    found = {
        f"compose {name}": dict(service["environment"])
        for name, service in compose()["services"].items()
        if service["image"] == "bpmgrpc"
    }
    found["kubernetes"] = {
        entry["name"]: entry.get("value", "postgresql://bpm:secret@db/bpm") for entry in container()["env"]
    }
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    found["Containerfile"] = dict(re.findall(r"(BPMGRPC_\w+)=(\S+)", text))
    unit = (DEPLOY / "systemd" / "bpmgrpc.service").read_text(encoding="utf-8")
    found["systemd"] = dict(re.findall(r"^Environment=(\w+)=(\S+)$", unit, re.MULTILINE))
    return found


def settings_of(place: str) -> Settings:
    """The settings that the product reads from what a file sets."""
    return load_settings(environment=environments()[place]).settings


@pytest.mark.parametrize("path", YAMLS, ids=lambda path: path.name)
def test_yaml_can_be_read(path: Path) -> None:
    """Every YAML file holds documents."""
    assert all(isinstance(document, dict) for document in documents(path))


@pytest.mark.parametrize("place", environments())
def test_settings_exist_and_their_values_are_taken(place: str) -> None:
    """Every variable that a file sets is a setting of the product, with a value that it takes."""
    assert environments()[place].keys() <= VARIABLES
    assert settings_of(place) is not None


def commands() -> dict[str, list[str]]:
    found = {
        f"compose {name}": service["command"]
        for name, service in compose()["services"].items()
        if service["image"] == "bpmgrpc"
    }
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    (command,) = re.findall(r"^CMD (\[.*\])$", text, re.MULTILINE)
    unit = (DEPLOY / "systemd" / "bpmgrpc.service").read_text(encoding="utf-8")
    (start,) = re.findall(r"^ExecStart=\S+/bpmgrpc (.*)$", unit, re.MULTILINE)
    return found | {
        "kubernetes": container()["args"],
        "Containerfile": yaml.safe_load(command),
        "systemd": start.split(),
    }


@pytest.mark.parametrize("place", commands())
def test_commands_and_flags_exist(place: str) -> None:
    """Every command line is one of the product's: the command exists, and so does each flag."""
    name, *arguments = commands()[place]

    command = typer.main.get_command(app).commands[name]  # type: ignore[attr-defined]
    flags = {flag for parameter in command.params for flag in parameter.opts}

    assert {argument for argument in arguments if argument.startswith("--")} <= flags


def test_kubernetes_probes_ask_paths_that_exist_at_ports_that_listen() -> None:
    """Readiness asks /readyz; liveness and start ask /livez, so that a lost database restarts nobody."""
    probes = {name: container()[name]["httpGet"] for name in ("startupProbe", "livenessProbe", "readinessProbe")}
    ports = {port["name"]: port["containerPort"] for port in container()["ports"]}
    settings = settings_of("kubernetes")

    assert {probe["path"] for probe in probes.values()} == PROBE_PATHS
    assert probes["readinessProbe"]["path"] == "/readyz"
    assert {probes["livenessProbe"]["path"], probes["startupProbe"]["path"]} == {"/livez"}
    assert {probe["port"] for probe in probes.values()} == {"rest"}
    assert ports == {"grpc": split_address(settings.grpc_address)[1], "rest": split_address(settings.rest_address)[1]}


def test_kubernetes_drain_fits_into_the_grace_period() -> None:
    """A pod waits for the balancers, then drains, and is killed only after both."""
    wait = int(container()["lifecycle"]["preStop"]["exec"]["command"][1])

    assert pod()["terminationGracePeriodSeconds"] > wait + settings_of("kubernetes").drain_seconds


def test_kubernetes_objects_choose_the_pods_of_the_deployment() -> None:
    """Services, budget and policy select what the deployment makes, and name its ports."""
    labels = manifest("Deployment")["spec"]["template"]["metadata"]["labels"]
    ports = {port["name"]: port["containerPort"] for port in container()["ports"]}

    assert manifest("Deployment")["spec"]["selector"]["matchLabels"] == labels
    for name in ("bpmgrpc", "bpmgrpc-servers"):
        service = manifest("Service", name)["spec"]
        assert service["selector"] == labels
        assert {port["targetPort"]: port["port"] for port in service["ports"]}.items() <= ports.items()
    assert manifest("PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == labels
    policy = manifest("NetworkPolicy")["spec"]
    assert policy["podSelector"]["matchLabels"] == labels
    assert {port["port"] for rule in policy["ingress"] for port in rule["ports"]} == set(ports.values())


def test_kubernetes_budget_allows_a_drain_and_keeps_a_server() -> None:
    """With as many replicas as there are, one may go and another one serves."""
    budget = manifest("PodDisruptionBudget")["spec"]["maxUnavailable"]

    assert 0 < budget < manifest("Deployment")["spec"]["replicas"]


def test_kubernetes_takes_the_database_from_a_secret() -> None:
    """No manifest holds a password: the URL is a reference to a secret that the README creates."""
    (entry,) = (entry for entry in container()["env"] if entry["name"] == "BPMGRPC_DATABASE_URL")
    reference = entry["valueFrom"]["secretKeyRef"]
    readme = (DEPLOY / "README.md").read_text(encoding="utf-8")

    assert f"secret generic {reference['name']} --from-literal={reference['key']}=" in readme
    assert "kind: Secret" not in "".join(path.read_text(encoding="utf-8") for path in YAMLS)


def test_compose_has_two_servers_a_database_and_the_adapter() -> None:
    """The adapter calls the name that both servers have, at the port at which they listen."""
    services = compose()["services"]
    servers = [service for service in services.values() if service.get("command") == ["serve"]]
    adapter = services["adapter"]
    name, port = split_address(adapter["command"][-1])

    assert len(servers) == 2
    for server in servers:
        assert server["networks"]["default"]["aliases"] == [name]
        assert split_address(server["environment"]["BPMGRPC_GRPC_ADDRESS"])[1] == port
        assert server["environment"]["BPMGRPC_DATABASE_URL"].endswith("@database/bpm")
    assert services["database"]["environment"]["POSTGRES_USER"] == "bpm"
    assert set(adapter["depends_on"]) == {name for name, service in services.items() if service in servers}
    assert all(known["condition"] == "service_healthy" for known in adapter["depends_on"].values())


def test_compose_publishes_on_loopback_only() -> None:
    """Callers are not authenticated, so nothing is published to other machines, and each port is one that listens."""
    for name, service in compose()["services"].items():
        for published in service.get("ports", ()):
            host, _, inner = published.split(":")
            settings = settings_of(f"compose {name}")
            assert host == "127.0.0.1"
            assert int(inner) in {split_address(settings.grpc_address)[1], split_address(settings.rest_address)[1]}


def test_compose_health_checks_ask_a_path_that_exists() -> None:
    """Servers and adapter are healthy when /readyz says so, at the port at which their REST listens."""
    for place, settings in ((f"compose {name}", settings_of(f"compose {name}")) for name in ("server-1", "adapter")):
        test = compose()["services"][place.removeprefix("compose ")]["healthcheck"]["test"]
        ((port, path),) = re.findall(r"http://127\.0\.0\.1:(\d+)(/\w+)", test[-1])
        assert path in PROBE_PATHS
        assert int(port) == split_address(settings.rest_address)[1]


def test_compose_stops_later_than_the_drain() -> None:
    """A server is killed only after its drain is over."""
    for name in ("server-1", "server-2"):
        service = compose()["services"][name]
        assert int(service["stop_grace_period"].removesuffix("s")) > settings_of(f"compose {name}").drain_seconds


def test_image_exposes_where_it_listens_and_copies_what_exists() -> None:
    """The image's ports are those of its settings, its sources are in the repository, and it does not run as root."""
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    settings = settings_of("Containerfile")
    (exposed,) = re.findall(r"^EXPOSE (.*)$", text, re.MULTILINE)
    (user,) = re.findall(r"^USER (\d+)$", text, re.MULTILINE)
    copied = [word for line in re.findall(r"^COPY ([^-].*)$", text, re.MULTILINE) for word in line.split()[:-1]]

    listening = {split_address(settings.grpc_address)[1], split_address(settings.rest_address)[1]}
    assert {int(port) for port in exposed.split()} == listening
    assert int(user) == pod()["securityContext"]["runAsUser"] != 0
    assert [word for word in copied if not (DEPLOY.parent / word).exists()] == []


def test_unit_waits_for_the_drain_and_stays_out_of_other_folders() -> None:
    """Systemd kills only after the drain is over, and the service writes into its own folder alone."""
    unit = (DEPLOY / "systemd" / "bpmgrpc.service").read_text(encoding="utf-8")
    values = dict(re.findall(r"^(\w+)=(.*)$", unit, re.MULTILINE))

    assert int(values["TimeoutStopSec"]) > Settings().drain_seconds
    assert values["KillSignal"] == "SIGTERM"
    assert (values["DynamicUser"], values["ProtectSystem"]) == ("yes", "strict")
    assert values["WorkingDirectory"] == f"%S/{values['StateDirectory']}"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    """`systemd-analyze verify` finds nothing, with a program that exists in the place of the installed one."""
    unit = (DEPLOY / "systemd" / "bpmgrpc.service").read_text(encoding="utf-8")
    copy = tmp_path / "bpmgrpc.service"
    copy.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", unit, flags=re.MULTILINE), encoding="utf-8")

    found = subprocess.run(["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, timeout=60)

    assert [line for line in found.stderr.splitlines() if copy.name in line] == []
