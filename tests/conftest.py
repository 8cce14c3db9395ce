"""What holds for all tests: those that start a sandbox, an engine or a server are slow, whatever else they do."""

import pytest

COSTLY_FIXTURES = {"sandbox", "roomy", "child", "unconfined", "engine", "site", "course", "browser"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if COSTLY_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)
