-- Comparisons of extraction sheets, by any route, whose counts are not the sums of the rows of their arms.
-- grain  one row per comparison that does not: empty when all do
-- key    trial_id, drug, comparator, reaction
-- why    a shared control counted twice, or an arm left out, changes every effect that the study is in
-- not    a check of roll-ups, whose counts are bounds, nor of crossovers, whose arms are the same people
with side as (
    select distinct
        own.trial_id, own.drug, kind.comparator, part.side, if(part.side = 'drug', own.arm_id, kind.comparator_arm_id)
            as arm_id
    from clean.study_arm as own
    inner join intermediate.study_contrast_kind as kind using (trial_id, arm_id)
    cross join (select unnest(['drug', 'comparator']) as side) as part
),

summed as (
    select
        side.trial_id, side.drug, side.comparator, counted.reaction,
        sum(counted.participants_affected) filter (where side.side = 'drug') as affected,
        sum(counted.participants_analysed) filter (where side.side = 'drug') as at_risk,
        sum(counted.participants_affected) filter (where side.side = 'comparator') as comparator_affected,
        sum(counted.participants_analysed) filter (where side.side = 'comparator') as comparator_at_risk
    from side
    inner join clean.study as study using (trial_id)
    inner join clean.study_count as counted using (trial_id, arm_id)
    where counted.participants_affected is not null and counted.reaction is not null and not study.is_crossover
    group by side.trial_id, side.drug, side.comparator, counted.reaction
    -- two titles of one reaction are not added
    having count(*) = count(distinct(side.side, side.arm_id))
)

select summed.trial_id, summed.drug, summed.comparator, summed.reaction
from summed
left join events.trial_comparison as compared
    on
        compared.register = 'studies'
        and compared.route = 'any'
        and compared.bound = 'lower'
        and compared.trial_id = summed.trial_id
        and compared.drug = summed.drug
        and compared.comparator = summed.comparator
        and compared.reaction = summed.reaction
where
    summed.affected is not null
    and summed.comparator_affected is not null
    and (
        compared.participants_affected is distinct from summed.affected
        or compared.participants_at_risk is distinct from summed.at_risk
        or compared.comparator_participants_affected is distinct from summed.comparator_affected
        or compared.comparator_participants_at_risk is distinct from summed.comparator_at_risk
    )
