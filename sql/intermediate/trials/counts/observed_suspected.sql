-- Posted rows whose term is on no list of reactions but begins like one: people who may have had the reaction.
-- grain  one row per event group and reaction with such a row
-- key    trial_id, arm_id, reaction
-- not    a count: these people enter the upper bound only, so that an unfamiliar spelling never gives an exact zero

with suspected as (
    select
        posted.trial_id,
        posted.arm_id,
        posted.is_serious,
        posted.term_number,
        posted.stat_number,
        posted.term,
        stem.reaction,
        posted.participants_affected,
        posted.participants_at_risk
    from intermediate.observed_term as posted
    inner join codes.trial_reaction_stem as stem
        on contains(words_of(posted.term), ' ' || stem.stem) and stem.reaction is not null
    where
        posted.term not in (select term from intermediate.trial_reaction_term)
        and not exists (
            from codes.trial_reaction_stem as other
            where other.reaction is null and contains(words_of(posted.term), ' ' || other.stem)
        )
),

-- "nausea, then vomiting" is suspected of both and counts once for their roll-up, or their composite
counted as (
    select distinct * from suspected
    union
    select
        suspected.trial_id,
        suspected.arm_id,
        suspected.is_serious,
        suspected.term_number,
        suspected.stat_number,
        suspected.term,
        joint.rollup,
        suspected.participants_affected,
        suspected.participants_at_risk
    from suspected
    inner join codes.trial_rollup as joint using (reaction)
)

select
    trial_id,
    arm_id,
    reaction,
    sum(coalesce(participants_affected, participants_at_risk, 1000000000))::bigint as affected_upper,
    string_agg(distinct term, '; ' order by term) as terms_text
from counted
group by trial_id, arm_id, reaction
