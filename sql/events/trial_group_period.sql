-- What the title of an event group says about overlap: that it is a total, or which period it belongs to.
-- grain  one row per event group whose title holds such a word
-- key    trial_id, group_id
-- not    a verdict: events.trial_group compares the groups of a trial

-- titles recur ("Placebo"), and matching a pattern is the dear part
with title as (
    select distinct lower(group_title) as title
    from clean.trial_event_group
),

word as (
    select
        title.title,
        bool_or(code.kind = 'whole') as is_total,
        arg_min(code.label, code.rank::integer) filter (where code.kind = 'period') as period_label,
        min(code.rank::integer) filter (where code.kind = 'period') as period_rank
    from title
    inner join codes.trial_group as code on regexp_matches(title.title, code.pattern)
    group by title.title
)

select distinct posted.trial_id, posted.group_id, word.is_total, word.period_label, word.period_rank
from clean.trial_event_group as posted
inner join word on lower(posted.group_title) = word.title
