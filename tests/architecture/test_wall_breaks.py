"""The mutation test: whoever takes a stone out of the wall is noticed, by the inspection and by behaviour (privacy.md §4.5 no. 8)."""

import pytest
from django.conf import settings

from accounts.tenancy import inspection
from tests import databases

APP = settings.DATABASES["default"]["USER"]
BREAKS = {
    "a policy is dropped": "DROP POLICY tenant_only ON accounts_membership",
    "the other policy is dropped": "DROP POLICY tenant_rows ON accounts_apikey",
    "a policy is opened": "ALTER POLICY tenant_rows ON accounts_membership USING (true)",
    "a wider policy is added": "CREATE POLICY support ON accounts_invitation USING (true)",
    "row security is off": "ALTER TABLE accounts_brand DISABLE ROW LEVEL SECURITY",
    "row security is not forced": "ALTER TABLE accounts_brand NO FORCE ROW LEVEL SECURITY",
    "the primary key forgets the tenant": "ALTER TABLE accounts_brand DROP CONSTRAINT accounts_brand_pkey, ADD PRIMARY KEY (id)",
    "a unique index forgets the tenant": "CREATE UNIQUE INDEX by_prefix ON accounts_apikey (prefix)",
    "a composite key is dropped": "ALTER TABLE accounts_apikey DROP CONSTRAINT accounts_apikey_replaces_id_in_tenant",
    "a key leaves the tenant": "ALTER TABLE accounts_membership ADD FOREIGN KEY (user_id) REFERENCES accounts_user (id) NOT VALID",
    "a view looks over it": "CREATE VIEW everybody AS SELECT * FROM accounts_membership",
    "a materialised view looks over it": f'CREATE MATERIALIZED VIEW everybody AS SELECT 1 AS n; GRANT SELECT ON everybody TO "{APP}"',
    "a function looks over it": "CREATE FUNCTION peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT 1::bigint'",
    "a table is forgotten": f'CREATE TABLE forgotten (tenant_id bigint); GRANT SELECT ON forgotten TO "{APP}"',
    "a partition is a way round": f"""
        CREATE TABLE parted (tenant_id bigint, id bigint) PARTITION BY HASH (tenant_id);
        ALTER TABLE parted ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
        CREATE TABLE parted_0 PARTITION OF parted FOR VALUES WITH (MODULUS 1, REMAINDER 0);
        GRANT SELECT ON parted_0 TO "{APP}"
    """,
    "the log may be rewritten": f'GRANT UPDATE ON accounts_auditentry TO "{APP}"',
    "the log has lost its trigger": "DROP TRIGGER append_only ON accounts_auditentry",
    "the consent log may be written past its functions": f'GRANT INSERT ON consent_ledgerevent TO "{APP}"',
    "keys of the consent log may be removed": f'GRANT DELETE ON consent_subjectkey TO "{APP}"',
    "the consent log has lost its trigger": "DROP TRIGGER append_only ON consent_leaf",
    "the app may truncate": f'GRANT TRUNCATE ON accounts_membership TO "{APP}"',
}


def test_the_clone_starts_whole(scratch):
    assert _faults(scratch) == []


@pytest.mark.parametrize("mutation", BREAKS.values(), ids=BREAKS.keys())
def test_the_inspection_notices_when(scratch, mutation):
    databases.as_owner(mutation, database=scratch)
    assert _faults(scratch), "nothing was noticed"


def _faults(name: str) -> list[str]:
    with databases.app_connection(name) as app:
        return inspection.wall_faults(app)


def test_without_its_policies_a_table_shows_the_rows_of_others(scratch):
    """Behaviour, not catalogue: what the proofs in test_wall rely on is the policy and nothing else."""
    with databases.owner_connection(scratch) as owner:
        for tenant in (1, 2):
            with owner.transaction():
                owner.execute(f"SET LOCAL app.tenant = '{tenant}'")
                owner.execute("INSERT INTO accounts_brand (tenant_id, logo, colour, colour_dark) VALUES (%s, '', '', '')", [tenant])
        assert _tenants_seen(scratch) == {1}
        owner.execute("DROP POLICY tenant_only ON accounts_brand")
        assert _tenants_seen(scratch) == {1}, "either policy alone keeps the wall"
        owner.execute("ALTER POLICY tenant_rows ON accounts_brand USING (true)")
        assert _tenants_seen(scratch) == {1, 2}


def _tenants_seen(name: str) -> set[int]:
    with databases.app_connection(name) as app, app.transaction():
        app.execute("SET LOCAL app.tenant = '1'")
        return {tenant for (tenant,) in app.execute("SELECT tenant_id FROM accounts_brand")}


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ((True, False, False, False, False), "superuser"),
        ((False, True, False, False, False), "BYPASSRLS"),
        ((False, False, True, False, False), "create roles"),
        ((False, False, False, True, False), "owns tables"),
        ((False, False, False, False, True), "member of a role"),
    ],
)
def test_a_role_that_could_pass_the_wall_is_refused(answer, word):
    """What PostgreSQL answers for such a role: tests have no right to make one."""
    faults = inspection.role_faults(_Answers([("portret", *answer)]))
    assert len(faults) == 1
    assert word in faults[0]


class _Answers:
    """A connection that answers with given rows."""

    def __init__(self, answer: list[tuple]) -> None:
        self.answer = answer

    def cursor(self) -> "_Answers":
        return self

    def __enter__(self) -> "_Answers":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def execute(self, sql: str) -> None:
        pass

    def fetchall(self) -> list[tuple]:
        return self.answer


def test_the_owner_of_the_tables_is_refused(scratch):
    with databases.owner_connection(scratch) as owner:
        assert any("owns tables" in fault for fault in inspection.role_faults(owner))
