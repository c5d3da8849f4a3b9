"""Settings from the environment."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from finder.app import delivery_plan
from finder.config import settings_from_environment
from finder.errors import BadInput
from finder.notices.delivery.room import DeliveryPlan


def test_defaults_need_no_variable_at_all() -> None:
    settings = settings_from_environment({"PATH": "/bin", "FINDER_DEFAULT_REGION": ""})
    assert settings.store_url == f"sqlite:///{settings.data_dir / 'finder.sqlite'}"
    assert settings.trusted_networks == ()


def test_every_kind_of_value_is_read(tmp_path: Path) -> None:
    settings = settings_from_environment(
        {
            "FINDER_DATA_DIR": str(tmp_path),
            "FINDER_DATABASE_URL": "postgresql+psycopg://finder@db/finder",
            "FINDER_TRUSTED_PROXIES": "10.0.0.0/8, ::1/128,",
            "FINDER_ALLOWED_HOSTS": "care.example",
            "FINDER_ROADS_URL": "osrm+https://roads.example:5000/base",
            "FINDER_OSRM_PROFILES": "car=driving, bicycle=bike",
            "FINDER_BORDER_PORTS": str(tmp_path / "ports.toml"),
            "FINDER_BORDER_WAITS": "https://waits.example/now",
            "FINDER_BRAND_NAME_ES": "Salud Cerca",
            "FINDER_BRAND_COLOUR": "#123456",
            "FINDER_BRAND_LOGO_PATH": str(tmp_path / "logo.svg"),
        }
    )
    assert settings.store_url == "postgresql+psycopg://finder@db/finder"
    assert settings.trusted_networks == (ip_network("10.0.0.0/8"), ip_network("::1/128"))
    assert settings.roads_url == "osrm+https://roads.example:5000/base"
    assert settings.osrm_modes == {"car": "driving", "bicycle": "bike"}
    assert settings.border_ports == tmp_path / "ports.toml"
    assert settings.border_waits == "https://waits.example/now"
    assert settings.allowed_hosts == ("care.example",)
    assert (settings.brand.name_es, settings.brand.colour) == ("Salud Cerca", "#123456")
    assert settings.brand.logo_path == tmp_path / "logo.svg"
    assert settings.snapshots_dir == tmp_path / "snapshots"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("FINDER_DATA_DIRECTORY", "/x"),
        ("FINDER_BRAND_FONT", "Comic Sans"),
        ("FINDER_BRAND_COLOUR", "teal"),
        ("FINDER_TRUSTED_PROXIES", "10.0.0"),
        ("FINDER_DEFAULT_LANGUAGE", "fi"),
        ("FINDER_BORDER_WAITS", "ftp://waits.example/now"),
        ("FINDER_BORDER_WAITS", "file:///etc/passwd"),
        ("FINDER_OUTGOING_NETWORKS", "10.0.0"),
        ("FINDER_PUSH_NETWORKS", "10.0.0"),
        ("FINDER_MESSAGES_PER_HOUR", "0"),
        ("FINDER_SITE_URL", "care.example"),
        ("FINDER_SMTP_URL", "smtp://mail.example"),
        ("FINDER_SMS_URL", "sms.example/send"),
    ],
)
def test_what_cannot_be_used_is_refused_at_the_start(variable: str, value: str) -> None:
    with pytest.raises(BadInput, match=r"docs/settings\.md") as refused:
        settings_from_environment({variable: value})
    assert variable in str(refused.value)


def test_networks_of_the_operators_are_not_those_that_browsers_may_name() -> None:
    plan = delivery_plan(settings_from_environment({"FINDER_OUTGOING_NETWORKS": "10.0.0.0/8", "FINDER_MESSAGES_PER_HOUR": "7"}))
    assert (plan.networks, plan.push_networks, plan.messages_per_hour) == ((ip_network("10.0.0.0/8"),), (), 7)
    plan = delivery_plan(settings_from_environment({"FINDER_PUSH_NETWORKS": "10.1.0.0/16, ::1/128"}))
    assert (plan.networks, plan.push_networks) == ((), (ip_network("10.1.0.0/16"), ip_network("::1/128")))
    assert plan.messages_per_hour == DeliveryPlan(store_url="", keys_dir=Path()).messages_per_hour


def test_a_typo_is_told_what_was_meant() -> None:
    with pytest.raises(BadInput, match="Did you mean FINDER_TRUSTED_PROXIES"):
        settings_from_environment({"FINDER_TRUSTED_PROXY": "10.0.0.0/8"})


@pytest.mark.parametrize(
    "value",
    ["http://roads.example", "osrm://roads.example", "osrm+ftp://x", "valhalla+http://", "osrm+http://a b", "osrm+http://x:y"],
)
def test_an_address_of_roads_is_told_how_to_write_it(value: str) -> None:
    with pytest.raises(BadInput, match=r"FINDER_ROADS_URL must be valhalla\+http://HOST or osrm\+http://HOST") as refused:
        settings_from_environment({"FINDER_ROADS_URL": value})
    assert "regex" not in str(refused.value)


@pytest.mark.parametrize("value", ["car", "rocket=x", "wheelchair=foot", "car=driving,car=fast", "car=../x", "foot="])
def test_profiles_are_told_how_to_write_them(value: str) -> None:
    with pytest.raises(BadInput, match=r"FINDER_OSRM_PROFILES must be .* such as car=driving,foot=walking"):
        settings_from_environment({"FINDER_OSRM_PROFILES": value})
