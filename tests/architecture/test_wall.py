"""The wall between tenants, proved for every model there is (privacy.md §4.5; SE1)."""

import contextlib
import random

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, connections, transaction
from django.db.models import F

from accounts import tenancy, work
from accounts.models import AuditEntry, Membership
from accounts.tenancy import inspection
from consent.models import Subject, SubjectKey
from tests import rows

TENANT_MODELS = inspection.tenant_models()
WRITTEN_BY_FUNCTION = [model for model in TENANT_MODELS if getattr(model, "is_written_by_function", False)]
every_model = pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda model: model._meta.label)

# Every model without a tenant, looked at and found to hold nothing that belongs to one.
GLOBAL = {
    "accounts.OutgoingMail",  # mail to colleagues, emptied once it is sent
    "accounts.Tenant",  # found by its slug before there is a scope
    "accounts.Tenant_users",  # which organisations a user can choose from; the membership behind the wall decides
    "accounts.User",
    "accounts.User_groups",
    "accounts.User_user_permissions",
    "account.EmailAddress",
    "account.EmailConfirmation",
    "admin.LogEntry",
    "auth.Group",
    "auth.Group_permissions",
    "auth.Permission",
    "contenttypes.ContentType",
    "django_celery_beat.ClockedSchedule",
    "django_celery_beat.CrontabSchedule",
    "django_celery_beat.IntervalSchedule",
    "django_celery_beat.PeriodicTask",
    "django_celery_beat.PeriodicTasks",
    "django_celery_beat.SolarSchedule",
    "mfa.Authenticator",
    "sessions.Session",
    "usersessions.UserSession",
}


@pytest.fixture
def both(cast):
    """A row of every model in each tenant, made through the wall."""
    made = {}
    for tenant in (cast.acme, cast.globex):
        with tenancy.scope(tenant):
            made[tenant.pk] = {model: rows.make(model) for model in TENANT_MODELS}
    return made


def table(model) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def run(sql: str, *params) -> list:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else [cursor.rowcount]


def test_every_model_is_behind_the_wall_or_on_the_list():
    found = {model._meta.label for model in apps.get_models(include_auto_created=True) if model not in TENANT_MODELS}
    assert found == GLOBAL


def test_the_catalogue_shows_a_wall_without_a_gap(db):
    assert inspection.wall_faults(connection) == []


def test_the_suite_runs_as_a_role_that_cannot_pass_the_wall(db):
    assert inspection.role_faults(connection) == []


@every_model
def test_a_scope_sees_its_own_rows_only(cast, both, model):
    with tenancy.scope(cast.acme):
        assert {tenant for (tenant,) in run(f"SELECT tenant_id FROM {table(model)}")} == {cast.acme.pk}
        assert {row.tenant_id for row in model._base_manager.all()} == {cast.acme.pk}
        assert not model._base_manager.filter(pk=both[cast.globex.pk][model].pk, tenant_id=cast.globex.pk).exists()


@every_model
def test_no_row_can_be_written_for_another_tenant(cast, both, model):
    with tenancy.scope(cast.acme):
        for write in (lambda row: row.save(force_insert=True), lambda row: model._base_manager.bulk_create([row])):
            row = rows.build(model, tenant_id=cast.globex.pk)
            refused = "permission denied" if model in WRITTEN_BY_FUNCTION else "row-level security"
            with pytest.raises(DatabaseError, match=refused), transaction.atomic():
                write(row)


@pytest.mark.parametrize("model", WRITTEN_BY_FUNCTION, ids=lambda model: model._meta.label)
def test_what_functions_write_cannot_be_written_directly_even_in_the_own_tenant(cast, both, model):
    mine = both[cast.acme.pk][model]
    with tenancy.scope(cast.acme):
        for write in (
            lambda: rows.build(model).save(force_insert=True),
            lambda: run(f"UPDATE {table(model)} SET id = id WHERE id = %s", mine.pk),
            lambda: run(f"DELETE FROM {table(model)} WHERE id = %s", mine.pk),
        ):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                write()
        assert model.objects.get(pk=mine.pk) == mine


