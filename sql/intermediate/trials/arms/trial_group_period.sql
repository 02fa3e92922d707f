-- What the title of an event group states about overlap: that it is a total, or which period it belongs to.
-- grain  one row per event group whose title holds such a word
-- key    trial_id, arm_id
-- not    a verdict: intermediate.trial_group_earlier compares the groups of a trial

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
        code.same_treatment = 'true' as same_treatment,
        code.own_arm = 'true' as own_arm,
        code.may_precede = 'true' as may_precede,
        case
            when code.kind = 'time' then list_transform(
                    regexp_extract_all(title.title, code.pattern, 1), lambda number: try_cast(number as bigint)
                )
        end as numbers
    from title
    inner join codes.trial_group as code
        on code.kind <> 'sequence' and regexp_matches(title.title, code.pattern)
),

-- "bolus and maintenance infusion" is no maintenance period, nor "with rescue morphine" a rescue period
meant as (
    select *
    from matched
    anti join (select title, label from matched where kind = 'no period') as other using (title, label)
),

word as (
    select
        title,
        bool_or(kind = 'whole') as is_total,
        bool_or(kind = 'pool') as is_pool,
        -- "open-label induction" is the first period, "double-blind maintenance" a later one; of labels of one rank the last
        -- in the alphabet counts, so that "extension: switched to esketamine" is switched
        coalesce(
            min_by(label, { 'rank': rank, 'label': label }) filter (where kind = 'period' and rank <= 2 and is_first),
            max_by(label, { 'rank': rank, 'label': label }) filter (where kind = 'period')
        ) as period_label,
        coalesce(
            min(rank) filter (where kind = 'period' and rank <= 2 and is_first),
            max(rank) filter (where kind = 'period')
        ) as period_rank,
        bool_and(coalesce(same_treatment, false)) filter (where is_later) as needs_same_treatment,
        bool_and(coalesce(own_arm, false)) filter (where is_later) as may_be_own_arm,
        bool_or(coalesce(may_precede, false)) filter (where is_later) as may_precede,
        bool_or(kind = 'apart') as is_apart,
        -- "session 2, day 1" comes after "session 1, day 3"
        min(1000 * coalesce(numbers[1], rank) + coalesce(numbers[2], 0)) filter (where kind = 'time') as time_order,
        min(words_of(regexp_replace(title, pattern, ' ', 'g'))) filter (where kind = 'time') as timeless_title
    from (
        select
            *,
            kind = 'period' and rank > 3 as is_later,
            bool_or(kind = 'period' and label = 'first') over (partition by title) as is_first
        from meant
    )
    group by title
)

select distinct
    posted.trial_id,
    posted.arm_id,
    word.is_total,
    word.is_pool,
    word.period_label,
    word.period_rank,
    coalesce(word.needs_same_treatment, false) as needs_same_treatment,
    coalesce(word.may_be_own_arm, false) as may_be_own_arm,
    coalesce(word.may_precede, false) as may_precede,
    word.is_apart,
    case when not word.is_apart then word.time_order end as time_order,
    case when not word.is_apart then word.timeless_title end as timeless_title
from clean.trial_event_group as posted
inner join word on lower(posted.group_title) = word.title
where word.is_total or word.is_pool or word.period_label is not null or word.time_order is not null
    or word.is_apart
