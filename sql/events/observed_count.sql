-- How many people of each event group had each reaction, as bounds, among the people at risk.
-- grain  one row per event group with people at risk, reaction and definition
-- key    trial_id, arm_id, reaction, definition
-- not    exact: a term absent under a reporting threshold is not a zero, and people may stand in several rows

with part as (
    select
        trial.trial_id,
        trial.arm_id,
        reaction.reaction,
        reaction.definition,
        coalesce(
            nullif(greatest(serious.participants_at_risk, other.participants_at_risk), 0), trial.participants_at_risk
        ) as at_risk,
        coalesce(serious.affected_lower, 0) as serious_lower,
        case
            when serious.affected_upper is not null then serious.affected_upper
            when record.has_serious_list or trial.serious_participants_affected = 0 then 0
            else coalesce(trial.serious_participants_affected, at_risk)
        end as serious_upper,
        coalesce(other.affected_lower, 0) as other_lower,
        case
            when other.affected_upper is not null then other.affected_upper
            when record.frequency_threshold_percent = 0 and record.has_other_list then 0
            when record.frequency_threshold_percent = 0 then coalesce(trial.other_participants_affected, at_risk)
            when record.frequency_threshold_percent is null then at_risk
            else floor(record.frequency_threshold_percent * at_risk / 100)::bigint
        end as other_upper,
        other.affected_upper is null
        and not coalesce(record.frequency_threshold_percent = 0 and other_upper = 0, false) as is_below_threshold,
        concat_ws('; ', serious.terms_text, other.terms_text) as terms_text
    from events.trial_group as trial
    inner join clean.trial as record using (trial_id)
    cross join (select distinct reaction, definition from events.trial_reaction_term) as reaction
    left join events.observed_listed as serious
        on
            serious.trial_id = trial.trial_id
            and serious.arm_id = trial.arm_id
            and serious.reaction = reaction.reaction
            and serious.definition = reaction.definition
            and serious.is_serious
    left join events.observed_listed as other
        on
            other.trial_id = trial.trial_id
            and other.arm_id = trial.arm_id
            and other.reaction = reaction.reaction
            and other.definition = reaction.definition
            and not other.is_serious
)

-- the same people may be in both lists: at least the larger, at most both together
select
    trial_id,
    arm_id,
    reaction,
    definition,
    least(greatest(serious_lower, other_lower), at_risk) as participants_affected_lower,
    least(serious_upper + other_upper, at_risk) as participants_affected_upper,
    at_risk as participants_at_risk,
    is_below_threshold,
    nullif(terms_text, '') as terms_text
from part
where at_risk > 0
