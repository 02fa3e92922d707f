-- How many people of each event group had each reaction by its own posted rows, as bounds, before roll-ups are compared.
-- grain  one row per event group with people at risk, reaction and definition
-- key    trial_id, arm_id, reaction, definition
-- not    what is published: the parts of a roll-up may hide more people than its own rows show

with asked as (
    select
        groups.*,
        reaction.reaction,
        reaction.definition,
        record.has_serious_list,
        record.has_other_list,
        record.frequency_threshold_percent as threshold
    from intermediate.trial_group as groups
    inner join clean.trial as record using (trial_id)
    cross join (select distinct reaction, definition from intermediate.trial_reaction_term) as reaction
),

part as (
    select
        asked.trial_id,
        asked.arm_id,
        asked.reaction,
        asked.definition,
        coalesce(
            nullif(greatest(serious.participants_at_risk, other.participants_at_risk), 0), asked.participants_at_risk
        ) as at_risk,
        greatest(coalesce(serious.affected_lower, 0), coalesce(other.affected_lower, 0)) as affected_lower,
        case
            when serious.affected_upper is not null then serious.affected_upper
            when asked.has_serious_list or asked.serious_participants_affected = 0 then 0
            else coalesce(asked.serious_participants_affected, at_risk)
        end as serious_upper,
        case
            when other.affected_upper is not null then other.affected_upper
            when asked.threshold = 0 and asked.has_other_list then 0
            when asked.threshold = 0 then coalesce(asked.other_participants_affected, at_risk)
            else coalesce(floor(asked.threshold * at_risk / 100)::bigint, at_risk)
        end as other_upper,
        other.affected_upper is null and coalesce(asked.threshold > 0 or other_upper > 0, true) as is_below_threshold,
        nullif(concat_ws('; ', serious.terms_text, other.terms_text), '') as terms_text
    from asked
    left join (select * from intermediate.observed_listed where is_serious) as serious
        using (trial_id, arm_id, reaction, definition)
    left join (select * from intermediate.observed_listed where not is_serious) as other
        using (trial_id, arm_id, reaction, definition)
),

-- the same people may be in both lists: at least the larger, at most both together
bounded as (
    select
        trial_id,
        arm_id,
        reaction,
        definition,
        least(affected_lower, at_risk) as lower_bound,
        serious_upper + other_upper + coalesce(suspected.affected_upper, 0) as upper_bound,
        at_risk,
        is_below_threshold,
        case when is_below_threshold then other_upper else 0 end as hidden_upper,
        part.terms_text
    from part
    left join intermediate.observed_suspected as suspected using (trial_id, arm_id, reaction)
    where at_risk > 0
)

-- a broad term that is posted does not show those whom the threshold may hide under the narrow ones
select
    own.trial_id, own.arm_id, own.reaction, own.definition,
    greatest(own.lower_bound, narrow.lower_bound) as participants_affected_lower,
    least(
        greatest(
            own.upper_bound + case when own.is_below_threshold then 0 else coalesce(narrow.hidden_upper, 0) end,
            narrow.upper_bound
        ),
        greatest(own.at_risk, narrow.at_risk)
    ) as participants_affected_upper,
    greatest(own.at_risk, narrow.at_risk) as participants_at_risk,
    own.is_below_threshold or coalesce(narrow.is_below_threshold, false) as is_below_threshold,
    greatest(own.hidden_upper, coalesce(narrow.hidden_upper, 0)) as hidden_upper,
    own.terms_text
from bounded as own
left join bounded as narrow
    on
        own.definition = 'broad'
        and narrow.definition = 'narrow'
        and narrow.trial_id = own.trial_id
        and narrow.arm_id = own.arm_id
        and narrow.reaction = own.reaction
