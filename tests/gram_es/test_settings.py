import pytest

from gram_es.errors import SettingsError
from gram_es.settings import Settings, read_settings


def test_a_setting_is_read_from_its_own_variable_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    defaults = read_settings()
    for name, field in Settings.model_fields.items():
        if name.upper() != field.alias:
            monkeypatch.setenv(name.upper(), "1")

    assert read_settings() == defaults

    monkeypatch.setenv("GRAM_ES_PORT", "1234")
    assert read_settings().port == 1234


def test_image_hosts_are_a_list_of_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAM_ES_IMAGE_HOSTS", "CDN.example.com, *.shop.example:8443")

    assert read_settings().image_hosts == ("cdn.example.com", "*.shop.example:8443")


@pytest.mark.parametrize("hosts", ["https://a.example", "*", "a.example; script-src *", "a..b"])
def test_an_image_host_that_is_no_name_is_rejected(
    monkeypatch: pytest.MonkeyPatch, hosts: str
) -> None:
    monkeypatch.setenv("GRAM_ES_IMAGE_HOSTS", hosts)

    with pytest.raises(SettingsError, match="GRAM_ES_IMAGE_HOSTS"):
        read_settings()
