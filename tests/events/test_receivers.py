"""Who is told of a watch, as the command line names them."""

from recognizance.cli.receivers import Receivers


def test_a_permit_that_was_never_issued_is_left_to_the_desk_which_records_it(office, tmp_path):
    with Receivers(lines=tmp_path / "events").served(office.workspace, "none") as served:
        assert served.trouble is None
    assert not (tmp_path / "events").exists()
