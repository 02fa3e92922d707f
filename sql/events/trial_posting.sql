-- Trials of each watched drug that ended a year before the register's last day or earlier, with and without results.
-- grain  one row per drug (or roll-up, or subclass of magnesium) and population
-- key    drug, population
-- not    the trials behind an effect: these are known by the names of their interventions, posted or not

with register as (
    -- the last day the register speaks of, never today: the same records say the same. A day after receipt is a slip
    select max(last_update_date) filter (where last_update_date <= received_at::date) as data_date
    from clean.trial
),

named as (
    select given.trial_id, given.intervention_number, code.name, code.drug
    from clean.trial_intervention as given
    inner join codes.trial_drug as code on contains(words_of(given.intervention_name), ' ' || code.name || ' ')
    where not regexp_matches(lower(given.intervention_name), 'placebo|sham|dummy|vehicle')
),

-- the longest name wins: "esomeprazole magnesium" is no magnesium
watched as (
    select distinct named.trial_id, named.drug
    from named
    where
        named.drug is not null
        and not exists (
            from named as longer
            where
                longer.trial_id = named.trial_id
                and longer.intervention_number = named.intervention_number
                and longer.name <> named.name
                and contains(' ' || longer.name || ' ', ' ' || named.name || ' ')
        )
),

trial_drug as (
    select trial_id, drug from watched
    union
    select watched.trial_id, rollup.rollup
    from watched
    inner join codes.drug_rollup as rollup using (drug)
    union
    -- where nothing is posted no arm tells the subclass: that of all magnesium stands for it
    select watched.trial_id, subclass.drug
    from watched
    cross join (
        values ('magnesium_parenteral'), ('magnesium_oral'), ('magnesium_gastrointestinal')
    ) as subclass (drug)
    where watched.drug = 'magnesium'
),

ended as (
    select
        trial_id,
        has_results,
        coalesce(completion_date_text, primary_completion_date_text) as end_text,
        -- a month without a day ended with its last day
        coalesce(try_cast(end_text as date), last_day(try_cast(end_text || '-01' as date))) as end_date
    from clean.trial
    where overall_status in ('COMPLETED', 'TERMINATED')
)

select
    trial_drug.drug,
    population.population,
    register.data_date,
    count(*) as ended_trial_count,
    count(*) filter (where ended.has_results is not true) as unposted_trial_count
from trial_drug
inner join ended using (trial_id)
inner join events.trial_population as population using (trial_id)
cross join register
where ended.end_date <= register.data_date - interval 12 month
group by trial_drug.drug, population.population, register.data_date
