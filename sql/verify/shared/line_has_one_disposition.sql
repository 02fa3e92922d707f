-- Tables of a delivery whose lines do not add up: each line is header, blank, staged or quarantined, and the
-- records are the staged lines, plus what was split, less what was joined.
-- grain  one row per table of a delivery that breaks the rule: empty when every line has one disposition
-- key    source, delivery_id, table_name
-- not    a count of quarantined lines: a quarantined line has a disposition
-- why    a line that is neither header, blank, staged nor quarantined was lost, and with it perhaps a report
select
    source, delivery_id, table_name, physical_line_count, header_line_count, blank_line_count, staged_line_count,
    quarantined_line_count, split_count, join_count, record_count
from meta.delivery_table
where physical_line_count is distinct from
    header_line_count + blank_line_count + staged_line_count + quarantined_line_count
    or record_count is distinct from staged_line_count + split_count - join_count
