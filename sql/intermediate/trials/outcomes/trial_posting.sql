-- Trials of each watched drug that ended a year before the registry's last day or earlier, with and without results.
-- grain  one row per drug (or roll-up, or subclass of magnesium) and population
-- key    drug, population
-- not    the trials behind an effect: these count whether or not anything was posted, by what they register

with register as (
    -- the last day in the registry, never today: the same records give the same answer. A day after receipt is an error
    select max(last_update_date) filter (where last_update_date <= received_at::date) as data_date
    from clean.trial
),

counted_as as (
    select trial_id, drug from events.trial_drug
    union
    select known.trial_id, rollup.rollup
    from events.trial_drug as known
    inner join codes.drug_rollup as rollup using (drug)
    union
    -- where nothing is posted no arm states the subclass: a trial of magnesium is counted in each
    select known.trial_id, subclass.drug
    from events.trial_drug as known
    cross join (
        values ('magnesium_parenteral'), ('magnesium_oral'), ('magnesium_gastrointestinal')
    ) as subclass (drug)
    where known.drug = 'magnesium'
),

ended as (
    select
        trial_id,
        has_results,
        coalesce(completion_date_text, primary_completion_date_text) as end_text,
        -- a month without a day ended with its last day
        coalesce(written_day(end_text), last_day(written_day(end_text || '-01'))) as end_date
    from clean.trial
    where overall_status in ('COMPLETED', 'TERMINATED')
)

select
    counted_as.drug,
    population.population,
    register.data_date,
    count(*) as ended_trial_count,
    count(*) filter (where ended.has_results is not true) as unposted_trial_count
from counted_as
inner join ended using (trial_id)
inner join intermediate.trial_population as population using (trial_id)
cross join register
where ended.end_date <= register.data_date - interval 12 month
group by counted_as.drug, population.population, register.data_date
