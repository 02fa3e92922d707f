-- What a snapshot says of itself. Filled from receipts, run records and the contract, not from reports.
create table meta.snapshot (
    run_id varchar, parent_snapshot_id varchar, profile varchar, code_commit varchar, build_identity varchar,
    started_at varchar, is_synthetic boolean
);
create table meta.delivery (
    source varchar, delivery_id varchar, period varchar, era varchar, content_sha256 varchar, received_at varchar,
    origin varchar, is_current boolean, raw_in varchar, reissue_of varchar,
    physical_line_count bigint, header_line_count bigint, blank_line_count bigint, staged_line_count bigint,
    quarantined_line_count bigint, split_count bigint, join_count bigint, record_count bigint
);
create table meta.delivery_table (
    source varchar, delivery_id varchar, table_name varchar, member varchar, member_sha256 varchar,
    physical_line_count bigint, header_line_count bigint, blank_line_count bigint, staged_line_count bigint,
    quarantined_line_count bigint, split_count bigint, join_count bigint, record_count bigint,
    unlisted_columns varchar
);
create table meta.source (
    source varchar, title varchar, wing varchar, silence_warning_days bigint, silence_alarm_days bigint,
    newest_period varchar, missing_periods varchar, data_date date,
    last_received_at varchar, last_checked_at varchar, status varchar, message varchar
);
create table meta.review_queue (
    source varchar, name_text varchar, resembles varchar, resemblance varchar, case_count bigint
);
create table meta.run (
    run_id varchar, started_at varchar, finished_at varchar, outcome varchar, snapshot_id varchar, message varchar
);
create table meta.quality_result (
    suite varchar, rule varchar, expectation varchar, kind varchar, severity varchar, outcome varchar,
    is_overridden boolean, observed varchar, why varchar,
    failed_count bigint, checked_count bigint, limit_text varchar,
    overridden_by varchar, overridden_until varchar, override_reason varchar,
    carried_from varchar
);
create table meta.column (
    table_name varchar, column_name varchar, column_type varchar, nullability varchar, vocabulary varchar,
    meaning varchar
);
create table meta.vocabulary (vocabulary varchar, value varchar, subset varchar, meaning varchar);
