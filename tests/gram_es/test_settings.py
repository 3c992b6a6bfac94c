import pytest

from gram_es.settings import Settings, read_settings


def test_a_setting_is_read_from_its_own_variable_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    defaults = read_settings()
    for name, field in Settings.model_fields.items():
        if name.upper() != field.alias:
            monkeypatch.setenv(name.upper(), "1")

    assert read_settings() == defaults

    monkeypatch.setenv("GRAM_ES_PORT", "1234")
    assert read_settings().port == 1234
