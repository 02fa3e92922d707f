-- How fresh each source is: its newest period, the periods that are missing, the day its data reach, and their age on
-- the day of reading.
-- grain  one row per source
-- key    source
-- not    the age of the receipt: a quarter received today ends months ago. The age differs between two readings
with read as (
    -- The day in UTC, by functions that need no extension.
    select make_timestamp(epoch_us(now()))::date as read_date
),

aged as (
    select source.*, date_diff('day', source.data_date, read.read_date) as data_age_days
    from meta.source as source
    cross join read
)

select
    source, title, wing, newest_period, missing_periods,
    if(missing_periods is null, 0, len(string_split(missing_periods, ' ')))::bigint as missing_period_count,
    data_date, data_age_days,
    case
        when data_date is null then 'unknown'
        when data_age_days >= silence_alarm_days then 'alarm'
        when data_age_days >= silence_warning_days then 'warning'
        else 'fresh'
    end as freshness,
    last_received_at, last_checked_at, status, message,
    concat_ws(
        '. ', if(data_date is null, 'Nothing of it states a date', null),
        if(missing_periods is not null, 'Periods between are missing: trends and totals lack them', null),
        'The age counts from the day the data reach, not from the day of receipt; '
        'a case is received weeks to years after the event'
    ) as caveat
from aged
