-- Steps of extraction sheets that begin or end with another count than the tables they lead to.
-- grain  one row per step that does: empty when the sums close
-- key    source, step_number
-- not    a limit on how much may leave
with goal as (
    select 'rows of studies' as step, count(*) as rows_in, null::bigint as rows_out from clean.study_count
    union all
    select
        'outcomes of arms',
        null::bigint,
        (
            select count(distinct(observed.trial_id, observed.arm_id, observed.reaction))
            from events.observed as observed
            inner join clean.study_count as own
                on
                    own.trial_id = observed.trial_id and own.arm_id = observed.arm_id
                    and own.reaction = observed.reaction
            where observed.register = 'studies'
        )
)

select
    step.source, step.step_number, step.step, step.rows_in, step.rows_left, step.rows_out, step.cases_in,
    step.cases_left, step.cases_out, goal.rows_in as goal_rows_in
from summary.attrition as step
inner join goal on goal.step = step.step
where step.source = 'studies' and (step.rows_in <> goal.rows_in or step.rows_out <> goal.rows_out)
