-- How the log of consent is written. Each function runs as the owner of the tables, with a fixed search_path, and knows no tenant but that of
-- app.tenant: row security is forced on the owner too. Without a scope, current_setting raises.

-- Subjects for customers that have none yet, each with its wrapped key. Safe in a race: whoever comes second finds the first one's.
CREATE FUNCTION consent_add_subjects(customers bigint[], refs uuid[], wrapped bytea[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH given AS (
    SELECT * FROM unnest(customers, refs, wrapped) AS g(customer_id, ref, wrapped) ORDER BY customer_id
  ), made AS (
    INSERT INTO consent_subject (tenant_id, ref, customer_id, is_tenant, head_seq, head_hash)
    SELECT current_setting('app.tenant')::bigint, ref, customer_id, false, 0, decode(repeat('00', 32), 'hex') FROM given
        ON CONFLICT DO NOTHING
    RETURNING id, ref
  )
  INSERT INTO consent_subjectkey (tenant_id, subject_id, wrapped)
  SELECT current_setting('app.tenant')::bigint, made.id, given.wrapped FROM made JOIN given USING (ref)
$$;

-- The subject of the tenant itself.
CREATE FUNCTION consent_add_tenant_subject(new_ref uuid, new_wrapped bytea) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH made AS (
    INSERT INTO consent_subject (tenant_id, ref, is_tenant, head_seq, head_hash)
    VALUES (current_setting('app.tenant')::bigint, new_ref, true, 0, decode(repeat('00', 32), 'hex'))
        ON CONFLICT DO NOTHING
    RETURNING id
  )
  INSERT INTO consent_subjectkey (tenant_id, subject_id, wrapped) SELECT current_setting('app.tenant')::bigint, id, new_wrapped FROM made
$$;

-- Holds the heads of these chains until the end of the transaction, always in the order of id so that no two wait for each other.
CREATE FUNCTION consent_lock(subjects bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM FROM consent_subject
    WHERE tenant_id = current_setting('app.tenant')::bigint AND id = ANY (subjects) ORDER BY id FOR UPDATE;
END $$;

-- The keys of these subjects, nothing for one that was destroyed; and their chains are held. (A function, because its plan is kept.)
CREATE FUNCTION consent_keys(subjects bigint[]) RETURNS TABLE (subject_id bigint, subject_ref uuid, wrapped_key bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  mine constant bigint := current_setting('app.tenant')::bigint;
BEGIN
  RETURN QUERY
    WITH held AS MATERIALIZED (
      SELECT s.id, s.ref FROM consent_subject s WHERE s.tenant_id = mine AND s.id = ANY (subjects) ORDER BY s.id FOR UPDATE)
    SELECT held.id, held.ref, k.wrapped FROM held LEFT JOIN consent_subjectkey k ON k.tenant_id = mine AND k.subject_id = held.id;
END $$;

-- Appends events, those of one subject in the order given. One that is there already is left as it is: of another subject, that is an error
-- (unique_violation); with other digests, its id is answered, and the caller looks whether it says the same (salts differ each time).
-- Every round appends the next event of each subject, all subjects in one statement.
CREATE FUNCTION consent_append(subjects bigint[], events uuid[], all_digests bytea[], all_sealed bytea[], have_ip boolean[]) RETURNS uuid[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  mine constant bigint := current_setting('app.tenant')::bigint;
  known uuid[];
  others uuid[];
  rounds integer;
  expected bigint;
  touched bigint;
BEGIN
  PERFORM FROM consent_subject WHERE tenant_id = mine AND id = ANY (subjects) ORDER BY id FOR UPDATE;
  SELECT array_agg(e.event_id) INTO known FROM consent_ledgerevent e WHERE e.tenant_id = mine AND e.event_id = ANY (events);
  IF known IS NOT NULL THEN
    IF EXISTS (SELECT FROM unnest(subjects, events) AS g(subject_id, event_id)
                 JOIN consent_ledgerevent e ON e.tenant_id = mine AND e.event_id = g.event_id AND e.subject_id <> g.subject_id) THEN
      RAISE EXCEPTION 'The log has this event for another subject.' USING ERRCODE = 'unique_violation';
    END IF;
    SELECT array_agg(v.event_id) INTO others FROM unnest(events, all_digests) AS g(event_id, digests)
      JOIN consent_evidence v ON v.tenant_id = mine AND v.event_id = g.event_id AND v.digests <> g.digests;
  END IF;
  IF cardinality(events) = 1 AND known IS NULL THEN
    rounds := 1;
    expected := 1;
  ELSE
    SELECT coalesce(max(n), 0), coalesce(sum(n), 0) INTO rounds, expected FROM (
      SELECT count(*) AS n FROM unnest(subjects, events) AS g(subject_id, event_id)
       WHERE known IS NULL OR g.event_id <> ALL (known) GROUP BY g.subject_id) AS counted;
  END IF;
  FOR this IN 1..rounds LOOP
    WITH given AS (
      SELECT * FROM (
        SELECT g.*, row_number() OVER (PARTITION BY g.subject_id ORDER BY g.place) AS round
          FROM unnest(subjects, events, all_digests, all_sealed, have_ip) WITH ORDINALITY AS g(subject_id, event_id, digests, sealed, has_ip, place)
         WHERE known IS NULL OR g.event_id <> ALL (known)) AS numbered
       WHERE round = this
    ), rooted AS (
      SELECT given.*, s.ref, s.head_seq + 1 AS seq, s.head_hash AS prev, sha256('\x02'::bytea || given.digests) AS root
        FROM given JOIN consent_subject s ON s.tenant_id = mine AND s.id = given.subject_id
    ), hashed AS MATERIALIZED (
      SELECT rooted.*, sha256('\x0000000010'::bytea || 'consent-ledger/1'::bytea
               || '\x00000008'::bytea || int8send(mine) || '\x00000010'::bytea || uuid_send(event_id)
               || '\x00000010'::bytea || uuid_send(ref) || '\x00000004'::bytea || int4send(seq)
               || '\x00000020'::bytea || prev || '\x00000020'::bytea || root) AS leaf
        FROM rooted
    ), logged AS (
      INSERT INTO consent_ledgerevent (tenant_id, event_id, subject_id, seq, prev_hash, fields_root, leaf_hash)
      SELECT mine, event_id, subject_id, seq, prev, root, leaf FROM hashed ORDER BY place
    ), kept AS (
      INSERT INTO consent_evidence (tenant_id, event_id, digests, sealed, has_ip)
      SELECT mine, event_id, digests, sealed, has_ip FROM hashed ORDER BY place
    ), waiting AS (
      INSERT INTO consent_ledgerinbox (tenant_id, event_id, leaf_hash, at)
      SELECT mine, event_id, leaf, clock_timestamp() FROM hashed ORDER BY place
    )
    UPDATE consent_subject s SET head_seq = h.seq, head_hash = h.leaf FROM hashed h WHERE s.tenant_id = mine AND s.id = h.subject_id;
    GET DIAGNOSTICS touched = ROW_COUNT;
    expected := expected - touched;
  END LOOP;
  IF expected <> 0 THEN
    RAISE EXCEPTION 'The log has no such subject.' USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN coalesce(others, '{}');
END $$;

-- Takes at most `most` events that wait into the tree, by event id, and completes its nodes. Answers how many it took. One at a time a tenant.
CREATE FUNCTION consent_sequence(most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  mine constant bigint := current_setting('app.tenant')::bigint;
  old_size bigint;
  taken integer;
  lower integer := 1;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('consent ledger ' || mine, 0));
  SELECT coalesce(max(index) + 1, 0) INTO old_size FROM consent_leaf WHERE tenant_id = mine;
  WITH next AS (
    SELECT id FROM consent_ledgerinbox WHERE tenant_id = mine ORDER BY id LIMIT most
  ), gone AS (
    DELETE FROM consent_ledgerinbox i USING next WHERE i.tenant_id = mine AND i.id = next.id RETURNING i.event_id, i.leaf_hash
  )
  INSERT INTO consent_leaf (tenant_id, index, event_id, leaf_hash)
  SELECT mine, old_size + row_number() OVER (ORDER BY event_id) - 1, event_id, leaf_hash FROM gone ORDER BY event_id;
  GET DIAGNOSTICS taken = ROW_COUNT;
  -- Pairs by grouping, not by a join: right after many events the planner knows nothing of these tables yet.
  INSERT INTO consent_node (tenant_id, level, index, hash)
  SELECT mine, 1, l.index / 2, sha256('\x01'::bytea || string_agg(l.leaf_hash, ''::bytea ORDER BY l.index))
    FROM consent_leaf l WHERE l.tenant_id = mine AND l.index >= old_size / 2 * 2 GROUP BY l.index / 2 HAVING count(*) = 2;
  WHILE taken > 0 AND (old_size + taken) >> (lower + 1) > 0 LOOP
    INSERT INTO consent_node (tenant_id, level, index, hash)
    SELECT mine, lower + 1, l.index / 2, sha256('\x01'::bytea || string_agg(l.hash, ''::bytea ORDER BY l.index))
      FROM consent_node l WHERE l.tenant_id = mine AND l.level = lower AND l.index >= (old_size >> (lower + 1)) * 2
     GROUP BY l.index / 2 HAVING count(*) = 2;
    lower := lower + 1;
  END LOOP;
  RETURN taken;
END $$;

-- The root of the first `size` leaves, from its full subtrees (RFC 6962, section 2.1); nothing when there are not that many.
CREATE FUNCTION consent_root(size bigint) RETURNS bytea
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  mine constant bigint := current_setting('app.tenant')::bigint;
  root bytea;
  peak bytea;
  full_level integer := 0;
BEGIN
  IF size = 0 THEN RETURN sha256(''::bytea); END IF;
  WHILE size >> full_level > 0 LOOP
    IF (size >> full_level) & 1 = 1 THEN
      IF full_level = 0 THEN
        SELECT leaf_hash INTO peak FROM consent_leaf WHERE tenant_id = mine AND index = size - 1;
      ELSE
        SELECT hash INTO peak FROM consent_node WHERE tenant_id = mine AND level = full_level AND index = (size >> full_level) - 1;
      END IF;
      root := CASE WHEN root IS NULL THEN peak ELSE sha256('\x01'::bytea || peak || root) END;
      IF root IS NULL THEN RETURN NULL; END IF;
    END IF;
    full_level := full_level + 1;
  END LOOP;
  RETURN root;
END $$;

-- Keeps a signed note of the tree as it is; the size and the root must be true. Answers false when there is one of that size already.
CREATE FUNCTION consent_checkpoint(size bigint, signed_at timestamptz, signed_note text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  mine constant bigint := current_setting('app.tenant')::bigint;
  true_root constant bytea := consent_root(size);
BEGIN
  IF split_part(signed_note, E'\n', 2) <> size::text OR split_part(signed_note, E'\n', 3) IS DISTINCT FROM encode(true_root, 'base64') THEN
    RAISE EXCEPTION 'The note does not say what the tree says.' USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO consent_checkpoint (tenant_id, tree_size, root, at, note) VALUES (mine, size, true_root, signed_at, signed_note)
    ON CONFLICT DO NOTHING;
  RETURN FOUND;
END $$;

-- Evidence sealed anew without its IP address and user agent; the digests stay. Nothing is unsealed that was destroyed meanwhile.
CREATE FUNCTION consent_redact(events uuid[], resealed bytea[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  touched integer;
BEGIN
  UPDATE consent_evidence v SET sealed = g.sealed, has_ip = false FROM unnest(events, resealed) AS g(event_id, sealed)
   WHERE v.tenant_id = current_setting('app.tenant')::bigint AND v.event_id = g.event_id AND v.has_ip AND v.sealed IS NOT NULL;
  GET DIAGNOSTICS touched = ROW_COUNT;
  RETURN touched;
END $$;

-- Destroys what makes these subjects readable: their keys, what was sealed, the link to a customer. Answers which it did that to now.
CREATE FUNCTION consent_shred(subjects bigint[]) RETURNS bigint[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  mine constant bigint := current_setting('app.tenant')::bigint;
  shredded bigint[];
BEGIN
  PERFORM consent_lock(subjects);
  SELECT coalesce(array_agg(id ORDER BY id), '{}') INTO shredded FROM consent_subject
   WHERE tenant_id = mine AND id = ANY (subjects) AND erased_at IS NULL AND NOT is_tenant;
  DELETE FROM consent_subjectkey WHERE tenant_id = mine AND subject_id = ANY (shredded);
  UPDATE consent_evidence v SET sealed = NULL, has_ip = false FROM consent_ledgerevent e
   WHERE e.tenant_id = mine AND e.subject_id = ANY (shredded) AND v.tenant_id = mine AND v.event_id = e.event_id;
  UPDATE consent_subject SET customer_id = NULL, erased_at = clock_timestamp() WHERE tenant_id = mine AND id = ANY (shredded);
  RETURN shredded;
END $$;

-- New keys for subjects whose old ones nothing opens any more, so that logging can go on; what was sealed under those is given up.
CREATE FUNCTION consent_rekey(subjects bigint[], new_wrapped bytea[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  mine constant bigint := current_setting('app.tenant')::bigint;
  touched integer;
BEGIN
  PERFORM consent_lock(subjects);
  UPDATE consent_evidence v SET sealed = NULL, has_ip = false FROM consent_ledgerevent e
   WHERE e.tenant_id = mine AND e.subject_id = ANY (subjects) AND v.tenant_id = mine AND v.event_id = e.event_id;
  UPDATE consent_subjectkey k SET wrapped = g.wrapped FROM unnest(subjects, new_wrapped) AS g(subject_id, wrapped)
   WHERE k.tenant_id = mine AND k.subject_id = g.subject_id;
  GET DIAGNOSTICS touched = ROW_COUNT;
  RETURN touched;
END $$;

-- The same keys, wrapped under another SECRET_KEY.
CREATE FUNCTION consent_rewrap(subjects bigint[], rewrapped bytea[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  touched integer;
BEGIN
  UPDATE consent_subjectkey k SET wrapped = g.wrapped FROM unnest(subjects, rewrapped) AS g(subject_id, wrapped)
   WHERE k.tenant_id = current_setting('app.tenant')::bigint AND k.subject_id = g.subject_id;
  GET DIAGNOSTICS touched = ROW_COUNT;
  RETURN touched;
END $$;
