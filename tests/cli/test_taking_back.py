"""`keys remove`, and how a damaged permit shows on the command line."""


def test_a_key_is_taken_back_once_and_is_no_longer_listed(command):
    command("init")
    assert command("keys", "new", "anna", "--role", "reviewer").code == 0
    removed = command("keys", "remove", "anna", "--reason", "the laptop was lost", "--json")
    assert (removed.code, removed.json["name"]) == (0, "anna")
    assert "anna" not in {each["name"] for each in command("keys", "list", "--json").json}
    again = command("keys", "remove", "anna", "--reason", "again", "--json")
    assert (again.code, again.json["error"]["code"]) == (2, "principal.unknown")
    assert command("status", "--json").json["permits_damaged"] == []
