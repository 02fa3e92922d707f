-- What the title of an event group states about overlap: that it is a total, or which period it belongs to.
-- grain  one row per event group whose title holds such a word
-- key    trial_id, arm_id
-- not    a verdict: intermediate.trial_group compares the groups of a trial

-- titles recur ("Placebo"), and matching a pattern is the expensive step
with title as (
    select distinct lower(group_title) as title
    from clean.trial_event_group
),

matched as (
    select
        title.title,
        code.kind,
        code.label,
        code.rank::integer as rank,
        code.pattern,
        case
            when code.kind = 'time' then list_transform(
                    regexp_extract_all(title.title, code.pattern, 1), lambda number: try_cast(number as bigint)
                )
        end as numbers
    from title
    inner join codes.trial_group as code
        on code.kind <> 'sequence' and regexp_matches(title.title, code.pattern)
),

word as (
    select
        title,
        bool_or(kind = 'whole') as is_total,
        bool_or(kind = 'pool') as is_pool,
        arg_min(label, rank) filter (where kind = 'period') as period_label,
        min(rank) filter (where kind = 'period') as period_rank,
        bool_or(kind = 'apart') as is_apart,
        -- "session 2, day 1" comes after "session 1, day 3"
        min(1000 * coalesce(numbers[1], rank) + coalesce(numbers[2], 0)) filter (where kind = 'time') as time_order,
        min(words_of(regexp_replace(title, pattern, ' ', 'g'))) filter (where kind = 'time') as timeless_title
    from matched
    group by title
)

select distinct
    posted.trial_id,
    posted.arm_id,
    word.is_total,
    word.is_pool,
    word.period_label,
    word.period_rank,
    case when not word.is_apart then word.time_order end as time_order,
    case when not word.is_apart then word.timeless_title end as timeless_title
from clean.trial_event_group as posted
inner join word on lower(posted.group_title) = word.title
where word.is_total or word.is_pool or word.period_label is not null or word.time_order is not null