def test_functions_that_write_do_so_for_the_tenant_of_the_scope_only(cast, both):
    """They run as the owner of the tables, for whom row security is forced too; without a scope they are an error."""
    theirs = both[cast.globex.pk][Subject]
    with tenancy.scope(cast.acme):
        run("SELECT consent_lock(ARRAY[%s]::bigint[])", theirs.pk)
        run("SELECT consent_shred(ARRAY[%s]::bigint[])", theirs.pk)
        run("SELECT consent_add_subjects(ARRAY[5]::bigint[], ARRAY[%s]::uuid[], ARRAY['x']::bytea[])", theirs.ref)
    with tenancy.scope(cast.globex):
        assert Subject.objects.get(pk=theirs.pk).erased_at is None
        assert SubjectKey.objects.filter(subject=theirs).exists()
        assert not Subject.objects.filter(customer_id=5).exists()
    with pytest.raises(tenancy.NoScope), transaction.atomic():
        run("SELECT consent_lock(ARRAY[1]::bigint[])")


@every_model
def test_rows_of_another_tenant_can_be_neither_changed_nor_removed(cast, both, model):
    theirs = both[cast.globex.pk][model]
    with tenancy.scope(cast.acme):
        if model not in WRITTEN_BY_FUNCTION and not getattr(model, "is_append_only", False):
            assert run(f"UPDATE {table(model)} SET id = id WHERE tenant_id = %s", cast.globex.pk) == [0]
            assert run(f"DELETE FROM {table(model)} WHERE tenant_id = %s", cast.globex.pk) == [0]
    with tenancy.scope(cast.globex):
        assert model._base_manager.filter(pk=theirs.pk).exists()


@every_model
def test_a_row_cannot_move_to_another_tenant(cast, both, model):
    mine = both[cast.acme.pk][model]
    with tenancy.scope(cast.acme), pytest.raises(DatabaseError), transaction.atomic():
        run(f"UPDATE {table(model)} SET tenant_id = %s WHERE id = %s", cast.globex.pk, mine.pk)


@every_model
def test_an_upsert_with_the_id_of_another_tenant_touches_nothing_of_theirs(cast, both, model):
    theirs = both[cast.globex.pk][model]
    with tenancy.scope(cast.globex):
        before = run(f"SELECT * FROM {table(model)} WHERE id = %s", theirs.pk)
    with tenancy.scope(cast.acme):
        mine = rows.build(model, pk=theirs.pk, tenant_id=cast.acme.pk)
        try:
            with _denied_where_functions_write(model), transaction.atomic():
                model._base_manager.bulk_create([mine], ignore_conflicts=True)
        except IntegrityError:
            pytest.fail("an id of another tenant is in the way: ids are unique within a tenant only")
    with tenancy.scope(cast.globex):
        assert run(f"SELECT * FROM {table(model)} WHERE id = %s", theirs.pk) == before


def _denied_where_functions_write(model) -> contextlib.AbstractContextManager:
    denied = pytest.raises(DatabaseError, match="permission denied")
    return denied if model in WRITTEN_BY_FUNCTION else contextlib.nullcontext()


@every_model
def test_no_row_can_point_at_a_row_of_another_tenant(cast, both, model):
    for field in rows.parents(model):
        theirs = both[cast.globex.pk][field.related_model]
        refusal = DatabaseError if model in WRITTEN_BY_FUNCTION else IntegrityError
        with tenancy.scope(cast.acme), pytest.raises(refusal), transaction.atomic():
            rows.build(model, **{field.attname: theirs.pk}).save()


@every_model
def test_without_a_scope_everything_is_an_error_and_never_zero_rows(cast, both, model):
    questions = [
        lambda: list(model.objects.all()),
        lambda: list(model._base_manager.all()),
        lambda: run(f"SELECT count(*) FROM {table(model)}"),
        lambda: run(f"DELETE FROM {table(model)}"),
        lambda: rows.build(model).save(),
    ]
    for ask in questions:
        with pytest.raises(tenancy.NoScope), transaction.atomic():
            ask()


def test_the_database_itself_refuses_without_a_scope(scratch):
    from tests.databases import app_connection

    with app_connection(scratch) as bare:
        for model in TENANT_MODELS:
            with pytest.raises(Exception, match=r"app\.tenant"):
                bare.execute(f"SELECT * FROM {model._meta.db_table}")
        with bare.transaction():
            bare.execute("SET LOCAL app.tenant = '1'")
        with pytest.raises(Exception, match="bigint"):
            bare.execute("SELECT * FROM accounts_membership")


def test_work_after_the_commit_has_no_scope_either(cast, django_capture_on_commit_callbacks):
    with pytest.raises(tenancy.NoScope), django_capture_on_commit_callbacks(execute=True), tenancy.scope(cast.acme):
        transaction.on_commit(lambda: Membership.objects.count())  # noqa: PLW0108 - the manager itself asks for the scope


