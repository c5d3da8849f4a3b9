"""The operator's compose file and the image's recipe name only what there is. That they build, only Docker tells."""

import re
import tomllib
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from finder.cli import main
from finder.config import settings_from_environment
from tests.conftest import REPOSITORY

COMPOSE_TEXT = (REPOSITORY / "compose.yaml").read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (REPOSITORY / "Dockerfile").read_text("utf-8")
OURS = ("finder", "migrate")
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def filled(text: str, given: dict[str, str]) -> str:
    """``text`` as Compose fills it in; a variable that must be set and is not is an error."""

    def value(match: re.Match[str]) -> str:
        name, how, otherwise = match.groups()
        if given.get(name):
            return given[name]
        assert how == "-", f"{name} must be set"
        return otherwise

    return VARIABLE.sub(value, text)


@pytest.mark.parametrize("name", OURS)
def test_every_setting_exists_and_its_default_can_be_used(name: str) -> None:
    given = {"POSTGRES_PASSWORD": "a-b_c1"}
    settings = settings_from_environment({key: filled(text, given) for key, text in SERVICES[name]["environment"].items()})
    assert settings.store_url == "postgresql+psycopg://finder:a-b_c1@postgres/finder"
    assert settings.allowed_hosts == ("*",)


def test_the_example_of_an_env_file_can_be_used() -> None:
    example = dict(re.findall(r"^#   (\w+)=(\S+)", COMPOSE_TEXT, re.MULTILINE))
    assert "POSTGRES_PASSWORD" in example
    environment = {key: filled(text, example) for key, text in SERVICES["finder"]["environment"].items()}
    settings = settings_from_environment(environment)
    assert settings.default_region == example["FINDER_DEFAULT_REGION"]
    # Whatever may be set is handed on, and whatever is handed on under its own name may be set.
    assert example.keys() <= {match[0] for match in VARIABLE.findall(COMPOSE_TEXT)}


def test_no_secret_is_written_down() -> None:
    for service in SERVICES.values():
        for key, text in service.get("environment", {}).items():
            if "PASSWORD" in key or "@" in text:
                assert VARIABLE.search(text)
                with pytest.raises(AssertionError, match="POSTGRES_PASSWORD must be set"):
                    filled(text, {})


def test_commands_are_commands_of_the_finder() -> None:
    commands = [SERVICES[name]["command"] for name in OURS]
    commands += [line.split() for line in re.findall(r"^#   docker compose run .* finder (\S.*)$", COMPOSE_TEXT, re.MULTILINE)]
    commands.append(re.findall(r'"([^"]*)"', re.findall(r"^CMD (.*)$", DOCKERFILE, re.MULTILINE)[0]))
    assert len(commands) == 5
    for command in commands:
        words = [word for word in command if re.fullmatch(r"[a-z]+", word)]
        help_text = CliRunner().invoke(main, [*words, "--help"])
        assert help_text.exit_code == 0, help_text.output
        for option in (word for word in command if word.startswith("--")):
            assert option in help_text.output


def test_services_wait_for_one_another_and_keep_what_must_last() -> None:
    for service in SERVICES.values():
        for other, how in service.get("depends_on", {}).items():
            assert how["condition"] != "service_healthy" or "healthcheck" in SERVICES[other]
        for volume in service.get("volumes", []):
            assert volume.split(":")[0] in COMPOSE["volumes"]
    assert all("healthcheck" in SERVICES[name] for name in ("finder", "postgres", "redis"))
    assert f"FINDER_DATA_DIR={SERVICES['finder']['environment']['FINDER_DATA_DIR']}" in DOCKERFILE
    # Reached from this machine only: HTTPS is the proxy's.
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports == ["127.0.0.1:8000:8000"]


def test_the_healthcheck_is_python() -> None:
    *start, code = SERVICES["finder"]["healthcheck"]["test"]
    assert start == ["CMD", "python", "-c"]
    compile(code, "healthcheck", "exec")
    assert "/health/live" in code


def test_the_image_is_made_of_what_there_is_and_nothing_is_kept_out_that_it_needs() -> None:
    copied = [path for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE) for path in line.split()]
    assert copied
    allowed = re.findall(r"^!(.*)$", (REPOSITORY / ".dockerignore").read_text("utf-8"), re.MULTILINE)
    for path in copied:
        assert (REPOSITORY / path).exists()
        assert path in allowed
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    extras = re.findall(r"finder-\*\.whl\)\[(.*?)\]", DOCKERFILE)[0].split(",")
    assert set(extras) <= set(project["optional-dependencies"])
