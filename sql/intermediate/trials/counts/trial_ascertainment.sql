-- How each trial collected adverse events: whether people were asked for them, read from all its posted terms.
-- grain  one row per trial with event groups
-- key    trial_id
-- not    a class of one term: a term is posted only where somebody had it, so its own type says nothing of zeros

-- serious and other terms alike; a word the registry does not define says no more than none
with term as (
    select
        trial_id,
        is_serious,
        term_number,
        any_value(assessment_type) filter (
            where assessment_type in ('SYSTEMATIC_ASSESSMENT', 'NON_SYSTEMATIC_ASSESSMENT')
        ) as assessment_type
    from clean.trial_event
    group by trial_id, is_serious, term_number
),

counted as (
    select
        trial_id,
        count(*) as term_count,
        count(*) filter (where assessment_type = 'SYSTEMATIC_ASSESSMENT') as systematic_term_count,
        count(*) filter (where assessment_type = 'NON_SYSTEMATIC_ASSESSMENT') as not_systematic_term_count
    from term
    group by trial_id
)

select
    groups.trial_id,
    coalesce(counted.term_count, 0) as term_count,
    coalesce(counted.systematic_term_count, 0) as systematic_term_count,
    coalesce(counted.not_systematic_term_count, 0) as not_systematic_term_count,
    case
        when coalesce(systematic_term_count + not_systematic_term_count, 0) = 0 then 'not_stated'
        when systematic_term_count = term_count then 'systematic'
        -- one term that was asked for does not show that the absent ones were
        when systematic_term_count > 0 then 'mixed'
        else 'not_systematic'
    end as ascertainment,
    case ascertainment
        when 'not_stated' then 'no posted term states how it was assessed'
        when 'systematic' then 'every posted term was assessed systematically'
        when 'mixed' then systematic_term_count || ' of ' || term_count || ' posted terms assessed systematically'
        else 'no posted term was assessed systematically'
    end as ascertainment_text
from (select distinct trial_id from clean.trial_event_group) as groups
left join counted using (trial_id)