def test_a_tenant_task_refuses_to_run_without_its_tenant(cast):
    from accounts.tasks import forget_invitations_of

    with pytest.raises(work.NoTenant):
        forget_invitations_of()
    assert forget_invitations_of(tenant_id=cast.acme.pk) == 0


def test_a_scope_does_not_open_inside_that_of_another_tenant(cast):
    with tenancy.scope(cast.acme):
        with tenancy.scope(cast.acme):
            assert tenancy.current() == cast.acme
        with pytest.raises(tenancy.OtherScope), tenancy.scope(cast.globex):
            pass
        assert Membership.objects.count() == 2


def test_an_inner_scope_leaves_nothing_behind_in_the_transaction(cast):
    with transaction.atomic():
        with tenancy.scope(cast.acme):
            pass
        with pytest.raises(tenancy.NoScope), transaction.atomic():
            run("SELECT count(*) FROM accounts_membership")


@pytest.fixture
def a_pool_of_one(committed):
    one = connections["default"]
    options = one.settings_dict["OPTIONS"]
    before = options["pool"]
    one.close()
    one.close_pool()
    options["pool"] = {**before, "min_size": 1, "max_size": 1}
    yield one
    one.close()
    one.close_pool()
    options["pool"] = before


def test_a_thousand_tenants_in_turn_leave_nothing_on_a_pooled_connection(a_pool_of_one):
    """Exceptions, rollbacks and savepoints included; the pool has one connection, so every scope gets the same."""
    from tests.conftest import make_cast

    cast = make_cast()
    one = a_pool_of_one
    dice = random.Random(7)
    for _ in range(1000):
        tenant = dice.choice([cast.acme, cast.globex])
        try:
            with tenancy.scope(tenant):
                assert {member.tenant_id for member in Membership._base_manager.all()} == {tenant.pk}
                _stumble(dice)
        except ZeroDivisionError:
            pass
        with pytest.raises(tenancy.NoScope):
            Membership._base_manager.count()
        one.close()


def test_nothing_of_one_scope_is_there_in_the_next_on_the_same_connection(a_pool_of_one):
    """Temporary tables, cursors, settings, locks: imports will stage rows in temporary tables."""
    from tests.conftest import make_cast

    cast = make_cast()
    with tenancy.scope(cast.acme):
        run("CREATE TEMP TABLE staged AS SELECT * FROM accounts_membership")
        run("DECLARE held CURSOR WITH HOLD FOR SELECT * FROM accounts_membership")
        run("SET SESSION work_mem = '77MB'")
        run("SELECT pg_advisory_lock(7)")
    a_pool_of_one.close()
    with tenancy.scope(cast.globex):
        for question in ("SELECT * FROM staged", "FETCH ALL FROM held"):
            with pytest.raises(DatabaseError, match="does not exist"), transaction.atomic():
                run(question)
        assert run("SHOW work_mem") != [("77MB",)]
        assert run("SHOW TimeZone") == [("UTC",)]
        assert run("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()") == [(0,)]


def test_the_guard_reads_capitals_too(cast):
    with pytest.raises(tenancy.NoScope), transaction.atomic():
        run("SELECT * FROM ACCOUNTS_MEMBERSHIP")


def _stumble(dice: random.Random) -> None:
    fall = dice.random()
    if fall < 0.2:
        raise ZeroDivisionError
    if fall < 0.4:
        with pytest.raises(DatabaseError), transaction.atomic():
            run("SELECT 1 / 0")


@every_model
def test_a_look_up_by_id_uses_the_one_index_with_the_tenant_in_front(cast, both, model):
    """EXPLAIN as the app role: under row security only leakproof operators reach an index. Other indexes are out of the way."""
    with tenancy.scope(cast.acme):
        run("SET LOCAL enable_seqscan = off")
        run("SET LOCAL enable_bitmapscan = off")
        plan = "\n".join(line for (line,) in run(f"EXPLAIN SELECT * FROM {table(model)} WHERE id = %s", 1))
    # Of a table with one row a tenant the planner may as well take the rule that there is only one.
    assert f"{model._meta.db_table}_pkey" in plan or rows.is_single(model)
    assert "Index Cond: (tenant_id = " in plan.replace("((", "(")


def test_the_audit_log_can_only_grow(cast, in_acme):
    entry = AuditEntry.objects.newest_first()[0]
    for change in (
        lambda: AuditEntry.objects.update(actor_name=F("actor_name")),
        entry.delete,
        lambda: run("TRUNCATE accounts_auditentry"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
