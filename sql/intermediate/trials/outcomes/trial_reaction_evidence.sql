-- What a trial's adverse-event module states about each reaction: listed, none where the lists are whole, or hidden.
-- grain  one row per trial with people at risk, and reaction (narrow terms)
-- key    trial_id, domain
-- not    a count of people: a reaction listed for nobody in any group is reported as well

with listed as (
    select
        posted.trial_id,
        term.reaction,
        string_agg(distinct event.term_text, '; ' order by event.term_text) as terms_text
    from intermediate.observed_term as posted
    inner join intermediate.trial_reaction_term as term using (term)
    inner join clean.trial_event as event using (trial_id, is_serious, term_number, stat_number)
    where term.definition = 'narrow'
    group by posted.trial_id, term.reaction
),

composite as (
    select
        hidden.trial_id,
        hidden.reaction,
        string_agg(distinct listed.terms_text, '; ' order by listed.terms_text) as terms_text
    from (select distinct trial_id, reaction from intermediate.observed_composite where definition = 'narrow') as hidden
    inner join codes.trial_rollup as rollup using (reaction)
    left join listed on listed.trial_id = hidden.trial_id and listed.reaction = rollup.rollup
    group by hidden.trial_id, hidden.reaction
),

suspected as (
    select trial_id, reaction, string_agg(distinct terms_text, '; ' order by terms_text) as terms_text
    from intermediate.observed_suspected
    group by trial_id, reaction
),

counted as (
    select
        counted.trial_id,
        counted.reaction,
        max(counted.participants_affected_upper) as affected_upper,
        -- a group whose participants are not stated has no count, and no zero
        any_value(people.unknown_group_count) as unknown_group_count
    from intermediate.observed_count as counted
    inner join (
        select trial_id, count(*) filter (where participants_at_risk is null) as unknown_group_count
        from intermediate.trial_group
        group by trial_id
    ) as people using (trial_id)
    -- outcomes of trials alone are counted and no domain of the map
    where counted.definition = 'narrow' and counted.reaction not in (select reaction from codes.trial_outcome)
    group by counted.trial_id, counted.reaction
),

judged as (
    select
        counted.trial_id,
        counted.reaction as domain,
        case
            when listed.terms_text is not null then 'adverse_events'
            when composite.trial_id is not null then 'adverse_events_composite'
            when counted.affected_upper = 0 and counted.unknown_group_count = 0
                then 'adverse_events_zero' || if(asked.ascertainment = 'systematic', '', '_' || asked.ascertainment)
            when suspected.terms_text is not null then 'adverse_events_unlisted_term'
            else 'adverse_events_threshold'
        end as basis,
        coalesce(listed.terms_text, composite.terms_text, suspected.terms_text) as terms_text,
        trial.frequency_threshold_percent as threshold,
        asked.ascertainment_text
    from counted
    inner join clean.trial as trial using (trial_id)
    inner join intermediate.trial_ascertainment as asked using (trial_id)
    left join listed using (trial_id, reaction)
    left join composite using (trial_id, reaction)
    left join suspected using (trial_id, reaction)
)

select
    trial_id,
    domain,
    case
        when basis = 'adverse_events' then 2 when basis = 'adverse_events_zero' then 3
        -- whatever shows that it was sought comes before a zero that nobody is stated to have looked for
        when basis = 'adverse_events_threshold' or starts_with(basis, 'adverse_events_zero_') then 8 else 5
    end as evidence_rank,
    case
        when evidence_rank <= 3 then 'reported'
        when starts_with(basis, 'adverse_events_zero_') then 'zero_not_solicited' else 'unknown'
    end as status,
    basis,
    case
        when terms_text is not null then terms_text
        when basis = 'adverse_events_zero' then 'in neither list of adverse events; both are whole'
        when starts_with(basis, 'adverse_events_zero_')
            then 'in neither list of adverse events; both are whole, and ' || ascertainment_text
        when threshold is null then 'in neither list of adverse events; no reporting threshold is stated'
        when threshold = 0 then 'in neither list of adverse events; threshold 0 %, but a list or its people are missing'
        else 'in neither list of adverse events; reporting threshold '
            || regexp_replace(threshold::varchar, '\.?0+$', '') || ' %'
    end as decided_by_text
from judged
