import httpx
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from fakes import photograph
from recognizance.errors import ConflictError, PermitScopeError, WorkspaceNewerError
from recognizance.service.accounts import FAILURES_ALLOWED, IDLE, LOCKED_FOR, Accounts
from recognizance.service.store import Store
from recognizance.service.store.tables import metadata
from recognizance.sqlite import engine_at


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "service.db", wait_s=1.0) as opened:
        yield opened


@pytest.fixture
def operator(office):
    return office.workspace.acting("operator").principal


def test_a_search_with_a_key_is_the_desks_own(office, address, issue):
    permit = office.permit()
    office.enroll("ana", photograph("ana", note="1"), permit=permit)
    headers = {"authorization": f"Bearer {issue(permit).token}"}
    answer = httpx.post(
        f"{address}/v1/search",
        headers=headers,
        data={"gallery": "g", "permit": permit},
        files={"photograph": photograph("ana", note="2")},
    )
    assert answer.status_code == 200
    assert answer.json()["outcome"] == "held_for_review"
    assert answer.json()["subjects"] == []


def test_nobody_without_a_key_gets_in_and_is_told_how(address):
    answer = httpx.post(
        f"{address}/v1/search", data={"gallery": "g"}, files={"photograph": photograph("ana")}
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "access.unauthenticated")
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_key_names_only_galleries_of_its_permit(office, issue):
    permit = office.permit()
    with pytest.raises(PermitScopeError):
        issue(permit, "elsewhere")


def test_the_migrations_make_the_tables_as_they_are_written_down(store, tmp_path):
    with engine_at(tmp_path / "service.db", wait_s=1.0).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_store_of_a_newer_program_is_left_alone(tmp_path):
    path = tmp_path / "service.db"
    Store(path, wait_s=1.0).close()
    with engine_at(path, wait_s=1.0).begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(WorkspaceNewerError):
        Store(path, wait_s=1.0)


def test_a_session_ends_when_nothing_is_done_and_its_token_is_not_kept(
    store, operator, clock, tmp_path
):
    accounts = Accounts(store)
    accounts.add(operator, "correct horse battery", now=clock())
    token, begun = accounts.log_in(operator.principal_id, now=clock())
    assert accounts.session(token, now=clock()) == begun
    assert all(token.encode() not in path.read_bytes() for path in tmp_path.glob("service.db*"))
    assert accounts.session(token, now=clock() + IDLE) is None
    assert accounts.session(token, now=clock()) is None


def test_wrong_passwords_lock_an_account_for_a_while(store, operator, clock):
    accounts = Accounts(store)
    accounts.add(operator, "correct horse battery", now=clock())
    codes = []
    for _ in range(FAILURES_ALLOWED + 1):
        with pytest.raises(Exception) as caught:  # noqa: PT011  # its code is looked at
            accounts.check_password(operator.principal_id, "wrong", now=clock())
        codes.append(caught.value.code)
    assert codes == ["access.unauthenticated"] * FAILURES_ALLOWED + ["access.locked"]
    later = clock() + LOCKED_FOR
    accounts.check_password(operator.principal_id, "correct horse battery", now=later)
    with pytest.raises(ConflictError):
        accounts.add(operator, "another password", now=later)


def test_metrics_name_a_request_by_the_full_path_of_its_route(address):
    httpx.post(f"{address}/v1/search", data={"gallery": "g"})
    counted = httpx.get(f"{address}/metrics").text
    assert 'recognizance_requests_total{method="POST",route="/v1/search",status="401"}' in counted
