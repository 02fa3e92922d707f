-- Rows of the detail tables of each FAERS delivery (drugs, reactions, outcomes, ...), and those whose report is missing.
-- grain  one row per current delivery and detail table
-- key    source, period, table_name
-- not    counts of cases: superseded and deleted reports are counted with their rows. Which rows belong to a report in
--        quarantine is not known, because a quarantined line has no fields: meta.delivery_table bounds their number
select
    'faers' as source, period, table_name, report_row_count, row_count, orphan_row_count, orphan_report_count,
    bare_report_count
from typed.faers_detail
