-- Studies that are in the registry and in an extraction sheet and count by both, or by neither, for one reaction.
-- grain  one row per trial and reaction that does: empty when each study counts once
-- key    trial_id, reaction
-- why    a study counted by both registers weighs twice in an effect; one counted by neither is lost
-- not    a comparison of the two: what differs is in meta.review_queue
with counted as (
    select
        coalesce(study.registered_trial_id, compared.trial_id) as registered_id,
        compared.reaction,
        count(distinct compared.register) as register_count,
        count(distinct compared.register) filter (where compared.is_in_all) as counted_count
    from events.trial_comparison as compared
    left join clean.study as study on compared.register = 'studies' and compared.trial_id = study.trial_id
    where compared.definition = 'narrow' and compared.bound = 'lower'
    group by registered_id, compared.reaction
)

select registered_id as trial_id, reaction, register_count, counted_count
from counted
where counted_count <> 1
