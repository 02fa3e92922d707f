-- The studies of extraction sheets, each as its latest sheet states it; a stratum randomised apart is a trial.
-- grain  one row per study and stratum
-- key    trial_id
-- not    only trials outside the registry: registered_trial_id names the registered trial that is the same study

-- a sheet received again under its name replaces the earlier one, with the studies that it no longer holds
with sheet as (
    select member, max_by(delivery_id, (received_at, delivery_id)) as delivery_id
    from typed.studies_row
    group by member
),

chosen as (
    select recorded.study_id, max_by(recorded.delivery_id, (recorded.received_at, recorded.delivery_id)) as delivery_id
    from typed.studies_row as recorded
    inner join sheet using (delivery_id)
    group by recorded.study_id
)

select
    coalesce(number.trial_id, recorded.study_id)
    || if(recorded.stratum = '', '', ', ' || recorded.stratum) as trial_id,
    recorded.study_id,
    recorded.stratum,
    any_value(recorded.study_name) as study_name,
    any_value(recorded.publication_year) as publication_year,
    any_value(recorded.registry_number) as registry_number,
    any_value(number.trial_id) as registered_trial_id,
    any_value(recorded.population) as population,
    any_value(recorded.randomisation) as randomisation,
    any_value(recorded.study_design) as study_design,
    any_value(recorded.period_used) as period_used,
    -- the first period of a crossover is a parallel trial
    any_value(recorded.study_design) = 'crossover' and coalesce(any_value(recorded.period_used), '') <> 'first'
        as is_crossover,
    any_value(recorded.risk_of_bias) as risk_of_bias,
    any_value(recorded.member) as member,
    recorded.delivery_id
from typed.studies_row as recorded
inner join chosen using (study_id, delivery_id)
left join clean.trial_number as number on recorded.registry_number = number.registry_number
group by number.trial_id, recorded.study_id, recorded.stratum, recorded.delivery_id
