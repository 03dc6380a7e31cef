--
-- PostgreSQL database dump
--


-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;
SET LOCAL idle_in_transaction_session_timeout = 0;
SET LOCAL client_encoding = 'UTF8';
SET LOCAL standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', true);
SET LOCAL check_function_bodies = false;
SET LOCAL xmloption = content;
SET LOCAL client_min_messages = warning;
SET LOCAL row_security = off;

--
-- Name: audit_check_checkpoint(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.audit_check_checkpoint() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    before audit_checkpoint;
    sealed text;
BEGIN
    SELECT * INTO before FROM audit_checkpoint ORDER BY number DESC LIMIT 1;
    SELECT hash INTO sealed FROM audit_entry WHERE position = NEW.last;
    IF NEW.number <> coalesce(before.number, 0) + 1 OR NEW.first <> coalesce(before.last, 0) + 1
        OR NEW.content::jsonb ->> 'hash' IS DISTINCT FROM
            (CASE WHEN NEW.last = 0 THEN repeat('0', 64) ELSE sealed END)
        OR NEW.content::jsonb ->> 'previous' IS DISTINCT FROM
            coalesce(encode(sha256(convert_to(before.content, 'UTF8')), 'hex'), repeat('0', 64)) THEN
        RAISE EXCEPTION 'checkpoint % does not follow the last one', NEW.number USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;


--
-- Name: audit_check_entry(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.audit_check_entry() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    before audit_entry;
BEGIN
    SELECT * INTO before FROM audit_entry ORDER BY position DESC LIMIT 1;
    IF NEW.position <> coalesce(before.position, 0) + 1
        OR NEW.previous <> coalesce(before.hash, repeat('0', 64))
        OR (NEW.xid, NEW.event_id) <= (coalesce(before.xid, 0), coalesce(before.event_id, 0)) THEN
        RAISE EXCEPTION 'entry % does not follow the last one', NEW.position USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.hash <> encode(sha256(convert_to(NEW.position || E'\n' || NEW.previous || E'\n' || NEW.content, 'UTF8')),
        'hex') THEN
        RAISE EXCEPTION 'entry % has a wrong hash', NEW.position USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;


--
-- Name: audit_check_network_anchor(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.audit_check_network_anchor() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.checkpoint IS NOT NULL AND NEW.hash IS DISTINCT FROM
        (SELECT encode(sha256(convert_to(content, 'UTF8')), 'hex') FROM audit_checkpoint WHERE number = NEW.checkpoint)
    THEN
        RAISE EXCEPTION 'checkpoint % has another hash', NEW.checkpoint USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;


--
-- Name: audit_refuse_change(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.audit_refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'the record is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;


SET LOCAL default_tablespace = '';

SET LOCAL default_table_access_method = heap;

--
-- Name: audit_checkpoint; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit_checkpoint (
    number bigint NOT NULL,
    first bigint NOT NULL,
    last bigint NOT NULL,
    signed_at timestamp with time zone NOT NULL,
    content text NOT NULL,
    signature character varying(128) NOT NULL,
    CONSTRAINT audit_checkpoint_is_its_content CHECK ((((content)::jsonb @> jsonb_build_object('kind', 'checkpoint', 'number', number, 'first', first, 'last', last)) AND ((((content)::jsonb ->> 'at'::text))::timestamp with time zone = signed_at) AND (last >= (first - 1))))
);


--
-- Name: audit_entry; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit_entry (
    "position" bigint NOT NULL,
    event_id bigint NOT NULL,
    xid bigint NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    type character varying(64) NOT NULL,
    category character varying(12) NOT NULL,
    name character varying(64) NOT NULL,
    subject character varying(96) NOT NULL,
    transaction_id character varying(32) NOT NULL,
    actor character varying(48) NOT NULL,
    user_id character varying(32) NOT NULL,
    content text NOT NULL,
    previous character varying(64) NOT NULL,
    hash character varying(64) NOT NULL,
    CONSTRAINT audit_entry_is_its_content CHECK ((((content)::jsonb @> jsonb_build_object('id', event_id, 'xid', (xid)::text, 'type', type, 'category', category, 'name', name, 'subject', subject, 'actor', actor, 'user_id', user_id)) AND ((((content)::jsonb ->> 'happened_at'::text))::timestamp with time zone = happened_at) AND ((transaction_id)::text =
CASE
    WHEN ((subject)::text ~~ 'transactions.transaction:%'::text) THEN "left"(split_part((subject)::text, ':'::text, 2), 32)
    WHEN (jsonb_typeof((((content)::jsonb -> 'data'::text) -> 'transaction_id'::text)) = 'string'::text) THEN "left"((((content)::jsonb -> 'data'::text) ->> 'transaction_id'::text), 32)
    ELSE ''::text
END)))
);


--
-- Name: audit_networkanchor; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit_networkanchor (
    transaction_id character varying(32) NOT NULL,
    checkpoint bigint,
    hash character varying(64) NOT NULL,
    network character varying(16) NOT NULL,
    chain character varying(32) NOT NULL,
    account character varying(128) NOT NULL,
    txid character varying(128) NOT NULL,
    height bigint NOT NULL,
    recorded_at timestamp with time zone NOT NULL
);


--
-- Name: django_migrations; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.django_migrations (
    id bigint NOT NULL,
    app character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    applied timestamp with time zone NOT NULL
);


--
-- Name: django_migrations_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.django_migrations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_migrations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Data for Name: audit_checkpoint; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: audit_entry; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: audit_networkanchor; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: django_migrations; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.django_migrations VALUES (1, 'contenttypes', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (2, 'contenttypes', '0002_remove_content_type_name', now());
INSERT INTO public.django_migrations VALUES (3, 'auth', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (4, 'auth', '0002_alter_permission_name_max_length', now());
INSERT INTO public.django_migrations VALUES (5, 'auth', '0003_alter_user_email_max_length', now());
INSERT INTO public.django_migrations VALUES (6, 'auth', '0004_alter_user_username_opts', now());
INSERT INTO public.django_migrations VALUES (7, 'auth', '0005_alter_user_last_login_null', now());
INSERT INTO public.django_migrations VALUES (8, 'auth', '0006_require_contenttypes_0002', now());
INSERT INTO public.django_migrations VALUES (9, 'auth', '0007_alter_validators_add_error_messages', now());
INSERT INTO public.django_migrations VALUES (10, 'auth', '0008_alter_user_username_max_length', now());
INSERT INTO public.django_migrations VALUES (11, 'auth', '0009_alter_user_last_name_max_length', now());
INSERT INTO public.django_migrations VALUES (12, 'auth', '0010_alter_group_name_max_length', now());
INSERT INTO public.django_migrations VALUES (13, 'auth', '0011_update_proxy_permissions', now());
INSERT INTO public.django_migrations VALUES (14, 'auth', '0012_alter_user_first_name_max_length', now());
INSERT INTO public.django_migrations VALUES (15, 'accounts', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (16, 'accounts', '0002_roles', now());
INSERT INTO public.django_migrations VALUES (17, 'admin', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (18, 'admin', '0002_logentry_remove_auto_add', now());
INSERT INTO public.django_migrations VALUES (19, 'admin', '0003_logentry_add_action_flag_choices', now());
INSERT INTO public.django_migrations VALUES (20, 'analytics', '0001_transaction_summary', now());
INSERT INTO public.django_migrations VALUES (21, 'analytics', '0002_cursor', now());
INSERT INTO public.django_migrations VALUES (22, 'analytics', '0003_shown_prices', now());
INSERT INTO public.django_migrations VALUES (23, 'assets', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (24, 'assets', '0002_first_assets', now());
INSERT INTO public.django_migrations VALUES (25, 'assets', '0003_families', now());
INSERT INTO public.django_migrations VALUES (26, 'assets', '0004_evm_family', now());
INSERT INTO public.django_migrations VALUES (27, 'assets', '0005_solana', now());
INSERT INTO public.django_migrations VALUES (28, 'assets', '0006_stellar', now());
INSERT INTO public.django_migrations VALUES (29, 'assets', '0007_sui', now());
INSERT INTO public.django_migrations VALUES (30, 'audit', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (31, 'audit', '0002_laws', now());
INSERT INTO public.django_migrations VALUES (32, 'audit', '0003_network_anchor', now());
INSERT INTO public.django_migrations VALUES (33, 'audit', '0004_network_anchor_laws', now());
INSERT INTO public.django_migrations VALUES (34, 'chains', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (35, 'chains', '0002_endpoint_measures', now());
INSERT INTO public.django_migrations VALUES (36, 'chains', '0003_restored', now());
INSERT INTO public.django_migrations VALUES (37, 'chains', '0004_block_numbers', now());
INSERT INTO public.django_migrations VALUES (38, 'chains', '0005_rescans', now());
INSERT INTO public.django_migrations VALUES (39, 'chains', '0006_found_memos', now());
INSERT INTO public.django_migrations VALUES (40, 'chains', '0007_first_compared', now());
INSERT INTO public.django_migrations VALUES (41, 'chains', '0008_found_together', now());
INSERT INTO public.django_migrations VALUES (42, 'custody', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (43, 'custody', '0002_guards', now());
INSERT INTO public.django_migrations VALUES (44, 'custody', '0003_pool', now());
INSERT INTO public.django_migrations VALUES (45, 'custody', '0004_expiry', now());
INSERT INTO public.django_migrations VALUES (46, 'custody', '0005_made_by', now());
INSERT INTO public.django_migrations VALUES (47, 'custody', '0006_replacements', now());
INSERT INTO public.django_migrations VALUES (48, 'custody', '0007_together', now());
INSERT INTO public.django_migrations VALUES (49, 'events', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (50, 'events', '0002_append_only', now());
INSERT INTO public.django_migrations VALUES (51, 'events', '0003_names', now());
INSERT INTO public.django_migrations VALUES (52, 'events', '0004_one_order', now());
INSERT INTO public.django_migrations VALUES (53, 'events', '0005_versions', now());
INSERT INTO public.django_migrations VALUES (54, 'events', '0006_listeners', now());
INSERT INTO public.django_migrations VALUES (55, 'events', '0007_private', now());
INSERT INTO public.django_migrations VALUES (56, 'ledger', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (57, 'ledger', '0002_laws', now());
INSERT INTO public.django_migrations VALUES (58, 'ledger', '0003_posting', now());
INSERT INTO public.django_migrations VALUES (59, 'ledger', '0004_marks', now());
INSERT INTO public.django_migrations VALUES (60, 'ledger', '0005_group', now());
INSERT INTO public.django_migrations VALUES (61, 'ledger', '0006_each', now());
INSERT INTO public.django_migrations VALUES (62, 'ledger', '0007_cold', now());
INSERT INTO public.django_migrations VALUES (63, 'notifications', '0001_notifications', now());
INSERT INTO public.django_migrations VALUES (64, 'notifications', '0002_cursor', now());
INSERT INTO public.django_migrations VALUES (65, 'notifications', '0003_sms_push_and_paces', now());
INSERT INTO public.django_migrations VALUES (66, 'notifications', '0004_unasked_indexes', now());
INSERT INTO public.django_migrations VALUES (67, 'otp_totp', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (68, 'otp_totp', '0002_auto_20190420_0723', now());
INSERT INTO public.django_migrations VALUES (69, 'otp_totp', '0003_add_timestamps', now());
INSERT INTO public.django_migrations VALUES (70, 'providers', '0001_providers', now());
INSERT INTO public.django_migrations VALUES (71, 'providers', '0002_webhooks', now());
INSERT INTO public.django_migrations VALUES (72, 'providers', '0003_twilio', now());
INSERT INTO public.django_migrations VALUES (73, 'rates', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (74, 'rates', '0002_rounds_and_candles', now());
INSERT INTO public.django_migrations VALUES (75, 'rates', '0003_fee_source', now());
INSERT INTO public.django_migrations VALUES (76, 'reconciliation', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (77, 'reconciliation', '0002_laws', now());
INSERT INTO public.django_migrations VALUES (78, 'reconciliation', '0003_first_thresholds', now());
INSERT INTO public.django_migrations VALUES (79, 'reconciliation', '0004_evm_thresholds', now());
INSERT INTO public.django_migrations VALUES (80, 'reconciliation', '0005_solana_thresholds', now());
INSERT INTO public.django_migrations VALUES (81, 'reconciliation', '0006_stellar_thresholds', now());
INSERT INTO public.django_migrations VALUES (82, 'reconciliation', '0007_addresses', now());
INSERT INTO public.django_migrations VALUES (83, 'reconciliation', '0008_sui_thresholds', now());
INSERT INTO public.django_migrations VALUES (84, 'reconciliation', '0009_cold', now());
INSERT INTO public.django_migrations VALUES (85, 'sessions', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (86, 'solvency', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (87, 'solvency', '0002_laws', now());
INSERT INTO public.django_migrations VALUES (88, 'wallets', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (89, 'wallets', '0002_reservations', now());
INSERT INTO public.django_migrations VALUES (90, 'wallets', '0003_shared_accounts', now());
INSERT INTO public.django_migrations VALUES (91, 'wallets', '0004_made_by', now());
INSERT INTO public.django_migrations VALUES (92, 'wallets', '0005_replacements', now());
INSERT INTO public.django_migrations VALUES (93, 'transactions', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (94, 'transactions', '0002_initial', now());
INSERT INTO public.django_migrations VALUES (95, 'transactions', '0003_attempt_nonce_unique', now());
INSERT INTO public.django_migrations VALUES (96, 'transactions', '0004_attempt_height', now());
INSERT INTO public.django_migrations VALUES (97, 'transactions', '0005_waiting_for_lower_fees', now());
INSERT INTO public.django_migrations VALUES (98, 'transactions', '0006_longer_recipients', now());
INSERT INTO public.django_migrations VALUES (99, 'transactions', '0007_engine', now());
INSERT INTO public.django_migrations VALUES (100, 'transactions', '0008_moves', now());
INSERT INTO public.django_migrations VALUES (101, 'transactions', '0009_round_trips', now());
INSERT INTO public.django_migrations VALUES (102, 'transactions', '0010_no_truncate', now());
INSERT INTO public.django_migrations VALUES (103, 'transactions', '0011_sweeps_by_address', now());
INSERT INTO public.django_migrations VALUES (104, 'transactions', '0012_attempt_seen_height', now());
INSERT INTO public.django_migrations VALUES (105, 'transactions', '0013_leased_until', now());
INSERT INTO public.django_migrations VALUES (106, 'transactions', '0014_walk_together', now());
INSERT INTO public.django_migrations VALUES (107, 'transactions', '0015_note_words', now());
INSERT INTO public.django_migrations VALUES (108, 'transactions', '0016_history', now());
INSERT INTO public.django_migrations VALUES (109, 'transactions', '0017_send_halts', now());
INSERT INTO public.django_migrations VALUES (110, 'transactions', '0018_exports', now());
INSERT INTO public.django_migrations VALUES (111, 'transactions', '0019_written_on_their_way', now());
INSERT INTO public.django_migrations VALUES (112, 'transactions', '0020_attempt_expiry', now());
INSERT INTO public.django_migrations VALUES (113, 'transactions', '0021_memo_and_assign', now());
INSERT INTO public.django_migrations VALUES (114, 'transactions', '0022_token_accounts', now());
INSERT INTO public.django_migrations VALUES (115, 'transactions', '0023_opening', now());
INSERT INTO public.django_migrations VALUES (116, 'transactions', '0025_rescans', now());
INSERT INTO public.django_migrations VALUES (117, 'transactions', '0026_anchor', now());
INSERT INTO public.django_migrations VALUES (118, 'transactions', '0027_replacements', now());
INSERT INTO public.django_migrations VALUES (119, 'transactions', '0028_conflict_heights', now());
INSERT INTO public.django_migrations VALUES (120, 'transactions', '0029_unasked_indexes', now());
INSERT INTO public.django_migrations VALUES (121, 'transactions', '0030_rescan_stopped', now());
INSERT INTO public.django_migrations VALUES (122, 'transactions', '0031_guards_last_blocks', now());
INSERT INTO public.django_migrations VALUES (123, 'transactions', '0032_treasury', now());
INSERT INTO public.django_migrations VALUES (124, 'transactions', '0033_refill_laws', now());
INSERT INTO public.django_migrations VALUES (125, 'transactions', '0034_batches', now());
INSERT INTO public.django_migrations VALUES (126, 'transactions', '0035_bumps', now());


--
-- Name: django_migrations_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.django_migrations_id_seq', 126, true);


--
-- Name: audit_checkpoint audit_checkpoint_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_checkpoint
    ADD CONSTRAINT audit_checkpoint_pkey PRIMARY KEY (number);


--
-- Name: audit_entry audit_entry_event_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_entry
    ADD CONSTRAINT audit_entry_event_id_key UNIQUE (event_id);


--
-- Name: audit_entry audit_entry_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_entry
    ADD CONSTRAINT audit_entry_pkey PRIMARY KEY ("position");


--
-- Name: audit_networkanchor audit_networkanchor_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_networkanchor
    ADD CONSTRAINT audit_networkanchor_pkey PRIMARY KEY (transaction_id);


--
-- Name: audit_networkanchor audit_networkanchor_txid_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_networkanchor
    ADD CONSTRAINT audit_networkanchor_txid_key UNIQUE (txid);


--
-- Name: django_migrations django_migrations_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.django_migrations
    ADD CONSTRAINT django_migrations_pkey PRIMARY KEY (id);


--
-- Name: audit_checkpoint_last; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_checkpoint_last ON public.audit_checkpoint USING btree (last);


--
-- Name: audit_entry_actor; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_entry_actor ON public.audit_entry USING btree (actor, "position");


--
-- Name: audit_entry_moment; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_entry_moment ON public.audit_entry USING btree (happened_at);


--
-- Name: audit_entry_name; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_entry_name ON public.audit_entry USING btree (name, "position");


--
-- Name: audit_entry_subject; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_entry_subject ON public.audit_entry USING btree (subject, "position");


--
-- Name: audit_entry_transaction; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_entry_transaction ON public.audit_entry USING btree (transaction_id, "position");


--
-- Name: audit_entry_type; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_entry_type ON public.audit_entry USING btree (type, "position");


--
-- Name: audit_entry_user; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_entry_user ON public.audit_entry USING btree (user_id, "position");


--
-- Name: audit_network_anchor_of; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_network_anchor_of ON public.audit_networkanchor USING btree (checkpoint);


--
-- Name: audit_networkanchor_transaction_id_64ba4093_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_networkanchor_transaction_id_64ba4093_like ON public.audit_networkanchor USING btree (transaction_id varchar_pattern_ops);


--
-- Name: audit_networkanchor_txid_87ded7a1_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_networkanchor_txid_87ded7a1_like ON public.audit_networkanchor USING btree (txid varchar_pattern_ops);


--
-- Name: audit_checkpoint audit_checkpoint_follows; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_checkpoint_follows BEFORE INSERT ON public.audit_checkpoint FOR EACH ROW EXECUTE FUNCTION public.audit_check_checkpoint();


--
-- Name: audit_checkpoint audit_checkpoint_no_change; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_checkpoint_no_change BEFORE DELETE OR UPDATE ON public.audit_checkpoint FOR EACH ROW EXECUTE FUNCTION public.audit_refuse_change();


--
-- Name: audit_checkpoint audit_checkpoint_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_checkpoint_no_truncate BEFORE TRUNCATE ON public.audit_checkpoint FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse_change();


--
-- Name: audit_entry audit_entry_follows; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_entry_follows BEFORE INSERT ON public.audit_entry FOR EACH ROW EXECUTE FUNCTION public.audit_check_entry();


--
-- Name: audit_entry audit_entry_no_change; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_entry_no_change BEFORE DELETE OR UPDATE ON public.audit_entry FOR EACH ROW EXECUTE FUNCTION public.audit_refuse_change();


--
-- Name: audit_entry audit_entry_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON public.audit_entry FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse_change();


--
-- Name: audit_networkanchor audit_network_anchor_is_its_checkpoint; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_network_anchor_is_its_checkpoint BEFORE INSERT ON public.audit_networkanchor FOR EACH ROW EXECUTE FUNCTION public.audit_check_network_anchor();


--
-- Name: audit_networkanchor audit_network_anchor_no_change; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_network_anchor_no_change BEFORE DELETE OR UPDATE ON public.audit_networkanchor FOR EACH ROW EXECUTE FUNCTION public.audit_refuse_change();


--
-- Name: audit_networkanchor audit_network_anchor_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_network_anchor_no_truncate BEFORE TRUNCATE ON public.audit_networkanchor FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse_change();


--
-- PostgreSQL database dump complete
--


